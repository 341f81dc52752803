"""The responses of an operation which executes Python."""

from isc.py.objectscript.library.collections import ArrayOfDataTypes
from pydantic import Field

from .ens import Response


class ExecutionResponse(Response):
    """The variables that were asked for, by name, as strings."""

    Variables: ArrayOfDataTypes = Field(default_factory=ArrayOfDataTypes)


class StreamExecutionResponse(Response):
    """The variables that were asked for, by name, as streams."""

    Variables: ArrayOfDataTypes = Field(default_factory=ArrayOfDataTypes)

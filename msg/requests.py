"""The requests that an operation which executes Python takes (contract, section 3)."""

from isc.py.objectscript.library.collections import ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from pydantic import Field

from .ens import Request
from .properties import Bound, DataType, Flag, GlobalName, LabelList, Required, SerializationName, Text, Whole


class ExecutionRequest(Request):
    """Run `Code`, and return `Variables` (names with commas) serialized.

    `SeparateLines` = 1 runs one top-level statement after the other, never splitting a block.
    """

    Code: Text = ""
    Variables: Text = ""
    SeparateLines: Flag = 1
    Serialization: SerializationName = "Str"


class StreamExecutionRequest(Request):
    """`ExecutionRequest` with its code in a stream."""

    Code: CharacterStream = Field(default_factory=CharacterStream)
    Variables: Text = ""
    SeparateLines: Flag = 1
    Serialization: SerializationName = "Str"


class _DataRequest(Request):
    """Rows into a variable."""

    Variable: Required
    Type: DataType = "dataframe"
    Namespace: Text = ""


class QueryRequest(_DataRequest):
    """The rows of an SQL query."""

    Query: Required


class GlobalRequest(_DataRequest):
    """The rows of a global."""

    Global: GlobalName
    Start: Bound = 1
    End: Bound = ""
    Mask: Text = ""
    Labels: LabelList = Field(default_factory=ListOfDataTypes)


class ClassRequest(_DataRequest):
    """The rows of a persistent class."""

    Class: Required
    Start: Bound = 1
    End: Bound = ""
    Properties: Text = "*"


class TableRequest(_DataRequest):
    """The rows of a table."""

    Table: Required
    Start: Bound = 1
    End: Bound = ""
    Properties: Text = "*"


class SaveRequest(Request):
    """Save the context; the response is an ``Ens.StringResponse`` with its id."""

    Mask: Text = "*"
    MaxLength: Whole = 0
    Name: Text = ""
    Description: Text = ""


class RestoreRequest(Request):
    """Restore a saved context, after clearing the live one when `Clear` is 1."""

    ContextId: Required
    Clear: Flag = 0


class SQLRequest(Request):
    """Run SQL: a statement, ``Class:Query`` or ``Class:XData``."""

    Query: Required
    Args: ListOfDataTypes = Field(default_factory=ListOfDataTypes)


class CreateCQRequest(Request):
    """Make a DataFrame of the context an SQL table."""

    Variable: Required
    Classname: Required


class DebugRequest(Request):
    """Open a debugger port on the worker."""


class ObjectRequest(Request):
    """An action on an object that the worker holds for another process: what `isc.py.gw.WorkerObject` sends.

    `Arguments` is a JSON array; `Released` lists the objects that are no longer used. The response is an
    ``Ens.StringResponse`` with JSON.
    """

    Action: Required
    Target: Text = ""
    Arguments: Text = "[]"
    Released: LabelList = Field(default_factory=ListOfDataTypes)

"""Messages of ``EnsLib`` that processes exchange with people and with web services."""

from typing import Self

from isc.py.objectscript.library.collections import ArrayOfDataTypes
from pydantic import Field

from .base import Message
from .ens import Request, Response, StreamContainer
from .properties import Text, Whole


class StringContainer(Message):
    """``Ens.StringContainer``: a string as a message."""

    StringValue: Text = ""

    @classmethod
    def _New(cls, value: object = "", *_: object) -> Self:
        """``%New``, with its string when one is given."""
        made = super()._New()
        if value != "":
            made._set_property("StringValue", value)
        return made


class TaskRequest(Request):
    """``EnsLib.Workflow.TaskRequest``: a task for a person; actions and fields are lists with commas."""

    Actions_: Text = Field(default="", alias="%Actions")
    Command_: Text = Field(default="", alias="%Command")
    FormFields_: Text = Field(default="", alias="%FormFields")
    FormTemplate_: Text = Field(default="", alias="%FormTemplate")
    FormValues_: ArrayOfDataTypes | Text = Field(default_factory=ArrayOfDataTypes, alias="%FormValues")
    Message_: Text = Field(default="", alias="%Message")
    Priority_: Text = Field(default="3", alias="%Priority")
    Subject_: Text = Field(default="", alias="%Subject")
    TaskHandler_: Text = Field(default="", alias="%TaskHandler")
    Title_: Text = Field(default="", alias="%Title")
    UserName_: Text = Field(default="", alias="%UserName")


class TaskResponse(Response):
    """``EnsLib.Workflow.TaskResponse``: what a person decided; ``%Action`` is the chosen action."""

    Action_: Text = Field(default="", alias="%Action")
    Actions_: Text = Field(default="", alias="%Actions")
    FormFields_: Text = Field(default="", alias="%FormFields")
    FormTemplate_: Text = Field(default="", alias="%FormTemplate")
    FormValues_: ArrayOfDataTypes | Text = Field(default_factory=ArrayOfDataTypes, alias="%FormValues")
    Message_: Text = Field(default="", alias="%Message")
    Priority_: Text = Field(default="", alias="%Priority")
    RoleName_: Text = Field(default="", alias="%RoleName")
    Status_: Text = Field(default="", alias="%Status")
    Subject_: Text = Field(default="", alias="%Subject")
    TaskHandler_: Text = Field(default="", alias="%TaskHandler")
    Title_: Text = Field(default="", alias="%Title")
    UserName_: Text = Field(default="", alias="%UserName")


class HTTPMessage(StreamContainer):
    """``EnsLib.HTTP.GenericMessage``, ``EnsLib.REST.GenericMessage``: a body and the headers of HTTP."""

    Type: Text = ""
    Method: Text = ""
    Path: Text = ""
    Query: Text = ""
    StatusCode: Whole = 0
    HTTPHeaders: ArrayOfDataTypes = Field(default_factory=ArrayOfDataTypes)

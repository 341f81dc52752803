"""The ``Ens.*`` messages."""

from typing import Self, TypeVar

from isc.py.objectscript.library.streams import CharacterStream
from pydantic import Field

from .base import Message
from .properties import Text, Whole

T = TypeVar("T", bound=Message)


class Request(Message):
    """``Ens.Request``: a request without properties; the base of others."""


class Response(Message):
    """``Ens.Response``: a response without properties; the base of others."""


class StringRequest(Request):
    """``Ens.StringRequest``."""

    StringValue: Text = ""

    @classmethod
    def _New(cls, value: object = "", *_: object) -> Self:
        """``%New``, with its text when one is given."""
        return _with_text(super()._New(), value)


class StringResponse(Response):
    """``Ens.StringResponse``."""

    StringValue: Text = ""

    @classmethod
    def _New(cls, value: object = "", *_: object) -> Self:
        """``%New``, with its text when one is given."""
        return _with_text(super()._New(), value)


def _with_text(made: T, value: object) -> T:
    if value != "":
        made._set_property("StringValue", value)
    return made


class StreamContainer(Message):
    """``Ens.StreamContainer``: a stream and where it came from."""

    Stream: CharacterStream = Field(default_factory=CharacterStream)
    OriginalFilename: Text = ""

    @classmethod
    def _New(cls, stream: object = "", *_: object) -> Self:
        """``%New``, with its stream when one is given."""
        made = super()._New()
        if stream != "":
            made._set_property("Stream", stream)
        return made


class AlertRequest(Request):
    """``Ens.AlertRequest``."""

    SourceConfigName: Text = ""
    AlertText: Text = ""
    SessionId: Whole = 0
    AlertTime: Text = ""

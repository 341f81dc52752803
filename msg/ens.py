"""The ``Ens.*`` messages."""

from isc.py.objectscript.library.streams import CharacterStream
from pydantic import Field

from .base import Message


class Request(Message):
    """``Ens.Request``: a request without properties; the base of others."""


class Response(Message):
    """``Ens.Response``: a response without properties; the base of others."""


class StringRequest(Request):
    """``Ens.StringRequest``."""

    StringValue: str = ""


class StringResponse(Response):
    """``Ens.StringResponse``."""

    StringValue: str = ""


class StreamContainer(Message):
    """``Ens.StreamContainer``: a stream and where it came from."""

    Stream: CharacterStream = Field(default_factory=CharacterStream)
    OriginalFilename: str = ""


class AlertRequest(Request):
    """``Ens.AlertRequest``."""

    SourceConfigName: str = ""
    AlertText: str = ""
    SessionId: int = 0
    AlertTime: str = ""

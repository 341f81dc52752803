"""Classes of the vendor's server that code extends: as much of them as lets their subclasses load and run.

A REST dispatcher, a task or a projection cannot be called from outside here; its methods can.
"""

from typing import ClassVar

from .. import status
from ..objects import RegisteredObject


class RestDispatcher(RegisteredObject):
    """``%CSP.REST``: its class methods run, no request reaches it."""

    _parameters: ClassVar[dict[str, object]] = {
        "CONTENTTYPE": "text/html", "CONTENTTYPEJSON": "application/json", "CONTENTTYPEXML": "text/xml",
        "CONTENTTYPETEXT": "text/plain", "CONTENTTYPEHTML": "text/html", "CHARSET": "utf-8",
        "HTTP200OK": "200 OK", "HTTP201CREATED": "201 Created", "HTTP202ACCEPTED": "202 Accepted",
        "HTTP204NOCONTENT": "204 No Content", "HTTP400BADREQUEST": "400 Bad Request",
        "HTTP401UNAUTHORIZED": "401 Unauthorized", "HTTP403FORBIDDEN": "403 Forbidden",
        "HTTP404NOTFOUND": "404 Not Found", "HTTP405METHODNOTALLOWED": "405 Method Not Allowed",
        "HTTP409CONFLICT": "409 Conflict", "HTTP500INTERNALSERVERERROR": "500 Internal Server Error",
    }  # fmt: skip


class Page(RegisteredObject):
    """``%CSP.Page``: its class methods run, no request reaches it."""

    @staticmethod
    def EscapeHTML(value: object = "") -> str:
        """Text as HTML shows it."""
        from html import escape

        from ..values import text

        return escape(text(value), quote=True).replace("&#x27;", "&#39;")

    @staticmethod
    def EscapeURL(value: object = "", *_: object) -> str:
        """Text as a part of a URL."""
        from urllib.parse import quote

        from ..values import text

        return quote(text(value), safe="")


class Projection(RegisteredObject):
    """``%Projection.AbstractProjection``: nothing is projected here."""


class TaskDefinition(RegisteredObject):
    """``%SYS.Task.Definition``: nothing schedules it here; ``OnTask`` can be called."""

    def OnTask(self) -> object:
        """What a subclass does."""
        return status.OK


class FunctionalIndex(RegisteredObject):
    """``%Library.FunctionalIndex``: no index is kept by it here."""

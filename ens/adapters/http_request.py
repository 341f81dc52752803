"""``%Net.HttpRequest``: a request that code makes itself, with httpx."""

from typing import Any

import httpx
from isc.py.objectscript import status
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.values import number, text, truth

from ..exceptions import ProductionError
from .http_out import HTTPResponse
from .tls import SYSTEM, client_context, failure

_UNREACHABLE = 6059  # the code that the field gives when no connection can be had


class HTTPRequest(RegisteredObject):
    """``%Net.HttpRequest``: a server and what to send; `Get`, `Post` … put the answer into `HttpResponse`."""

    def __init__(self) -> None:
        self.Server: object = ""
        self.Port: object = ""
        self.Https: object = 0
        self.SSLConfiguration: object = ""
        self.SSLCheckServerIdentity: object = 1
        self.Location: object = ""
        self.ContentType: object = ""
        self.ContentCharset: object = "utf-8"
        self.Authorization: object = ""
        self.Username: object = ""
        self.Password: object = ""
        self.UserAgent: object = "isc-py"
        self.Timeout: object = 30
        self.OpenTimeout: object = ""
        self.FollowRedirect: object = 1
        self.WriteRawMode: object = 0
        self.ReadRawMode: object = 0
        self.HttpResponse: object = ""
        self.EntityBody = CharacterStream()
        self._headers: dict[str, str] = {}
        self._query: list[tuple[str, str]] = []
        self._form: list[tuple[str, str]] = []

    @classmethod
    def _property_names(cls) -> list[str]:
        return [name for name in vars(cls()) if not name.startswith("_")]

    def SetHeader(self, name: object, value: object) -> object:
        """A header; one of the same name goes."""
        self._headers[text(name).lower()] = text(value)
        return status.OK

    def GetHeader(self, name: object) -> str:
        """A header that was set, "" when there is none."""
        return self._headers.get(text(name).lower(), "")

    def RemoveHeader(self, name: object) -> object:
        """Forget a header."""
        self._headers.pop(text(name).lower(), None)
        return status.OK

    def SetParam(self, name: object, value: object) -> object:
        """A parameter of the query string; others of the same name go."""
        self._query = [item for item in self._query if item[0] != text(name)]
        return self.InsertParam(name, value)

    def InsertParam(self, name: object, value: object) -> object:
        """A parameter of the query string, beside others of its name."""
        self._query.append((text(name), text(value)))
        return status.OK

    def InsertFormData(self, name: object, value: object) -> object:
        """A form variable, sent as the body by `Post`."""
        self._form.append((text(name), text(value)))
        return status.OK

    def Reset(self) -> object:
        """Forget parameters, form variables and the body."""
        self._query, self._form, self.EntityBody = [], [], CharacterStream()
        return status.OK

    def Get(self, location: object = "", *_: object) -> object:
        """GET."""
        return self.Send("GET", location)

    def Head(self, location: object = "", *_: object) -> object:
        """HEAD."""
        return self.Send("HEAD", location)

    def Post(self, location: object = "", *_: object) -> object:
        """POST."""
        return self.Send("POST", location)

    def Put(self, location: object = "", *_: object) -> object:
        """PUT."""
        return self.Send("PUT", location)

    def Patch(self, location: object = "", *_: object) -> object:
        """PATCH."""
        return self.Send("PATCH", location)

    def Delete(self, location: object = "", *_: object) -> object:
        """DELETE."""
        return self.Send("DELETE", location)

    def Send(self, method: object, location: object = "", *_: object) -> object:
        """Send it; OK when any answer came, whatever its status code, else an error status."""
        try:
            with self._client() as client:
                found = client.request(
                    text(method).upper(), self._url(text(location) or text(self.Location)),
                    content=self._content(), headers=self._sent_headers(),
                    params=httpx.QueryParams(tuple(self._query)) if self._query else None,
                )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL, ProductionError) as error:
            self.HttpResponse = ""
            said = failure(error) or str(error) or type(error).__name__
            return status.error(_UNREACHABLE, f"{text(method).upper()} {self._base()}: {said}")
        self.HttpResponse = HTTPResponse(found)
        self.Reset()
        return status.OK

    def _client(self) -> httpx.Client:
        timeout = float(number(self.Timeout)) or None
        wait = float(number(self.OpenTimeout)) if text(self.OpenTimeout) else timeout
        user = text(self.Username)
        return httpx.Client(
            timeout=httpx.Timeout(timeout, connect=wait),
            follow_redirects=truth(self.FollowRedirect),
            auth=(user, text(self.Password)) if user else None,
            verify=client_context(
                text(self.SSLConfiguration) or SYSTEM, check_identity=truth(self.SSLCheckServerIdentity)
            ),
            trust_env=False,
        )

    def _base(self) -> str:
        secure = truth(self.Https) or text(self.SSLConfiguration) != ""
        port = f":{text(self.Port)}" if text(self.Port) else ""
        return f"{'https' if secure else 'http'}://{text(self.Server)}{port}"

    def _url(self, location: str) -> str:
        if location.startswith(("http://", "https://")):
            return location
        return f"{self._base()}/{location.removeprefix('/')}"

    def _sent_headers(self) -> dict[str, str]:
        found: dict[str, str] = {"user-agent": text(self.UserAgent)}
        if text(self.ContentType):
            found["content-type"] = text(self.ContentType)
        elif self._form:
            found["content-type"] = "application/x-www-form-urlencoded"
        if text(self.Authorization):
            found["authorization"] = text(self.Authorization)
        return found | self._headers

    def _content(self) -> bytes | None:
        if self._form:
            return str(httpx.QueryParams(tuple(self._form))).encode()
        body: Any = self.EntityBody
        shown = str(body)
        return shown.encode(text(self.ContentCharset) or "utf-8", "replace") if shown else None

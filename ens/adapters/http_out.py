"""HTTP as output, with httpx."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from isc.py.objectscript import ByRef
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.values import text

from ..exceptions import ProductionError, UnreachableError
from ..settings import Setting
from .base import OutboundAdapter, as_status
from .tls import SYSTEM, TLS_OUT, client_context, failure


class HTTPResponse(RegisteredObject):
    """``%Net.HttpResponse``: what a server answered."""

    def __init__(self, response: httpx.Response | None = None) -> None:
        self._response = response
        self.StatusCode = response.status_code if response is not None else 0
        self.ReasonPhrase = response.reason_phrase if response is not None else ""
        self.StatusLine = f"HTTP/1.1 {self.StatusCode} {self.ReasonPhrase}"
        self.Data = CharacterStream(response.text if response is not None else "")
        self.ContentType = (response.headers.get("content-type", "") if response is not None else "").partition(";")[0]

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["StatusCode", "ReasonPhrase", "StatusLine", "Data", "ContentType"]

    def GetHeader(self, name: object) -> str:
        """A header, "" when there is none."""
        return str(self._response.headers.get(text(name), "")) if self._response is not None else ""


class HTTPOutboundAdapter(OutboundAdapter):
    """``EnsLib.HTTP.OutboundAdapter``: sends requests to one server."""

    HTTPServer = Setting(str, "", "The host to connect to.", required=True)
    HTTPPort = Setting(int, 0, "Its port; 0 is 80, or 443 with SSLConfig.", minimum=0, maximum=65535)
    URL = Setting(str, "", "The path that requests go to.")
    SSLConfig = Setting(str, "", TLS_OUT)
    SSLCheckServerIdentity = Setting(bool, True, "Whether the server's certificate must be for HTTPServer.")
    ResponseTimeout = Setting(float, 30, "Seconds to wait for the response.", minimum=0.1)
    ConnectTimeout = Setting(float, 5, "Seconds to wait for the connection.", minimum=0.1)
    Token = Setting(str, "", "Sent as `Authorization: Bearer …` when it is not empty.", secret=True)
    UserName = Setting(str, "", "With Password: sent as basic authentication.")
    Password = Setting(str, "", "See UserName.", secret=True)

    def OnInit(self) -> object:
        """Check the server's name and SSLConfig.

        Raises:
            ProductionError: the name is an address of a page, or a file of SSLConfig does not fit.
        """
        if "/" in self.HTTPServer:
            raise ProductionError(
                f"setting HTTPServer: {self.HTTPServer!r} is more than a host: its port is HTTPPort, its path URL, and "
                "SSLConfig makes it https"
            )
        if self.SSLConfig:
            client_context(self.SSLConfig)
        return 1

    def OnTearDown(self) -> object:
        """Close the connections."""
        client = vars(self).pop("_client", None)
        if client is not None:
            client.close()
        return 1

    @property
    def _session(self) -> httpx.Client:
        held = vars(self)
        if "_client" not in held:
            secure = bool(self.SSLConfig)
            port = self.HTTPPort or (443 if secure else 80)
            headers = {"Authorization": f"Bearer {self.Token}"} if self.Token else {}
            held["_client"] = httpx.Client(
                base_url=f"{'https' if secure else 'http'}://{self.HTTPServer}:{port}",
                headers=headers,
                auth=(self.UserName, self.Password) if self.UserName else None,
                timeout=httpx.Timeout(self.ResponseTimeout, connect=self.ConnectTimeout),
                verify=client_context(self.SSLConfig or SYSTEM, check_identity=self.SSLCheckServerIdentity),
                trust_env=False,
            )
        found: httpx.Client = held["_client"]
        return found

    def request(
        self,
        method: str,
        path: str = "",
        content: str | bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request; any status is a response.

        Raises:
            UnreachableError: the server cannot be reached, or does not answer in time.
        """
        place = path or self.URL or "/"
        if not place.startswith(("/", "http://", "https://")):
            place = f"/{place}"
        try:
            return self._session.request(
                method,
                place,
                content=content.encode() if isinstance(content, str) else content,
                headers=dict(headers or {}),
                params=dict(params) if params else None,
            )
        except httpx.TransportError as error:
            said = failure(error) or str(error) or type(error).__name__
            if self.SSLConfig and isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
                said += " (so does a server that wants another client certificate)"
            raise UnreachableError(f"{method} {self._session.base_url}{place}: {said}") from error

    # --- class files ---

    def Get(self, response: ByRef[Any], names: object = "", *values: object) -> object:
        """GET with form variables."""
        return self._into(response, lambda: self.request("GET", params=_form(names, values)))

    def GetURL(self, url: object, response: ByRef[Any], names: object = "", *values: object) -> object:
        """GET of another path."""
        return self._into(response, lambda: self.request("GET", text(url), params=_form(names, values)))

    def Post(self, response: ByRef[Any], names: object = "", *values: object) -> object:
        """POST with form variables, or one body."""
        return self.SendFormDataArray(response, "POST", values, names)

    def PostURL(self, url: object, response: ByRef[Any], names: object = "", *values: object) -> object:
        """POST to another path."""
        return self.SendFormDataArray(response, "POST", values, names, text(url))

    def Put(self, response: ByRef[Any], names: object = "", *values: object) -> object:
        """PUT of one body."""
        return self.SendFormDataArray(response, "PUT", values, names)

    def Delete(self, response: ByRef[Any], *_: object) -> object:
        """DELETE."""
        return self._into(response, lambda: self.request("DELETE"))

    def SendFormDataArray(
        self, response: ByRef[Any], method: object, values: Any = (), names: object = "", url: str = ""
    ) -> object:
        """Send form variables, or with no names the one value as the body."""
        given = list(values) if isinstance(values, tuple | list) else [values]
        form = _form(names, given)
        if form:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            content = str(httpx.QueryParams(form))
            return self._into(response, lambda: self.request(text(method), url, content, headers=kind))
        body = str(given[0]) if given else ""
        return self._into(response, lambda: self.request(text(method), url, body))

    def _into(self, response: ByRef[Any], send: Callable[[], httpx.Response]) -> object:
        def call() -> None:
            found = send()
            response.value = HTTPResponse(found)
            found.raise_for_status()

        done = as_status(call)
        if self.BusinessHost is not None and response.value in ("", None):
            vars(self.BusinessHost)["_wants_retry"] = True  # it could not be reached: as the field does
        return done


def _form(names: object, values: Any) -> dict[str, str]:
    wanted = [name.strip() for name in text(names).split(",") if name.strip()]
    return dict(zip(wanted, map(text, values), strict=False))

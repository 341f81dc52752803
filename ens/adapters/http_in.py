"""HTTP as input: Starlette and uvicorn in a thread of the Director.

The response is sent once what the service sent is committed. A request with the header ``Idempotency-Key`` is taken
once.
"""

import socket
import ssl
import threading
import time
from typing import Any

import uvicorn
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import text
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..exceptions import DuplicateInputError, ProductionError
from ..settings import Setting
from .base import Take, Tell
from .files import codec
from .http_guard import is_named, is_of_another_page, is_token
from .listening import LOOPBACK, ListeningAdapter, allowed
from .refusals import telling

_GRACE = 30  # seconds that requests have to end when it closes
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class HTTPInput(CharacterStream):
    """The body of a request as a stream, with what else the request says."""

    def __init__(self, content: str = "", method: str = "GET", path: str = "/", query: str = "") -> None:
        super().__init__(content)
        self.method = method
        self.path = path
        self.query = query
        self.headers: dict[str, str] = {}
        self.data = content.encode()

    def Attributes(self, name: object = "") -> str:
        """``Attributes("URL")``, ``"HttpRequest"`` (the method), ``"Params"``, or a header by its lower-case name."""
        known = {"URL": self.path, "HttpRequest": self.method, "Params": self.query}
        return known.get(text(name), self.headers.get(text(name).lower(), ""))


class HTTPAnswer:
    """What a service answers when a text is not enough."""

    def __init__(self, content: str | bytes = "", status: int = 200, content_type: str = "text/plain") -> None:
        self.content = content
        self.status = status
        self.content_type = content_type


class _Counted:
    """An application that knows how many requests it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1


class _Server:
    """uvicorn on a socket that listens already."""

    def __init__(self, server: uvicorn.Server, app: _Counted, listening: socket.socket) -> None:
        self._server = server
        self._app = app
        self._listening = listening
        self._ended = threading.Event()

    def run(self) -> None:
        try:
            self._server.run([self._listening])
        finally:
            self._ended.set()

    def stop(self) -> None:
        """Answer what runs; a client that keeps its connection and does not end TLS is not waited for."""
        self._server.should_exit = True
        until = time.monotonic() + _GRACE
        while not self._ended.wait(0.05) and self._app.running and time.monotonic() < until:
            pass
        if not self._ended.wait(2):
            for connection in list(self._server.server_state.connections):
                connection.loop.call_soon_threadsafe(connection.transport.abort)


class HTTPInboundAdapter(ListeningAdapter):
    """``EnsLib.HTTP.InboundAdapter``: each request is an input, what the service answers is the response."""

    Token = Setting(str, "", "What requests must bring as `Authorization: Bearer …`; empty: nothing.", secret=True)
    HostNames = Setting(
        str,
        "",
        "Names in Host headers that it answers to, with commas; empty: any, on loopback without a Token `localhost`.",
    )
    MaxSize = Setting(int, 20, "The largest body, in megabytes.", minimum=1)
    Charset = Setting(str, "UTF-8", "How bodies are read when the request does not say.")
    StayConnected = Setting(float, 5, "Seconds a silent connection is kept.")

    def OnInit(self) -> object:
        """Check the settings.

        Raises:
            ProductionError: an address, the Charset or a file of SSLConfig does not fit.
        """
        codec(self.Charset)
        return super().OnInit()

    def listen(self, take: Take, tell: Tell) -> None:
        """Begin to listen; `port` then is the port.

        Raises:
            ProductionError: the port cannot be had.
        """
        if self.LocalInterface not in LOOPBACK and not self.Token:
            tell("warning", f"{self.LocalInterface} is open to others and the setting Token is empty: any may send")
        self.serve(take, tell, self._server_of)

    def _server_of(self, listening: socket.socket, context: ssl.SSLContext | None) -> "_Server":
        app = _Counted(Starlette(routes=[Route("/{path:path}", self._serve, methods=_METHODS)]))
        config = uvicorn.Config(
            app,
            loop="asyncio",  # uvloop accepts connections by itself, and nobody knew whose handshake fails
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=int(max(self.StayConnected, 1)),
            timeout_graceful_shutdown=_GRACE,
        )
        config.load()
        config.ssl = context
        if context is not None:
            telling(context, vars(self)["_refusals"])
        return _Server(uvicorn.Server(config), app, listening)

    async def _serve(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        try:
            body = await self._body(request)
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        if body is None:
            return PlainTextResponse(f"the body is larger than {self.MaxSize} MB\n", 413)
        return await run_in_threadpool(self._answered, request, body)

    def _refused(self, request: Request) -> Response | None:
        peer = request.client.host if request.client else ""
        if not allowed(self.AllowedIPAddresses, peer):
            return PlainTextResponse("this address may not send\n", 403)
        headers = request.headers
        if self.Token and not is_token(headers.get("authorization", ""), self.Token):
            return PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
        host, is_loopback = headers.get("host", ""), self.LocalInterface in LOOPBACK and not self.Token
        if not is_named(host, self.HostNames, is_loopback=is_loopback):
            said = f"this service is not called {host}: its setting HostNames, or a Token, lets that through\n"
            return PlainTextResponse(said, 421)
        if not self.Token and is_of_another_page(headers):
            said = "a web page of another site may not send here: give the service a Token, and the page, too\n"
            return PlainTextResponse(said, 403)
        return None

    async def _body(self, request: Request) -> bytes | None:
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > self.MaxSize << 20:
                return None
            parts.append(part)
        return b"".join(parts)

    def _answered(self, request: Request, body: bytes) -> Response:
        charset = request.headers.get("content-type", "").partition("charset=")[2].partition(";")[0].strip('" ')
        try:
            content = body.decode(codec(charset or self.Charset))
        except (UnicodeDecodeError, ProductionError) as error:
            return PlainTextResponse(f"the body cannot be read: {error}\n", 400)
        data = HTTPInput(content, request.method, request.url.path, request.url.query)
        data.data = body
        data.headers = dict(request.headers.items())
        key = request.headers.get("idempotency-key", "")
        try:
            answer = vars(self)["_take"](data, None, key and f"{data.path} {key}")
        except DuplicateInputError as error:
            return PlainTextResponse(f"{error}\n", 200)
        except Exception as error:  # noqa: BLE001  # the service told the log; outside gets no inner texts
            session = getattr(error, "session", 0)  # what the caller can ask about, and `iscpy trace` shows
            told = f" (session {session})" if session else ""
            return PlainTextResponse(f"the request could not be processed{told}\n", 500)
        return _response(answer)


def _response(answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, HTTPAnswer):
        return Response(answer.content, answer.status, media_type=answer.content_type)
    return PlainTextResponse("" if answer is None else str(answer), 202 if answer is None or answer == "" else 200)

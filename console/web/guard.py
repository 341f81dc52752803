"""What stands before every page: the Host header, the size of the body, who asks, forged forms, and security headers.

The console listens on loopback, so the Host check is what keeps a foreign web page from reaching it by a name that
resolves to 127.0.0.1. A browser gets a cookie session for the token, and each form carries the session's own secret;
programs send ``Authorization: Bearer TOKEN``, which no foreign page can make a browser send.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOURS = 12
_OPEN = ("/login", "/static/")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class BrowserSession:
    """A browser that showed the token; `form_key` is what its forms must carry."""

    form_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    expires: float = field(default_factory=lambda: time.time() + _HOURS * 3600)


class Sessions:
    """The browsers that are let in, in memory: they end with the console."""

    def __init__(self, token: str, cookie: str) -> None:
        self.cookie = cookie
        self._token = token.encode()
        self._held: dict[bytes, BrowserSession] = {}

    def is_token(self, given: str) -> bool:
        """Whether it is the token; takes the same time for every wrong one."""
        return hmac.compare_digest(given.encode(), self._token)

    def open(self) -> str:
        """A new session's id."""
        now = time.time()
        self._held = {key: held for key, held in self._held.items() if held.expires > now}
        key = secrets.token_urlsafe(32)
        self._held[_digest(key)] = BrowserSession()
        return key

    def find(self, key: str) -> BrowserSession | None:
        """The session of a cookie; digests are compared, so that the time it takes tells nothing of the cookies."""
        held = self._held.get(_digest(key))
        return held if held is not None and held.expires > time.time() else None

    def close(self, key: str) -> None:
        """Forget a session."""
        self._held.pop(_digest(key), None)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class _TooLarge(Exception):
    pass


class Guard:
    """ASGI middleware; what it lets through has ``request.state.form_key`` and, for a form, ``request.state.form``."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, hosts: frozenset[str], limit: int) -> None:
        self.app = app
        self.sessions = sessions
        self.hosts = hosts
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "max-age=300"
            await send(message)

        try:
            body = await self._body(scope, receive)
        except _TooLarge:
            refusal: Response | None = _refused(scope, 413, f"the body is larger than {self.limit} bytes")
        else:
            refusal = self._refusal(scope, body)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, guarded)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > self.limit:
            raise _TooLarge
        if scope["method"] in ("GET", "HEAD"):
            return b""
        parts = bytearray()
        while True:
            message = await receive()
            parts += message.get("body", b"")
            if len(parts) > self.limit:
                raise _TooLarge
            if not message.get("more_body", False):
                return bytes(parts)

    def _refusal(self, scope: Scope, body: bytes) -> Response | None:
        request = Request(scope)
        if request.headers.get("host", "").lower() not in self.hosts:
            named = "--allow-host NAME, with its port, lets one through"
            return _refused(scope, 421, f"this console is not reached by that Host name: {named}")
        scope.setdefault("state", {})
        state = scope["state"]
        state["form_key"], state["form"], state["session"] = "", {}, ""
        is_form = request.headers.get("content-type", "").partition(";")[0] == "application/x-www-form-urlencoded"
        if (
            body and is_form and not scope["path"].endswith(".json")
        ):  # what programs send is JSON, whatever they call it
            try:
                state["form"] = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000))
            except ValueError:
                return _refused(scope, 400, "the form cannot be read")
        path = scope["path"]
        if path == _OPEN[0] or path.startswith(_OPEN[1]):
            return None
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return None if self.sessions.is_token(given.strip()) else _refused(scope, 401, "the token is wrong")
        key = request.cookies.get(self.sessions.cookie, "")
        session = self.sessions.find(key)
        if session is None:
            return _login(scope)
        state["form_key"], state["session"] = session.form_key, key
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return None
        if _is_foreign(request.headers, self.hosts):
            return _refused(scope, 403, "another site's page may not change anything here")
        shown = request.headers.get("x-form-key") or state["form"].get("form_key", "")
        if hmac.compare_digest(shown.encode(), session.form_key.encode()):
            return None
        return _refused(scope, 403, "the form is not one of this console's pages: load the page again")


def _is_foreign(headers: Headers, hosts: frozenset[str]) -> bool:
    """Whether a browser says that a page of another site asks.

    An Origin of ``null`` says nothing: it is what the console's own pages send, whose referrer policy is none.
    """
    origin = headers.get("origin", "null")
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none") or (
        origin != "null" and urlsplit(origin).netloc.lower() not in hosts
    )


def _refused(scope: Scope, status: int, text: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if scope["path"].endswith(".json"):
        return JSONResponse({"error": text}, status, headers)
    return PlainTextResponse(f"{text}\n", status, headers)


def _login(scope: Scope) -> Response:
    if scope["method"] == "GET" and b"text/html" in dict(scope["headers"]).get(b"accept", b""):
        return RedirectResponse("/login", 303)
    return _refused(scope, 401, "a token is needed: send Authorization: Bearer TOKEN (iscpy console shows it)")

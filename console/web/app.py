"""The application: routes, and how a page becomes HTML or, with ``.json`` at the end of its path, JSON."""

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from isc.py.ens.exceptions import BankError
from isc.py.ens.redaction import redacted
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .guard import Guard, Sessions
from .source import NoBankError, NotRunningError, NotThereError, Source, plain

HERE = Path(__file__).parent
LIMIT = 1 << 20
_CODE = re.compile(r"``?([^`]+)``?")
_log = logging.getLogger("isc.py.console")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows: values whose names begin with ``_`` are for HTML alone."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200


Shown: TypeAlias = Page | Response
Handler: TypeAlias = Callable[[Request, Source], Shown]


class Console:
    """The pages of a folder, their look, and who may see them."""

    def __init__(self, folder: Path, token: str, port: int, hosts: Iterable[str] = (), limit: int = LIMIT) -> None:
        self.source = Source(folder)
        self.sessions = Sessions(token, f"iscpy_console_{port}")
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters |= {"moment": _moment, "since": _since, "seconds": _seconds, "pretty": _pretty}
        self.templates.filters |= {"count": _count, "prose": _prose}
        names = {"127.0.0.1", "localhost", "[::1]"}
        self.hosts = frozenset(f"{name}:{port}" for name in names) | frozenset(name.lower() for name in hosts)
        self.limit = limit

    def app(self) -> Starlette:
        """The ASGI application."""
        from .pages import ROUTES

        routes: list[Route | Mount] = [
            Route("/login", self._login, methods=["GET", "POST"]),
            Route("/logout", self._logout, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static", follow_symlink=True)),
        ]
        for path, methods, handler in ROUTES:
            routes.append(Route(path if path != "/" else "/index.json", self._twin(handler), methods=methods))
            if path != "/":
                routes[-1] = Route(f"{path}.json", self._twin(handler), methods=methods)
            routes.append(Route(path, self._page(handler), methods=methods))
        guard = Middleware(Guard, sessions=self.sessions, hosts=self.hosts, limit=self.limit)
        handlers = {HTTPException: self._failed, Exception: self._failed}
        return Starlette(routes=routes, middleware=[guard], exception_handlers=handlers)

    # --- pages ---

    def _page(self, handler: Handler) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._answered, handler, request, False)

        return answer

    def _twin(self, handler: Handler) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            if request.method == "POST" and not request.state.form:
                try:
                    request.state.json = await request.json()
                except (ValueError, RecursionError):  # the second one is of lists in lists in lists
                    return JSONResponse({"error": "the body is no JSON"}, 400)
            return await run_in_threadpool(self._answered, handler, request, True)

        return answer

    def _answered(self, handler: Handler, request: Request, as_json: bool) -> Response:
        try:
            shown = handler(request, self.source)
            if isinstance(shown, Response):
                return shown
            return JSONResponse(plain(shown.values), shown.status) if as_json else self._html(request, shown)
        except Exception as error:  # noqa: BLE001  # whatever it is, the answer says so and the console goes on
            values, status = _explained(error)
            if status == 500:
                _log.exception("%s %s", request.method, request.url.path)
            failed = Page("error.html", values, status)
            return JSONResponse(plain(values), status) if as_json else self._html(request, failed)

    def _html(self, request: Request, page: Page) -> Response:
        state = request.state
        common = {
            "path": request.url.path,
            "query": dict(request.query_params),
            "form_key": getattr(state, "form_key", ""),
            "folder": str(self.source.folder),
            "twin": _twin_of(request) if page.status < 400 else "",
        }
        text = self.templates.get_template(page.template).render(common | page.values)
        return HTMLResponse(text, page.status)

    async def _failed(self, request: Request, error: Exception) -> Response:
        values, status = _explained(error)
        if request.url.path.endswith(".json"):
            return JSONResponse(plain(values), status)
        return self._html(request, Page("error.html", values, status))

    # --- who may see them ---

    async def _login(self, request: Request) -> Response:
        given = request.state.form.get("token") or request.query_params.get("token")
        if given is None:
            return self._html(request, Page("login.html", {"wrong": False}))
        if not self.sessions.is_token(given):
            return self._html(request, Page("login.html", {"wrong": True}, 403))
        answer = RedirectResponse("/", 303)
        here = request.url.hostname in ("127.0.0.1", "localhost", "::1")  # else a proxy is in front, which adds TLS
        answer.set_cookie(
            self.sessions.cookie, self.sessions.open(), httponly=True, samesite="strict", path="/", secure=not here
        )
        return answer

    async def _logout(self, request: Request) -> Response:
        self.sessions.close(request.state.session)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(self.sessions.cookie, path="/")
        return answer


def token_of(folder: Path) -> str:
    """The console's token of a folder (``.iscpy/console.token``, 0600), made when there is none."""
    from isc.py.ens.secret_files import kept_secret

    return kept_secret(folder, "console.token", secrets.token_urlsafe(32))


def _explained(error: Exception) -> tuple[dict[str, Any], int]:
    if isinstance(error, HTTPException):
        return {"error": str(error.detail)}, error.status_code
    if isinstance(error, NoBankError):
        return {"error": str(error), "_title": "Nothing here yet"}, 404
    if isinstance(error, NotThereError | ClassNotFoundError):
        return {"error": str(error)}, 404
    if isinstance(error, BankError | SQLAlchemyError):
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        text = f"the message bank does not answer: {redacted(said)}"
        return {"error": text, "_title": "The bank is away"}, 503
    if isinstance(error, NotRunningError):
        return {"error": str(error)}, 409
    if isinstance(error, IscError):
        return {"error": str(error)}, 400
    return {"error": "this is a mistake of isc-py itself: the console's log has it"}, 500


def _twin_of(request: Request) -> str:
    path = request.url.path.rstrip("/") or "/index"
    return f"{path}.json" + (f"?{request.url.query}" if request.url.query else "")


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _moment(value: float | None) -> str:
    return "" if value is None else datetime.fromtimestamp(value).isoformat(" ", "milliseconds")


def _since(value: float | None) -> str:
    if value is None:
        return "never"
    seconds = max(0.0, datetime.now().timestamp() - value)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


def _count(value: int) -> str:
    """A number whose thousands are apart, by a blank that breaks no line."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _prose(text: str) -> Markup:
    """A docstring: what stands between backticks is code."""
    parts = _CODE.split(text)  # every second one is code
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"

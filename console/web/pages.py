"""The pages: each takes a request and gives what it shows, for its HTML and its JSON twin alike."""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from isc.py.ens.bank import MessageRow, SessionTrace
from isc.py.ens.bank.schema import headers
from isc.py.ens.checkpoint import checkpoints_of
from isc.py.ens.search import Search, find_events, find_messages, moment, value_of
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ..banked import no_such_session, trace_items
from ..production_svg import boxes_of, production_svg
from ..sequence_svg import heads_svg, sequence_svg
from ..troubles import troubles_of
from .acting import control, message_test, resend, send_test
from .app import Handler, Page, Shown
from .asked import number, path_id
from .source import NotRunningError, NotThereError, Source, event_shown, header_shown, message_shown, variable_shown

_STEP = 50
_DRAWN = 300  # messages of a session on one page


def overview(request: Request, source: Source) -> Page:
    """The production as a picture, and its items with their queues."""
    status = source.status()
    links = {item["name"]: f"/items/{quote(item['name'])}" for item in status["items"]}
    edges = source.edges()
    drawn = production_svg(
        boxes_of(status["items"], links), source.wires() | edges, f"production {status['production'] or 'none'}"
    )
    try:
        errors = [event_shown(event) for event in find_events(source.bank, level="error", limit=8)]
    except NotThereError:
        errors = []
    values = {
        **status,
        "totals": source.totals(),
        "edges": [{"source": a, "target": b, "messages": count} for (a, b), count in edges.items()],
        "errors": errors,
        "troubles": [asdict(trouble) for trouble in troubles_of(status["items"], running=status["running"])],
    }
    return Page("overview.html", values | {"_svg": drawn})


def item(request: Request, source: Source) -> Page:
    """One item: what it is, its settings, its counts, its last messages."""
    name = request.path_params["name"]
    status = source.status()
    found = next((held for held in status["items"] if held["name"] == name), None)
    if found is None:
        raise NotThereError(f"production {status['production'] or 'none'} has no item {name!r}")
    try:
        bank = source.bank
    except NotThereError:
        return Page("item.html", _item_values(status, found, source) | {"messages": [], "events": []})
    rows = find_messages(bank, Search(host=name, newest_first=True, limit=25))
    lines = find_events(bank, host=name, limit=25)
    shown = {"messages": [header_shown(row) for row in rows], "events": [event_shown(line) for line in lines]}
    return Page("item.html", _item_values(status, found, source) | shown)


def _item_values(status: dict[str, Any], found: dict[str, Any], source: Source) -> dict[str, Any]:
    return {"item": found, "running": status["running"], "settings": source.settings(found["name"])}


def messages(request: Request, source: Source) -> Page:
    """Messages that fit what is searched, the newest first."""
    asked = request.query_params
    search = Search(
        session=number(asked, "session"),
        status=asked.get("status", ""),
        kind=asked.get("kind", ""),
        host=asked.get("host", ""),
        class_name=asked.get("class", ""),
        since=moment(asked["since"]) if asked.get("since") else None,
        until=moment(asked["until"]) if asked.get("until") else None,
        values=tuple(value_of(text) for text in asked.getlist("value") if text),
        text=asked.get("text", ""),
        before=number(asked, "before"),
        newest_first=True,
        limit=min(number(asked, "limit") or _STEP, 1000),
    )
    rows = find_messages(source.bank, search)
    older = rows[-1].id if len(rows) == search.limit else None
    hosts = sorted({name for edge in source.edges() for name in edge})
    values = {"messages": [header_shown(row) for row in rows], "older": older}
    return Page("messages.html", values | {"_hosts": hosts, "_older": _further(request, older)})


def message(request: Request, source: Source) -> Page:
    """One message with its body."""
    row = _message(request, source)
    answer = source.bank.response_to(row.id)
    lines = [line for line in source.bank.events(row.session, 100_000) if line.header == row.id]
    kept = [item for item in checkpoints_of(source.folder, row.session) if item.message == row.id]
    values = message_shown(row) | {
        "context": [variable_shown(row) for row in kept[0].values] if kept else None,
        "response": answer.id if answer else None,
        "events": [event_shown(line) for line in lines],
    }
    status = source.status()
    items = {item["name"] for item in status["items"]}
    return Page("message.html", {**values, "_raw": row.body, "_running": status["running"], "_items": items})


def body(request: Request, source: Source) -> Response:
    """The body of a message as it is kept, to be saved."""
    row = _message(request, source)
    name = f"message-{row.id}.json"
    return PlainTextResponse(row.body, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _message(request: Request, source: Source) -> MessageRow:
    row = source.bank.message(path_id(request))
    if row is None:
        raise NotThereError(f"the bank has no message {path_id(request)}")
    return row


def sessions(request: Request, source: Source) -> Page:
    """The last sessions."""
    rows = source.bank.sessions(_STEP * 2, number(request.query_params, "before"))
    older = rows[-1].id if len(rows) == _STEP * 2 else None
    values = {"sessions": [asdict(row) for row in rows], "older": older}
    return Page("sessions.html", values | {"_older": _further(request, older)})


def session(request: Request, source: Source) -> Page:
    """The visual trace of a session; a long one in parts, each from the message ``?from=ID``."""
    session_id, first = path_id(request), number(request.query_params, "from") or 0
    total = source.bank.rows(select(func.count()).where(headers.c.session == session_id))[0][0]
    if not total:
        raise NotThereError(no_such_session(source.bank, session_id))
    rows = source.bank.matching(headers.c.session == session_id, headers.c.id >= first, limit=_DRAWN + 1)
    rows, later = rows[:_DRAWN], rows[_DRAWN:]
    lines = source.bank.events(session_id, 100_000)
    begin = rows[0].created if first and rows else 0.0
    end = later[0].created if later else float("inf")
    lines = [line for line in lines if begin <= line.time < end][: _DRAWN * 2]
    found = SessionTrace(session_id, tuple(rows), tuple(lines))
    drawn = sequence_svg(trace_items(found, "/messages/{}"), f"session {session_id}", standalone=False)
    values = {
        "session": session_id,
        "total": total,
        "messages": [header_shown(row) for row in rows],
        "events": [event_shown(line) for line in lines],
        "later": later[0].id if later else None,
    }
    return Page("session.html", values | {"_svg": drawn, "_heads": heads_svg(trace_items(found)), "_first": first})


def drawing(request: Request, source: Source) -> Response:
    """The visual trace as a file."""
    session_id = path_id(request)
    found = source.bank.trace(session_id)
    if found is None:
        raise NotThereError(no_such_session(source.bank, session_id))
    told = {"Content-Disposition": f'attachment; filename="session-{session_id}.svg"'}
    return Response(sequence_svg(trace_items(found), f"session {session_id}"), 200, told, "image/svg+xml")


def events(request: Request, source: Source) -> Page:
    """The event log, the newest first."""
    asked = request.query_params
    found = find_events(
        source.bank,
        session=number(asked, "session"),
        level=asked.get("level", ""),
        host=asked.get("host", ""),
        text=asked.get("text", ""),
        since=moment(asked["since"]) if asked.get("since") else None,
        before=number(asked, "before"),
        limit=_STEP * 2,
    )
    older = found[-1].id if len(found) == _STEP * 2 else None
    return Page(
        "events.html",
        {"events": [event_shown(line) for line in found], "older": older, "_older": _further(request, older)},
    )


def metrics(request: Request, source: Source) -> Response:
    """What Prometheus scrapes, with the token as its bearer."""
    from isc.py.ens.metrics import CONTENT_TYPE

    try:
        with source.client() as client:
            text = client.metrics()
        up = 1
    except NotRunningError:
        text, up = "", 0
    state = f"# HELP isc_py_up Whether a production runs.\n# TYPE isc_py_up gauge\nisc_py_up {up}\n"
    return Response(state + text, media_type=CONTENT_TYPE)


def _further(request: Request, before: int | None) -> str:
    return "" if before is None else f"?{request.url.include_query_params(before=before).query}"


def test(request: Request, source: Source) -> Shown:
    """The page that sends a message, and what became of it."""
    return send_test(request, source) if request.method == "POST" else message_test(request, source)


ROUTES: list[tuple[str, list[str], Handler]] = [
    ("/", ["GET"], overview),
    ("/messages", ["GET"], messages),
    ("/messages/{id:int}", ["GET"], message),
    ("/messages/{id:int}/body", ["GET"], body),
    ("/messages/{id:int}/resend", ["POST"], resend),
    ("/sessions", ["GET"], sessions),
    ("/sessions/{id:int}", ["GET"], session),
    ("/sessions/{id:int}/drawing", ["GET"], drawing),
    ("/events", ["GET"], events),
    ("/test", ["GET", "POST"], test),
    ("/metrics", ["GET"], metrics),
    ("/items/{name:path}/{action}", ["POST"], control),
    ("/items/{name:path}", ["GET"], item),
]

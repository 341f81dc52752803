"""Finding messages and events in the bank: by session, time, host, class, status, and what a body says.

Conditions over headers are the database's to answer. A property of the body is looked for here, in the JSON, so that a
body that is no JSON harms no search and every kind of bank finds the same.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript.names import among
from sqlalchemy import ColumnElement, or_, select

from .bank import Bank, Event, MessageRow
from .bank.rows import as_id
from .bank.schema import bodies, events, headers

LEVELS = ("error", "warning", "info", "trace", "alert", "status", "assert", "stdout", "stderr")
KINDS = ("Request", "Response")
STATUSES = ("Queued", "Delivered", "Deferred", "Completed", "Error", "Suspended", "Discarded")
_BATCH = 500
_PLAIN = re.compile(r"[A-Za-z0-9 ._-]+")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

Values: TypeAlias = tuple[tuple[str, str], ...]


class SearchError(IscError, ValueError):
    """What is asked for cannot be looked for; says why."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; what is left out does not matter.

    `status` may be several with commas; `host` is source or target; `class_name` may have ``*``; `since` and `until`
    are Unix seconds; `values` are properties of the body, as ``("Patient.Name", "Smith")``, `text` is any part of it;
    `before` is a message's id.
    """

    session: int | None = None
    status: str = ""
    kind: str = ""
    source: str = ""
    target: str = ""
    host: str = ""
    class_name: str = ""
    since: float | None = None
    until: float | None = None
    values: Values = ()
    text: str = ""
    before: int | None = None
    after: int | None = None
    newest_first: bool = False
    limit: int = 100


def find_messages(bank: Bank, search: Search) -> list[MessageRow]:
    """The messages that fit, by their ids.

    Raises:
        SearchError: there is no such status or kind.
    """
    found: list[MessageRow] = []
    for row in _candidates(bank, search):
        if all(has_value(row.body, name, value) for name, value in search.values):
            found.append(row)
            if len(found) == search.limit:
                break
    return found


def find_events(
    bank: Bank,
    *,
    session: int | None = None,
    level: str = "",
    host: str = "",
    text: str = "",
    since: float | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Event]:
    """Lines of the event log, the newest first; `level` may be several with commas.

    Raises:
        SearchError: there is no such level.
    """
    conditions: list[ColumnElement[bool]] = []
    if session is not None:
        conditions.append(events.c.session == as_id(session))
    if level:
        conditions.append(events.c.level.in_([_one_of(part, LEVELS, "event has level") for part in _parts(level)]))
    if host:
        conditions.append(events.c.host == host)
    if text:
        conditions.append(events.c.text.contains(text, autoescape=True))
    if since is not None:
        conditions.append(events.c.time >= since)
    if before is not None:
        conditions.append(events.c.id < as_id(before))
    query = select(events).where(*conditions).order_by(events.c.id.desc()).limit(limit)
    return [Event(*row) for row in bank.rows(query)]


def has_value(body: str, name: str, value: str) -> bool:
    """Whether a body's property is (or holds) a value; a dotted name leads into objects and lists."""
    try:
        held = json.loads(body or "null")
    except ValueError:
        return False
    return any(_same(item, value) for item in _at(held, name.split(".")))


def _at(held: object, path: list[str]) -> Iterator[object]:
    if isinstance(held, list):
        for item in held:
            yield from _at(item, path)
    elif not path:
        yield from held.values() if isinstance(held, dict) else [held]
    elif isinstance(held, dict):
        for taken in range(len(path), 0, -1):  # a property's own name may have dots
            if (key := ".".join(path[:taken])) in held:
                yield from _at(held[key], path[taken:])


def _same(item: object, value: str) -> bool:
    if isinstance(item, bool):
        return value.lower() in (str(item).lower(), str(int(item)))
    if isinstance(item, int | float):
        try:
            return float(value) == item
        except ValueError:
            return False
    if item is None:
        return value == ""
    return str(item) == value


def _candidates(bank: Bank, search: Search) -> Iterator[MessageRow]:
    conditions = _conditions(search)
    batch = _BATCH if search.values else search.limit
    at: int | None = None
    while True:
        turn = [] if at is None else [headers.c.id < at if search.newest_first else headers.c.id > at]
        rows = bank.matching(*conditions, *turn, limit=batch, newest_first=search.newest_first)
        yield from rows
        if len(rows) < batch:
            return
        at = rows[-1].id


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (headers.c.session, None if search.session is None else as_id(search.session)),
        (headers.c.kind, search.kind and _one_of(search.kind, KINDS, "message is of kind")),
        (headers.c.source, search.source),
        (headers.c.target, search.target),
    ):
        if value not in ("", None):
            found.append(column == value)
    if search.status:
        found.append(
            headers.c.status.in_([_one_of(part, STATUSES, "message has status") for part in _parts(search.status)])
        )
    if search.host:
        found.append(or_(headers.c.source == search.host, headers.c.target == search.host))
    if search.class_name:
        found.append(headers.c["class"].like(_like(search.class_name), escape="\\"))
    if search.since is not None:
        found.append(headers.c.created >= search.since)
    if search.until is not None:
        found.append(headers.c.created < search.until)
    if search.before is not None:
        found.append(headers.c.id < as_id(search.before))
    if search.after is not None:
        found.append(headers.c.id > as_id(search.after))
    texts = [search.text] if search.text else []
    texts += [value for _, value in search.values if _is_written_so(value)]
    found += [bodies.c.text.contains(text, autoescape=True) for text in texts]
    return found


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, text.split(",")) if part]


def _one_of(text: str, known: Sequence[str], what: str) -> str:
    for one in known:
        if one.lower() == text.lower():
            return one
    raise SearchError(f"no {what} {text!r}{among(text, list(known))}")


def _is_written_so(value: str) -> bool:
    """Whether JSON cannot but have a value as it is: the database then finds the few bodies that may hold it."""
    if not _PLAIN.fullmatch(value) or value.lower() in ("true", "false"):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False  # 5 is 5.0, too


def _like(mask: str) -> str:
    escaped = mask.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def moment(text: str, now: float | None = None) -> float:
    """A time in Unix seconds of ISO 8601 (local unless it names a zone), or of how long ago: ``15m``, ``2h``, ``7d``.

    Raises:
        SearchError: it is neither.
    """
    shown = text.strip()
    if shown.isascii() and shown[:-1].replace(".", "", 1).isdigit() and shown[-1:] in _UNITS:
        return (time.time() if now is None else now) - float(shown[:-1]) * _UNITS[shown[-1]]
    try:
        return datetime.fromisoformat(shown).timestamp()
    except (ValueError, OverflowError):
        raise SearchError(f"{text!r} is no time: write 2026-11-24T08:00, or how long ago, as 15m, 2h or 7d") from None


def value_of(text: str) -> tuple[str, str]:
    """A ``Property=value`` that is looked for.

    Raises:
        SearchError: it is not of that form.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SearchError(f"{text!r} is not of the form Property=value")
    return name.strip(), value

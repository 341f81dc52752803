"""``iscpy trace`` and ``iscpy messages``: what the bank of the folder holds. They read beside a running production."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isc.py.ens.bank import Event, MessageRow, SessionTrace, bank_place
from isc.py.ens.redaction import redacted

from . import screen
from .failures import CommandError
from .sequence import Arrow, Note, draw

if TYPE_CHECKING:
    from isc.py.ens.bank import Bank
    from isc.py.ens.search import Search


def bank_of(folder: Path) -> "Bank":
    """The bank of a folder.

    Raises:
        CommandError: there is none yet.
    """
    path = bank_place(folder)
    if isinstance(path, Path) and not path.exists():
        here = f"no message bank in {folder.resolve()}"
        raise CommandError(f"{here}: go to the folder of the production, or send a message here first (iscpy send)")
    from isc.py.ens.bank import open_bank

    return open_bank(path)


def trace(session: int | None, folder: Path, svg: Path | None, *, as_json: bool) -> None:
    """Draw a session, the last one when none is named; into an SVG file when one is given.

    Raises:
        CommandError: there is no bank, or no such session.
    """
    bank = bank_of(folder)
    try:
        found = bank.trace(session)
        if found is None:
            raise CommandError(no_such_session(bank, session))
    finally:
        bank.close()
    if svg is not None:
        from .sequence_svg import sequence_svg

        svg.write_text(sequence_svg(trace_items(found), f"session {found.session}"), encoding="utf-8")
    if as_json:
        screen.show_json(plain_trace(found))
    elif svg is not None:
        screen.say(f"session {found.session} is drawn in {svg}")
    else:
        for line in trace_lines(found):
            screen.say(line)


def no_such_session(bank: "Bank", session: int | None) -> str:
    """Why there is no such session, and which there are: a message's number is easily taken for its session's."""
    row = bank.message(session) if session is not None else None
    if row is not None:
        return f"there is no session {session}: message {session} is of session {row.session}"
    known = [found.id for found in bank.sessions(10)]
    there = f"the last ones are {', '.join(map(str, known))}" if known else "the bank holds none"
    return f"there is no session {session}: {there}" if session is not None else there


def messages(folder: Path, search: "Search", *, as_json: bool) -> None:
    """List the last messages that fit, in the order of their ids.

    Raises:
        CommandError: there is no bank.
    """
    bank = bank_of(folder)
    from isc.py.ens.search import Search, find_messages

    try:
        rows = find_messages(bank, replace(search, newest_first=True))[::-1]
    finally:
        bank.close()
    if as_json:
        screen.show_json([plain_message(row) for row in rows])
        return
    if not rows:
        screen.say("no message fits what is asked for" if search != Search() else "the bank has no messages")
        return
    screen.show_rows(
        ["ID", "Session", "Created", "Kind", "Source", "Target", "Class", "Status", "Error"],
        [
            [
                row.id,
                row.session,
                datetime.fromtimestamp(row.created).isoformat(" ", "milliseconds"),
                row.kind,
                row.source,
                row.target,
                row.class_name,
                row.status,
                redacted(row.error.partition("\n")[0]),
            ]
            for row in rows
        ],
    )


def plain_message(row: MessageRow) -> dict[str, Any]:
    """A message as JSON's types, its error without secrets, its body as an object; a body that is no JSON as text."""
    shown = asdict(row) | {"error": redacted(row.error)}
    try:
        shown["body"] = json.loads(row.body, parse_constant=str) if row.body else None
    except (ValueError, RecursionError):
        shown["body"] = row.body
    return shown


def plain_trace(found: SessionTrace) -> dict[str, Any]:
    """A session as JSON's types."""
    return {
        "session": found.session,
        "messages": [plain_message(row) for row in found.messages],
        "events": [asdict(row) | {"text": redacted(row.text)} for row in found.events],
    }


def trace_lines(found: SessionTrace) -> list[str]:
    """A session as a sequence diagram, and below it the errors in full."""
    lines = [f"session {found.session}", *draw(trace_items(found))]
    for row in found.messages:
        if row.error:
            lines += ["", f"✗ message {row.id} to {row.target} ({row.class_name}): {row.status}"]
            lines += [f"    {line}" for line in redacted(row.error).splitlines()]
    return lines


def trace_items(found: SessionTrace, link: str = "") -> list[Arrow | Note]:
    """A session as the arrows and notes of a diagram; `link` is a message's page, with ``{}`` for its id."""
    start = found.messages[0].created
    rows: list[MessageRow | Event] = sorted(
        [*found.messages, *found.events], key=lambda row: row.created if isinstance(row, MessageRow) else row.time
    )
    return [_item(row, start, link) for row in rows]


def _item(row: MessageRow | Event, start: float, link: str) -> Arrow | Note:
    if isinstance(row, Event):
        first = redacted(row.text.partition("\n")[0])
        return Note(row.host, first if row.level.lower() == "trace" else f"{row.level.lower()}: {first}")
    mark = f"{row.id:>2} +{row.created - start:.3f} s"
    failed = row.status == "Error"
    return Arrow(row.source, row.target, row.class_name, row.kind == "Response", failed, mark, link.format(row.id))

"""Messages out of a bank and into another one, as lines of JSON: sessions, messages with bodies, events, processes, and
the programs of process instances that run.

The first line says what the file is; each other one is an object, and its `line` says what of. Ids are those of the
bank it comes from; the bank it goes into gives new ones, and what refers to a message goes on referring to it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from sqlalchemy import Connection, Table, and_, select

from ..exceptions import BankError
from .bank import Bank
from .schema import bodies, events, headers, processes, programs, sessions

FORMAT = "isc-py messages"
VERSION = 2  # 1 had no programs
_OPEN = ("Queued", "Delivered")
_CHUNK = 200


@dataclass(slots=True)
class Moved:
    """How much was exported or imported."""

    sessions: int = 0
    messages: int = 0
    events: int = 0


def export_messages(bank: Bank, out: TextIO, wanted: Iterable[int] | None = None) -> Moved:
    """Write sessions to a text file: those with these ids, or all of them.

    Raises:
        LookupError: the bank has no such session; nothing was written.
    """
    known = [int(row[0]) for row in bank.rows(select(sessions.c.id).order_by(sessions.c.id))]
    chosen = known if wanted is None else list(dict.fromkeys(wanted))
    missing = sorted(set(chosen) - set(known))
    if missing:
        raise LookupError(f"the bank has no session {missing[0]}")
    out.write(json.dumps({"format": FORMAT, "version": VERSION}) + "\n")
    moved = Moved()
    for at in range(0, len(chosen), _CHUNK):
        with bank.snapshot() as connection:  # a production may run: what refers to a message comes with it
            for kind, row in _rows(connection, chosen[at : at + _CHUNK]):
                moved.sessions += kind == "session"
                moved.messages += kind == "message"
                moved.events += kind == "event"
                out.write(json.dumps({"line": kind} | row) + "\n")
    return moved


def _rows(connection: Connection, part: list[int]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from (("session", row) for row in _of(connection, sessions, sessions.c.id, part))
    texts = bodies.c.text.label("text")
    query = select(headers, texts).outerjoin(bodies, bodies.c.id == headers.c.body)
    query = query.where(headers.c.session.in_(part)).order_by(headers.c.id)
    names = [column.name for column in headers.c] + ["text"]
    yield from (("message", dict(zip(names, row, strict=True))) for row in connection.execute(query))
    yield from (("program", row) for row in _programs(connection, part))
    yield from (("process", row) for row in _of(connection, processes, processes.c.session, part))
    yield from (("event", row) for row in _of(connection, events, events.c.session, part))


def _of(connection: Connection, table: Table, column: Any, part: list[int]) -> Iterator[dict[str, Any]]:
    names = [item.name for item in table.c]
    for row in connection.execute(select(table).where(column.in_(part)).order_by(table.c.id)):
        yield dict(zip(names, row, strict=True))


def _programs(connection: Connection, part: list[int]) -> Iterator[dict[str, Any]]:
    """What the instances that run were begun with."""
    of_these = and_(processes.c.host == programs.c.host, processes.c.program == programs.c.digest)
    query = select(programs).join(processes, of_these).distinct()
    for row in connection.execute(query.where(processes.c.session.in_(part), processes.c.status == "Running")):
        yield dict(row._mapping)


def import_messages(bank: Bank, source: TextIO, *, resume: bool = False) -> Moved:
    """Add the sessions of a file that `export_messages` wrote: all of them or nothing.

    Messages that had no end are suspended, and process instances that ran end as errors, so that nothing is done twice;
    with `resume` they go on when a Director starts. No Director may run on the bank.

    Raises:
        BankError: it is no such file, is of a newer version, or a line of it is wrong; names the line.
        ProductionError: a Director runs on the bank.
    """
    lines = enumerate(source, start=1)
    _check_head(next(lines, (1, ""))[1])
    bank.claim()
    try:
        return _imported(bank, lines, resume=resume)
    finally:
        bank.release()


def _check_head(line: str) -> None:
    try:
        head = json.loads(line)
        fits = head["format"] == FORMAT
        version = int(head["version"])
    except (ValueError, KeyError, TypeError):
        fits, version = False, 0
    if not fits:
        raise BankError("the file holds no messages of isc-py: its first line does not say so")
    if version > VERSION:
        raise BankError(f"the file was written by a newer version of isc-py (format {version}, this knows {VERSION})")


def _imported(bank: Bank, lines: Iterable[tuple[int, str]], *, resume: bool) -> Moved:
    moved, ids = Moved(), _Ids(bank)
    with bank.transaction() as connection:
        for number, line in lines:
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                kind = row.pop("line")
                if kind == "program":
                    _take_program(connection, row)
                    continue
                table, values = _taken(kind, row, ids, resume=resume)
                if kind == "message":
                    text = values.pop("text")
                    if text is not None:
                        connection.execute(bodies.insert().values(id=values["id"], text=text))
                        values["body"] = values["id"]
                connection.execute(table.insert().values(values))
            except Exception as error:
                raise BankError(f"line {number} of the file is no part of messages: {error}") from error
            moved.sessions += kind == "session"
            moved.messages += kind == "message"
            moved.events += kind == "event"
    return moved


def _take_program(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a program, unless the bank has it."""
    has_it = select(programs.c.digest).where(programs.c.host == row["host"], programs.c.digest == row["digest"])
    if connection.execute(has_it).first() is None:
        connection.execute(programs.insert().values(row))


class _Ids(dict[int, int]):
    """New ids for old ones, made at the first mention."""

    def __init__(self, bank: Bank) -> None:
        super().__init__()
        self._next = bank.next_id

    def __missing__(self, old: int) -> int:
        self[old] = self._next()
        return self[old]

    def of(self, row: Mapping[str, Any], *columns: str) -> dict[str, int | None]:
        """The columns of a row with new ids."""
        return {name: None if row.get(name) is None else self[int(row[name])] for name in columns}


def _taken(kind: str, row: dict[str, Any], ids: _Ids, *, resume: bool) -> tuple[Table, dict[str, Any]]:
    if kind == "session":
        return sessions, row | ids.of(row, "id")
    if kind == "message":
        values = row | ids.of(row, "id", "session", "corresponding", "process")
        values["body"] = None
        if values["status"] in _OPEN and not resume:
            values["error"] = f"imported as {values['status']}: resend it to have it done"
            values["status"] = "Suspended"
        elif values["status"] == "Delivered":
            values["status"] = "Queued" if not values["crashes"] else "Delivered"
        return headers, values
    if kind == "process":
        values = row | ids.of(row, "id", "session")
        waits = json.loads(values["waits"])
        waits["calls"] = [[number, ids[header]] for number, header in waits.get("calls", [])]
        values.setdefault("program", waits.pop("program", ""))  # format 1 had it there
        values["waits"] = json.dumps(waits)
        if values["status"] == "Running" and not resume:
            values["status"] = "Error"
        return processes, values
    if kind == "event":
        row.pop("id", None)
        return events, row | ids.of(row, "session", "header")
    raise ValueError(f"kind {kind!r} is unknown")

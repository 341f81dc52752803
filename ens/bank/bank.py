"""`Bank`: writes for the engine as prepared statements, reads for people through SQLAlchemy."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from ..exceptions import BankError
from ..waiter import Waiter
from .bells import Bell
from .databases import Database, SqliteDatabase
from .revision import bring_up
from .rows import Event, MessageRow, ProcessRow, SessionRow, SessionTrace, as_id
from .schema import bodies, events, headers, inputs, processes, sessions
from .waits import Waits
from .writer import Statement, Writer

_HEADER = (
    "INSERT INTO headers (id, kind, session, source, target, class, body, corresponding, status, error, is_async, "
    "process, created, processed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_BODY = "INSERT INTO bodies (id, text) VALUES (?, ?)"
_STATUS = "UPDATE headers SET status = ?, error = ?, processed = ? WHERE id = ?"
_EVENT = "INSERT INTO events (time, level, host, session, header, text) VALUES (?, ?, ?, ?, ?, ?)"
_PROCESS = (
    "INSERT INTO processes (id, session, host, class, status, state, waits, changed, program) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, "
    "state = excluded.state, waits = excluded.waits, changed = excluded.changed, program = excluded.program"
)
_CUT = "UPDATE headers SET status = 'Queued', crashes = crashes + 1 WHERE id = ?"
_INPUT = "INSERT INTO inputs (host, key, session, time) VALUES (?, ?, ?, ?) ON CONFLICT (host, key) DO NOTHING"
_SESSION = "INSERT INTO sessions (id, started, production) VALUES (?, ?, ?)"


def open_bank(where: Path | str, synchronous: str = "FULL") -> "Bank":
    """The bank in a SQLite file (made 0600 when it is not there), or of a URL (``sqlite:///…``, ``postgresql://…``).

    Tables of an older version are migrated.

    Raises:
        BankError: it is no bank, was made by a newer version, or cannot be reached or written.
    """
    text_of = str(where)
    if text_of.startswith("sqlite:///"):
        where = Path(text_of.removeprefix("sqlite:///"))
    elif "://" in text_of:
        return Bank(_server(text_of, synchronous))
    return Bank(SqliteDatabase(Path(where), synchronous))


def _server(url: str, synchronous: str) -> Database:
    kind = url.partition("://")[0]
    if kind.partition("+")[0] not in ("postgresql", "postgres"):
        raise BankError(f"a message bank cannot be kept in {kind}: use sqlite:///FILE or postgresql://…")
    try:
        from .postgres import PostgresDatabase
    except ImportError as error:
        raise BankError("a bank in PostgreSQL needs pg8000: pip install isc-py[postgres]") from error
    return PostgresDatabase(url.replace("postgres://", "postgresql://", 1), synchronous)


class Bank:
    """The messages of a production. Only one process writes messages; any number read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine
        self._reading = database.reading
        try:
            with self._engine.begin() as connection:
                bring_up(connection, self.name)
        except BankError:
            self._database.dispose()
            raise
        except Exception as error:
            self._database.dispose()
            from isc.py.data.sources.connecting import told

            why, mend = told(error)
            raise BankError(
                f"{self.name} cannot be opened as a message bank: {why}{': ' if mend else ''}{mend}"
            ) from error
        self._ids: itertools.count[int] | None = None
        self._counting = threading.Lock()
        self._writer: Writer | None = None

    @property
    def name(self) -> str:
        """Where it is, for people."""
        return self._database.name

    @property
    def is_server(self) -> bool:
        """Whether a server keeps it, which each statement has to travel to."""
        return self._database.is_server

    def claim(
        self,
        lost: "Callable[[str], None] | None" = None,
        back: "Callable[[str, float], None] | None" = None,
    ) -> None:
        """Become the one that writes messages, until the bank is closed or released.

        The writer's thread tells `lost` that another one has become it while the server was away, and `back` that the
        bank can be written again: why it could not be, and for how many seconds.

        Raises:
            ProductionError: another one is it.
        """
        self._database.claim()
        if lost is not None:
            self._writer = self._writer or self._database.writer()
            self._writer.lost = lost
            self._writer.back = back

    @property
    def trouble(self) -> str:
        """Why the bank cannot be written just now, as the last attempt found; "" when it could be."""
        return self._writer.trouble if self._writer is not None else ""

    def release(self) -> None:
        """Be it no longer; idempotent."""
        self._database.release()

    def keep(self) -> None:
        """See that the one that writes can be reached and still is this one; `claim` says who is told that it is not.

        Raises:
            BankError: it cannot be reached just now, or is another one.
        """
        if self._writer is not None and self._database.is_server:
            self.write([]).result()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction of one's own, for what is not the engine's hot path. Raises what the database raises."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # what it reads first stays true until it writes
            yield connection

    @contextlib.contextmanager
    def single(self) -> Iterator[Connection]:
        """For single statements, on PostgreSQL each a transaction of its own. Raises what the database raises."""
        with self._reading.connect() as connection:
            yield connection

    def bell(self, channel: str) -> Bell:
        """What rings when another program writes something; `bells` has the channels."""
        return self._database.bell(channel)

    def ring(self, channel: str, text: str = "") -> list[Statement]:
        """What makes it ring, once it is committed."""
        return self._database.ring(channel, text)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """For several queries that see the bank as it is at one moment, whatever is written meanwhile."""
        with self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    # --- writing ---

    def next_id(self) -> int:
        """An id for a header; its body has the same."""
        if self._ids is None:
            with self._counting:  # the first messages may come from several threads
                if self._ids is None:
                    self._ids = self._counter()
        return next(self._ids)

    def _counter(self) -> "itertools.count[int]":
        with self._reading.connect() as connection:
            return itertools.count(int(connection.scalar(select(func.max(headers.c.id))) or 0) + 1)

    def write(
        self,
        statements: Sequence[Statement],
        *,
        patient: bool = False,
        then: "Callable[[BaseException | None], None] | None" = None,
    ) -> Waiter[None]:
        """Write statements in one transaction with others' that wait; done when committed.

        `then` is told by the writer's thread, which must not wait in it: None once they are committed, else the error.

        While the bank cannot be written (disk full, locked, server away) it fails, unless it is `patient`: then it
        waits until that has passed, or the bank is closed.
        """
        if self._writer is None:
            self._writer = self._database.writer()
        return self._writer.submit(statements, patient=patient, then=then)

    @staticmethod
    def header(
        header_id: int,
        kind: str,
        session: int,
        source: str,
        target: str,
        body: tuple[str, str],
        status: str,
        *,
        error: str = "",
        corresponding: int | None = None,
        is_async: bool = False,
        process: int | None = None,
    ) -> list[Statement]:
        """A message: header and body (class name, JSON)."""
        now = time.time()
        ended = now if status in ("Completed", "Error", "Discarded") else None
        row = (header_id, kind, session, source, target, body[0], header_id, corresponding, status, error, is_async)
        return [(_BODY, (header_id, body[1])), (_HEADER, (*row, process, now, ended))]

    @staticmethod
    def session(session: int, production: str) -> Statement:
        """The beginning of a session."""
        return _SESSION, (session, time.time(), production)

    @staticmethod
    def input(host: str, key: str, session: int | None) -> Statement:
        """A service took an input under a key."""
        return _INPUT, (host, key, session, time.time())

    @staticmethod
    def status(header_id: int, status: str, error: str = "") -> Statement:
        """A new status of a message."""
        return _STATUS, (status, error, None if status in ("Queued", "Delivered") else time.time(), header_id)

    @staticmethod
    def unwritten(header_id: int, host: str, session: int, error: str) -> list[Statement]:
        """The end of a message whose own end the bank refused to keep."""
        text = f"how it ended could not be kept: {error}"
        return [Bank.status(header_id, "Error", text), Bank.event("error", host, text, session, header_id)]

    @staticmethod
    def cut(header_id: int) -> Statement:
        """The run of a message was cut by the end of its worker or Director: it is counted, and it is queued again."""
        return _CUT, (header_id,)

    @staticmethod
    def event(level: str, host: str, text: str, session: int | None = None, header: int | None = None) -> Statement:
        """A line of the event log."""
        return _EVENT, (time.time(), level, host, session, header, text)

    @staticmethod
    def process(
        process_id: int,
        session: int,
        host: str,
        class_name: str,
        status: str,
        state: str,
        waits: str = "{}",
        program: str = "",
    ) -> Statement:
        """The state of a process instance, what it waits for (`Waits.to_json`), and the digest of its program."""
        return _PROCESS, (process_id, session, host, class_name, status, state, waits, time.time(), program)

    @staticmethod
    def process_ended(process_id: int, status: str) -> Statement:
        """A process instance has ended, its state stays as it was."""
        return "UPDATE processes SET status = ?, changed = ? WHERE id = ?", (status, time.time(), process_id)

    def close(self) -> None:
        """Write what waits and close; idempotent."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._database.release()
        self._database.dispose()

    # --- reading ---

    def input_session(self, host: str, key: str) -> int | None:
        """The session of an input that a service took under a key (0 when it sent nothing), None when it took none."""
        query = select(inputs.c.session).where(inputs.c.host == host, inputs.c.key == key)
        with self._reading.connect() as connection:
            found = connection.execute(query).first()
        return None if found is None else int(found[0] or 0)

    def message(self, header_id: int) -> MessageRow | None:
        """One message."""
        found = self._messages(_message_rows().where(headers.c.id == as_id(header_id)))
        return found[0] if found else None

    def response_to(self, header_id: int) -> MessageRow | None:
        """The response to a request, None while it has none."""
        found = self._messages(_message_rows().where(headers.c.corresponding == as_id(header_id)))
        return found[0] if found else None

    def messages(
        self, session: int | None = None, status: str | None = None, target: str | None = None, limit: int = 1000
    ) -> list[MessageRow]:
        """Messages in the order of their ids."""
        query = _message_rows().order_by(headers.c.id).limit(limit)
        for column, value in ((headers.c.session, session), (headers.c.status, status), (headers.c.target, target)):
            if value is not None:
                query = query.where(column == (as_id(value) if isinstance(value, int) else value))
        return self._messages(query)

    def matching(
        self, *conditions: ColumnElement[bool], limit: int = 1000, newest_first: bool = False
    ) -> list[MessageRow]:
        """Messages for which all conditions over the columns of `schema.headers` hold, in the order of their ids."""
        order = headers.c.id.desc() if newest_first else headers.c.id
        return self._messages(_message_rows().where(*conditions).order_by(order).limit(limit))

    def rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        """The rows of a query over the tables of `schema`."""
        with self._reading.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def sessions(self, limit: int = 50, before: int | None = None) -> list[SessionRow]:
        """The last sessions (before the session `before`), the newest first."""
        last = select(sessions.c.id).order_by(sessions.c.id.desc()).limit(limit)
        if before is not None:
            last = last.where(sessions.c.id < as_id(before))
        chosen = last.subquery()
        failed = func.sum(case((headers.c.status == "Error", 1), else_=0))
        counts = select(headers.c.session, func.count().label("n"), failed.label("failed"))
        counted = counts.join(chosen, chosen.c.id == headers.c.session).group_by(headers.c.session).subquery()
        first = headers.alias("first")
        query = (
            select(sessions, first.c.source, first.c.target, counted.c.n, counted.c.failed)
            .join(first, first.c.id == sessions.c.id)
            .join(counted, counted.c.session == sessions.c.id)
            .order_by(sessions.c.id.desc())
        )
        with self._reading.connect() as connection:
            return [SessionRow(*row) for row in connection.execute(query)]

    def events(self, session: int | None = None, limit: int = 1000) -> list[Event]:
        """Events in the order of time."""
        query = select(events).order_by(events.c.id).limit(limit)
        if session is not None:
            query = query.where(events.c.session == as_id(session))
        with self._reading.connect() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def trace(self, session: int | None = None) -> SessionTrace | None:
        """Messages and events of a session, of the last one when none is named; None when there is none."""
        if session is None:
            with self._reading.connect() as connection:
                session = connection.scalar(select(func.max(sessions.c.id)))
        if session is None:
            return None
        messages = self.messages(session, limit=100_000)
        return SessionTrace(session, tuple(messages), tuple(self.events(session, 100_000))) if messages else None

    def unfinished(self) -> list[MessageRow]:
        """Requests that have no end yet, in the order of their ids."""
        return self._messages(
            _message_rows().where(headers.c.status.in_(("Queued", "Delivered"))).order_by(headers.c.id)
        )

    def running(self) -> list[ProcessRow]:
        """The process instances that have no end yet, with their requests, in the order of their ids."""
        query = (
            select(processes.c.id, processes.c.host, processes.c.state, processes.c.waits, processes.c.program)
            .where(processes.c.status == "Running")
            .order_by(processes.c.id)
        )
        with self._reading.connect() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
        found = []
        for process_id, host, state, waits, program in rows:
            request = self.message(process_id)
            if request is not None:
                found.append(ProcessRow(process_id, host, state, Waits.of(waits), request, program))
        return found

    def process_states(self) -> list[tuple[int, str, str, str]]:
        """Id, host, status and state of every process instance."""
        query = select(processes.c.id, processes.c.host, processes.c.status, processes.c.state)
        with self._reading.connect() as connection:
            return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]

    def _messages(self, query: Select[Any]) -> list[MessageRow]:
        with self._reading.connect() as connection:
            return [_message(row) for row in connection.execute(query)]


def _message_rows() -> Select[Any]:
    return select(headers, bodies.c.text).outerjoin(bodies, bodies.c.id == headers.c.body)


def _message(row: Row[Any]) -> MessageRow:
    held = row._mapping
    return MessageRow(
        id=held[headers.c.id],
        kind=held[headers.c.kind],
        session=held[headers.c.session],
        source=held[headers.c.source],
        target=held[headers.c.target],
        class_name=held[headers.c["class"]],
        corresponding=held[headers.c.corresponding],
        status=held[headers.c.status],
        error=held[headers.c.error],
        is_async=bool(held[headers.c.is_async]),
        created=held[headers.c.created],
        processed=held[headers.c.processed],
        crashes=held[headers.c.crashes],
        body=held[bodies.c.text] or "",
    )

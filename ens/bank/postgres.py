"""A bank in PostgreSQL, through pg8000."""

from collections.abc import Sequence

import pg8000.exceptions
import pg8000.native
from sqlalchemy import URL, create_engine, make_url

from ..exceptions import BankError, ProductionError
from .batches import batches
from .postgres_connection import Connected, PostgresBell, WriterLock
from .writer import ClaimLostError, Statement, UnavailableError, Write, Writer

_CONNECTIONS = 16  # of a program that reads or posts, at most; each is made when it is needed
# Classes of SQLSTATE after which another attempt may work: connection, resources, operator, system, rolled back.
_PASSING = ("08", "40", "53", "57", "58")


class PostgresDatabase:
    """A bank in the database of a URL (``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``)."""

    is_server = True

    def __init__(self, url: str, synchronous: str) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise BankError(f"synchronous {synchronous!r} is unknown: use FULL or NORMAL")
        self._url = make_url(url).set(drivername="postgresql+pg8000")
        self.name = self._url.set(drivername="postgresql").render_as_string(hide_password=True)
        settings = {"startup_params": {"standard_conforming_strings": "on"}}  # as `batches.literal` needs it
        self.engine = create_engine(self._url, pool_pre_ping=True, connect_args=settings)
        self.reading = create_engine(  # half the round trips
            self._url,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            connect_args=settings,
            pool_size=_CONNECTIONS,
            max_overflow=0,  # one more thread waits for a moment: a new connection costs far more than a statement
        )
        self._synchronous = synchronous
        self._writer: PostgresWriter | None = None
        self._claim: WriterLock | None = None

    def writer(self) -> Writer:
        """The writer, which holds the claim."""
        if self._writer is None or self._writer.is_closed:
            self._writer = PostgresWriter(self._url, self._synchronous, self._claim)
        return self._writer

    def claim(self) -> None:
        """Become the one that writes.

        Raises:
            ProductionError: another connection is it.
        """
        self._claim = self._claim or WriterLock(self.name)
        try:
            self.writer()
        except BaseException:
            self._claim = None
            raise

    def dispose(self) -> None:
        """Close the connections of the engines; idempotent."""
        self.engine.dispose()
        self.reading.dispose()

    def bell(self, channel: str) -> PostgresBell:
        """What rings when another program writes something."""
        return PostgresBell(self._url, channel)

    def ring(self, channel: str, text: str) -> list[Statement]:
        """What makes it ring, once it is committed."""
        return [("SELECT pg_notify(?, ?)", (channel, text))]

    def release(self) -> None:
        """Be it no longer: the writer is closed; idempotent."""
        self._claim = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class PostgresWriter(Writer):
    """Groups commits over one connection, which is made again when it was lost.

    With a `claim` the connection holds a lock that one connection to the database can have.
    """

    def __init__(self, url: URL, synchronous: str, claim: WriterLock | None) -> None:
        self._url = url
        self._synchronous = synchronous
        self._claim = claim
        self._doubtful = False  # whether the COMMIT of the group that is tried again was not answered
        self.is_closed = False
        self._connected: Connected | None = self._connect()
        super().__init__()

    def transact(self, group: Sequence[Write]) -> None:
        """Write a group in one transaction."""
        try:
            if self._connected is None:
                self._connected = self._connect()
            connection = self._connected.connection
            if self._doubtful and self._was_committed(connection, group):
                self._doubtful = False
                return
            self._doubtful = False
            self._write(connection, group)
        except ProductionError as error:
            raise ClaimLostError(f"another one has taken over: {error}") from error
        except pg8000.exceptions.DatabaseError as error:
            state = str(error.args[0].get("C", "")) if error.args and isinstance(error.args[0], dict) else ""
            told = error.args[0].get("M", error) if state else error
            if state.startswith(_PASSING):
                self._lose()
                raise UnavailableError(str(told), in_doubt=self._doubtful) from error
            self._doubtful = False
            if self._connected is not None:
                self._connected.connection.run("ROLLBACK")
            raise BankError(str(told)) from error
        except (pg8000.exceptions.InterfaceError, OSError) as error:
            self._lose()
            raise UnavailableError(str(error), in_doubt=self._doubtful) from error
        except Exception:  # a value that is none for the database: what went before it must not stay
            if self._connected is not None:
                self._connected.connection.run("ROLLBACK")
            raise

    def _write(self, connection: pg8000.native.Connection, group: Sequence[Write]) -> None:
        texts = batches([statement for item in group for statement in item.statements])
        connection.run(f"BEGIN; {next(texts, 'SELECT 1')}")
        for text in texts:
            connection.run(text)
        self._doubtful = True
        connection.run("COMMIT")
        self._doubtful = False

    @staticmethod
    def _was_committed(connection: pg8000.native.Connection, group: Sequence[Write]) -> bool:
        """Whether the group is in the bank already.

        A body tells: nobody else makes one with its id. What makes none may be written again. The number of the
        transaction would not do: after a crash the server gives those of lost ones to others.
        """
        for item in group:
            for sql, values in item.statements:
                if sql.startswith("INSERT INTO bodies "):
                    return bool(connection.run("SELECT 1 FROM bodies WHERE id = :id", id=values[0]))
        return False

    def _connect(self) -> Connected:
        connected = Connected(self._url)
        try:
            level = "on" if self._synchronous == "FULL" else "off"
            connected.connection.run(f"SET synchronous_commit = {level}; SET standard_conforming_strings = on")
            if self._claim is not None:
                self._claim.take(connected.connection)
        except BaseException:
            connected.close()
            raise
        return connected

    def _lose(self) -> None:
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def disconnect(self) -> None:
        """Close the connection."""
        self.is_closed = True
        self._lose()

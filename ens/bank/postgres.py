"""A bank in PostgreSQL, through pg8000."""

import contextlib
import hashlib
import socket
from collections.abc import Sequence
from typing import Any

import pg8000.exceptions
import pg8000.native
from sqlalchemy import URL, create_engine, make_url

from ..exceptions import BankError, ProductionError
from .batches import batches
from .writer import UnavailableError, Write, Writer

# Classes of SQLSTATE after which another attempt may work: connection, resources, operator, system, rolled back.
_PASSING = ("08", "40", "53", "57", "58")


class PostgresDatabase:
    """A bank in the database of a URL (``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``)."""

    def __init__(self, url: str, synchronous: str) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise BankError(f"synchronous {synchronous!r} is unknown: use FULL or NORMAL")
        self._url = make_url(url).set(drivername="postgresql+pg8000")
        self.name = self._url.set(drivername="postgresql").render_as_string(hide_password=True)
        self.engine = create_engine(self._url, pool_pre_ping=True)
        self._synchronous = synchronous
        self._writer: PostgresWriter | None = None
        self._claimed = False

    def writer(self) -> Writer:
        """The writer, which holds the claim."""
        if self._writer is None or self._writer.is_closed:
            self._writer = PostgresWriter(self._url, self.name, self._synchronous, claims=self._claimed)
        return self._writer

    def claim(self) -> None:
        """Become the one that writes.

        Raises:
            ProductionError: another connection is it.
        """
        self._claimed = True
        try:
            self.writer()
        except BaseException:
            self._claimed = False
            raise

    def release(self) -> None:
        """Be it no longer: the writer is closed; idempotent."""
        self._claimed = False
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class PostgresWriter(Writer):
    """Groups commits over one connection, which is made again when it was lost.

    With `claims` the connection holds a lock that one connection to the database can have.
    """

    def __init__(self, url: URL, name: str, synchronous: str, *, claims: bool) -> None:
        self._url = url
        self._name = name
        self._synchronous = synchronous
        self._claims = claims
        self._statements: dict[str, Any] = {}
        self._doubtful: str | None = None  # the transaction whose COMMIT was not answered
        self.is_closed = False
        self._socket: socket.socket | None = None
        self._connection: pg8000.native.Connection | None = self._connect()
        super().__init__()

    def transact(self, group: Sequence[Write]) -> None:
        """Write a group in one transaction."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            if self._doubtful is not None and self._was_committed(self._doubtful):
                self._doubtful = None
                return
            self._doubtful = None
            self._write(self._connection, group)
        except ProductionError as error:
            raise UnavailableError(str(error)) from error
        except pg8000.exceptions.DatabaseError as error:
            state = str(error.args[0].get("C", "")) if error.args and isinstance(error.args[0], dict) else ""
            told = error.args[0].get("M", error) if state else error
            if state.startswith(_PASSING):
                self._lose()
                raise UnavailableError(str(told), in_doubt=self._doubtful is not None) from error
            self._doubtful = None
            if self._connection is not None:
                self._connection.run("ROLLBACK")
            raise BankError(str(told)) from error
        except (pg8000.exceptions.InterfaceError, OSError) as error:
            self._lose()
            raise UnavailableError(str(error), in_doubt=self._doubtful is not None) from error

    def _write(self, connection: pg8000.native.Connection, group: Sequence[Write]) -> None:
        found = connection.run("BEGIN; SELECT CAST(pg_current_xact_id() AS text)")
        for sql, parameters in batches([statement for item in group for statement in item.statements]):
            prepared = self._statements.get(sql)
            if prepared is None:
                prepared = self._statements[sql] = connection.prepare(sql)
            prepared.run(**parameters)
        self._doubtful = str(found[-1][0]) if found else None
        connection.run("COMMIT")
        self._doubtful = None

    def _was_committed(self, transaction: str) -> bool:
        assert self._connection is not None
        rows = self._connection.run("SELECT pg_xact_status(CAST(:id AS xid8))", id=transaction)
        return bool(rows) and rows[0][0] == "committed"

    def _connect(self) -> pg8000.native.Connection:
        url = self._url
        place = (url.host or "localhost", url.port or 5432)
        self._socket = socket.create_connection(place, timeout=10)  # our own: pg8000 leaves a broken one open
        self._socket.settimeout(None)
        connection = pg8000.native.Connection(
            url.username or "postgres",
            sock=self._socket,
            database=url.database,
            password=url.password,
            tcp_keepalive=True,
            application_name="isc-py",
        )
        self._statements = {}
        level = "on" if self._synchronous == "FULL" else "off"
        connection.run(f"SET synchronous_commit = {level}")
        if self._claims:
            key = int.from_bytes(hashlib.sha256(b"isc-py bank").digest()[:8], "big", signed=True)
            if not connection.run("SELECT pg_try_advisory_lock(:key)", key=key)[0][0]:
                connection.close()
                raise ProductionError(
                    f"the message bank {self._name} is in use by another production: stop it first (pg_locks shows "
                    "its connection, application_name isc-py)"
                )
        return connection

    def _lose(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(pg8000.exceptions.InterfaceError, OSError):  # it may be gone already
                self._connection.close()
            if self._socket is not None:
                self._socket.close()
            self._connection = None

    def disconnect(self) -> None:
        """Close the connection."""
        self.is_closed = True
        self._lose()

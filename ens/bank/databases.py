"""Where a bank is kept: `Database` is what the bank needs of it; SQLite's is here, PostgreSQL's in `postgres`."""

import sqlite3
from pathlib import Path
from typing import Protocol

from isc.py.iscpython_c.private_folder import private_folder
from sqlalchemy import URL, Engine, create_engine, event

from ..claims import Claim, ClaimedError
from ..exceptions import BankError, ProductionError
from .bells import Bell, SqliteBell
from .writer import SqliteWriter, Statement, Writer, use_wal


class Database(Protocol):
    """A database with a bank."""

    name: str  # for people: without a password
    engine: Engine  # for transactions
    reading: Engine  # for single queries
    is_server: bool  # it may go away, and a claim end without our doing

    def writer(self) -> Writer:
        """A writer with a connection of its own."""

    def claim(self) -> None:
        """Become the one that writes.

        Raises:
            ProductionError: another one is it.
        """

    def release(self) -> None:
        """Be it no longer; idempotent."""

    def dispose(self) -> None:
        """Close the connections of the engines; idempotent."""

    def bell(self, channel: str, /) -> Bell:
        """What rings when another program writes something."""

    def ring(self, channel: str, text: str, /) -> list[Statement]:
        """What makes it ring, once it is committed; nothing where any commit does."""


class SqliteDatabase:
    """A bank in a SQLite file (0600)."""

    is_server = False

    def __init__(self, path: Path, synchronous: str) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise BankError(f"synchronous {synchronous!r} is unknown: use FULL or NORMAL")
        self.name = str(path)
        self._path = path
        self._synchronous = synchronous
        self._lock: Claim | None = None
        private_folder(path.parent)
        path.touch(mode=0o600, exist_ok=True)
        self.engine = create_engine(URL.create("sqlite", database=str(path)))  # a path may have ? and #
        self.reading = self.engine
        event.listen(self.engine, "connect", _reader_settings)

    def dispose(self) -> None:
        """Close the connections of the engine; idempotent."""
        self.engine.dispose()

    def writer(self) -> Writer:
        """A writer with a connection of its own."""
        return SqliteWriter(self._path, self._synchronous)

    def claim(self) -> None:
        """Become the one that writes.

        Raises:
            ProductionError: another process is it.
        """
        if self._lock is not None:
            return
        try:
            self._lock = Claim(self._path.with_name(f"{self._path.name}.lock"))
        except ClaimedError as error:
            raise ProductionError(
                f"the message bank {self.name} is in use by process {error.owner}: stop its production first"
            ) from None

    def release(self) -> None:
        """Be it no longer; idempotent."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def bell(self, _channel: str) -> SqliteBell:
        """What rings when another program writes something."""
        return SqliteBell(self._path)

    def ring(self, _channel: str, _text: str) -> list[Statement]:
        """Any commit makes it ring."""
        return []


def _reader_settings(connection: sqlite3.Connection, _: object) -> None:
    use_wal(connection)

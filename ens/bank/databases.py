"""Where a bank is kept: `Database` is what the bank needs of it; SQLite's is here, PostgreSQL's in `postgres`."""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, event

from ..exceptions import BankError, ProductionError
from .writer import SqliteWriter, Writer


class Database(Protocol):
    """A database with a bank."""

    name: str  # for people: without a password
    engine: Engine  # for reading

    def writer(self) -> Writer:
        """A writer with a connection of its own."""

    def claim(self) -> None:
        """Become the one that writes.

        Raises:
            ProductionError: another one is it.
        """

    def release(self) -> None:
        """Be it no longer; idempotent."""


class SqliteDatabase:
    """A bank in a SQLite file (0600)."""

    def __init__(self, path: Path, synchronous: str) -> None:
        if synchronous not in ("FULL", "NORMAL"):
            raise BankError(f"synchronous {synchronous!r} is unknown: use FULL or NORMAL")
        self.name = str(path)
        self._path = path
        self._synchronous = synchronous
        self._lock: int | None = None
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        self.engine = create_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", _reader_settings)

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
        handle = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 32, 0).decode().strip() or "unknown"
            os.close(handle)
            raise ProductionError(
                f"the message bank {self.name} is in use by process {owner}: stop its production first"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._lock = handle

    def release(self) -> None:
        """Be it no longer; idempotent."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _reader_settings(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 10000")

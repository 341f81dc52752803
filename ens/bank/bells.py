"""Bells: how a program hears that another one has written to the bank, without asking all the time.

A ring is a hint and may be missed (a connection was lost): who waits looks at the bank itself, too, now and then.
"""

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Protocol

#: Channels: something was posted; a post's message has ended (the text is the post's id).
POSTED, ENDED = "isc_py_posted", "isc_py_ended"
_POLL, _SOON = 0.05, 0.005  # seconds between looks at a SQLite file: one takes microseconds


class Bell(Protocol):
    """Rings when another program writes something."""

    def wait(self, timeout: float, *, soon: bool = False) -> set[str] | None:
        """Wait at most `timeout` seconds: None when it did not ring, else the texts that were told ("" for no text).

        It never raises: while the bank is away it stays silent, and rings when that has passed. `soon`: it is likely
        to ring in a moment, and worth looking more often.
        """

    def wake(self) -> None:
        """End the wait of another thread; idempotent, and so does every wait from then on."""

    def close(self) -> None:
        """Give its connection back; idempotent."""


class SqliteBell:
    """Rings whenever another connection has written to the file, whatever it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._woken = threading.Event()

    def wait(self, timeout: float, *, soon: bool = False) -> set[str] | None:
        """Look at the file's version until it is another one."""
        until = time.monotonic() + timeout
        while not self._woken.is_set():
            version = self._look()
            if version != self._version:
                self._version = version
                return {""}
            left = until - time.monotonic()
            if left <= 0:
                break
            self._woken.wait(min(left, _SOON if soon else _POLL))
        return None

    def _look(self) -> int:
        with contextlib.suppress(sqlite3.Error):  # the disk may be away for a moment
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        return self._version

    def wake(self) -> None:
        """End the wait."""
        self._woken.set()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

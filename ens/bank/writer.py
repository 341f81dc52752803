"""One thread that writes: whatever waits goes into one transaction, and is acknowledged when that is on disk."""

import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from ..exceptions import BankError

Statement: TypeAlias = tuple[str, Sequence[object]]
_GROUP = 512


class Writer:
    """Groups commits over one SQLite connection."""

    def __init__(self, path: Path, synchronous: str = "FULL") -> None:
        self._queue: queue.SimpleQueue[tuple[Sequence[Statement], Future[None]] | None] = queue.SimpleQueue()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {synchronous}")
        self._connection.execute("PRAGMA busy_timeout = 10000")
        self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="bank writer", daemon=True)
        self._thread.start()

    def submit(self, statements: Sequence[Statement]) -> "Future[None]":
        """Write these together; the future is done when they are committed.

        Raises:
            BankError: the bank is closed.
        """
        if self._closed:
            raise BankError("the bank is closed")
        future: Future[None] = Future()
        self._queue.put((statements, future))
        return future

    def close(self) -> None:
        """Write what waits, then close; idempotent."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        ended = False
        while not ended:
            waiting = [self._queue.get()]
            while len(waiting) < _GROUP:
                try:
                    waiting.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            group = [item for item in waiting if item is not None]
            ended = len(group) < len(waiting)
            if group:
                self._commit(group)

    def _commit(self, group: "list[tuple[Sequence[Statement], Future[None]]]") -> None:
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for statements, _ in group:
                for sql, parameters in statements:
                    execute(sql, parameters)
            execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            if len(group) > 1:  # one bad write must not take its neighbours with it
                for item in group:
                    self._commit([item])
                return
            group[0][1].set_exception(BankError(f"the message bank could not be written: {error}"))
            return
        for _, future in group:
            future.set_result(None)

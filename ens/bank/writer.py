"""One thread that writes: whatever waits goes into one transaction, and is acknowledged when that is on disk."""

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..exceptions import BankError
from ..waiter import Waiter
from .grouped import for_sqlite, grouped

Statement: TypeAlias = tuple[str, Sequence[object]]
_GROUP = 512
_PAUSES = (0.05, 0.1, 0.25, 0.5, 1.0)  # seconds between attempts while the bank cannot be written
_log = logging.getLogger("isc.py.ens")


class UnavailableError(Exception):
    """The bank cannot be written just now; nothing of the group is in it.

    `in_doubt`: that is not known before the next attempt, which finds out.
    """

    def __init__(self, text: str, *, in_doubt: bool = False) -> None:
        super().__init__(text)
        self.in_doubt = in_doubt


class ClaimLostError(Exception):
    """Another one has become the one that writes; nothing is written from here any more."""


@dataclass(slots=True, eq=False)
class Write:
    """Statements that belong together, and who waits for them."""

    statements: Sequence[Statement]
    patient: bool
    waiter: Waiter[None]


class Writer(ABC):
    """Groups commits; a subclass knows the database."""

    def __init__(self) -> None:
        self.lost: Callable[[str], None] | None = None  # told, by the writer's thread, that another one writes now
        self.back: Callable[[str, float], None] | None = None  # told, by that thread, why and for how many seconds not
        self.trouble = ""  # why the bank cannot be written just now
        self._since, self._first = 0.0, ""  # since when (monotonic), and why at first
        self._lost = ""
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._kept: deque[Write | None] = deque()  # taken from the queue while the bank could not be written
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="bank writer", daemon=True)
        self._thread.start()

    @abstractmethod
    def transact(self, group: Sequence[Write]) -> None:
        """Write a group in one transaction, all of it or nothing.

        Raises:
            UnavailableError: the database is away or full; another attempt may work.
            Exception: what is written does not fit the database.
        """

    @abstractmethod
    def disconnect(self) -> None:
        """Close the connection."""

    def submit(
        self,
        statements: Sequence[Statement],
        *,
        patient: bool = False,
        then: "Callable[[BaseException | None], None] | None" = None,
    ) -> Waiter[None]:
        """Write these together; the waiter is done when they are committed, `then` is called by the writer's thread.

        Raises:
            BankError: the bank is closed.
        """
        waiter = Waiter[None](then)
        with self._lock:  # nothing may come behind the end
            if self._closing.is_set():
                raise BankError("the bank is closed")
            self._queue.put(Write(statements, patient, waiter))
        return waiter

    def close(self) -> None:
        """Write what waits, then close; idempotent."""
        with self._lock:
            if not self._closing.is_set():
                self._closing.set()
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            waiting = [self._kept.popleft() if self._kept else self._queue.get()]
            while len(waiting) < _GROUP:
                try:
                    waiting.append(self._kept.popleft() if self._kept else self._queue.get_nowait())
                except queue.Empty:
                    break
            group = [item for item in waiting if item is not None]
            ended = len(group) < len(waiting)
            if group:
                self._commit(group)
        self.disconnect()

    def _refuse(self, told: BankError) -> None:
        """Whoever does not want to wait is told so at once."""
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                if item is None or item.patient:
                    self._kept.append(item)
                else:
                    item.waiter.set_exception(told)

    def _is_back(self) -> None:
        _log.warning("the message bank can be written again")
        last, self.trouble = self.trouble, ""
        if self.back is not None:
            why = self._first if last == self._first else f"{self._first}; at last: {last}"
            self.back(why, time.monotonic() - self._since)

    def _commit(self, group: list[Write]) -> None:
        attempt = 0
        while group:
            try:
                if self._lost:
                    raise ClaimLostError(self._lost)
                self.transact(group)
            except ClaimLostError as error:
                if not self._lost:
                    self._lost = str(error)
                    _log.error("the message bank is written by another one now: %s", error)
                    if self.lost is not None:
                        self.lost(self._lost)
                for item in group:
                    item.waiter.set_exception(BankError(f"the message bank could not be written: {error}"))
                return
            except UnavailableError as error:
                if not self.trouble:
                    _log.error("the message bank cannot be written: %s", error)
                    self._since, self._first = time.monotonic(), str(error)
                self.trouble = str(error)
                told = BankError(f"the message bank could not be written: {error}")
                closing = self._closing.is_set() and attempt >= len(_PAUSES)
                staying = [item for item in group if (item.patient or error.in_doubt) and not closing]
                for item in group:
                    if item not in staying:
                        item.waiter.set_exception(told)
                group = staying
                self._refuse(told)
                self._closing.wait(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1
            except Exception as error:  # noqa: BLE001  # whatever a value does, its neighbours must be written
                if len(group) > 1:  # one bad write must not take its neighbours with it
                    for item in group:
                        self._commit([item])
                else:
                    group[0].waiter.set_exception(BankError(f"the message bank could not be written: {error}"))
                return
            else:
                if self.trouble:
                    self._is_back()
                for item in group:
                    item.waiter.set_result(None)
                return


def use_wal(connection: sqlite3.Connection) -> None:
    """Write ahead, as all that open the file do; the first ones make it so, one after the other."""
    connection.execute("PRAGMA busy_timeout = 10000")
    until = time.monotonic() + 10
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:  # SQLite waits for a lock everywhere but here
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


class SqliteWriter(Writer):
    """Groups commits over one SQLite connection."""

    def __init__(self, path: Path, synchronous: str = "FULL") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        use_wal(self._connection)
        self._connection.execute(f"PRAGMA synchronous = {synchronous}")
        self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
        super().__init__()

    def transact(self, group: Sequence[Write]) -> None:
        """Write a group in one transaction."""
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for sql, rows in grouped([statement for item in group for statement in item.statements]):
                for text, values in for_sqlite(sql, rows):
                    execute(text, values)
            execute("COMMIT")
        except Exception as error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
                raise UnavailableError(str(error)) from error
            raise

    def disconnect(self) -> None:
        """Close the connection."""
        self._connection.close()

"""Locks of the language: names that one process and thread holds, seen by all processes of a namespace.

They live in a store of their own beside the data. A name conflicts with those above and below it, not with others. What
a process that died held is free.
"""

import os
import threading
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from isc.py.iscpython_c.globals import Store, Transaction, decode_key, encode_key

_FIRST_WAIT, _LONGEST_WAIT = 0.002, 0.05


class LockTable:
    """The locks of a namespace."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: tuple[int, Store] | None = None

    def _opened(self) -> Store:
        if self._store is None or self._store[0] != os.getpid():
            self._store = (os.getpid(), Store(self._path, synced=False))
        return self._store[1]

    def close(self) -> None:
        """Free the store; the locks stay."""
        if self._store is not None and self._store[0] == os.getpid():
            self._store[1].close()
        self._store = None

    def acquire(self, names: Iterable[str], timeout: float | None) -> bool:
        """Hold all of the names, or none; waits up to `timeout` seconds, for ever when it is None."""
        keys = [_key(name) for name in names]
        end = None if timeout is None else time.monotonic() + timeout
        wait = _FIRST_WAIT
        while not self._taken(keys):
            if end is not None and time.monotonic() >= end:
                return False
            time.sleep(min(wait, _LONGEST_WAIT if end is None else max(0.0, end - time.monotonic())))
            wait = min(wait * 2, _LONGEST_WAIT)
        return True

    def release(self, names: Iterable[str]) -> None:
        """Let names go, once for each time they were taken."""
        owner = _owner()
        with self._opened().write() as txn:
            for key in map(_key, names):
                held, count = _held(txn, key)
                if held == owner:
                    if count > 1:
                        txn.set(key, f"{owner} {count - 1}")
                    else:
                        txn.kill(key)

    def release_all(self) -> None:
        """Let go everything that this thread holds."""
        owner = _owner()
        with self._opened().write() as txn:
            for key, value in list(txn.scan(b"\x01", None, b"\xff" * 8)):
                if str(value).startswith(f"{owner} "):
                    txn.kill(key)

    def held(self) -> dict[str, str]:
        """Every lock that is held, with its owner."""
        with self._opened().read() as txn:
            return {repr(decode_key(key)): str(value) for key, value in txn.scan(b"\x01", None, b"\xff" * 8)}

    def _taken(self, keys: list[bytes]) -> bool:
        owner = _owner()
        with self._opened().write() as txn:
            for key in keys:
                if any(not self._is_free(txn, other, owner) for other in _related(txn, key)):
                    return False
            for key in keys:
                held, count = _held(txn, key)
                txn.set(key, f"{owner} {count + 1 if held == owner else 1}")
        return True

    @staticmethod
    def _is_free(txn: Transaction, key: bytes, owner: str) -> bool:
        held, _ = _held(txn, key)
        if held in ("", owner):
            return True
        if _is_alive(held):
            return False
        txn.kill(key)
        return True


def _key(name: str) -> bytes:
    from isc.py.objectscript.functions.strings import name_parts

    head, *subscripts = name_parts(name)
    return encode_key(head, tuple(subscripts))


def _related(txn: Transaction, key: bytes) -> list[bytes]:
    """The name itself, those above and those below that somebody holds."""
    name, subscripts = decode_key(key)
    above = [encode_key(name, subscripts[:size]) for size in range(len(subscripts))]
    return [*above, *(found for found, _ in txn.scan(key))]


def _held(txn: Transaction, key: bytes) -> tuple[str, int]:
    owner, _, count = str(txn.get(key) or "").rpartition(" ")
    return owner, int(count or 0)


def _owner() -> str:
    return f"{os.getpid()}.{_started(os.getpid())}.{threading.get_ident()}"


@cache
def _started(pid: int) -> str:
    return _start_time(pid) or "0"


def _start_time(pid: int) -> str:
    """When a process began, in the kernel's ticks; "" when there is none, or no way to know."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _is_alive(owner: str) -> bool:
    pid, started, thread = owner.split(".")
    if int(pid) == os.getpid():
        return started == _started(os.getpid()) and any(str(known.ident) == thread for known in threading.enumerate())
    now = _start_time(int(pid))
    if now:
        return now == started
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not Path("/proc").is_dir()

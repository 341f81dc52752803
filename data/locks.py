"""Locks of the language: names that one process and thread holds, seen by all processes of a namespace.

They live in a store of their own beside the data. A name conflicts with those above and below it, not with others; a
shared lock (``#"S"``) only with those that are not shared. What a process or thread that died held is free.
"""

import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from isc.py.iscpython_c.globals import Store, Transaction, decode_key, encode_key

from .zwrite import reference

_FIRST_WAIT, _LONGEST_WAIT = 0.002, 0.05
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Lock:
    """A name that is locked, or shall be."""

    key: bytes
    shared: bool = False

    @classmethod
    def written(cls, name: str) -> "Lock":
        """Of a name as code writes it: ``^a(1)``, with its type behind it: ``^a(1)#"S"``."""
        from isc.py.objectscript.functions.strings import name_parts

        place, _, kind = name.rpartition("#") if name.endswith('"') and '#"' in name else (name, "", "")
        head, *subscripts = name_parts(place)
        return cls(encode_key(head, tuple(subscripts)), "S" in kind.upper())

    def __str__(self) -> str:
        return reference(*decode_key(self.key)) + ('#"S"' if self.shared else "")


class LockTable:
    """The locks of a namespace."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: tuple[int, Store] | None = None
        self._busy = threading.local()
        self._freed: deque[tuple[str, Lock]] = deque()

    def _opened(self) -> Store:
        if self._store is None or self._store[0] != os.getpid():
            place = self._path.with_name(f"{self._path.name}-{_boot()}") if _boot() else self._path
            for other in self._path.parent.glob(f"{self._path.name}*"):
                if other != place:  # of before the machine was started: nobody holds anything there
                    shutil.rmtree(other, ignore_errors=True)
            self._store = (os.getpid(), Store(place, synced=False))
        return self._store[1]

    def close(self) -> None:
        """Free the store; the locks stay."""
        if self._store is not None and self._store[0] == os.getpid():
            self._store[1].close()
        self._store = None

    def acquire(self, locks: Sequence[Lock], timeout: float | None) -> bool:
        """Hold all of the names, or none; waits up to `timeout` seconds, for ever when it is None."""
        end = None if timeout is None else time.monotonic() + timeout
        wait = _FIRST_WAIT
        while not self._taken(locks):
            if end is not None and time.monotonic() >= end:
                return False
            time.sleep(min(wait, _LONGEST_WAIT if end is None else max(0.0, end - time.monotonic())))
            wait = min(wait * 2, _LONGEST_WAIT)
        return True

    def release(self, locks: Iterable[Lock]) -> None:
        """Let names go, once for each time they were taken."""
        owner = owner_here()
        with self._writing() as txn:
            for lock in locks:
                _let_go(txn, owner, lock)

    def release_of(self, owner: str, lock: Lock) -> None:
        """Let a name of an owner of this process go; may be called while this thread works on the table."""
        self._freed.append((owner, lock))
        if getattr(self._busy, "now", False):
            return  # by the garbage collector in the middle of a change: who makes that does this, too
        with self._writing():
            pass

    def release_all(self) -> None:
        """Let go everything that this thread holds."""
        for lock in self.mine():
            self.release([lock])

    def mine(self) -> list[Lock]:
        """What this thread holds, each as often as it was taken."""
        owner, found = owner_here(), []
        with self._opened().read() as txn:
            for key, value in txn.scan(b"\x01", None, b"\xff" * 8):
                for holder in _holders(value):
                    if holder.owner == owner:
                        found += [Lock(key, holder.shared)] * holder.count
        return found

    def held(self) -> dict[str, list[str]]:
        """Every lock that is held, as it is written, with the processes that hold it."""
        found: dict[str, list[str]] = {}
        with self._opened().read() as txn:
            for key, value in txn.scan(b"\x01", None, b"\xff" * 8):
                for holder in _holders(value):
                    if _is_alive(holder.owner):
                        found.setdefault(str(Lock(key, holder.shared)), []).append(holder.owner.partition(".")[0])
        return found

    def holders(self, lock: Lock) -> tuple[str, ...]:
        """The processes that hold a lock which conflicts with this one."""
        owner, found = owner_here(), []
        with self._opened().read() as txn:
            for key in _related(txn, lock.key):
                others = [item for item in _holders(txn.get(key)) if item.owner != owner and _is_alive(item.owner)]
                found += [item.owner.partition(".")[0] for item in others if not (lock.shared and item.shared)]
        return tuple(dict.fromkeys(found))

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        self._busy.now = True
        try:
            with self._opened().write() as txn:
                self._let_go_freed(txn)
                yield txn
                self._let_go_freed(txn)
        finally:
            self._busy.now = False

    def _let_go_freed(self, txn: Transaction) -> None:
        with suppress(IndexError):
            while True:
                _let_go(txn, *self._freed.popleft())

    def _taken(self, locks: Sequence[Lock]) -> bool:
        owner = owner_here()
        with self._writing() as txn:
            for lock in locks:
                if any(not _is_free(txn, key, owner, lock.shared) for key in _related(txn, lock.key)):
                    return False
            for lock in locks:
                _take(txn, owner, lock)
        return True


@dataclass(frozen=True, slots=True)
class _Holder:
    owner: str
    count: int
    shared: bool


def _holders(value: object) -> list[_Holder]:
    found = []
    for part in str(value or "").split(";"):
        owner, _, rest = part.partition(" ")
        count, _, kind = rest.partition(" ")
        if count:
            found.append(_Holder(owner, int(count), kind == "S"))
    return found


def _put(txn: Transaction, key: bytes, holders: Iterable[_Holder]) -> None:
    shown = ";".join(f"{item.owner} {item.count}{' S' * item.shared}" for item in holders if item.count > 0)
    if shown:
        txn.set(key, shown)
    else:
        txn.kill(key) if txn.data(key) == 1 else _unset(txn, key)


def _unset(txn: Transaction, key: bytes) -> None:
    """Delete a node, and leave those below it."""
    below = [(at, value) for at, value in txn.scan(key) if at != key]
    txn.kill(key)
    for at, value in below:
        txn.set(at, value)


def _take(txn: Transaction, owner: str, lock: Lock) -> None:
    others = [item for item in _holders(txn.get(lock.key)) if (item.owner, item.shared) != (owner, lock.shared)]
    _put(txn, lock.key, [*others, _Holder(owner, _count(txn, owner, lock) + 1, lock.shared)])


def _let_go(txn: Transaction, owner: str, lock: Lock) -> None:
    others = [item for item in _holders(txn.get(lock.key)) if (item.owner, item.shared) != (owner, lock.shared)]
    count = _count(txn, owner, lock)
    if count:
        _put(txn, lock.key, [*others, _Holder(owner, count - 1, lock.shared)])


def _count(txn: Transaction, owner: str, lock: Lock) -> int:
    held = _holders(txn.get(lock.key))
    return next((item.count for item in held if (item.owner, item.shared) == (owner, lock.shared)), 0)


def _related(txn: Transaction, key: bytes) -> list[bytes]:
    """The name itself, those above and those below that somebody holds."""
    name, subscripts = decode_key(key)
    above = [encode_key(name, subscripts[:size]) for size in range(len(subscripts))]
    return [*above, *(found for found, _ in txn.scan(key))]


def _is_free(txn: Transaction, key: bytes, owner: str, shared: bool) -> bool:
    holders = _holders(txn.get(key))
    others = [item for item in holders if item.owner != owner and not (shared and item.shared)]
    dead = {item.owner for item in others if not _is_alive(item.owner)}
    if dead:
        _put(txn, key, [item for item in holders if item.owner not in dead])
    return all(item.owner in dead for item in others)


def owner_here() -> str:
    """Who this thread is: process, when it began, thread."""
    threading.current_thread()  # a thread of a foreign host is known from now on
    return f"{os.getpid()}.{_started(os.getpid())}.{threading.get_native_id()}"


@cache
def _boot() -> str:
    """A name for this run of the machine; "" when there is no way to know."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


@cache
def _started(pid: int) -> str:
    return _start_time(pid) or "0"


def _start_time(pid: int) -> str:
    """When a process began, in the kernel's ticks; "" when there is none, it has ended, or there is no way to know."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _is_alive(owner: str) -> bool:
    pid, started, thread = owner.split(".")
    known = int(pid) != os.getpid() or any(str(one.native_id) == thread for one in threading.enumerate())
    if not known:
        return False  # it has ended, though the system may still have it
    if Path("/proc/self/task").is_dir():
        return _start_time(int(pid)) == started and Path(f"/proc/{pid}/task/{thread}").exists()
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is somebody else's
    return True


__all__ = ["Lock", "LockTable", "owner_here"]

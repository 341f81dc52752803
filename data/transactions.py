"""Transactions of the language: writes gathered in memory, seen by their own thread only, applied at the outermost
``tcommit`` in one transaction of the store. No lock of the store is held meanwhile.

What others commit is seen between. ``$increment`` is never undone, as in the language: two transactions never get the
same number.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from isc.py.iscpython_c import _native
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Store, Transaction, decode_key, encode_key


class Change(Protocol):
    """Something that was changed, whose consequences depend on what the store holds when the change is applied."""

    @property
    def key(self) -> bytes:
        """What was changed."""

    def before(self, txn: Transaction) -> None:
        """Called before anything is written."""

    def after(self, txn: Transaction) -> None:
        """Called when all is written; an error it raises leaves everything as it was."""


class WriteSet:
    """Changes that are not committed: keys with their values, None where a node was deleted."""

    def __init__(self) -> None:
        self.noted: dict[bytes, Change] = {}
        self.reserved: dict[bytes, tuple[int, int, int]] = {}  # counter: the next number, the last, how many were taken
        self.values: dict[bytes, object | None] = {}
        self.keys: list[bytes] = []
        self.killed: list[bytes] = []
        self.version = 0
        self._undo: list[tuple[bytes, bool, object | None]] = []

    def put(self, key: bytes, value: object | None) -> None:
        """Give a node a value, or delete it (None)."""
        known = key in self.values
        self._undo.append((key, known, self.values.get(key)))
        if not known:
            insort(self.keys, key)
        self.values[key] = value
        self.version += 1

    def mark(self) -> int:
        """A point to go back to."""
        return len(self._undo)

    def back(self, mark: int) -> None:
        """Forget what was changed since `mark`."""
        while len(self._undo) > mark:
            key, known, value = self._undo.pop()
            if known:
                self.values[key] = value
            else:
                del self.values[key]
                self.keys.pop(bisect_left(self.keys, key))
        self.version += 1

    def after(self, key: bytes) -> bytes | None:
        """The first key >= `key` that has a value."""
        for at in range(bisect_left(self.keys, key), len(self.keys)):
            if self.values[self.keys[at]] is not None:
                return self.keys[at]
        return None

    def before(self, key: bytes) -> bytes | None:
        """The last key < `key` that has a value."""
        for at in range(bisect_left(self.keys, key) - 1, -1, -1):
            if self.values[self.keys[at]] is not None:
                return self.keys[at]
        return None

    def touches(self, start: bytes, stop: bytes) -> bool:
        """Whether something from `start` up to but not `stop` was changed."""
        at = bisect_left(self.keys, start)
        return at < len(self.keys) and self.keys[at] < stop

    def touches_global(self, name: str) -> bool:
        """Whether a node of a global was changed."""
        root = encode_key(name)
        return self.touches(root, root + b"\xff")

    def apply(self, transaction: Transaction) -> None:
        """Write everything: what was deleted first, then what has values."""
        for change in self.noted.values():
            change.before(transaction)
        covered: bytes | None = None
        for key in sorted(self.killed):
            if covered is None or not key.startswith(covered):
                transaction.kill(key)
                covered = key
        for key, value in self.values.items():
            if value is not None:
                transaction._native.put(key, value)
        for change in self.noted.values():
            change.after(transaction)
        for key, (following, last, _) in self.reserved.items():
            counted = transaction.get(key)
            if counted is None or (following <= last and counted == last):
                transaction.set(key, following - 1)  # it was deleted here, or nobody counted on: the rest goes back


class _View:
    """The store with the changes over it, with the methods of the C core's transaction."""

    def __init__(self, base: _native.Transaction, changes: WriteSet) -> None:
        self._base = base
        self._changes = changes

    def get(self, key: bytes, /) -> object:
        if key in self._changes.values:
            return self._changes.values[key]
        return self._base.get(key)

    def mark(self, name: str, /) -> bytes:
        found = self._base.mark(name)
        return found + b"%d" % self._changes.version if self._changes.touches_global(name) else found

    def put(self, key: bytes, value: object, /) -> None:
        self._changes.put(key, value)

    def kill(self, prefix: bytes, /) -> int:
        keys = [key for key, _ in self._all(prefix)]
        for key in keys:
            self._changes.put(key, None)
        self._changes.killed.append(prefix)
        return len(keys)

    def _all(self, prefix: bytes) -> Iterator[tuple[bytes, object]]:
        at: bytes = prefix
        while (found := self.seek(at)) is not None and found[0].startswith(prefix):
            yield found
            at = found[0] + b"\0"

    def seek(self, key: bytes, backward: bool = False, /) -> tuple[bytes, object] | None:
        """The first node from `key` on, or the last one before it."""
        changes = self._changes
        ours = changes.before(key) if backward else changes.after(key)
        theirs = self._base.seek(key, backward)
        while theirs is not None and theirs[0] in changes.values:  # deleted, or with another value
            theirs = self._base.seek(theirs[0] if backward else theirs[0] + b"\0", backward)
        if ours is None or (theirs is not None and (theirs[0] > ours if backward else theirs[0] < ours)):
            return theirs
        return ours, changes.values[ours]

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> list[tuple[bytes, object]]:
        if not self._changes.touches(start, stop):
            return self._base.scan(start, stop, limit)
        found: list[tuple[bytes, object]] = []
        at = start
        while len(found) < limit and (pair := self.seek(at)) is not None and pair[0] < stop:
            found.append(pair)
            at = pair[0] + b"\0"
        return found

    def columns(
        self,
        prefix: bytes,
        start: bytes,
        stop: bytes,
        specification: "Sequence[_native._Asked]",
        threads: int = 1,
        limit: int = 0,
        /,
    ) -> "list[_native._Batch]":
        if not self._changes.touches(start, stop):
            return self._base.columns(prefix, start, stop, specification, threads, limit)
        level = len(decode_key(prefix)[1])
        rows: list[bytes] = []
        for key, value in self.scan(start, stop, 2**62):
            if limit and len(rows) == limit:
                break
            subscripts = decode_key(key)[1]
            if len(subscripts) == level + 1 and isinstance(value, bytes | str):
                if not isinstance(subscripts[-1], int):
                    raise LookupError("a row's subscript is no integer: it has no id")
                row = value.encode("latin-1") if isinstance(value, str) else value
                rows.append(encode([subscripts[-1]]) + row)  # the id is read as a field in front
        return _native.list_columns(rows, [(kind, at + 1, scale) for kind, at, scale in specification], threads)

    def commit(self) -> None:
        """Nothing: the outermost ``tcommit`` writes."""

    def abort(self) -> None:
        self._base.abort()


class _Buffered(Transaction):
    """A transaction over a view; numbers that count are taken from the store itself."""

    def __init__(self, view: _View, store: Store) -> None:
        super().__init__(view)  # type: ignore[arg-type]  # it has the methods of the C core's transaction
        self._store = store
        self._view = view

    def uncommitted(self, names: Iterable[str]) -> WriteSet | None:
        """The changes of this transaction when one of these globals is among what they touch."""
        changes = self._view._changes
        return changes if any(map(changes.touches_global, names)) else None

    def note(self, change: Change) -> None:
        """Have a change looked at again when the transaction is applied; what comes first of a key counts."""
        self._view._changes.noted.setdefault(change.key, change)

    def reserve(self, key: bytes) -> int:
        """The next number of a counter; many are taken at once when many are asked for, what is left goes back."""
        changes = self._view._changes
        if key in changes.values:
            return int(self.increment(key))
        following, last, size = changes.reserved.get(key, (1, 0, 0))
        if following > last:
            size = min(max(1, 2 * size), 1024)
            last = int(self.increment(key, size))
            following = last - size + 1
        changes.reserved[key] = (following + 1, last, size)
        return following

    def increment(self, key: bytes, by: int | Decimal = 1) -> int | Decimal:
        """Add to a node of the store, at once and for good; what was set in this transaction counts."""
        set_here = self._view._changes.values.get(key)
        with self._store.write() as txn:
            if set_here is not None:
                txn._native.put(key, set_here)
            found = txn.increment(key, by)
        if key in self._view._changes.values:
            self._view._changes.put(key, found)
        return found


class BufferedStore:
    """A store as a thread with an open transaction sees it; has the methods of `Store`."""

    def __init__(self, store: Store, changes: WriteSet) -> None:
        self._store = store
        self._changes = changes
        self.path = store.path

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One view for as long as the block runs."""
        with self._store.read() as base:
            yield _Buffered(_View(base._native, self._changes), self._store)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Changes that are kept when the block ends, dropped when it raises."""
        mark, killed = self._changes.mark(), len(self._changes.killed)
        try:
            with self.read() as txn:
                yield txn
        except BaseException:
            self._changes.back(mark)
            del self._changes.killed[killed:]
            raise

    def stamp(self) -> int:
        """A number of this state: never one of the store's own."""
        return -(self._store.stamp() * 1_000_003 + id(self._changes) % 1_000_003 + self._changes.version) - 1

    def copy(self, folder: str) -> None:
        """A copy of what is committed."""
        self._store.copy(folder)


__all__ = ["BufferedStore", "Change", "WriteSet"]

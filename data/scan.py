"""Rows of a class as Arrow, decoded once: what a query has read stays until a global that it was read from changes.

Which state of the globals a table shows is told by their marks, which the store keeps (`Transaction.mark`), so other
processes' writes count as this one's. A transaction of the language sees its own changes through tables of its own.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pyarrow as pa
from isc.py.iscpython_c.globals import Transaction

from .fields import ID, Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .places import Place
from .table_rows import read_fields

if TYPE_CHECKING:
    from .sql_catalog import TableField

_LIMIT = 1 << 30  # bytes that decoded tables may take in a process
_LEAST = -(2**63)
_FEW = 1000  # ids: so few are read anew, which is less work than to filter a table


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a table was found in the cache of this process, and how often it was read from the store."""

    found: int
    read: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a class that a table is of: equal ones are read in the same way from the same globals."""

    place: str
    class_name: str
    data: Place
    data_global: str
    stream_global: str
    tag: str


@dataclass(frozen=True, slots=True)
class _Held:
    marks: dict[str, bytes]
    table: pa.Table


class ScanCache:
    """Tables by what they are of, the least used one dropped when they take too much memory."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[_Rows, frozenset[Field]], _Held] = OrderedDict()
        self._found = self._read = 0

    def find(self, rows: _Rows, columns: frozenset[Field], marks: dict[str, bytes]) -> pa.Table | None:
        """A table that has at least those columns, of globals that are now as they were when it was read."""
        with self._lock:
            for key, held in reversed(self._held.items()):
                if key[0] == rows and columns <= key[1] and held.marks.items() >= marks.items():
                    self._held.move_to_end(key)
                    self._found += 1
                    return held.table
            self._read += 1
        return None

    def keep(self, rows: _Rows, columns: frozenset[Field], marks: dict[str, bytes], table: pa.Table) -> None:
        """Remember a table; those of other states of its globals are forgotten."""
        with self._lock:
            for key, held in list(self._held.items()):
                if key[0].place == rows.place and any(
                    held.marks.get(name, mark) != mark for name, mark in marks.items()
                ):
                    del self._held[key]
            self._held[rows, columns] = _Held(marks, table)
            while len(self._held) > 1 and sum(held.table.nbytes for held in self._held.values()) > self._limit:
                self._held.popitem(last=False)

    def counts(self) -> Counts:
        """How often a table was found, and how often one had to be read."""
        with self._lock:
            return Counts(self._found, self._read)


_caches: dict[int, ScanCache] = {}
_own: WeakKeyDictionary[object, ScanCache] = WeakKeyDictionary()  # by the changes of a transaction


def _cache() -> ScanCache:
    """The cache of this process: a forked child begins with an empty one."""
    found = _caches.get(os.getpid())
    if found is None:
        _caches.clear()
        found = _caches[os.getpid()] = ScanCache()
    return found


def counts() -> Counts:
    """What the cache of this process has done so far; transactions' own tables do not count."""
    return _cache().counts()


def scan(
    namespace: EmbeddedNamespace,
    cls: type,
    wanted: "Sequence[TableField]",
    low: int | None = None,
    high: int | None = None,
) -> pa.Table:
    """The rows of a class with ids from `low` to `high`, some of its fields, by their SQL names.

    Raises:
        DataError: a row does not fit its class.
    """
    columns = [(item.name, item.field) for item in wanted if item.field is not None]
    asked = frozenset(column for _, column in columns)
    with namespace.store().read() as txn:
        table = _table(txn, str(namespace.path), layout_of(cls), asked, low, high)
    return table.select([column.name for _, column in columns]).rename_columns([shown for shown, _ in columns])


def _table(
    txn: Transaction, place: str, layout: Layout, asked: frozenset[Field], low: int | None, high: int | None
) -> pa.Table:
    ordered = sorted(asked, key=lambda item: (item.node, item.position, item.within))
    made_by_code = any(field.computed for field in asked)  # may be another value next time
    if made_by_code or (low is not None and high is not None and high - low < _FEW):
        return read_fields(txn, layout, ordered, low, high)
    names = [layout.data_global, *([layout.stream_global] if any(field.stream for field in asked) else [])]
    marks = {name: txn.mark(name) for name in names}
    changes = txn.uncommitted(names)
    cache = _cache() if changes is None else _own.setdefault(changes, ScanCache())
    bounded = low is not None or high is not None
    rows = _Rows(place, layout.class_name, layout.data, layout.data_global, layout.stream_global, layout.tag)
    table = cache.find(rows, asked | {ID} if bounded else asked, marks)
    if table is not None and (found := _between(table, low, high)) is not None:
        return found
    table = read_fields(txn, layout, ordered, low, high)
    if not bounded:
        cache.keep(rows, asked, marks, table)
    return table


def _between(table: pa.Table, low: int | None, high: int | None) -> pa.Table | None:
    """The rows of a whole table with ids in a range; None when its ids are no numbers, so that it must be read."""
    if low is None and high is None:
        return table
    ids = table.column(ID.name)
    if ids.type != pa.int64():
        return None
    start = 0 if low is None else _rows_below(ids, low)
    stop = len(ids) if high is None else _rows_below(ids, high + 1)
    return table.slice(start, max(stop - start, 0))


def _rows_below(ids: pa.ChunkedArray, bound: int) -> int:
    """How many rows have a lesser id: rows are in the order of their ids."""
    found = 0
    for chunk in ids.chunks:
        if len(chunk) and chunk[-1].as_py() >= bound:  # also of a bound beyond 64 bits
            return found + int(chunk.to_numpy().searchsorted(max(bound, _LEAST)))
        found += len(chunk)
    return found

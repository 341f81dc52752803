"""Rows of a class as Arrow, decoded once: what a query has read stays until something in its store is committed."""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from .fields import Field
from .layout import layout_of
from .namespace import EmbeddedNamespace
from .table_rows import read_fields

if TYPE_CHECKING:
    from .sql_catalog import TableField

_LIMIT = 1 << 30  # bytes that decoded tables may take in a process


class ScanCache:
    """Tables by where they come from, the least used one dropped when they take too much memory."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._held: OrderedDict[tuple[str, str, frozenset[Field]], tuple[int, pa.Table]] = OrderedDict()

    def find(self, place: str, name: str, columns: frozenset[Field], stamp: int) -> pa.Table | None:
        """A table that has at least those columns and is as the store is now."""
        with self._lock:
            for key, (made, table) in reversed(self._held.items()):
                if key[:2] == (place, name) and made == stamp and columns <= key[2]:
                    self._held.move_to_end(key)
                    return table
        return None

    def keep(self, place: str, name: str, columns: frozenset[Field], stamp: int, table: pa.Table) -> None:
        """Remember a table; older states of the same global are forgotten."""
        with self._lock:
            for key in [key for key, (made, _) in self._held.items() if key[:2] == (place, name) and made != stamp]:
                del self._held[key]
            self._held[place, name, columns] = (stamp, table)
            while len(self._held) > 1 and sum(table.nbytes for _, table in self._held.values()) > self._limit:
                self._held.popitem(last=False)


_caches: dict[int, ScanCache] = {}


def _cache() -> ScanCache:
    """The cache of this process: a forked child begins with an empty one."""
    found = _caches.get(os.getpid())
    if found is None:
        _caches.clear()
        found = _caches[os.getpid()] = ScanCache()
    return found


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
    layout, place = layout_of(cls), str(namespace.path)
    asked = frozenset(column for _, column in columns)
    store = namespace.store()
    stamp = store.stamp()
    fixed = not any(column.computed for _, column in columns)  # what code makes may be another value next time
    table = _cache().find(place, layout.class_name, asked, stamp) if fixed else None
    if table is None:
        with store.read() as txn:
            table = read_fields(txn, layout, sorted(asked, key=lambda item: (item.node, item.position)), low, high)
        if low is None and high is None and fixed:
            _cache().keep(place, layout.class_name, asked, stamp, table)
    return table.select([column.name for _, column in columns]).rename_columns([shown for shown, _ in columns])

"""Rows of a frame into a class without an object a row: columns are checked as a whole, rows written in a transaction.

It is for classes whose rows are made of simple values only, and that no code of the user looks at while they are saved;
`is_bulk` says whether a class is one. What is stored is what `isc.py.data.saving` would store.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Transaction, subscript_key
from isc.py.objectscript import dictionary

from . import foreign_keys
from .bulk_changes import BulkChanges
from .bulk_columns import BulkColumn
from .bulk_index import BulkIndex, of_row, refusal
from .concurrency import writing
from .exceptions import NotUniqueError, SQLError
from .layout import CLASSNAME, layout_of
from .namespace import EmbeddedNamespace
from .persistent import Persistent
from .property_types import form_of
from .rows import extent_keys

__all__ = ["BulkRows", "is_bulk"]

_CHUNK = 20_000  # rows that are Python values at a time
_CALLBACKS = ("_OnBeforeSave", "_OnAfterSave", "_OnValidateObject", "_OnNew", "_OnAddToSaveSet", "_OnOpen")
_OWN_WAYS = (
    "Calculated",
    "MultiDimensional",
    "SqlComputed",
    "SqlComputeCode",
    "SqlComputeOnChange",
    "ReadOnly",
    "Identity",
)


def is_bulk(namespace: EmbeddedNamespace, cls: type[Persistent], given: Sequence[str]) -> bool:
    """Whether rows with these properties can be written so: simple values only, and no code that looks at them."""
    layout = layout_of(cls)
    if namespace.tlevel() or any(hasattr(cls, name) for name in _CALLBACKS):
        return False
    if not layout.is_flat or layout.id_key or layout.nodes or layout.arrays or layout.ids.below_parent:
        return False
    if getattr(cls, "_parameters", {}).get("VERSIONPROPERTY"):
        return False
    if layout.foreign_keys or foreign_keys.referring_to(layout):
        return False
    for name, definition in layout.properties.items():
        if definition.cardinality or any(definition.keywords.get(word, "0") not in ("0", "") for word in _OWN_WAYS):
            return False
        if form_of(definition) != "data" and (name in given or form_of(definition) != "reference"):
            return False
        if name not in given and definition.keywords.get("InitialExpression"):
            return False
        if hasattr(cls, f"{name}Set") or hasattr(cls, f"{name}IsValid"):
            return False
    return all(
        item in layout.properties and form_of(layout.properties[item]) == "data"
        for index in layout.indices
        for item in index.properties
    )


class BulkRows:
    """The rows of a frame for a class; `columns` by property."""

    def __init__(
        self, namespace: EmbeddedNamespace, cls: type[Persistent], columns: Mapping[str, pa.ChunkedArray], count: int
    ) -> None:
        self._namespace = namespace
        self._layout = layout_of(cls)
        self._called = dictionary.name_of(cls)
        self._count = count
        self._columns = {name: BulkColumn(self._layout.properties[name], held) for name, held in columns.items()}
        self._indices = [BulkIndex(self._layout, index) for index in self._layout.indices]

    def check(self) -> None:
        """See that every row fits.

        Raises:
            SQLError: one lacks what it must have (-108), or is not valid (-104); tells its number, from 1.
        """
        lacking: dict[int, list[str]] = {}
        for name, definition in self._layout.properties.items():
            if definition.keywords.get("Required") == "1" and self._count:
                column = self._columns.get(name)
                row = 0 if column is None else column.missing
                if row is not None:
                    lacking.setdefault(row, []).append(name)
        if lacking:
            row = min(lacking)
            names = ", ".join(lacking[row])
            raise SQLError(-108, f"insert of {self._called}: {names} must have a value{of_row(row)}")
        wrong = [found for column in self._columns.values() if (found := column.misfit()) is not None]
        if wrong:
            row, reason = min(wrong)
            raise SQLError(-104, f"insert of {self._called}: {reason}{of_row(row)}")

    def write(self, known: Sequence[object | None] = (), *, clears: bool = False) -> None:
        """Write all rows in one transaction; `known` are the ids of those that are there already, None of others.

        `clears` deletes the rows that were there before.

        Raises:
            SQLError: a row is not unique (-119), or is gone (-109).
            LockedError: others hold a row.
        """
        present = [row_id for row_id in known if row_id is not None]
        if clears:
            self._namespace.objects.clear()
        with writing((self._layout, row_id) for row_id in present), self._namespace.store().write() as txn:
            if clears:
                self._clear(txn)
            following = self._reserved(txn, self._count - len(present))
            for start in range(0, self._count, _CHUNK):
                count = min(_CHUNK, self._count - start)
                values = {name: column.values(start, count) for name, column in self._columns.items()}
                ids = known[start : start + count]
                if any(row_id is not None for row_id in ids):
                    changes = BulkChanges(txn, self._layout, self._indices, self._called, values)
                    following = changes.write(ids, following, start)
                else:
                    self._new(txn, values, following, count, start)
                    following += count

    def _clear(self, txn: Transaction) -> None:
        for key in extent_keys(txn, self._layout):
            txn.kill(key)

    def _reserved(self, txn: Transaction, count: int) -> int:
        """The first of `count` ids that no row has."""
        if not count:
            return 0
        layout = self._layout
        first = int(txn.increment(layout.counter(), count)) - count + 1
        last = txn.order(layout.data.key(), " ", -1)
        if isinstance(last, int) and last >= first:  # rows came in from elsewhere, without the counter
            first = int(txn.increment(layout.counter(), last + 1 - first)) - count + 1
        return first

    # --- new rows ---

    def _new(self, txn: Transaction, values: Mapping[str, list[object]], first: int, count: int, start: int) -> None:
        put, root = txn._native.put, self._layout.data.key()
        ids = [subscript_key(str(row_id)) for row_id in range(first, first + count)]
        rows = zip(*self._row_columns(values), strict=False)  # what is the same in all rows has no end
        for row_id, row in zip(ids, rows, strict=False):
            put(root + row_id, encode(row))
        for index in self._indices:
            self._enter(txn, index, values, ids, first, start)

    def _row_columns(self, values: Mapping[str, list[object]]) -> "Iterator[list[object] | repeat[object]]":
        """What stands at each position of the rows, in their order."""
        at = {position: name for name, position in self._layout.positions.items()}
        for position in range(1, max(at, default=0) + 1):
            name = at.get(position)
            if name is None:
                yield repeat(None)
            elif name == CLASSNAME:
                yield repeat(self._layout.tag)
            else:
                yield values.get(name) or repeat("")

    def _enter(
        self,
        txn: Transaction,
        index: BulkIndex,
        values: Mapping[str, list[object]],
        ids: list[bytes],
        first: int,
        start: int,
    ) -> None:
        """The entries of new rows in an index, in the order of their keys."""
        put = txn._native.put
        columns = [values.get(item) or [""] * len(ids) for item in index.properties]
        parts = [[index.part(item, one) for one in held] for item, held in zip(index.properties, columns, strict=True)]
        found = sorted(zip(map(b"".join, zip(*parts, strict=True)), range(len(ids)), strict=True))
        same = index.entry({})
        refused: list[tuple[int, NotUniqueError]] = []
        for part, at in found:
            root = index.above + part
            try:
                index.check(txn, root, [held[at] for held in columns], first + at)
            except NotUniqueError as error:
                refused.append((at, error))
                continue
            held = {name: column[at] for name, column in values.items()} if index.kept else {}
            put(root + ids[at], index.entry(held) if held else same)
        if refused:  # the first one in the order of the frame is told
            row, first_one = min(refused, key=lambda one: one[0])
            raise refusal(first_one, start + row, is_new=True) from first_one

"""Rows of a frame into a class without an object a row: columns are checked as a whole, rows written in a transaction.

It is for classes whose rows are made of simple values only, and that no code of the user looks at while they are saved;
`is_bulk` says whether a class is one. What is stored is what `isc.py.data.saving` would store.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Subscript, Transaction, subscript_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import IndexDefinition

from . import foreign_keys, indices
from .bulk_columns import BulkColumn
from .concurrency import writing
from .exceptions import NotUniqueError, SQLError
from .layout import CLASSNAME, layout_of
from .namespace import EmbeddedNamespace
from .persistent import Persistent
from .property_types import form_of
from .rows import extent_keys, layout_of_row, read_row, write_row

__all__ = ["BulkRows", "is_bulk"]

_CHUNK = 20_000  # rows that are Python values at a time
_LONG = 300  # bytes of a key whose length is looked at
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
        self._collated: dict[tuple[str, str], dict[object, bytes]] = {}

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
            raise SQLError(-108, f"insert of {self._called}: {names} must have a value{_of_row(row)}")
        wrong = [found for column in self._columns.values() if (found := column.misfit()) is not None]
        if wrong:
            row, reason = min(wrong)
            raise SQLError(-104, f"insert of {self._called}: {reason}{_of_row(row)}")

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
                    following = self._mixed(txn, values, ids, following, start)
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
        for index in self._layout.indices:
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
        index: IndexDefinition,
        values: Mapping[str, list[object]],
        ids: list[bytes],
        first: int,
        start: int,
    ) -> None:
        """The entries of new rows in an index, in the order of their keys."""
        put, seek = txn._native.put, txn._native.seek
        columns = [values.get(item) or [""] * len(ids) for item in index.properties]
        parts = [self._keys(index, item, held) for item, held in zip(index.properties, columns, strict=True)]
        above = self._layout.index.key(index.name)
        found = sorted(zip(map(b"".join, zip(*parts, strict=True)), range(len(ids)), strict=True))
        entries = self._entries(index, values, len(ids))
        unique = indices.is_unique(index)
        for part, at in found:
            root = above + part
            if unique and "" not in [held[at] for held in columns]:
                other = seek(root + b"\0")
                if other is not None and other[0].startswith(root):
                    self._refuse(txn, index, [held[at] for held in columns], first + at, start + at)
            if len(root) > _LONG:
                self._layout.index.key(index.name, *self._of_index(index, [held[at] for held in columns]), first + at)
            put(root + ids[at], entries[at] if entries else "")

    def _refuse(self, txn: Transaction, index: IndexDefinition, values: list[object], row_id: int, row: int) -> None:
        try:
            indices.check_unique(txn, self._layout, index, self._of_index(index, values), row_id)
        except NotUniqueError as error:
            raise SQLError(-119, f"{error}{_of_row(row)}") from error

    def _of_index(self, index: IndexDefinition, values: list[object]) -> tuple[Subscript, ...]:
        return indices.collated(self._layout, index, values)

    def _keys(self, index: IndexDefinition, item: str, column: list[object]) -> list[bytes]:
        """What the values of a property add to the keys of an index."""
        known = self._collated.setdefault((index.name, item), {})
        found = []
        for value in column:
            at = known.get(value)
            if at is None:
                at = subscript_key(indices.collated_value(self._layout, index, item, value))
                if len(known) < _CHUNK:
                    known[value] = at
            found.append(at)
        return found

    def _entries(self, index: IndexDefinition, values: Mapping[str, list[object]], count: int) -> list[str | bytes]:
        """What the entries hold, [] when they hold nothing."""
        empty = indices.entry(self._layout, index, {CLASSNAME: self._layout.tag})
        if empty == "":
            return []
        if not index.keywords.get("Data"):
            return [empty] * count
        rows = ({name: column[at] for name, column in values.items()} for at in range(count))
        return [indices.entry(self._layout, index, {**row, CLASSNAME: self._layout.tag}) for row in rows]

    # --- rows that are there ---

    def _mixed(
        self,
        txn: Transaction,
        values: Mapping[str, list[object]],
        ids: Sequence[object | None],
        following: int,
        start: int,
    ) -> int:
        """New rows and changed ones in their order; the next id."""
        for at, row_id in enumerate(ids):
            row: dict[str, object] = {name: column[at] for name, column in values.items()}
            layout = self._layout
            if row_id is not None:
                layout = layout_of_row(txn, layout, row_id)
                before = read_row(txn, layout, row_id)
                if before is None:
                    raise SQLError(-109, f"update of {self._called}: row {row_id} is gone{_of_row(start + at)}")
                row = before | row
            place = following if row_id is None else row_id
            try:
                write_row(txn, layout, place, row, is_new=False)  # type: ignore[arg-type]  # an id is a subscript
            except NotUniqueError as error:
                code = -119 if row_id is None else -120
                raise SQLError(code, f"{error}{_of_row(start + at)}") from error
            following += row_id is None
        return following


def _of_row(row: int) -> str:
    return f" (row {row + 1} of the frame)"

"""Entries of many rows in the indices of a class: what values add to keys, what entries hold, which are refused."""

from collections.abc import Mapping, Sequence

from isc.py.iscpython_c.globals import Subscript, Transaction, subscript_key
from isc.py.objectscript.definitions import IndexDefinition

from . import indices
from .exceptions import NotUniqueError, SQLError
from .layout import CLASSNAME, Layout

__all__ = ["BulkIndex", "of_row", "refusal"]

_KNOWN = 20_000  # values of a property whose part of a key is kept
_LONG = 300  # bytes of a key whose length is looked at


class BulkIndex:
    """One index of a class whose rows are written in bulk."""

    def __init__(self, layout: Layout, index: IndexDefinition) -> None:
        self.properties = index.properties
        self.is_unique = indices.is_unique(index)
        self.above = layout.index.key(index.name)
        self._layout = layout
        self._index = index
        self._known: dict[str, dict[object, bytes]] = {item: {} for item in index.properties}
        self._same = indices.entry(layout, index, {CLASSNAME: layout.tag})
        self.kept = [part.strip() for part in index.keywords.get("Data", "").strip("()").split(",") if part.strip()]

    def part(self, item: str, value: object) -> bytes:
        """What a value of a property adds to the key of an entry."""
        known = self._known[item]
        found = known.get(value)
        if found is None:
            found = subscript_key(indices.collated_value(self._layout, self._index, item, value))
            if len(known) < _KNOWN:
                known[value] = found
        return found

    def entry(self, values: Mapping[str, object]) -> str | bytes:
        """What the entry of a row holds."""
        if not self.kept:
            return self._same
        return indices.entry(self._layout, self._index, {**values, CLASSNAME: self._layout.tag})

    def check(self, txn: Transaction, root: bytes, values: Sequence[object], row_id: Subscript) -> None:
        """See that a row may have these values, whose key is `root`.

        Raises:
            NotUniqueError: another row has the values of a unique index.
            StoreError: the key is too long.
        """
        if self.is_unique and None not in values and "" not in values:
            other = txn._native.seek(root + b"\0")
            if other is not None and other[0].startswith(root):
                subscripts = indices.collated(self._layout, self._index, values)
                indices.check_unique(txn, self._layout, self._index, subscripts, row_id)
        if len(root) > _LONG:
            subscripts = indices.collated(self._layout, self._index, values)
            self._layout.index.key(self._index.name, *subscripts, row_id)


def of_row(row: int) -> str:
    """Which row of the frame (from 0) an error is about."""
    return f" (row {row + 1} of the frame)"


def refusal(error: NotUniqueError, row: int, *, is_new: bool) -> SQLError:
    """The error of SQL for a row of the frame (from 0) that is not unique."""
    return SQLError(-119 if is_new else -120, f"{error}{of_row(row)}")

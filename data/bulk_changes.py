"""Rows of a frame of which some are there already: changed and new ones in the order of the frame, in one transaction.

A row is read and decoded once; of its entries only those are touched that become others. Rows of the frame are kept
until their chunk ends and are written in the order of their keys; what a unique index refuses is told in their order.
"""

from collections.abc import Mapping, Sequence

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.iscpython_c.globals import Subscript, Transaction, subscript_key

from .bulk_index import BulkIndex, of_row, refusal
from .exceptions import NotUniqueError, SQLError
from .layout import CLASSNAME, Layout
from .rows import layout_of_row, read_row, write_row

__all__ = ["BulkChanges"]


class BulkChanges:
    """The changes of one chunk of a frame; `values` by property, of as many rows as there are `ids`."""

    def __init__(
        self,
        txn: Transaction,
        layout: Layout,
        indices: Sequence[BulkIndex],
        called: str,
        values: Mapping[str, list[object]],
    ) -> None:
        self._txn = txn
        self._layout = layout
        self._called = called
        self._values = values
        self._root = layout.data.key()
        self._tag_at = layout.positions.get(CLASSNAME, 0) - 1
        self._at = {name: position - 1 for name, position in layout.positions.items() if name != CLASSNAME}
        self._fresh: list[object] = [None] * max(layout.positions.values(), default=0)
        for at in self._at.values():
            self._fresh[at] = ""
        if self._tag_at >= 0:
            self._fresh[self._tag_at] = layout.tag
        self._indices = indices
        self._touched = [item for item in indices if set(values) & {*item.properties, *item.kept}]
        self._rows: dict[bytes, list[object]] = {}
        self._entries: dict[bytes, str | bytes | None] = {}

    def write(self, ids: Sequence[object | None], following: int, start: int) -> int:
        """Write the rows; those without an id get new ones from `following` on. The next id.

        `start` is the number (from 0) of the first row in the frame.

        Raises:
            SQLError: a row is not unique (-119, -120), or is gone (-109).
        """
        columns = [(self._at[name], column) for name, column in self._values.items()]
        for number, row_id in enumerate(ids):
            place: Subscript = following if row_id is None else row_id  # type: ignore[assignment]  # it is a subscript
            following += row_id is None
            below = subscript_key(str(place))
            before = None if row_id is None else self._held(self._root + below)
            if row_id is not None and before is None:
                self._as_objects(place, number, start)
                continue
            row = list(self._fresh if before is None else before)
            for at, column in columns:
                row[at] = column[number]
            try:
                for index in self._indices if before is None else self._touched:
                    self._enter(index, before, row, place, below)
            except NotUniqueError as error:
                raise refusal(error, start + number, is_new=row_id is None) from error
            self._rows[self._root + below] = row
        self._flush()
        return following

    def _held(self, key: bytes) -> list[object] | None:
        """The values of a row of this very class as they stand at its positions; None of any other."""
        known = self._rows.get(key)
        if known is not None:
            return known
        held = self._txn._native.get(key)
        try:
            row = decode(held) if isinstance(held, bytes) else None
        except ListError:
            return None
        if row is None:
            return None
        row += [None] * (len(self._fresh) - len(row))
        if self._tag_at >= 0 and (row[self._tag_at] or "") != self._layout.tag:
            return None
        return row

    def _enter(
        self, index: BulkIndex, before: list[object] | None, row: list[object], place: Subscript, below: bytes
    ) -> None:
        """The entry of a row in an index, in the place of the one it had."""
        found = [row[self._at[item]] for item in index.properties]
        was = None if before is None else [before[self._at[item]] for item in index.properties]
        if found == was and not index.kept:
            return
        root = index.above + b"".join(map(index.part, index.properties, found))
        if was is not None:
            old = index.above + b"".join(map(index.part, index.properties, was))
            if old == root:
                if index.kept:
                    self._entries[root + below] = index.entry(self._named(row))
                return
            self._put(index, old + below, None)
        index.check(self._txn, root, found, place)
        self._put(index, root + below, index.entry(self._named(row) if index.kept else {}))

    def _put(self, index: BulkIndex, key: bytes, entry: str | bytes | None) -> None:
        if not index.is_unique:
            self._entries[key] = entry
        elif entry is None:  # the rows behind this one must see what a unique index has
            self._txn._native.kill(key)
        else:
            self._txn._native.put(key, entry)

    def _named(self, row: list[object]) -> dict[str, object]:
        return {name: row[at] for name, at in self._at.items()}

    def _flush(self) -> None:
        native = self._txn._native
        for key in sorted(self._rows):
            native.put(key, encode(self._rows[key]))
        for key in sorted(self._entries):
            entry = self._entries[key]
            if entry is None:
                native.kill(key)
            else:
                native.put(key, entry)
        self._rows.clear()
        self._entries.clear()

    def _as_objects(self, row_id: Subscript, number: int, start: int) -> None:
        """A row of a class below, or one that is gone or damaged: as an object would be saved."""
        self._flush()
        layout = layout_of_row(self._txn, self._layout, row_id)
        before = read_row(self._txn, layout, row_id)
        if before is None:
            raise SQLError(-109, f"update of {self._called}: row {row_id} is gone{of_row(start + number)}")
        given = {name: column[number] for name, column in self._values.items()}
        try:
            write_row(self._txn, layout, row_id, before | given, is_new=False)
        except NotUniqueError as error:
            raise refusal(error, start + number, is_new=False) from error

"""Rows of stored classes: read, written and deleted with their index entries, in a transaction that the caller has.

Nothing here runs code of users: a write lock of the store may be held.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Subscript, Transaction, decode_key, encode_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.errors import ClassNotFoundError
from isc.py.objectscript.values import text

from . import indices
from .exceptions import DataError, NotUniqueError
from .layout import CLASSNAME, Layout, layout_of
from .row_values import row_values


def row_key(layout: Layout, row_id: object) -> bytes:
    """The key of a row's own node."""
    return encode_key(layout.data_global, (text(row_id),))


def read_row(txn: Transaction, layout: Layout, row_id: object) -> dict[str, object] | None:
    """The values of a row by property, as they are stored; None when there is no row.

    An array property gives its items by key. What the row says of its class stands under ``%%CLASSNAME``.

    Raises:
        DataError: the row is no ``$LIST``.
    """
    value = txn.get(row_key(layout, row_id))
    if value is None:
        return None
    return _values(txn, actual(layout, _tag(layout, row_id, value)), row_id, value)


def actual(layout: Layout, tag: str) -> Layout:
    """The layout of the class that a row says it is of: `layout`, or that of a class below."""
    name = tag.strip("~").partition("~")[0]
    if not name or name == layout.class_name:
        return layout
    try:
        return layout_of(dictionary.resolve(name))
    except (ClassNotFoundError, DataError):
        return layout  # the class is not loaded here: what the one above knows is all there is


def layout_of_row(txn: Transaction, layout: Layout, row_id: object) -> Layout:
    """The layout of the class that a row is of: `layout`, or that of a class below."""
    value = txn.get(row_key(layout, row_id))
    return layout if value is None else actual(layout, _tag(layout, row_id, value))


def _tag(layout: Layout, row_id: object, value: object) -> str:
    position = layout.positions.get(CLASSNAME, 0)
    if not position:
        return ""
    row = row_values(value, _place(layout, row_id))
    return text(row[position - 1]) if position <= len(row) and row[position - 1] is not None else ""


def _place(layout: Layout, row_id: object, *below: str) -> str:
    return f"^{layout.data_global}({', '.join([text(row_id), *below])})"


def _values(txn: Transaction, layout: Layout, row_id: object, value: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for node, positions in layout.all_nodes().items():
        held = value if not node else txn.get(encode_key(layout.data_global, (text(row_id), node)))
        row = row_values(held, _place(layout, row_id, *[node] * bool(node))) if held not in (None, "") else []
        for name, position in positions.items():
            found[name] = row[position - 1] if position <= len(row) else None
    for name, subscript in layout.arrays.items():
        root = encode_key(layout.data_global, (text(row_id), subscript))
        items = {str(decode_key(key)[1][-1]): item for key, item in txn.scan(root) if len(decode_key(key)[1]) == 3}
        found[name] = items
    return found


def write_row(
    txn: Transaction, layout: Layout, row_id: Subscript, values: Mapping[str, object], *, is_new: bool
) -> None:
    """Write a row with its index entries; `values` as `read_row` gives them.

    Raises:
        NotUniqueError: another row has the values of a unique index, or a new row's id is taken.
        StoreError: a value cannot be stored.
    """
    change = RowChange(layout, row_id, is_new)
    change.before(txn)
    for node, positions in layout.all_nodes().items():
        row: list[object] = [None] * max(positions.values(), default=0)
        for name, position in positions.items():
            row[position - 1] = layout.tag if name == CLASSNAME else values.get(name, "")
        if row:
            subscripts = (row_id, node) if node else (row_id,)
            txn.set(encode_key(layout.data_global, subscripts), encode(row))
    for name, subscript in layout.arrays.items():
        txn.kill(encode_key(layout.data_global, (row_id, subscript)))
        items = values.get(name)
        for key, item in items.items() if isinstance(items, Mapping) else ():
            txn.set(encode_key(layout.data_global, (row_id, subscript, key)), item)
    change.after(txn)
    _note(txn, change)


def delete_row(txn: Transaction, layout: Layout, row_id: Subscript) -> bool:
    """Delete a row with its index entries; whether there was one."""
    key = row_key(layout, row_id)
    if txn.get(key) is None:
        return False
    change = RowChange(layout, row_id, is_new=False)
    change.before(txn)
    txn.kill(key)
    _note(txn, change)
    return True


def is_of_class(txn: Transaction, layout: Layout, row_id: Subscript) -> bool:
    """Whether a row is of the class of a layout, or of one below it."""
    value = txn.get(row_key(layout, row_id))
    return value is not None and (not layout.tag or f"~{layout.class_name}~" in _tag(layout, row_id, value))


def new_id(txn: Transaction, layout: Layout) -> int:
    """The next id: no two transactions get the same one, and none that a row has already."""
    counter = encode_key(layout.id_global)
    reserve = getattr(txn, "reserve", None)  # a transaction of the language takes several at once
    found = int(reserve(counter) if reserve is not None else txn.increment(counter))
    if txn.get(row_key(layout, found)) is not None:  # rows came in from elsewhere, without the counter
        last = txn.order(encode_key(layout.data_global), _behind_numbers(), -1)
        if isinstance(last, int):
            found = int(txn.increment(counter, last + 1 - found))
    return found


def _behind_numbers() -> Subscript:
    return " "


def row_ids(txn: Transaction, layout: Layout) -> Iterator[Subscript]:
    """The ids of the rows of a class, those of classes below it with them, in order."""
    root = encode_key(layout.data_global)
    at: Subscript | None = None
    while (at := txn.order(root, at)) is not None:
        value = txn.get(row_key(layout, at))
        if value is None:
            continue
        if layout.tag:
            try:
                tag = _tag(layout, at, value)
            except DataError:
                continue
            if f"~{layout.class_name}~" not in tag:
                continue
        yield at


@dataclass(frozen=True, slots=True)
class RowChange:
    """That a row was written or deleted: what its indices need before and after.

    A transaction of the language does both once more when it is applied, for the row may have been changed meanwhile.
    """

    layout: Layout
    row_id: Subscript
    is_new: bool

    @property
    def key(self) -> bytes:
        """The key of the row."""
        return row_key(self.layout, self.row_id)

    def before(self, txn: Transaction) -> None:
        """Take the entries of the row out as it is now.

        Raises:
            NotUniqueError: the row is new and its id is taken.
        """
        value = txn.get(self.key)
        if value is None:
            return
        if self.is_new:
            key = self.layout.id_key
            raise NotUniqueError(self.layout.class_name, "of the id", key or ("ID",), (self.row_id,), self.row_id)
        for layout, found in self._held(txn):
            indices.remove_entries(txn, layout, self.row_id, found)

    def after(self, txn: Transaction) -> None:
        """Enter the row as it is now.

        Raises:
            NotUniqueError: another row has the values of a unique index.
        """
        if not self.layout.indices:  # it was written with this layout
            return
        for layout, found in self._held(txn):
            indices.put_entries(txn, layout, self.row_id, found)

    def _held(self, txn: Transaction) -> Iterator[tuple[Layout, dict[str, object]]]:
        if not self.layout.indices and not self.layout.positions.get(CLASSNAME):
            return
        value = txn.get(self.key)
        if value is None:
            return
        try:
            layout = actual(self.layout, _tag(self.layout, self.row_id, value))
            if layout.indices:
                yield layout, _values(txn, layout, self.row_id, value)
        except DataError:
            return  # no $LIST: it has no values, so no entries


def _note(txn: Transaction, change: RowChange) -> None:
    noted = getattr(txn, "note", None)
    if noted is not None:
        noted(change)

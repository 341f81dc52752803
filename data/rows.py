"""Rows of stored classes: read, written and deleted with their index entries, in a transaction that the caller has.

Nothing here runs code of users: a write lock of the store may be held.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import Subscript, Transaction, decode_key, encode_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.errors import ClassNotFoundError
from isc.py.objectscript.values import text

from . import indices
from .exceptions import DataError, NotUniqueError
from .layout import CLASSNAME, Layout, layout_of
from .row_values import row_values
from .zwrite import reference


def row_key(layout: Layout, row_id: object) -> bytes:
    """The key of a row's own node."""
    return layout.key(row_id)


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
    return reference(layout.data_global, (*layout.subscripts(row_id), *below))


def _values(txn: Transaction, layout: Layout, row_id: object, value: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for node, positions in layout.all_nodes().items():
        held = value if not node else txn.get(layout.key(row_id, node))
        row = row_values(held, _place(layout, row_id, *[node] * bool(node))) if held not in (None, "") else []
        for name, position in positions.items():
            found[name] = row[position - 1] if position <= len(row) else None
    if layout.data.below_parent:
        found[layout.parent] = parent_id(layout, row_id)
    for name, subscript in layout.arrays.items():
        root = layout.key(row_id, subscript)
        depth = len(layout.subscripts(row_id)) + 2
        items = {str(decode_key(key)[1][-1]): item for key, item in txn.scan(root) if len(decode_key(key)[1]) == depth}
        found[name] = items
    return found


def parent_id(layout: Layout, row_id: object) -> int | str:
    """The id of the parent of a child."""
    return plain_id("||".join(text(row_id).split("||")[: -sum(layout.own_parts)]))


def plain_id(row_id: object) -> int | str:
    """An id as a number when it is one."""
    shown = text(row_id)
    return int(shown) if shown.lstrip("-").isdigit() and str(int(shown)) == shown else shown


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
            txn.set(layout.key(row_id, node) if node else layout.key(row_id), encode(row))
    for name, subscript in layout.arrays.items():
        txn.kill(layout.key(row_id, subscript))
        items = values.get(name)
        for key, item in items.items() if isinstance(items, Mapping) else ():
            txn.set(layout.key(row_id, subscript, key), item)
    change.enter(txn)
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


def new_id(txn: Transaction, layout: Layout, above: object = "") -> int:
    """The next id: no two transactions get the same one, and none that a row has already.

    Of a child it is the part behind the id `above` of its parent.
    """
    counter = layout.counter(above)
    start = f"{text(above)}||" if layout.parent else ""
    reserve = getattr(txn, "reserve", None)  # a transaction of the language takes several at once
    found = int(reserve(counter) if reserve is not None else txn.increment(counter))
    if txn.get(row_key(layout, f"{start}{found}")) is not None:  # rows came in from elsewhere, without the counter
        subscripts = layout.subscripts(f"{start}{found}")[:-1]
        last = txn.order(encode_key(layout.data_global, subscripts), _behind_numbers(), -1)
        if isinstance(last, int):
            found = int(txn.increment(counter, last + 1 - found))
    return found


def _behind_numbers() -> Subscript:
    return " "


def row_ids(txn: Transaction, layout: Layout) -> Iterator[Subscript]:
    """The ids of the rows of a class, those of classes below it with them, in order."""
    for at in all_ids(txn, layout):
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


def all_ids(txn: Transaction, layout: Layout) -> Iterator[Subscript]:
    """The ids at which a row of the class could stand, in order."""
    if layout.is_flat:
        yield from _orders(txn, layout.data.key())
        return
    if not layout.data.below_parent:
        yield from _deep(txn, encode_key(layout.data_global, layout.data.subscripts), len(layout.own_parts), "")
        return
    for above in all_ids(txn, layout.parent_layout):
        yield from child_ids(txn, layout, above)


def child_ids(txn: Transaction, layout: Layout, above: object) -> Iterator[Subscript]:
    """The ids at which a row of a child could stand below the row of one parent, in order."""
    root = layout.parent_layout.key(above, *layout.data.subscripts)
    yield from _deep(txn, root, len(layout.own_parts), f"{text(above)}||")


def extent_keys(txn: Transaction, layout: Layout) -> list[bytes]:
    """The nodes below which all of a class stands: rows, counters, entries, streams."""
    keys = [layout.index.key(), encode_key(layout.stream_global)]
    if layout.data.below_parent:
        parents = list(all_ids(txn, layout.parent_layout))
        keys += [layout.parent_layout.key(above, *layout.data.subscripts) for above in parents]
    else:
        parents = []
        keys.append(layout.data.key())
    return [*keys, *(map(layout.counter, parents) if layout.ids.below_parent else [layout.counter()])]


def _orders(txn: Transaction, root: bytes) -> Iterator[Subscript]:
    at: Subscript | None = None
    while (at := txn.order(root, at)) is not None:
        yield at


def _deep(txn: Transaction, root: bytes, depth: int, start: str) -> Iterator[Subscript]:
    for at in _orders(txn, root):
        if depth == 1:
            yield f"{start}{text(at)}"
        else:
            yield from _deep(txn, Transaction._child(root, at), depth - 1, f"{start}{text(at)}||")


@dataclass(frozen=True, slots=True)
class RowChange:
    """That a row was written or deleted: what its indices need before and after.

    A transaction of the language does both once more when it is applied, for the row may have been changed meanwhile.
    """

    layout: Layout
    row_id: Subscript
    is_new: bool
    was: list[Mapping[str, object]] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        """The key of the row."""
        return row_key(self.layout, self.row_id)

    def before(self, txn: Transaction) -> None:
        """Take the entries of the row out as it is now, and remember it.

        Raises:
            NotUniqueError: the row is new and its id is taken.
        """
        value = txn.get(self.key)
        self.was.clear()
        if value is None:
            return
        self.was.append({})
        if self.is_new:
            key = self.layout.id_key
            raise NotUniqueError(self.layout.class_name, "of the id", key or ("ID",), (self.row_id,), self.row_id)
        for layout, found in self._held(txn):
            indices.remove_entries(txn, layout, self.row_id, found)
            self.was[:] = [found]

    def enter(self, txn: Transaction) -> None:
        """Enter the row as it is now.

        Raises:
            NotUniqueError: another row has the values of a unique index.
        """
        if not self.layout.indices:  # it was written with this layout
            return
        for layout, found in self._held(txn):
            indices.put_entries(txn, layout, self.row_id, found)

    def after(self, txn: Transaction) -> None:
        """Enter the row as it is now, and see that foreign keys hold.

        Raises:
            NotUniqueError: another row has the values of a unique index.
            ForeignKeyError: the row refers to what is not there, or others refer to what it was.
        """
        from . import foreign_keys

        self.enter(txn)
        found = read_row(txn, self.layout, self.row_id)
        if found is not None and self.layout.foreign_keys:
            foreign_keys.check(txn, self.layout, self.row_id, found, foreign_keys.UPDATE)
        if self.was:
            foreign_keys.check_left(txn, self.layout, self.row_id, self.was[0])

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

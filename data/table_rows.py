"""Rows of a class as an Arrow table: each field from its node and position, with the rows of subclasses."""

import re
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from isc.py.iscpython_c.dollar_list import Column, columns, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.iscpython_c.globals import Subscript, Transaction
from isc.py.objectscript import dictionary

from .computed import of_row
from .exceptions import DataError
from .fields import Field
from .layout import CLASSNAME, Layout
from .rows import actual, all_ids, read_row
from .streams import stream_text

_TAG = "\0class"
_WHOLE = re.compile(r"[+-]?\d+")


def read_fields(
    txn: Transaction, layout: Layout, fields: Sequence[Field], start: object = None, end: object = None
) -> pa.Table:
    """The rows of a class with ids `start` to `end` inclusive (None and "" are open), a column a field.

    Columns have the names of the fields, in their order. An id that is no integer makes the column of ids text.

    Raises:
        DataError: a row is no ``$LIST``, or a value does not fit its column.
    """
    try:
        return _read(txn, layout, list(fields), start, end)
    except ListError as error:
        mend = "iscpy ns check names every such row"
        raise DataError(f"rows of {layout.class_name} in ^{layout.data_global}: {error}: {mend}") from error
    except ValueError as error:
        mend = "iscpy ns check names every such row"
        raise DataError(f"rows of {layout.class_name} in ^{layout.data_global}: {error}: {mend}") from error


def _read(txn: Transaction, layout: Layout, fields: list[Field], start: object, end: object) -> pa.Table:
    own = [field for field in fields if not field.node and field.position and not field.within]
    wanted = [Column("\0id", "i", 0), *(_column(field, field.position) for field in own)]
    packed = dict.fromkeys(field.position for field in fields if not field.node and field.within)
    wanted += [Column(f"\0{position}", "s", position) for position in packed]
    if layout.tag:
        wanted.append(Column(_TAG, "s", layout.positions[CLASSNAME]))
    try:
        if not layout.is_flat:
            raise LookupError(f"the rows of {layout.class_name} have ids of several parts")
        table = txn.scan_columns(layout.data.key(), wanted, _bound(start), _bound(end))
        for word, bound in (("start", start), ("end", end)):
            if _bound(bound) is not None and not _WHOLE.fullmatch(str(bound)):
                shown = f"{word} {bound!r} is no id of {layout.class_name}"
                raise DataError(f"{shown}: the ids of its rows are whole numbers")
    except LookupError:
        table = _with_any_ids(txn, layout, wanted, start, end)
    if layout.tag:
        table = table.filter(pc.match_substring(pc.fill_null(table.column(_TAG), ""), f"~{layout.class_name}~"))
    made: dict[str, pa.ChunkedArray | pa.Array] = {}
    below: dict[str, pa.Table] = {}
    for field in fields:
        if field.computed:
            made[field.name] = _computed(txn, layout, table.column("\0id"), field)
        elif field.above:
            made[field.name] = _parents(table.column("\0id"), field)
        elif not field.position:
            made[field.name] = table.column("\0id")
        elif field.node:
            if field.node not in below:
                below[field.node] = _node(txn, layout, table.column("\0id"), field.node, fields)
            made[field.name] = below[field.node].column(field.name)
        elif field.within:
            made[field.name] = _unpacked(table.column(f"\0{field.position}"), field)
        else:
            made[field.name] = table.column(field.name)
        if field.stream:
            made[field.name] = _texts(made[field.name], lambda held: stream_text(txn, layout.stream_global, held))
        if field.filled:
            made[field.name] = pc.fill_null(made[field.name], "")
        if field.octets:
            made[field.name] = pa.array(map(_octets, made[field.name].to_pylist()), pa.large_binary())
    return pa.table(list(made.values()), names=list(made))


def _column(field: Field, position: int) -> Column:
    return Column(field.name, "s" if field.stream else field.kind, position, scale=field.scale or 0)


def _bound(bound: object) -> Subscript | None:
    return None if bound is None or bound == "" else bound  # type: ignore[return-value]  # str or int by contract


def _with_any_ids(txn: Transaction, layout: Layout, wanted: list[Column], start: object, end: object) -> pa.Table:
    """Rows some of whose ids are no integers: ids are text."""
    first = None if _bound(start) is None else _key_of_bound(layout, start)
    last = None if _bound(end) is None else _key_of_bound(layout, end)
    ids, rows = [], []
    for row_id in all_ids(txn, layout):
        key = layout.key(row_id)
        if (first is not None and key < first) or (last is not None and key > last and not key.startswith(last)):
            continue
        value = txn.get(key)
        if isinstance(value, bytes | str):
            ids.append(str(row_id))
            rows.append(value.encode("latin-1") if isinstance(value, str) else value)
    found = columns(rows, wanted[1:]) if wanted[1:] else pa.table({})
    return pa.table(
        [pa.array(ids, pa.large_utf8()), *found.columns], names=["\0id", *(column.name for column in wanted[1:])]
    )


def _key_of_bound(layout: Layout, bound: object) -> bytes:
    """The key of a row; of a child the id of a parent stands for all of its children."""
    if layout.data.below_parent and str(bound).count("||") < sum(layout.own_parts):
        return _key_of_bound(layout.parent_layout, bound)
    return layout.key(bound)


def _node(txn: Transaction, layout: Layout, ids: pa.ChunkedArray, node: str, fields: list[Field]) -> pa.Table:
    """The fields that stand in a node below each row."""
    rows = []
    for row_id in ids.to_pylist():
        value = txn.get(layout.key(row_id, node))
        rows.append(value.encode("latin-1") if isinstance(value, str) else value if isinstance(value, bytes) else b"")
    here = [field for field in fields if field.node == node]
    plain = [_column(field, field.position) for field in here if not field.within]
    packed = {field.position for field in here if field.within}
    table = columns(rows, [*plain, *(Column(f"\0{position}", "s", position) for position in packed)])
    for field in here:
        if field.within:
            table = table.append_column(field.name, _unpacked(table.column(f"\0{field.position}"), field))
    return table


def _computed(txn: Transaction, layout: Layout, ids: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    """A field that code makes of the others, row by row."""
    rows = []
    for row_id in ids.to_pylist():
        values = read_row(txn, layout, row_id) or {}
        below = actual(layout, str(values.get(CLASSNAME) or ""))
        cls = dictionary.resolve(below.class_name)
        rows.append(encode([of_row(cls, below.properties[field.name], values, row_id)]))
    return columns(rows, [Column(field.name, field.kind, 1)]).column(0)


def _parents(ids: pa.ChunkedArray, field: Field) -> pa.Array:
    """The ids of the parents of rows."""
    shown = ["||".join(row_id.split("||")[: -field.above]) for row_id in ids.to_pylist()]
    return pa.array(map(int, shown), pa.int64()) if field.kind == "i" else pa.array(shown, pa.large_utf8())


def _unpacked(column: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    """A field of an object inside the row: its ``$LIST`` came as text."""
    return inner_column(_lists(column), field)


def inner_column(rows: list[bytes], field: Field) -> pa.ChunkedArray:
    """A field of objects that stand as ``$LIST``, or of objects inside of those."""
    *outer, last = field.within
    for position in outer:
        rows = _lists(columns(rows, [Column("", "s", position)]).column(0))
    return columns(rows, [_column(field, last)]).column(0)


def _octets(value: str | None) -> bytes | None:
    """The bytes of a value; of one that has other characters, too, its UTF-8."""
    if value is None:
        return None
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _lists(column: pa.ChunkedArray) -> list[bytes]:
    return [value.encode("latin-1") if value else b"" for value in column.to_pylist()]


def _texts(column: pa.ChunkedArray, read: Callable[[object], str]) -> pa.Array:
    """The texts of streams by their ids; what is no id is the text itself."""
    made = []
    for value in column.to_pylist():
        made.append(read(value) if value is not None and value.isdigit() else value)
    return pa.array(made, pa.large_utf8())

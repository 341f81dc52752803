"""Rows in chunks, for what is larger than memory: each chunk is read, given and forgotten, all of one moment.

A reading transaction is open until the last chunk is taken, or the iterator is closed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import Column, column_type
from isc.py.iscpython_c.globals import Subscript, Transaction, encode_key

from .exceptions import DataError
from .fields import Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .sql_catalog import Relation, TableField
from .table_rows import read_fields

__all__ = ["Progress", "Report", "field_chunks", "global_chunks", "lazy", "reader_of", "wider_kind"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is: rows that were given, and the part of all ids that is done (0 to 1)."""

    rows: int
    fraction: float


Report = Callable[[Progress], None]


def _whole(bound: object) -> int | None:
    return None if bound is None or bound == "" else int(str(bound))


def _windows(
    txn: Transaction, root: bytes, start: object, end: object, size: int, report: Report | None
) -> Iterator[tuple[Subscript, Subscript]]:
    """First and last id of each `size` rows, in order; says how far it is after each."""
    if size < 1:
        raise DataError(f"a chunk of {size} rows: it must have one at least")
    given, at, top = 0, _whole(start), _whole(end)
    final = txn.order(root, None, -1)
    last = final if isinstance(final, int) else 0
    first_of_all: int | None = None
    while True:
        ids = txn.ids(root, at, top, size)
        if not len(ids):
            break
        first, stop = int(ids[0].as_py()), int(ids[-1].as_py())
        first_of_all = first if first_of_all is None else first_of_all
        yield first, stop
        given += len(ids)
        if report is not None:
            whole = (last if top is None else min(top, last)) - first_of_all
            report(Progress(given, 1.0 if whole <= 0 else min((stop - first_of_all) / whole, 1.0)))
        if len(ids) < size:
            break
        at = stop + 1


def field_chunks(
    namespace: EmbeddedNamespace,
    layout: Layout,
    fields: Sequence[Field],
    start: object = None,
    end: object = None,
    *,
    size: int,
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """The rows of a class, up to `size` at a time; every chunk has the types of the class.

    Raises:
        DataError: a row does not fit its class.
    """
    schema = pa.schema([(item.name, _type(item)) for item in fields])
    with namespace.store().read() as txn:
        if not layout.is_flat:
            whole = read_fields(txn, layout, fields, start, end)
            yield from (whole.slice(at, size) for at in range(0, max(whole.num_rows, 1), size))
            return
        root = layout.data.key()
        for first, last in _windows(txn, root, start, end, size, report):
            yield conformed(read_fields(txn, layout, fields, first, last), schema, f"rows of {layout.class_name}")


def _type(item: Field) -> pa.DataType:
    return column_type("s" if item.stream else item.kind, item.scale or 0)


def conformed(table: pa.Table, schema: pa.Schema, what: str) -> pa.Table:
    """The table with the types of a schema.

    Raises:
        DataError: a column holds what its type cannot.
    """
    if table.schema.types == schema.types:
        return table
    columns = []
    for column, item in zip(table.columns, schema, strict=True):
        try:
            columns.append(column if column.type == item.type else column.cast(item.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataError(f"{what}: {item.name} holds values that are no {item.type}: {error}") from error
    return pa.table(columns, schema=schema)


def global_chunks(
    namespace: EmbeddedNamespace,
    name: str,
    layout: Sequence[Column],
    start: object,
    end: object,
    *,
    size: int,
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """The rows of a global, up to `size` at a time.

    Columns whose kind nobody asked for are looked at once before the first chunk, so that all chunks have one type.

    Raises:
        DataError: a row does not fit.
    """
    root = encode_key(name)
    with namespace.store().read() as txn:
        kinds = [column.kind for column in layout]
        if any(column.guessed for column in layout):
            kinds = _kinds(txn, root, layout, start, end, size)
        fixed = [Column(column.name, kind, column.position) for column, kind in zip(layout, kinds, strict=True)]
        schema = pa.schema([(column.name, column_type(column.kind)) for column in fixed])
        for first, last in _windows(txn, root, start, end, size, report):
            try:
                yield conformed(txn.scan_columns(root, fixed, first, last), schema, f"rows of ^{name}")
            except ValueError as error:
                raise DataError(f"^{name}: {error}") from error


def _kinds(txn: Transaction, root: bytes, layout: Sequence[Column], start: object, end: object, size: int) -> list[str]:
    """The kind of each column that holds the values of all rows."""
    kinds: list[str] = ["" for _ in layout]
    for first, last in _windows(txn, root, start, end, size, None):
        for at, found in enumerate(txn.decode_columns(root, layout, first, last).report):
            if found.nulls and found.kind == "s" and layout[at].kind != "s" and found.all_null:
                continue  # nothing in this chunk tells its kind
            kinds[at] = wider_kind(kinds[at], found.kind)
    return [kind or "s" for kind in kinds]


def wider_kind(one: str, other: str) -> str:
    """The kind that holds the values of two; "" says nothing."""
    if not one or one == other:
        return other
    return "f" if {one, other} == {"i", "f"} else "s"


def reader_of(tables: Iterator[pa.Table], schema: pa.Schema) -> pa.RecordBatchReader:
    """Chunks as a stream of Arrow batches."""
    return pa.RecordBatchReader.from_batches(schema, (batch for table in tables for batch in table.to_batches()))


def lazy(
    namespace: EmbeddedNamespace,
    relation: Relation,
    fields: Sequence[TableField],
    low: int | None,
    high: int | None,
    size: int,
    report: Report | None = None,
) -> pa.RecordBatchReader | None:
    """The rows of a stored table that are read as they are taken; None when the table is no stored one."""
    wanted = [item.field for item in fields if item.field is not None]
    if (
        relation.cls is None
        or len(wanted) != len(fields)
        or layout_of(relation.cls).id_key
        or layout_of(relation.cls).parent
    ):
        return None
    names = [item.name for item in fields]
    chunks = field_chunks(namespace, layout_of(relation.cls), wanted, low, high, size=max(size, 100_000), report=report)
    schema = pa.schema([(name, _type(item)) for name, item in zip(names, wanted, strict=True)])
    return reader_of((table.rename_columns(names) for table in chunks), schema)

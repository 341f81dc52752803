"""What is to be written into a table of a database: rows that are made to fit the table."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from isc.py.objectscript.names import similar

from ..exceptions import DataError
from .kinds import uniform

__all__ = ["MODES", "WriteJob", "fitted", "plain_types", "unique_keys"]

MODES = ("append", "replace", "upsert")


@dataclass(frozen=True, slots=True)
class WriteJob:
    """Rows for a table; names are as the database spells them.

    `creates` says that the table is not there, `clears` that its rows go before; `key` are the columns by which rows
    are changed that are there already (none: all rows are added); `fields` are the table's own columns, and `columns`
    those of a table to be made (when they are not those of the rows).
    """

    schema: str
    table: str
    rows: pa.Table
    creates: bool = False
    clears: bool = False
    key: tuple[str, ...] = ()
    fields: pa.Schema | None = None
    columns: pa.Schema | None = None

    @property
    def shown(self) -> str:
        """What errors call the statement."""
        return f"writing {self.rows.num_rows} rows into {self.table}"


def fitted(rows: pa.Table, fields: pa.Schema, table: str) -> pa.Table:
    """The rows with the names and, where values allow it, the types of a table's columns.

    Raises:
        DataError: the table has no such column, or a column comes twice.
    """
    known = {item.name.lower(): item for item in fields}
    names, columns = [], []
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        exact = fields.field(name) if name in fields.names else known.get(name.lower())
        if exact is None:
            hint = similar(name, fields.names) or f"; it has {', '.join(fields.names)}"
            raise DataError(f"column {name!r} of the frame is no field of {table}{hint}")
        if exact.name in names:
            raise DataError(f"the frame has column {exact.name!r} of {table} twice: rename one")
        names.append(exact.name)
        columns.append(_converted(column, exact.type))
    return pa.table(columns, names=names)


def _converted(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """As the table's type when no value is lost by it; else as it is, and the database says what it thinks."""
    if column.type == wanted or isinstance(wanted, pa.BaseExtensionType):
        return column
    if pa.types.is_null(column.type):
        return column.cast(wanted)
    alike = (
        (pa.types.is_integer, pa.types.is_integer),
        (pa.types.is_floating, pa.types.is_floating),
        (pa.types.is_integer, pa.types.is_floating),
        (pa.types.is_timestamp, pa.types.is_timestamp),
        (pa.types.is_timestamp, pa.types.is_date),
        (pa.types.is_date, pa.types.is_timestamp),
        (pa.types.is_time, pa.types.is_time),
        (_is_text, lambda kind: _is_text(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)),
        (pa.types.is_floating, pa.types.is_integer),
    )
    if not any(of(column.type) and to(wanted) for of, to in alike):
        return column
    try:
        return column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def plain_types(rows: pa.Table) -> pa.Table:
    """Columns in the types that databases have: no categories, no nanoseconds, no columns without a type.

    Raises:
        DataError: a column is of a type that tables do not have, or nanoseconds would be lost; names it and the mend.
    """
    for at, field in enumerate(rows.schema):
        kind = field.type
        if pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
            raise DataError(
                f"column {field.name!r} of {kind} cannot be stored: make it text, a number, a date or a time"
            )
        if pa.types.is_decimal(kind) or kind == pa.uint64():
            continue
        try:
            rows = rows.set_column(at, field.name, rows.column(at).cast(uniform(kind)))
        except pa.ArrowInvalid as error:
            mend = "; round it to microseconds: .dt.floor('us')" if pa.types.is_timestamp(kind) else ""
            raise DataError(f"column {field.name!r} of {kind} cannot be stored: {error}{mend}") from error
    return rows


def unique_keys(rows: pa.Table, key: Sequence[str]) -> None:
    """That no two rows have the same key.

    Raises:
        DataError: two have; tells the values.
    """
    counted = rows.select(list(key)).group_by(list(key)).aggregate([([], "count_all")])
    twice = counted.filter(pc.greater(counted.column("count_all"), 1)).slice(0, 1).to_pylist()
    for found in twice:
        if all(found[name] is not None for name in key):
            shown = ", ".join(f"{name} = {found[name]!r}" for name in key)
            raise DataError(f"{found['count_all']} rows of the frame have the key {shown}: upsert needs one row a key")

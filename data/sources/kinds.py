"""The types in which rows of databases come: the same by every way to a database.

Whole numbers are int64, others float64, texts string, bytes binary; dates, times and timestamps count microseconds;
what has no type of its own (UUID, JSON, arrays) is text. A decimal comes from a driver as text, marked in its field, so
that no digit is lost on the way; here it becomes a decimal of 38 digits, or a float where that is asked for.
"""

import json
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from ..exceptions import DataError

__all__ = [
    "DECIMALS",
    "checked_decimals",
    "decimal_field",
    "is_decimal_text",
    "settled",
    "streamed",
    "uniform",
    "whole",
]

#: What decimals may become.
DECIMALS = ("exact", "float")
DIGITS = 38  # what a decimal128 holds
_MARK = {b"iscpy:decimal": b"1"}
_OF_POSTGRES = b"ADBC:postgresql:typname"


def checked_decimals(decimals: str) -> str:
    """`decimals` when it is one of `DECIMALS`.

    Raises:
        DataError: it is another word.
    """
    if decimals not in DECIMALS:
        raise DataError(f"decimals {decimals!r} is unknown: 'float' or 'exact'")
    return decimals


def decimal_field(name: str, scale: int | None = None) -> pa.Field:
    """The field of a column whose texts are decimals; `scale` is what the database says of it."""
    told = {} if scale is None else {b"iscpy:scale": str(scale).encode()}
    return pa.field(name, pa.string(), metadata=_MARK | told)


def is_decimal_text(field: pa.Field) -> bool:
    """Whether the texts of a column are decimals."""
    found = field.metadata or {}
    return b"iscpy:decimal" in found or found.get(_OF_POSTGRES) == b"numeric"


def whole(reader: pa.RecordBatchReader, decimals: str = "exact") -> pa.Table:
    """All rows of a driver; decimals have as many places as the longest needs."""
    return settled(_uniform_table(reader.read_all()), decimals)


def settled(table: pa.Table, decimals: str = "exact") -> pa.Table:
    """The table with its decimals, which came as texts, as such; they have as many places as the longest needs."""
    for at, field in enumerate(table.schema):
        if is_decimal_text(field):
            column = table.column(at)
            made = _floats(column) if decimals == "float" else _decimals(column, _told_scale(field))
            table = table.set_column(at, field.name, made)
    return table


def streamed(
    reader: pa.RecordBatchReader, decimals: str = "exact", *, is_ours: bool = False
) -> Iterator[pa.RecordBatch]:
    """The rows of a driver a batch at a time, all of one schema: decimals have the places of the first batch.

    `is_ours` says that the other types are those of our own rows already.

    Raises:
        DataError: while reading: a later decimal has more places; names column and mend.
    """
    schema: pa.Schema | None = None
    for batch in reader:
        table = pa.Table.from_batches([batch])
        table = table if is_ours else _uniform_table(table)
        for at, field in enumerate(table.schema):
            if not is_decimal_text(field):
                continue
            column = table.column(at)
            if decimals == "float":
                made = _floats(column)
            elif schema is None:
                made = _decimals(column, _told_scale(field))
            else:
                made = _as(column, schema.field(at))
            table = table.set_column(at, field.name, made)
        schema = schema or table.schema
        yield from table.to_batches() if table.num_rows else [_empty(table.schema)]
    if schema is None:
        yield _empty(whole(pa.RecordBatchReader.from_batches(reader.schema, []), decimals).schema)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], item.type) for item in schema], schema=schema)


# --- decimals ---


def _told_scale(field: pa.Field) -> int:
    return int((field.metadata or {}).get(b"iscpy:scale", b"0"))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if isinstance(column.type, pa.BaseExtensionType):
        return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    return column


def _decimals(column: pa.ChunkedArray, told: int) -> pa.ChunkedArray:
    text = _plain(column)
    has_values = text.null_count < len(text)
    places = pc.max(pc.utf8_length(pc.replace_substring_regex(text, r"^[^.]*\.?", ""))).as_py() or 0
    try:
        return text.cast(pa.decimal128(DIGITS, min(places if has_values else told, DIGITS)))
    except pa.ArrowInvalid:  # NaN, Infinity, or more than 38 digits
        return _floats(text) if re.search(r"nan|inf", str(pc.unique(text).to_pylist()), re.I) else text


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return _plain(column).cast(pa.float64())


def _as(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        return _plain(column).cast(field.type)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"column {field.name!r} is {field.type} in its first rows, and later holds what does not fit: {error}; "
            "CAST it in the query, or ask for decimals='float'"
        ) from error


# --- other types ---


def uniform(kind: pa.DataType) -> pa.DataType:
    """The type in which values of a driver's type come."""
    found = kind
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_nested(kind) or pa.types.is_null(kind):
        found = pa.string()
    elif pa.types.is_dictionary(kind):
        found = uniform(kind.value_type)
    elif pa.types.is_integer(kind) and kind != pa.uint64():
        found = pa.int64()
    elif pa.types.is_floating(kind):
        found = pa.float64()
    elif pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        found = pa.string()
    elif pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind):
        found = pa.binary()
    elif pa.types.is_date(kind):
        found = pa.date32()
    elif pa.types.is_time(kind):
        found = pa.time64("us")
    elif pa.types.is_timestamp(kind):
        found = pa.timestamp("us", "UTC" if kind.tz is not None else None)
    elif pa.types.is_decimal(kind) and kind.precision <= DIGITS:
        found = pa.decimal128(DIGITS, max(kind.scale, 0))
    return found


def _uniform_table(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        wanted = uniform(field.type)
        if is_decimal_text(field) or wanted == field.type:
            continue
        table = table.set_column(at, field.name, _uniform_column(table.column(at), field.type, wanted))
    return table


def _uniform_column(column: pa.ChunkedArray, kind: pa.DataType, wanted: pa.DataType) -> pa.ChunkedArray:
    if isinstance(kind, pa.BaseExtensionType) and not pa.types.is_string(kind.storage_type):
        return _texts(column)
    if pa.types.is_nested(kind):
        return _texts(column)
    return _plain(column).cast(wanted)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    made = [
        item
        if item is None or isinstance(item, str)
        else json.dumps(item, default=str)
        if _is_many(item)
        else str(item)
        for item in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(made, pa.string())])


def _is_many(item: object) -> bool:
    return isinstance(item, dict | list | tuple)

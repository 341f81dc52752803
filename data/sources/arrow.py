"""Rows of Python values as Arrow, in the types that the first batch shows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa

from ..exceptions import DataError

_PLAIN = (bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta)
_DIGITS = 38  # what a decimal128 holds


def reader_of(names: Sequence[str], batches: Iterable[list[tuple[object, ...]]]) -> pa.RecordBatchReader:
    """The batches as a stream of one schema: that of the first batch, integers and decimals as wide as they come.

    Raises:
        DataError: while reading: a later batch has a value that its column cannot hold; names column and mend.
    """
    rows = iter(batches)
    unique = _unique(names)
    first = _batch(unique, next(rows, []))
    schema = pa.schema([pa.field(one.name, _roomy(one.type)) for one in first.schema])

    def stream() -> Iterator[pa.RecordBatch]:
        yield _fitting(first, schema)
        for batch in rows:
            if batch:
                yield _fitting(_batch(unique, batch), schema)

    return pa.RecordBatchReader.from_batches(schema, stream())


def _unique(names: Sequence[str]) -> list[str]:
    """Names that are there twice get a number, so that no column is lost."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _batch(names: list[str], rows: list[tuple[object, ...]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pa.RecordBatch.from_arrays([_array(list(column)) for column in columns], names=names)


def _array(values: list[object]) -> pa.Array:
    plain = [value if value is None or isinstance(value, _PLAIN) else _plain(value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    try:
        if kinds == {int, Decimal}:
            return pa.array([value if value is None else Decimal(str(value)) for value in plain])
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # values of several kinds, or wider than a number
        return pa.array([value if value is None else str(value) for value in plain], pa.string())


def _plain(value: object) -> object:
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str)
    return str(value)


def _roomy(kind: pa.DataType) -> pa.DataType:
    """The type of a column that later batches fit in, too."""
    if pa.types.is_decimal(kind):
        return pa.decimal128(_DIGITS, kind.scale) if kind.precision <= _DIGITS else kind
    return pa.string() if pa.types.is_null(kind) else kind


def _fitting(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for array, field in zip(batch.columns, schema, strict=True):
        try:
            arrays.append(array if array.type == field.type else array.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"column {field.name!r} is {field.type} in its first rows, and later holds what does not fit: "
                f"{error}; CAST it in the query"
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

"""Rows of Python values as Arrow, in the types that the first batch shows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa

from ..exceptions import DataError
from .kinds import decimal_field, is_decimal_text

_EXACT = {bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta, type(None)}
_PLAIN = (bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta)


def reader_of(
    names: Sequence[str],
    batches: Iterable[list[tuple[object, ...]]],
    told: Sequence[pa.Field | pa.DataType | None] = (),
) -> pa.RecordBatchReader:
    """The batches as a stream of one schema: that of the first batch; decimals are texts, see `kinds`.

    `told` has the types that the database says of its columns, None where it says nothing: they count for columns whose
    first batch holds no value.

    Raises:
        DataError: while reading: a later batch has a value that its column cannot hold; names column and mend.
    """
    rows = iter(batches)
    unique = _unique(names)
    first = _batch(unique, next(rows, []))
    known = [*told, *[None] * (len(unique) - len(told))]
    schema = pa.schema([_settled(field, said) for field, said in zip(first.schema, known, strict=True)])

    def stream() -> Iterator[pa.RecordBatch]:
        yield _fitting(first, schema)
        for batch in rows:
            if batch:
                yield _fitting(_batch(unique, batch), schema)

    return pa.RecordBatchReader.from_batches(schema, stream())


def _settled(found: pa.Field, told: pa.Field | pa.DataType | None) -> pa.Field:
    if isinstance(told, pa.Field) and is_decimal_text(found):
        return told.with_name(found.name)
    if not pa.types.is_null(found.type):
        return found
    if isinstance(told, pa.Field):
        return told.with_name(found.name)
    return pa.field(found.name, pa.string() if told is None else told)


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
    made = [_array(name, list(column)) for name, column in zip(names, columns, strict=True)]
    return pa.RecordBatch.from_arrays([array for array, _ in made], schema=pa.schema([field for _, field in made]))


def _array(name: str, values: list[object]) -> tuple[pa.Array, pa.Field]:
    kinds = {type(value) for value in values}
    if not kinds <= _EXACT:
        values = [value if value is None or isinstance(value, _PLAIN) else _plain(value) for value in values]
        kinds = {type(value) for value in values}
    if Decimal in kinds and kinds <= {int, Decimal, type(None)}:
        texts = [value if value is None else format(value, "f") for value in values]
        return pa.array(texts, pa.string()), decimal_field(name)
    try:
        made = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # values of several kinds, or wider than a number
        made = pa.array([value if value is None else str(value) for value in values], pa.string())
    return made, pa.field(name, made.type)


def _plain(value: object) -> object:
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str)
    return str(value)


def _fitting(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for array, field in zip(batch.columns, schema, strict=True):
        try:
            if pa.types.is_boolean(field.type) and array.null_count < len(array) and array.type != field.type:
                raise pa.ArrowInvalid(f"{array.type} {array.drop_null()[0]}")  # a cast would make it true
            arrays.append(array if array.type == field.type else array.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"column {field.name!r} is {field.type} in its first rows, and later holds what does not fit: "
                f"{error}; CAST it in the query"
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

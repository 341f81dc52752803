"""The ``$LIST`` format: Python values to bytes and back, and whole columns of rows as Arrow.

The bytes are those of InterSystems' servers; the codec is C (``dollar_list.c``), this is its face.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from . import _native

__all__ = ["Column", "columns", "decode", "encode", "tables"]

_TYPES: dict[str, pa.DataType] = {
    "s": pa.large_utf8(),
    "i": pa.int64(),
    "f": pa.float64(),
    "b": pa.bool_(),
    "d": pa.date32(),
    "t": pa.time32("s"),
    "m": pa.timestamp("us"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of rows is read as.

    `kind` is a letter: s string, i integer, f float, b boolean, d date from the day of ``$HOROLOG``, t time from
    seconds, m timestamp text. `position` counts from 1; 0 is the id of the row.
    """

    name: str
    kind: str
    position: int


def encode(values: Iterable[object]) -> bytes:
    """The list of `values`: None, str, bytes, int, float, Decimal or bool each.

    Raises:
        TypeError: a value of another type.
    """
    return _native.list_encode(values)


def decode(buffer: bytes | bytearray | memoryview, *, raw: bool = False) -> list[object]:
    """The values of a list; `raw` leaves 8-bit strings as bytes.

    Raises:
        ListError: the bytes are no list; it tells the offset.
    """
    return _native.list_decode(buffer, raw)


def columns(rows: list[bytes], layout: Sequence[Column]) -> pa.Table:
    """Many lists as one Arrow table; an absent element or an empty string is null.

    Raises:
        ListError: a row is no list; it tells row and offset.
        ValueError: a value does not fit its column.
    """
    return tables(lambda specification: _native.list_columns(rows, specification, threads()), layout)


def threads() -> int:
    """How many cores decoding may use."""
    return len(os.sched_getaffinity(0))


def tables(read: "_Reader", layout: Sequence[Column]) -> pa.Table:
    """The table `read` gives for `layout`, an integer column that met a fraction read again as float.

    Raises:
        ValueError: a value does not fit its column.
    """
    kinds = [column.kind for column in layout]
    while True:
        order = sorted(range(len(layout)), key=lambda index: layout[index].position)
        batches = read([(kinds[index], layout[index].position) for index in order])
        widened = {order[at] for _, found in batches for at, column in enumerate(found) if column[7]}
        if not widened:
            break
        for index in widened:
            kinds[index] = "f"
    first = 0
    chunks: list[list[pa.Array]] = [[] for _ in layout]
    for count, found in batches:
        for at, column in enumerate(found):
            chunks[order[at]].append(_array(column, count, layout[order[at]], first))
        first += count
    arrays = [pa.chunked_array(parts, type=_TYPES[kind]) for parts, kind in zip(chunks, kinds, strict=True)]
    return pa.table(arrays, names=[column.name for column in layout])


def _array(column: "_native._Column", count: int, meaning: Column, first: int) -> pa.Array:
    kind, validity, data, offsets, nulls, misfits, at, _ = column
    if misfits:
        raise ValueError(
            f"{misfits} value(s) of column {meaning.name!r} are no {_TYPES[kind]}, the first in row {first + at}: "
            "read the column as a string, or mend the row"
        )
    buffers = [pa.py_buffer(validity) if nulls else None]
    if offsets is not None:
        buffers.append(pa.py_buffer(offsets))
    buffers.append(pa.py_buffer(data))
    return pa.Array.from_buffers(_TYPES[kind], count, buffers, null_count=nulls)


class _Reader(Protocol):
    """Reads batches for a specification of (kind, position) pairs."""

    def __call__(self, specification: list[tuple[str, int]], /) -> "list[_native._Batch]": ...

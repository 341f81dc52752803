"""The ``$LIST`` format: Python values to bytes and back, and whole columns of rows as Arrow.

The bytes are those of InterSystems' servers; the codec is C (``dollar_list.c``), this is its face.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from . import _native

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "ColumnReport", "Decoded", "column_type", "columns", "decode", "decode_columns", "encode"]
__all__ += ["DECIMAL_DIGITS", "read_columns"]


#: The digits of a decimal column.
DECIMAL_DIGITS = 38


@cache
def _types() -> "dict[str, pa.DataType]":
    import pyarrow as pa  # here, not above: many a command reads globals, few read columns

    return {
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
    seconds, m timestamp text, n decimal of 38 digits with `scale` of them behind the point, or more where a value has
    more. `position` counts from 1; 0 is the id of the row. `guessed` says that nobody asked for
    the kind: values that it cannot hold make the column one of strings instead of an error, and a column without any
    value is one of strings.
    """

    name: str
    kind: str
    position: int
    guessed: bool = False
    scale: int = 0


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """What became of a column: the kind asked for, the kind it was read as, and how many of its values are null."""

    name: str
    asked: str
    kind: str
    nulls: int

    rows: int = -1

    @property
    def all_null(self) -> bool:
        """Whether it has no value at all."""
        return self.nulls == self.rows

    @property
    def widened(self) -> bool:
        """Whether its values needed a wider kind than the one asked for."""
        return self.kind != self.asked


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows as a table, and a report a column in the order of the layout."""

    table: "pa.Table"
    report: tuple[ColumnReport, ...]


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


def columns(rows: list[bytes], layout: Sequence[Column]) -> "pa.Table":
    """Many lists as one Arrow table; an absent element or an empty string is null.

    Raises:
        ListError: a row is no list; it tells row and offset.
        ValueError: a value does not fit its column.
    """
    return decode_columns(rows, layout).table


def decode_columns(rows: list[bytes], layout: Sequence[Column]) -> Decoded:
    """As `columns`, with a report of nulls and widened kinds a column.

    Raises:
        ListError: a row is no list; it tells row and offset.
        ValueError: a value does not fit its column.
    """
    return read_columns(lambda specification: _native.list_columns(rows, specification, threads()), layout)


def column_type(kind: str, scale: int = 0) -> "pa.DataType":
    """The type of Arrow that a kind is read as; `scale` are the digits behind the point of a decimal."""
    if kind == "n":
        import pyarrow as pa

        return pa.decimal128(DECIMAL_DIGITS, scale)
    return _types()[kind]


def threads() -> int:
    """How many cores decoding may use."""
    return len(os.sched_getaffinity(0))


def read_columns(read: "_Reader", layout: Sequence[Column]) -> Decoded:
    """What `read` gives for `layout`; it reads again where a column has to be wider than was asked.

    Raises:
        ValueError: a value does not fit its column.
    """
    import pyarrow as pa

    kinds = [column.kind for column in layout]
    scales = [column.scale for column in layout]
    while True:
        order = sorted(range(len(layout)), key=lambda index: layout[index].position)
        batches = read([(kinds[index], layout[index].position, scales[index]) for index in order])
        wider = _wider(batches, [layout[index] for index in order])
        if not wider:
            break
        for at, (kind, scale) in wider.items():
            kinds[order[at]], scales[order[at]] = kind, scale
    types = [column_type(kind, scale) for kind, scale in zip(kinds, scales, strict=True)]
    first = 0
    chunks: list[list[pa.Array]] = [[] for _ in layout]
    for count, found in batches:
        for at, column in enumerate(found):
            chunks[order[at]].append(_array(column, count, layout[order[at]], types[order[at]], first))
        first += count
    arrays = [pa.chunked_array(parts, type=kind) for parts, kind in zip(chunks, types, strict=True)]
    report = [
        ColumnReport(column.name, column.kind, kind, array.null_count, len(array))
        for column, kind, array in zip(layout, kinds, arrays, strict=True)
    ]
    return Decoded(pa.table(arrays, names=[column.name for column in layout]), tuple(report))


def _wider(batches: "list[_native._Batch]", ordered: list[Column]) -> dict[int, tuple[str, int]]:
    """The kinds, with scales, that columns, in the order of the batches, have to be read as instead."""
    found: dict[int, tuple[str, int]] = {}
    for at, column in enumerate(ordered):
        parts = [columns[at] for _, columns in batches]
        wider = max((part[7] for part in parts), default=0)
        if wider and parts[0][0] != "n":
            found[at] = ("f", 0)
        elif DECIMAL_DIGITS >= wider > 0:
            found[at] = ("n", wider)
        elif column.guessed and parts and parts[0][0] != "s" and _not_these(parts, batches):
            found[at] = ("s", 0)
    return found


def _not_these(parts: "list[_native._Column]", batches: "list[_native._Batch]") -> bool:
    """Whether a guessed column holds values of another kind, or none that would tell its kind."""
    return any(part[5] for part in parts) or all(
        part[4] == count for part, (count, _) in zip(parts, batches, strict=True)
    )


def _array(column: "_native._Column", count: int, meaning: Column, as_type: "pa.DataType", first: int) -> "pa.Array":
    import pyarrow as pa

    _, validity, data, offsets, nulls, misfits, at, _ = column
    if misfits:
        raise ValueError(
            f"{misfits} value(s) of column {meaning.name!r} are no {as_type}, the first in row {first + at}: "
            "read the column as a string, or mend the row"
        )
    buffers = [pa.py_buffer(validity) if nulls else None]
    if offsets is not None:
        buffers.append(pa.py_buffer(offsets))
    buffers.append(pa.py_buffer(data))
    return pa.Array.from_buffers(as_type, count, buffers, null_count=nulls)


class _Reader(Protocol):
    """Reads batches for a specification of (kind, position) pairs."""

    def __call__(self, specification: "list[_native._Asked]", /) -> "list[_native._Batch]": ...

"""Columns of a frame as the values that rows keep: checked as a whole, converted some thousand at a time.

Each value becomes what `isc.py.data.sql_write.assigned` and a save would make of it, and is refused where they do.
Numbers, dates and texts are checked by the least and the most of a column, others by their different values.
"""

from collections.abc import Callable, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from isc.py.objectscript import status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import short

from .exceptions import SQLError
from .property_types import base_type
from .row_values import DOUBLES, normal, stored
from .sql_write import kept
from .validation import validated_value

__all__ = ["BulkColumn"]

_WHOLE = {"Integer", "BigInt", "SmallInt", "TinyInt"}
_EXACT = {"Numeric", "Decimal", "Currency"}
_EPOCH = (date(1970, 1, 1) - date(1840, 12, 31)).days
_KNOWN = 100_000  # values whose conversion is kept


class BulkColumn:
    """A column and the property it is for; `definition` has every parameter of its type."""

    def __init__(self, definition: PropertyDefinition, column: pa.ChunkedArray) -> None:
        self._definition = definition
        self._kind = base_type(definition.type)
        self._column = _plain(column)
        self._made: dict[object, object] = {}
        self._values, self._extremes = self._way()

    def misfit(self) -> tuple[int, str] | None:
        """Number (from 0) and reason of the first row found that does not fit; None when all do."""
        if self._column.null_count == len(self._column):
            return None
        for value in self._extremes():
            try:
                wrong = validated_value(self._definition, self._kept(value))
            except SQLError as error:
                return self._row_of(value), error.message
            if status.is_error(wrong):
                return self._row_of(value), status.text(wrong)
        return None

    def values(self, start: int, count: int) -> list[object]:
        """What rows keep of `count` values from `start` (from 0) on; "" for null."""
        return self._values(self._column.slice(start, count))

    @property
    def missing(self) -> int | None:
        """The first row (from 0) without a value, None when each has one."""
        return int(pc.index(pc.is_null(self._column), True).as_py()) if self._column.null_count else None

    # --- ways ---

    def _way(self) -> "tuple[Callable[[pa.ChunkedArray], list[object]], Callable[[], list[object]]]":
        kind, held = self._kind, self._column.type
        parameters = self._definition.parameters
        plain = self._definition.type.startswith("%") and not parameters.get("VALUELIST")
        if plain and pa.types.is_integer(held) and kind in _WHOLE | _EXACT:
            return _or_empty, self._least_and_most
        if plain and pa.types.is_floating(held) and kind in DOUBLES:
            return _or_empty, self._of_doubles
        if plain and pa.types.is_integer(held) and kind in DOUBLES:
            return lambda part: _or_empty(part.cast(pa.float64())), self._least_and_most
        if plain and (pa.types.is_floating(held) or pa.types.is_decimal(held)) and kind in _EXACT:
            return self._one_by_one, self._of_doubles if pa.types.is_floating(held) else self._least_and_most
        if plain and pa.types.is_date32(held) and kind == "Date":
            return _days, self._least_and_most
        if plain and held == pa.time32("s") and kind == "Time":
            return lambda part: _or_empty(part.cast(pa.int32())), self._least_and_most
        if plain and held == pa.timestamp("us") and kind in ("TimeStamp", "DateTime"):
            return _moments, self._least_and_most
        if plain and pa.types.is_large_string(held) and kind == "String" and not _is_special(parameters):
            return _texts, self._shortest_and_longest
        return self._one_by_one, self._different

    def _least_and_most(self) -> list[object]:
        found = pc.min_max(self._column).as_py()
        return [found["min"], found["max"]]

    def _of_doubles(self) -> list[object]:
        odd = self._column.filter(pc.invert(pc.is_finite(self._column)))
        return [odd[0].as_py()] if len(odd) else self._least_and_most()

    def _shortest_and_longest(self) -> list[object]:
        lengths = pc.utf8_length(self._column)
        found = pc.min_max(lengths).as_py()
        return [self._column[pc.index(lengths, found[name]).as_py()].as_py() for name in ("min", "max")]

    def _different(self) -> list[object]:
        return [value for value in self._column.unique().to_pylist() if value is not None]

    # --- values ---

    def _kept(self, value: object) -> object:
        return kept(short(self._definition.type), value)

    def _one_by_one(self, part: pa.ChunkedArray) -> list[object]:
        made, found = self._made, []
        for value in part.to_pylist():
            try:
                found.append(made[value])
            except KeyError:
                fresh = stored(self._definition, normal(self._definition, self._kept(value)))
                if len(made) < _KNOWN:
                    made[value] = fresh
                found.append(fresh)
        return found

    def _row_of(self, value: object) -> int:
        """The row where a value is first."""
        if isinstance(value, float) and value != value:
            return int(pc.index(pc.is_nan(self._column), True).as_py())
        return int(pc.index(self._column, pa.scalar(value, self._column.type)).as_py())


def _is_special(parameters: Mapping[str, str]) -> bool:
    return bool(parameters.get("PATTERN") or parameters.get("TRUNCATE") == "1")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Categories and kinds of strings as large strings; times by seconds and timestamps by microseconds when
    nothing is lost by it.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_utf8())
    if pa.types.is_time(kind):
        try:
            return column.cast(pa.time32("s"))
        except pa.ArrowInvalid:  # fractions of seconds
            return column
    if pa.types.is_timestamp(kind) and kind.tz is None and kind.unit != "us":
        try:
            return column.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            return column
    return column


def _or_empty(part: pa.ChunkedArray) -> list[object]:
    values: list[object] = part.to_pylist()
    return ["" if value is None else value for value in values] if part.null_count else values


def _days(part: pa.ChunkedArray) -> list[object]:
    return _or_empty(pc.add(part.cast(pa.int32()).cast(pa.int64()), _EPOCH))


def _moments(part: pa.ChunkedArray) -> list[object]:
    shown = pc.replace_substring_regex(part.cast(pa.large_utf8()), r"(\.[0-9]*?)0+$", r"\1")
    return _or_empty(pc.replace_substring_regex(shown, r"\.$", ""))


def _texts(part: pa.ChunkedArray) -> list[object]:
    values: list[object] = part.to_pylist()
    return ["" if value is None else value or "\0" for value in values]

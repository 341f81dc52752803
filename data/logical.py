"""Values of SQL as the language keeps them: dates as days of ``$HOROLOG``, times as seconds, nulls as ""."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = date(1840, 12, 31)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement gave; `rowid` is the id of the row that was inserted last."""

    names: list[str]
    rows: list[tuple[object, ...]]
    count: int
    rowid: int = 0


def logical(value: object) -> object:
    """A value of a result as code sees it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        shown = value.isoformat(" ")
        return shown.rstrip("0") if value.microsecond else shown
    if isinstance(value, date):
        return (value - _EPOCH).days
    if isinstance(value, time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return seconds + Decimal(value.microsecond) / 1_000_000 if value.microsecond else seconds
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value


def rows_of_table(table: "pa.Table") -> Rows:
    """The rows of a table."""
    columns = [[logical(value) for value in column.to_pylist()] for column in table.columns]
    rows = list(zip(*columns, strict=True)) if columns else []
    return Rows(list(table.column_names), rows, len(rows))

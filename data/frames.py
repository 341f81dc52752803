"""Arrow tables as what user code works with: a list of tuples, or a DataFrame."""

import pandas as pd
import pyarrow as pa

from .exceptions import DataError

_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A DataFrame with typed columns: integers and booleans with nulls are nullable ones, dates are datetimes."""
    nullable = {column.type for column in table.columns if column.null_count}
    frame: pd.DataFrame = table.to_pandas(
        date_as_object=False, types_mapper=lambda kind: _NULLABLE.get(kind) if kind in nullable else None
    )
    return frame


def rows_of(table: pa.Table) -> list[tuple[object, ...]]:
    """The column names, then a tuple a row."""
    values = [column.to_pylist() for column in table.columns]
    return [tuple(table.column_names), *zip(*values, strict=True)]


def converted(table: pa.Table, kind: str) -> object:
    """The table as `kind`: ``list`` or ``dataframe``.

    Raises:
        DataError: another kind.
    """
    if kind == "dataframe":
        return frame_of(table)
    if kind == "list":
        return rows_of(table)
    raise DataError(f"type {kind!r} is unknown: rows become a 'list' or a 'dataframe'")

"""Arrow tables as what user code works with: a list of tuples, a DataFrame of pandas or polars, or Arrow itself."""

from functools import cache
from typing import TYPE_CHECKING, Any

from .exceptions import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

__all__ = ["KINDS", "converted", "frame_of", "rows_of"]

#: What rows can become.
KINDS = ("list", "dataframe", "arrow", "polars")
_SECONDS = 86400


def frame_of(table: "pa.Table") -> "pd.DataFrame":
    """A DataFrame with typed columns: integers and booleans with nulls are nullable ones, dates are datetimes."""
    import pandas as pd
    import pyarrow as pa

    nullable_as = _nullable()
    nullable = {column.type for column in table.columns if column.null_count}
    times = [at for at, item in enumerate(table.schema) if item.type == pa.time32("s")]
    rest = table.select([at for at in range(table.num_columns) if at not in times]) if times else table
    frame: pd.DataFrame = rest.to_pandas(
        date_as_object=False, types_mapper=lambda kind: nullable_as.get(kind) if kind in nullable else None
    )
    for at in times:
        name = table.schema.names[at]
        frame.insert(at, name, pd.Series(_times(table.column(at)), dtype=object), allow_duplicates=True)
    return frame


def _times(column: "pa.ChunkedArray") -> "np.ndarray[Any, np.dtype[np.object_]]":
    """Times as objects: there are no more than seconds of a day, so each is made once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    seconds = pc.fill_null(column.cast(pa.int32()), _SECONDS).to_numpy()
    found: np.ndarray[Any, np.dtype[np.object_]] = _every_time()[seconds]
    return found


@cache
def _every_time() -> "np.ndarray[Any, np.dtype[np.object_]]":
    """The time of every second of a day, and None behind them."""
    import numpy as np
    import pyarrow as pa

    made = np.empty(_SECONDS + 1, dtype=object)
    made[:_SECONDS] = pa.array(np.arange(_SECONDS, dtype=np.int32)).cast(pa.time32("s")).to_pylist()
    return made


@cache
def _nullable() -> "dict[pa.DataType, pd.api.extensions.ExtensionDtype]":
    import pandas as pd
    import pyarrow as pa

    return {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def rows_of(table: "pa.Table") -> list[tuple[object, ...]]:
    """The column names, then a tuple a row."""
    values = [column.to_pylist() for column in table.columns]
    return [tuple(table.column_names), *zip(*values, strict=True)]


def converted(table: "pa.Table", kind: str) -> object:
    """The table as `kind`: ``list``, ``dataframe``, ``arrow`` or ``polars``.

    Raises:
        DataError: another kind, or polars is not installed.
    """
    if kind == "dataframe":
        return frame_of(table)
    if kind == "list":
        return rows_of(table)
    if kind == "arrow":
        return table
    if kind == "polars":
        try:
            import polars
        except ImportError as error:
            raise DataError("type 'polars' needs polars: pip install 'isc-py[polars]'") from error
        return polars.from_arrow(table)
    raise DataError(f"type {kind!r} is unknown: rows become a {', a '.join(repr(item) for item in KINDS)}")

"""Rows as SQLite keeps them: it has numbers, texts and bytes, so decimals, dates and times are texts."""

import pyarrow as pa

__all__ = ["as_sqlite"]


def as_sqlite(rows: pa.Table) -> pa.Table:
    """The rows with columns of types that SQLite has; a column of type NUMERIC makes numbers of decimals again."""
    for at, field in enumerate(rows.schema):
        kind = field.type
        if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
            rows = rows.set_column(at, field.name, rows.column(at).cast(pa.string()))
        elif kind == pa.uint64():
            rows = rows.set_column(at, field.name, rows.column(at).cast(pa.int64()))
    return rows

"""Transfers in parts, and with exact decimals: what `isc.py.Main` gives for `chunksize` and `decimals`."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
from isc.py.objectscript import dictionary

from .chunks import Report, field_chunks, global_chunks
from .exceptions import DataError
from .fields import exact_fields, is_exact
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .sources import Source
from .table_rows import read_fields
from .tables import table_class
from .transfer import global_layout, picked_fields

__all__ = ["checked_size", "chunks_of_class", "chunks_of_global", "chunks_of_table", "query_chunks"]

Space = EmbeddedNamespace | Source


def checked_size(size: object) -> int:
    """The number of rows that a part shall have, 0 for all rows at once.

    Raises:
        DataError: it is none.
    """
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    raise DataError(f"chunksize {size!r} is no number of rows: 0 gives all at once, more so many in a part")


def query_chunks(
    namespace: Space,
    sql: str,
    parameters: Sequence[object] | Mapping[str, object],
    size: int,
    *,
    decimals: str = "",
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """The rows of a SELECT in parts of up to `size` rows; `decimals` as `isc.py.Main.ExecuteQuery` has them.

    Raises:
        SQLError: it could not be run.
    """
    if isinstance(namespace, Source):
        return namespace.query_chunks(sql, parameters, size=size, decimals=decimals or "exact", report=report)
    from .sql_stream import stream

    reader = stream(namespace, sql, parameters, size=size, decimals=decimals or "float", report=report)
    return (pa.Table.from_batches([batch]) for batch in reader)


def chunks_of_global(
    namespace: Space,
    name: str,
    start: object,
    end: object,
    mask: str,
    labels: Sequence[str],
    *,
    size: int,
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """The rows of a global in parts. Raises like `isc.py.data.transfer.global_rows`."""
    if isinstance(namespace, Source):
        return namespace.global_chunks(name, start, end, mask, labels, size=size, report=report)
    bare = name.removeprefix("^")
    layout = global_layout(namespace, bare, start, mask, list(labels))
    return global_chunks(namespace, bare, layout, start, end, size=size, report=report)


def chunks_of_table(
    namespace: Space,
    table: str,
    start: object,
    end: object,
    wanted: str,
    *,
    decimals: str = "float",
    size: int = 0,
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """As `chunks_of_class`, by the table's name."""
    if isinstance(namespace, Source):
        if not size:
            return iter([namespace.table_rows(table, start, end, wanted, decimals)])
        return namespace.table_chunks(table, start, end, wanted, size=size, decimals=decimals, report=report)
    layout = layout_of(table_class(namespace, table))
    return _chunks(namespace, table, layout, start, end, wanted, decimals, size, report)


def chunks_of_class(
    namespace: Space,
    class_name: str,
    start: object,
    end: object,
    wanted: str,
    *,
    decimals: str = "float",
    size: int = 0,
    report: Report | None = None,
) -> Iterator[pa.Table]:
    """The rows of a class in parts of up to `size` rows (0: one part with all), decimals as floats or exact.

    Raises:
        DataError: a property or a way of decimals is unknown, or a row does not fit.
    """
    if isinstance(namespace, Source):
        if not size:
            return iter([namespace.class_rows(class_name, start, end, wanted, decimals)])
        return namespace.class_chunks(class_name, start, end, wanted, size=size, decimals=decimals, report=report)
    layout = layout_of(dictionary.resolve(class_name))
    return _chunks(namespace, class_name, layout, start, end, wanted, decimals, size, report)


def _chunks(
    namespace: EmbeddedNamespace,
    name: str,
    layout: Layout,
    start: object,
    end: object,
    wanted: str,
    decimals: str,
    size: int,
    report: Report | None,
) -> Iterator[pa.Table]:
    fields = picked_fields(name, layout, wanted)
    fields = exact_fields(fields) if is_exact(decimals) else fields
    if size:
        return field_chunks(namespace, layout, fields, start, end, size=size, report=report)
    with namespace.store().read() as txn:
        return iter([read_fields(txn, layout, fields, start, end)])

"""Transfers in parts, and with exact decimals: what `isc.py.Main` gives for `chunksize` and `decimals`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from isc.py.objectscript import NotSupportedError, dictionary

from .chunks import Report, field_chunks, global_chunks
from .exceptions import DataError
from .fields import Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .sources import Source
from .sql_catalog import decimal_scale
from .table_rows import read_fields
from .tables import table_class
from .transfer import global_layout, picked_fields

__all__ = ["chunks_of_class", "chunks_of_global", "chunks_of_table", "query_chunks", "stored_namespace"]

_EXACT = 38  # digits of an exact decimal
Space = EmbeddedNamespace | Source


def stored_namespace(namespace: Space, what: str) -> EmbeddedNamespace:
    """The namespace when it is one of our own folders.

    Raises:
        NotSupportedError: it is another database; `what` cannot be had there.
    """
    if not isinstance(namespace, EmbeddedNamespace):
        raise NotSupportedError(f"{what} works in namespaces of a folder; {namespace.name} is another database")
    return namespace


def query_chunks(namespace: Space, sql: str, parameters: Sequence[object], size: int) -> Iterator[pa.Table]:
    """The rows of a SELECT in parts of up to `size` rows.

    Raises:
        SQLError: it could not be run.
    """
    from .sql import stream

    reader = stream(stored_namespace(namespace, "chunksize"), sql, parameters, size=size)
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
    space = stored_namespace(namespace, "chunksize")
    bare = name.removeprefix("^")
    layout = global_layout(space, bare, start, mask, list(labels))
    return global_chunks(space, bare, layout, start, end, size=size, report=report)


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
    space = stored_namespace(namespace, "chunksize")
    return _chunks(space, table, layout_of(table_class(space, table)), start, end, wanted, decimals, size, report)


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
    space = stored_namespace(namespace, "chunksize")
    layout = layout_of(dictionary.resolve(class_name))
    return _chunks(space, class_name, layout, start, end, wanted, decimals, size, report)


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
    if decimals not in ("float", "exact"):
        raise DataError(f"decimals {decimals!r} is unknown: 'float' or 'exact'")
    fields = picked_fields(name, layout, wanted)
    scales = _scales(layout, fields) if decimals == "exact" else {}
    fields = [replace(item, kind="s") if item.name in scales else item for item in fields]
    if size:
        found = field_chunks(namespace, layout, fields, start, end, size=size, report=report)
        return (_exact(chunk, scales, name) for chunk in found)
    with namespace.store().read() as txn:
        return iter([_exact(read_fields(txn, layout, fields, start, end), scales, name)])


def _scales(layout: Layout, fields: Sequence[Field]) -> dict[str, int]:
    found = {item.name: layout.properties[item.name] for item in fields if item.name in layout.properties}
    scales = {name: decimal_scale(definition) for name, definition in found.items()}
    return {name: scale for name, scale in scales.items() if scale is not None}


def _exact(table: pa.Table, scales: dict[str, int], name: str) -> pa.Table:
    """The columns of decimals, which came as text, as decimals; a row with more digits makes its column wider."""
    for column, scale in scales.items():
        at = table.column_names.index(column)
        held = table.column(at)
        digits = pc.max(pc.utf8_length(pc.replace_substring_regex(held, r"^[^.]*\.?", ""))).as_py()
        try:
            made = held.cast(pa.decimal128(_EXACT, max(scale, digits or 0)))
        except pa.ArrowInvalid as error:
            raise DataError(f"rows of {name}: {column} holds what is no decimal of {_EXACT} digits: {error}") from error
        table = table.set_column(at, column, made)
    return table

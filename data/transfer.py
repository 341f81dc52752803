"""Rows of globals, classes and tables as Arrow tables (contract, section 2)."""

from fnmatch import fnmatchcase

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import Column, columns, decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.iscpython_c.globals import Subscript, Transaction, encode_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.names import similar

from .exceptions import DataError
from .fields import Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .table_rows import read_fields
from .tables import sql_name, table_class

_MASK = {"b": "b", "d": "d", "t": "t", "m": "m"}


def global_rows(
    namespace: EmbeddedNamespace,
    name: str,
    start: object = 1,
    end: object = "",
    mask: str = "",
    labels: "list[str] | tuple[str, ...]" = (),
) -> pa.Table:
    """The ``$LIST`` rows of a global: its key, then the fields the mask lets through.

    `mask` has a letter a field: ``+`` as it is, ``-`` skip, ``b`` boolean, ``d`` date, ``t`` time, ``m`` timestamp; a
    short mask skips the rest, an empty one takes every field of the first row.

    Raises:
        DataError: the global has no rows, a mask letter is unknown, labels do not fit, or a row does not.
    """
    bare = name.removeprefix("^")
    key = encode_key(bare)
    with namespace.store().read() as txn:
        first = _first_row(txn, bare, start)
        if first is None:
            raise DataError(f"^{bare} has no rows from {start!r} on in namespace {namespace.name}")
        layout = masked(bare, first, mask, list(labels))
        try:
            return txn.scan_columns(key, layout, _bound(start), _bound(end))
        except LookupError:
            return _irregular(txn, key, layout, start, end)
        except ValueError as error:
            raise DataError(f"^{bare}: {error}") from error


def global_layout(namespace: EmbeddedNamespace, bare: str, start: object, mask: str, labels: list[str]) -> list[Column]:
    """The columns of a global's rows: what `global_rows` reads. Raises like it."""
    with namespace.store().read() as txn:
        first = _first_row(txn, bare, start)
    if first is None:
        raise DataError(f"^{bare} has no rows from {start!r} on in namespace {namespace.name}")
    return masked(bare, first, mask, labels)


def _bound(bound: object) -> Subscript | None:
    return None if bound is None or bound == "" else bound  # type: ignore[return-value]  # str or int by contract


def _first_row(txn: Transaction, name: str, start: object) -> list[object] | None:
    key = encode_key(name)
    at = None if _bound(start) is None else encode_key(name, (_bound(start),))  # type: ignore[arg-type]  # not None
    for found, value in txn.scan(key, at):
        if found == key:
            continue
        return first_values(value)
    return None


def first_values(value: object) -> list[object]:
    """The elements of a node's value: of a ``$LIST``, or the value itself."""
    if isinstance(value, bytes | str):
        try:
            return decode(value.encode("latin-1") if isinstance(value, str) else value)
        except (ListError, UnicodeEncodeError):
            return [value]
    return [value]


def masked(name: str, first: list[object], mask: str, labels: list[str]) -> list[Column]:
    """The columns that a mask makes of rows whose first one holds these values.

    Raises:
        DataError: a mask letter is unknown, or labels do not fit.
    """
    letters = mask or "+" * len(first)
    unknown = sorted(set(letters) - set("+-bdtm"))
    if unknown:
        raise DataError(f"mask {mask!r} for ^{name} has {', '.join(unknown)}: the letters are + - b d t m")
    kept = [(at, letter) for at, letter in enumerate(letters, start=1) if letter != "-"]
    names = labels or ["globalKey", *(str(at) for at, _ in kept)]
    if len(names) != len(kept) + 1:
        given = f"{len(names)} label(s) for ^{name}, but the mask lets {len(kept)} field(s) through"
        raise DataError(f"{given} and the key comes first: give {len(kept) + 1}")
    found = [Column(names[0], "i", 0)]
    for label, (at, letter) in zip(names[1:], kept, strict=True):
        asked = _MASK.get(letter)
        found.append(Column(label, asked or _kind(first[at - 1] if at <= len(first) else None), at, asked is None))
    return found


def _kind(value: object) -> str:
    """The narrowest kind that may do for a column whose first value this is; a missing one says nothing."""
    if value is None or isinstance(value, int):
        return "i"
    return "s" if isinstance(value, str) else "f"


def _irregular(txn: Transaction, key: bytes, layout: list[Column], start: object, end: object) -> pa.Table:
    """Rows whose keys are strings or fractions: the key becomes a column of text."""
    keys, rows = [], []
    at: Subscript | None = None
    while (at := txn.order(key, at)) is not None:
        value = txn.get(txn._child(key, at))
        if value is None or not _between(txn, key, at, start, end):
            continue
        keys.append(str(at))
        rows.append(value if isinstance(value, bytes) else _row_bytes(value))
    table = columns(rows, layout[1:])
    return table.add_column(0, layout[0].name, pa.array(keys, pa.large_utf8()))


def _row_bytes(value: object) -> bytes:
    if isinstance(value, str):
        try:
            data = value.encode("latin-1")
            decode(data)
        except (ListError, UnicodeEncodeError):
            return encode([value])
        return data
    return encode([value])


def _between(txn: Transaction, key: bytes, at: Subscript, start: object, end: object) -> bool:
    here = txn._child(key, at)
    low, high = _bound(start), _bound(end)
    return (low is None or here >= txn._child(key, low)) and (high is None or here <= txn._child(key, high))


def class_rows(
    namespace: EmbeddedNamespace, class_name: str, start: object = 1, end: object = "", properties: str = "*"
) -> pa.Table:
    """The rows of a persistent class: ID, then its properties (names with commas, ``*`` and ``?`` are wildcards).

    Raises:
        ClassNotFoundError: no such class.
        DataError: it is not persistent, or a property is unknown.
    """
    return _layout_rows(namespace, class_name, layout_of(dictionary.resolve(class_name)), start, end, properties)


def table_rows(
    namespace: EmbeddedNamespace, table: str, start: object = 1, end: object = "", properties: str = "*"
) -> pa.Table:
    """The rows of a table: as `class_rows`, by its SQL name.

    Raises:
        TableNotFoundError: no such table.
        DataError: a property is unknown.
    """
    layout = layout_of(table_class(namespace, table))
    return _layout_rows(namespace, table, layout, start, end, properties, computed=True)


def _layout_rows(
    namespace: EmbeddedNamespace,
    name: str,
    layout: Layout,
    start: object,
    end: object,
    wanted: str,
    *,
    computed: bool = False,
) -> pa.Table:
    with namespace.store().read() as txn:
        return read_fields(txn, layout, picked_fields(name, layout, wanted, computed=computed), start, end)


def picked_fields(name: str, layout: Layout, wanted: str, *, computed: bool = False) -> list[Field]:
    """ID and the fields that `wanted` names (with commas; ``*`` and ``?`` are wildcards); those that code makes when
    they are asked for by name, or `computed` is true.

    Raises:
        DataError: one is unknown; tells similar ones.
    """
    available = {field.name: field for field in layout.fields()}
    more = {field.name: field for field in layout.computed_fields()}
    available |= more if computed else {key: more[key] for key in map(str.strip, wanted.split(",")) if key in more}
    picked = {"ID": available["ID"]}
    for part in (part.strip() for part in wanted.split(",")):
        found = [key for key in available if fnmatchcase(key, part)]
        if not found and not ("*" in part or "?" in part):
            raise DataError(f"{name} has no property {part!r}{similar(part, list(available))}")
        picked.update({key: available[key] for key in found})
    return list(picked.values())


__all__ = ["class_rows", "global_rows", "sql_name", "table_class", "table_rows"]

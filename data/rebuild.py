"""Indices against rows: built anew, and compared entry by entry."""

from collections.abc import Iterator

from isc.py.iscpython_c.globals import Transaction, decode_key

from . import indices
from .exceptions import DataError
from .layout import CLASSNAME, Layout
from .rows import actual, read_row, row_ids


def rebuild(txn: Transaction, layout: Layout) -> int:
    """Every index of a class and of those below it anew; how many rows were entered. Rows that are none are left out.

    Raises:
        NotUniqueError: two rows have the same values of a unique index.
    """
    if not layout.tag:
        for name in _names(txn, layout):
            txn.kill(layout.index.key(name))
    count = 0
    for row_id in list(row_ids(txn, layout)):
        try:
            values = read_row(txn, layout, row_id)
        except DataError:
            continue
        if values is not None:
            indices.put_entries(txn, actual(layout, str(values.get(CLASSNAME) or "")), row_id, values)
            count += 1
    return count


def _names(txn: Transaction, layout: Layout) -> list[str]:
    found, at = [], txn.order(layout.index.key())
    while at is not None:
        found.append(str(at))
        at = txn.order(layout.index.key(), at)
    return found


def differences(txn: Transaction, layout: Layout) -> Iterator[str]:
    """What a rebuild would change: a line an entry that is missing, has another value, or belongs to no row.

    Of a class that shares its global with one above, only its own rows are looked at.
    """
    wanted: dict[bytes, object] = {}
    for row_id in row_ids(txn, layout):
        try:
            values = read_row(txn, layout, row_id)
        except DataError:
            continue
        if values is not None:
            wanted.update(indices.entries(actual(layout, str(values.get(CLASSNAME) or "")), row_id, values))
    there = dict(txn.scan(layout.index.key())) if layout.indices or not layout.tag else {}
    for key, value in wanted.items():
        if key not in there:
            yield f"{_shown(key)} is missing"
        elif there[key] != value and _as_bytes(there[key]) != _as_bytes(value):
            yield f"{_shown(key)} has another value than its row"
    if not layout.tag:
        for key in there:
            if key not in wanted:
                yield f"{_shown(key)} belongs to no row"


def _as_bytes(value: object) -> object:
    return value.encode("latin-1", "replace") if isinstance(value, str) else value


def _shown(key: bytes) -> str:
    name, subscripts = decode_key(key)
    listed = ",".join(f'"{item}"' if isinstance(item, str) else str(item) for item in subscripts)
    return f"^{name}({listed})"

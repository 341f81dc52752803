"""Indices of stored classes: nodes ``^I(name, value, …, id)`` that are kept with the rows.

Strings collate as SQLUPPER (a blank, then capitals) unless property or index says EXACT; a number is itself. What is
missing is a blank for strings, -1E14 for numbers. A value that is too long for a key gives its beginning and a digest.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.iscpython_c.globals import Subscript, Transaction
from isc.py.objectscript.definitions import IndexDefinition, PropertyDefinition
from isc.py.objectscript.library.datatypes import COLUMN_KINDS
from isc.py.objectscript.values import text

from .exceptions import DataError, NotUniqueError
from .layout import CLASSNAME, Layout, serial_positions
from .property_types import base_type, class_of, form_of, item_form

_MISSING_NUMBER = -(10**14)
_LONGEST = 100


def is_unique(index: IndexDefinition) -> bool:
    """Whether no two rows may have the same values."""
    return any(index.keywords.get(item) == "1" for item in ("Unique", "PrimaryKey", "IdKey"))


def put_entries(txn: Transaction, layout: Layout, row_id: Subscript, values: Mapping[str, object]) -> None:
    """Enter a row.

    Raises:
        NotUniqueError: another row has the values of a unique index.
    """
    for index in layout.indices:
        for subscripts, missing in _subscripts(layout, index, values):
            if is_unique(index) and not missing:
                check_unique(txn, layout, index, subscripts, row_id)
            key = layout.index.key(index.name, *subscripts, row_id)
            txn.set(key, entry(layout, index, values))


def remove_entries(txn: Transaction, layout: Layout, row_id: Subscript, values: Mapping[str, object]) -> None:
    """Take a row out."""
    for index in layout.indices:
        for subscripts, _ in _subscripts(layout, index, values):
            txn.kill(layout.index.key(index.name, *subscripts, row_id))


def entries(layout: Layout, row_id: Subscript, values: Mapping[str, object]) -> Iterator[tuple[bytes, str | bytes]]:
    """The nodes that a row has in all indices, with their values."""
    for index in layout.indices:
        for subscripts, _ in _subscripts(layout, index, values):
            yield (
                layout.index.key(index.name, *subscripts, row_id),
                entry(layout, index, values),
            )


def find(txn: Transaction, layout: Layout, name: str, values: tuple[object, ...]) -> list[Subscript]:
    """The ids of the rows with these values in an index.

    Raises:
        DataError: the class has no such index, or it has another number of values.
    """
    index = next((item for item in layout.indices if item.name == name), None)
    if index is None or len(index.properties) != len(values):
        known = ", ".join(f"{item.name}({', '.join(item.properties)})" for item in layout.indices)
        raise DataError(f"{layout.class_name} has no index {name} of {len(values)} value(s); it has {known or 'none'}")
    subscripts = [
        collated_value(layout, index, item, value) for item, value in zip(index.properties, values, strict=True)
    ]
    root = layout.index.key(name, *subscripts)
    found, at = [], txn.order(root)
    while at is not None:
        found.append(at)
        at = txn.order(root, at)
    return found


def collated(layout: Layout, index: IndexDefinition, values: Sequence[object]) -> tuple[Subscript, ...]:
    """Values as an index compares them."""
    return tuple(
        collated_value(layout, index, item, value) for item, value in zip(index.properties, values, strict=True)
    )


def check_unique(
    txn: Transaction, layout: Layout, index: IndexDefinition, subscripts: tuple[Subscript, ...], row_id: Subscript
) -> None:
    """That no other row has these values in a unique index.

    Raises:
        NotUniqueError: one has.
    """
    root = layout.index.key(index.name, *subscripts)
    at = txn.order(root)
    while at is not None:
        if str(at) != str(row_id):
            raise NotUniqueError(layout.class_name, index.name, tuple(index.properties), subscripts, at)
        at = txn.order(root, at)


def entry(layout: Layout, index: IndexDefinition, values: Mapping[str, object]) -> str | bytes:
    """What an entry holds: nothing, or the class of the row and the values that the index keeps (``Data``)."""
    kept = [part.strip() for part in index.keywords.get("Data", "").strip("()").split(",") if part.strip()]
    tag = values.get(CLASSNAME) or ""
    return encode([tag, *(values.get(item, "") for item in kept)]) if kept or tag else ""


def _subscripts(
    layout: Layout, index: IndexDefinition, values: Mapping[str, object]
) -> Iterator[tuple[tuple[Subscript, ...], bool]]:
    """The entries of a row in an index, each with whether a value is missing; several when it is on a collection."""
    columns = [_values(layout, item, values) for item in index.properties]
    for combination in product(*columns):
        yield (
            tuple(
                collated_value(layout, index, item, value)
                for item, value in zip(index.properties, combination, strict=True)
            ),
            any(value in (None, "") for value in combination),
        )


def _values(layout: Layout, item: str, values: Mapping[str, object]) -> list[object]:
    """The values that a row has for a property of an index: ``Name``, ``Home.City``, ``Tags(ELEMENTS)``."""
    name, _, what = item.partition("(")
    if what:
        return _items(layout.properties.get(name), values.get(name), what.rstrip(")").upper())
    outer, _, inner = item.partition(".")
    if not inner:
        return [values.get(item, "")]
    definition = layout.properties.get(outer)
    cls = class_of(definition.type) if definition is not None else None
    row = values.get(outer)
    if cls is None or form_of(definition) != "serial" or not row:  # type: ignore[arg-type]  # not None: it has a class
        return [""]
    position = serial_positions(cls).get(inner, 0)
    inside = _decoded(row)
    return [inside[position - 1] if 0 < position <= len(inside) else ""]


def _items(definition: PropertyDefinition | None, value: object, what: str) -> list[object]:
    if definition is None or not value:
        return []
    if isinstance(value, Mapping):  # an array's items by key
        return list(value) if what == "KEYS" else list(value.values())
    inside = _decoded(value)
    return list(range(1, len(inside) + 1)) if what == "KEYS" else inside


def _decoded(value: object) -> list[object]:
    try:
        return decode(value if isinstance(value, bytes) else str(value).encode("latin-1"))
    except (ListError, UnicodeEncodeError):
        return []


def collated_value(layout: Layout, index: IndexDefinition, item: str, value: object) -> Subscript:
    """A value as an index compares it."""
    definition = layout.properties.get(item.partition("(")[0].partition(".")[0])
    collation = index.collations.get(item) or (definition.parameters.get("COLLATION", "") if definition else "")
    if not collation and definition is not None and item_form(definition) == "data" and "." not in item:
        collation = "" if COLUMN_KINDS.get(base_type(definition.type), "m") == "m" else "EXACT"
    elif not collation and definition is not None and item_form(definition) == "reference":
        collation = "EXACT"
    plain = _collation(collation, text(value) if value is not None else "")
    return plain if len(plain.encode("utf-8", "surrogatepass")) <= _LONGEST else _shortened(plain)


def _collation(name: str, shown: str) -> str:
    if name.upper().lstrip("%") == "EXACT":
        return shown or str(_MISSING_NUMBER)
    return f" {shown.upper()}"


def _shortened(plain: str) -> str:
    digest = sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{plain[: _LONGEST // 4]}…{digest}"

"""Values of properties as they stand in a row, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import (
    ArrayOfDataTypes,
    ArrayOfObjects,
    ListOfDataTypes,
    ListOfObjects,
)
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, short
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import canonical, number, text

from .attributes import Unopened
from .exceptions import DataError
from .property_types import base_type, class_of, form_of, item_form

if TYPE_CHECKING:
    from .persistent import SerialObject

#: Types that are kept as floating point numbers.
DOUBLES = frozenset({"Double"})
_BYTES = frozenset({"Binary", "List", "Status"})


@dataclass(frozen=True, slots=True)
class Reference(Unopened):
    """An object of another row, not opened yet."""

    type: str
    id: object

    def open(self) -> object:
        """The object, "" when its row is gone."""
        return dictionary.resolve(self.type)._OpenId(self.id)  # type: ignore[attr-defined]  # a persistent class


@dataclass(frozen=True, slots=True)
class References(Unopened):
    """A collection of objects of other rows, none opened yet."""

    type: str
    keys: tuple[str, ...] | None
    ids: tuple[object, ...]

    def open(self) -> object:
        """The list or array of the objects; those that are gone are ""."""
        opened = [Reference(self.type, item).open() for item in self.ids]
        if self.keys is None:
            return ListOfObjects(opened)
        return ArrayOfObjects(zip(self.keys, opened, strict=True))


@dataclass(frozen=True, slots=True)
class StoredStream(Unopened):
    """A stream of a row, not read yet."""

    type: str
    location: str
    id: object

    def open(self) -> object:
        """The stream; one that is gone is empty."""
        from .streams import stream_class

        return stream_class(self.type, self.location).open_at(self.location, self.id)


def normal(definition: PropertyDefinition, value: object) -> object:
    """A simple value as its type keeps it: numbers are numbers, SCALE rounds; `definition` has every parameter.

    Values that do not fit stay as they are: validation names them.
    """
    if value is None or value == "":
        return ""
    kind = base_type(definition.type)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if kind in _BYTES:
        return value
    if COLUMN_KINDS.get(kind, "m") == "m":
        shown = text(value)
        limit = definition.parameters.get("MAXLEN", "")
        return shown[: int(limit)] if limit and definition.parameters.get("TRUNCATE") == "1" else shown
    if kind in DOUBLES:
        return value if isinstance(value, float) else float(number(value))
    found = number(value)
    scale = definition.parameters.get("SCALE", "")
    if scale and not isinstance(found, int):
        exact = Decimal(repr(found)) if isinstance(found, float) else found
        return canonical(exact.quantize(Decimal(1).scaleb(-int(scale)), ROUND_HALF_UP)) if exact.is_finite() else found
    return canonical(Decimal(repr(found))) if isinstance(found, float) else found


def stored(definition: PropertyDefinition, value: object) -> object:
    """What of a property stands at its position of the row; `definition` has every parameter.

    An object of another row must have an id by now, a stream must be saved.
    """
    form = form_of(definition)
    if form == "list":
        if isinstance(value, References):
            return encode(list(value.ids))
        items = value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else []
        kept = [stored_item(definition, item) for item in items]
        return encode(kept) if kept else ""
    return stored_item(definition, value)


def stored_item(definition: PropertyDefinition, value: object) -> object:
    """One value, be it the property's or an item of its collection."""
    if value is None or value == "":
        return ""
    form = item_form(definition)
    if isinstance(value, Reference | StoredStream):
        return value.id
    if form == "reference":
        held = getattr(value, "_id", None)
        return value if held is None and isinstance(value, str | int) else "" if held is None else held
    if form == "stream":
        held = getattr(value, "_id", None)
        return held if held is not None else str(value)
    if form == "serial":
        row = getattr(value, "_serial_row", None)
        return row() if row is not None else ""
    if isinstance(value, bytes):
        return value
    return value if isinstance(value, str | int | float | Decimal) else text(value)


def loaded(definition: PropertyDefinition, value: object, stream_global: str) -> object:
    """What a property holds whose position of the row has this value."""
    if form_of(definition) == "list":
        items = decode(_octets(value)) if value not in (None, "") else []
        if item_form(definition) == "reference":
            return References(definition.type, None, tuple(items)) if items else ListOfObjects()
        made = [loaded_item(definition, item, stream_global) for item in items]
        return ListOfDataTypes(made) if item_form(definition) == "data" else ListOfObjects(made)
    return loaded_item(definition, value, stream_global)


def loaded_array(definition: PropertyDefinition, items: list[tuple[str, object]], stream_global: str) -> object:
    """What an array property holds whose items are these, by key."""
    keys = tuple(key for key, _ in items)
    if item_form(definition) == "reference":
        return References(definition.type, keys, tuple(item for _, item in items)) if items else ArrayOfObjects()
    made = {key: loaded_item(definition, item, stream_global) for key, item in items}
    return ArrayOfDataTypes(made) if item_form(definition) == "data" else ArrayOfObjects(made)


def loaded_item(definition: PropertyDefinition, value: object, stream_global: str) -> object:
    """One value, be it the property's or an item of its collection."""
    form = item_form(definition)
    if form == "serial":
        target: Any = class_of(definition.type)
        serial: SerialObject = target._from_row(_octets(value) if value not in (None, "") else b"", stream_global)
        return serial
    if value is None or value == "":
        return dictionary.resolve(definition.type)._New() if form == "stream" else ""  # type: ignore[attr-defined]
    if form == "reference":
        return Reference(definition.type, value)
    if form == "stream":
        return StoredStream(definition.type, stream_global, value) if _is_id(value) else CharacterStream(text(value))
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if short(definition.type) in DOUBLES and not isinstance(value, float):
        return float(number(value))
    return value


def row_values(row: object, place: str) -> list[object]:
    """The values of a row.

    Raises:
        DataError: it is no ``$LIST``; names the place.
    """
    try:
        return decode(_octets(row))
    except (ListError, UnicodeEncodeError, TypeError) as error:
        mend = "write a $LIST there, or delete the row; iscpy ns check names every such row"
        raise DataError(f"{place} is no row of a class: {error}: {mend}") from error


def _octets(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("latin-1")
    raise TypeError(f"a {type(value).__name__} is no $LIST")


def _is_id(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isdigit())

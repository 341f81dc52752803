"""What Python code gives a property, as the language has it: dates are numbers, lists and dicts are collections, the
content of a file is a stream. What cannot be kept is refused where it is assigned.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ArrayOfObjects, ListOfDataTypes, ListOfObjects
from isc.py.objectscript.library.datatypes import COLUMN_KINDS

from .logical import logical
from .property_types import base_type, class_of, item_form

_PLAIN = frozenset({str, int, float, Decimal, bool})
#: The types of the language for those of Python.
TYPES: dict[type, str] = {
    str: "%String", int: "%Integer", float: "%Double", Decimal: "%Numeric", bool: "%Boolean", date: "%Date",
    datetime: "%TimeStamp", time: "%Time", bytes: "%Binary",
}  # fmt: skip


def type_name(given: object) -> str:
    """The type of a property: a name of the language, a type of Python, or a class.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(given, str):
        return f"%Library.{given[1:]}" if given.startswith("%") and "." not in given else given
    if isinstance(given, type) and given in TYPES:
        return f"%Library.{TYPES[given][1:]}"
    if isinstance(given, type) and (hasattr(given, "_OpenId") or hasattr(given, "_serial_row")):
        return dictionary.name_of(given)
    known = ", ".join(kind.__name__ for kind in TYPES)
    raise TypeError(f"{given!r} is no type of a property: a name such as '%String', {known}, or a stored class")


def accepted(definition: PropertyDefinition, value: Any) -> object:
    """What a property holds that is given a value.

    Raises:
        TypeError, ValueError: it cannot hold that; names the property and the mend.
    """
    if definition.collection:
        return _collection(definition, value)
    return value if type(value) in _PLAIN or value is None else _item(definition, value)


def _collection(definition: PropertyDefinition, value: Any) -> object:
    of_objects = item_form(definition) in ("reference", "serial", "stream")
    what = f"property {definition.name} is {definition.collection} of {definition.type}"
    if definition.collection == "list":
        if value is None or (isinstance(value, str) and value == ""):
            return ListOfObjects() if of_objects else ListOfDataTypes()
        if isinstance(value, ListOfDataTypes) or hasattr(value, "_ClassName"):
            return value
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise TypeError(f"{what}: give it a list, not a {type(value).__name__}")
        items = [_given(definition, item) for item in value]
        return ListOfObjects(items) if of_objects else ListOfDataTypes(items)
    if value is None or (isinstance(value, str) and value == ""):
        return ArrayOfObjects() if of_objects else ArrayOfDataTypes()
    if isinstance(value, ArrayOfDataTypes) or hasattr(value, "_ClassName"):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(f"{what}: give it a dict, not a {type(value).__name__}")
    pairs = {str(key): _given(definition, item) for key, item in value.items()}
    return ArrayOfObjects(pairs) if of_objects else ArrayOfDataTypes(pairs)


def _given(definition: PropertyDefinition, value: object) -> object:
    return value if type(value) in _PLAIN else _item(definition, value)


def _item(definition: PropertyDefinition, value: Any) -> object:
    form = item_form(definition)
    if form == "stream":
        return _stream(definition, value)
    if form == "serial" and isinstance(value, Mapping):
        target: Any = class_of(definition.type)
        return target(**value)
    if isinstance(value, date | time):
        return _moment(definition, value)
    return value


def _stream(definition: PropertyDefinition, value: Any) -> object:
    if isinstance(value, str | bytes) or hasattr(value, "_ClassName"):
        return value
    if hasattr(value, "read"):
        found = value.read()
        return found.decode("latin-1") if isinstance(found, bytes) else found
    raise TypeError(f"property {definition.name} is a stream: give it text, bytes or an open file, not {value!r:.60}")


def _moment(definition: PropertyDefinition, value: date | time) -> object:
    kind, place = base_type(definition.type), f"property {definition.name}"
    letter = COLUMN_KINDS.get(kind, "")
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        mend = "convert it to the zone that is meant (astimezone), then replace(tzinfo=None)"
        raise ValueError(f"{place} of type {kind} knows no time zone: {mend}")
    fits = {"d": type(value) is date, "t": isinstance(value, time), "m": isinstance(value, date)}.get(letter, False)
    if not fits:
        raise TypeError(f"{place} of type {kind or definition.type}: {value!r} is none")
    if letter == "m" and type(value) is date:
        return f"{value.isoformat()} 00:00:00"
    return logical(value)


__all__ = ["TYPES", "accepted", "type_name"]

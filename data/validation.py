"""Whether the properties of an object fit their types; those that do are made canonical in the object."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from isc.py.objectscript import status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import validate
from isc.py.objectscript.members import class_name
from isc.py.objectscript.values import is_object, text

from .attributes import Unopened
from .computed import is_always
from .property_types import base_type, class_of, form_of, item_form
from .row_values import DOUBLES, normal

if TYPE_CHECKING:
    from .persistent import Persistent, SerialObject


def validated(owner: "Persistent | SerialObject", definitions: Mapping[str, PropertyDefinition]) -> object:
    """OK, or a status naming each property that is wrong; `definitions` have every parameter of their types."""
    result: object = status.OK
    for name, definition in definitions.items():
        if definition.is_many or is_always(definition):
            continue  # what the rows of others, or code, say
        held = owner._raw(name)
        if isinstance(held, Unopened):
            continue
        if form_of(definition) in ("list", "array"):
            result = status.append(result, _collection(definition, held))
            continue
        fits = _one(definition, held)
        custom = getattr(type(owner), f"{name}IsValid", None)
        if custom is not None and held not in (None, "") and status.is_ok(fits):
            fits = custom(held) or status.OK
        if status.is_error(fits):
            result = status.append(result, fits)
        elif item_form(definition) == "data" and held not in (None, "") and not is_object(held):
            owner._put_raw(name, normal(definition, held))
    return result


def validated_value(definition: PropertyDefinition, value: object) -> object:
    """OK, or the status that says why a stored value does not fit; None is no value."""
    return _one(definition, "" if value is None else value)


def _one(definition: PropertyDefinition, value: object) -> object:
    form = item_form(definition)
    if form == "data":
        if is_object(value) and not isinstance(value, bytes):
            return _wrong_class(definition, value)
        if isinstance(value, float) and base_type(definition.type) in DOUBLES:
            return _double(definition, value)
        cut = definition.parameters.get("TRUNCATE") == "1"
        try:
            return validate(definition, normal(definition, value) if cut else value)
        except ArithmeticError:  # a number beyond all that the language has
            return status.error(
                5001, f"property {definition.name}: {text(value)[:40]!r} is out of the range of numbers"
            )
    if value is None or value == "" or (form == "stream" and not str(value)):
        if definition.cardinality == "parent":
            wrong = "a child has a parent; delete the child when it shall be gone"
            return status.error(5001, f"property {definition.name} is empty: {wrong}")
        required = definition.keywords.get("Required") == "1"
        return status.error(5659, definition.name) if required else status.OK
    if form == "serial":
        if not hasattr(value, "_serial_row"):
            return _wrong_class(definition, value)
        return value._ValidateObject()  # type: ignore[attr-defined]  # a serial object
    if form == "reference":
        wanted = class_of(definition.type)
        return status.OK if wanted is not None and isinstance(value, wanted) else _wrong_class(definition, value)
    return status.OK


def _double(definition: PropertyDefinition, value: float) -> object:
    """A double is compared as such: its range is wider than that of decimals."""
    least, most = (definition.parameters.get(name, "") for name in ("MINVAL", "MAXVAL"))
    if not math.isfinite(value):
        return status.error(5001, f"property {definition.name}: {value} is no number that can be stored")
    for code, limit, out in ((7203, least, least and value < float(least)), (7204, most, most and value > float(most))):
        if out:
            wrong = status.text(status.error(code, value, limit))
            return status.error(5001, f"property {definition.name}: {wrong}")
    return status.OK


def _collection(definition: PropertyDefinition, held: object) -> object:
    items: list[object] = []
    if isinstance(held, Mapping):
        items = list(held.values())
    elif isinstance(held, Iterable) and not isinstance(held, str | bytes):
        items = list(held)
    if not items:
        required = definition.keywords.get("Required") == "1"
        return status.error(5659, definition.name) if required else status.OK
    single = PropertyDefinition(definition.name, definition.type, "", definition.parameters)
    result: object = status.OK
    for at, item in enumerate(items, start=1):
        if isinstance(item, Unopened):
            continue
        fits = _one(single, item)
        if status.is_error(fits):
            place = status.error(5001, f"item {at} of {definition.name}: {status.text(fits)}")
            result = status.append(result, place)
    return result


def _wrong_class(definition: PropertyDefinition, value: object) -> object:
    shown = f"an object of {class_name(value)}" if is_object(value) else f"the value {text(value)!r}"
    mend = f": give it the object, or its id by {definition.name}SetObjectId" if _is_id(definition, value) else ""
    return status.error(5001, f"property {definition.name}: {shown} is no {definition.type}{mend}")


def _is_id(definition: PropertyDefinition, value: object) -> bool:
    return item_form(definition) == "reference" and isinstance(value, str | int)

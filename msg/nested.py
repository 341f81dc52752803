"""Objects inside messages as JSON: their properties, with their class; a saved persistent object is its class and id.

A property that says its class needs none in the JSON: what a user writes is read by the type of the property.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.datatypes import is_datatype
from isc.py.objectscript.library.dynamic import DynamicAbstractObject
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.names import python_name, similar
from isc.py.objectscript.objects import ObjectMethods, properties
from isc.py.objectscript.values import text
from pydantic import BaseModel

CLASS, ID = "%class", "%id"


class NestedError(IscError, ValueError):
    """An object inside a message that cannot be written or read; names its class and property."""


def holds_objects(value: object) -> bool:
    """Whether there is an object in a property's value."""
    if isinstance(value, ListOfDataTypes):
        return any(holds_objects(item) for item in value)
    if isinstance(value, ArrayOfDataTypes):
        return any(holds_objects(item) for item in value.values())
    return isinstance(value, ObjectMethods | DynamicAbstractObject) and not isinstance(value, CharacterStream)


def encoded(value: object, depth: int = 0) -> Any:
    """A property's value in JSON's types.

    Raises:
        NestedError: objects refer to each other for ever.
    """
    if depth > 64:
        raise NestedError(f"a {dictionary.name_of(type(value))} lies 64 objects deep: does it refer to itself?")
    if isinstance(value, ListOfDataTypes):
        return ListOfDataTypes([encoded(item, depth) for item in value])
    if isinstance(value, ArrayOfDataTypes):
        return ArrayOfDataTypes({key: encoded(item, depth) for key, item in value.items()})
    if isinstance(value, CharacterStream):
        return str(value)
    if isinstance(value, DynamicAbstractObject):
        return json.loads(text(value._ToJSON()))
    if isinstance(value, BaseModel):
        shown: Any = value
        return {CLASS: dictionary.name_of(type(value)), **json.loads(shown.to_json())}
    if isinstance(value, ObjectMethods):
        return _object(value, depth)
    return text(value) if isinstance(value, Decimal) else value


def _object(value: ObjectMethods, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {CLASS: dictionary.name_of(type(value))}
    identify = getattr(value, "_Id", None)
    if callable(identify) and identify() != "":
        return made | {ID: identify()}
    for definition in properties(type(value)):
        if definition.is_many:
            continue
        is_set = python_name(definition.name) in vars(value) or "InitialExpression" in definition.keywords
        held = value._get_property(definition.name) if is_set else ""
        if held is not None and held != "":
            made[definition.name] = encoded(held, depth + 1)
    return made


def decoded(value: Any, definition: PropertyDefinition) -> Any:
    """The value of a property that JSON holds.

    Raises:
        NestedError: the object has no such class or property.
    """
    if definition.collection == "list":
        return ListOfDataTypes([_item(item, definition.type) for item in value])
    if definition.collection:
        return ArrayOfDataTypes({key: _item(item, definition.type) for key, item in value.items()})
    return _item(value, definition.type)


def _item(value: Any, type_name: str) -> Any:
    if isinstance(value, dict | list) and type_name.startswith("%Library.Dynamic"):
        made: Any = dictionary.resolve(type_name)
        return made._FromJSON(json.dumps(value))
    if isinstance(value, str) and type_name.startswith("%Stream."):
        stream: Any = dictionary.resolve(type_name)
        filled = stream._New()
        filled.Write(value)
        return filled
    return revived(value, type_name) if isinstance(value, dict) else value


def revived(value: Mapping[str, Any], type_name: str = "") -> object:
    """The object of its JSON; `type_name` is its class where the JSON names none.

    Raises:
        NestedError: it has no such class or property.
    """
    name = str(value.get(CLASS) or type_name)
    if is_datatype(name) or not dictionary.exists(name):
        raise NestedError(f"an object stands where a {name or 'value'} should: there is no such class")
    cls: Any = dictionary.resolve(name)
    if ID in value:
        opened: object = cls._OpenId(value[ID])
        return opened
    rest = {key: item for key, item in value.items() if key != CLASS}
    if issubclass(cls, BaseModel):
        message: object = cls.from_json(json.dumps(rest))
        return message
    if not issubclass(cls, ObjectMethods):
        raise NestedError(f"a {name} cannot be read from JSON")
    made = cls._New()
    known = {definition.name: definition for definition in properties(cls)}
    for key, item in rest.items():
        if key not in known:
            hint = similar(key, list(known)) or f"; it has {', '.join(known) or 'none'}"
            raise NestedError(f"{name} has no property {key!r}{hint}")
        made._set_property(key, decoded(item, known[key]))
    return made

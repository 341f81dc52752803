"""Values of the language in JSON's types and back: what the state of a process may hold."""

import json
from decimal import Decimal
from math import isfinite
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.bodies import as_message
from isc.py.msg.wire import load
from isc.py.objectscript import dictionary
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.dynamic import DynamicAbstractObject, from_json
from isc.py.objectscript.library.streams import CharacterStream

_PLAIN = frozenset({str, int, bool, type(None)})


class StateError(IscError, TypeError):
    """A value that the state of a process cannot hold."""


def encoded(value: object, where: str) -> object:
    """A value of the language in JSON's types.

    Raises:
        StateError: it is an object that has no lasting form.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, float) and not isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Message):
        return {"$message": _unchecked(value)}
    if isinstance(value, ListOfDataTypes):
        return {"$list": [encoded(item, where) for item in value]}
    if isinstance(value, ArrayOfDataTypes):
        return {"$array": {key: encoded(item, where) for key, item in value.items()}}
    if isinstance(value, CharacterStream):
        return {"$stream": str(value)}
    if isinstance(value, DynamicAbstractObject):
        return {"$json": value._ToJSON()}
    identify = getattr(value, "_Id", None)
    if callable(identify) and identify() != "":
        return {"$object": [dictionary.name_of(type(value)), identify()]}
    unsaved = as_message(value)
    if unsaved is not None:
        return {"$unsaved": _unchecked(unsaved)}
    raise StateError(
        f"{where} holds a {dictionary.name_of(type(value))}, which the state of a process cannot keep: use values, "
        "messages, collections, JSON, streams or saved persistent objects"
    )


def _unchecked(message: Message) -> str:
    """A message as `load` reads it; it may not be whole yet."""
    return f'{{"class": {json.dumps(dictionary.name_of(type(message)))}, "properties": {message.to_json()}}}'


def decoded(value: Any) -> object:
    """The value of what `encoded` made."""
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "$decimal":
        return Decimal(held)
    if kind == "$float":
        return float(held)
    if kind == "$message":
        return load(held)
    if kind == "$list":
        return ListOfDataTypes([decoded(item) for item in held])
    if kind == "$array":
        return ArrayOfDataTypes({key: decoded(item) for key, item in held.items()})
    if kind == "$stream":
        return CharacterStream(held)
    if kind == "$json":
        return from_json(held)
    if kind == "$unsaved":
        unsaved: object = load(held).held  # type: ignore[attr-defined]  # a body
        return unsaved
    opened: object = dictionary.resolve(held[0])._OpenId(held[1])  # type: ignore[attr-defined]  # it had an id
    return opened

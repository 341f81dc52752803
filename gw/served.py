"""A worker's side of objects that another process holds: it keeps them by id and does what is asked of them.

Questions and answers are JSON. A primitive is itself; what JSON has no form for is a dict with one key: ``object`` (an
id of this process), ``decimal``, ``bytes`` (Base64), ``json`` (a list or dict given as data), ``callable``.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterable
from decimal import Decimal

from isc.py.iscpython_c.context import DEFAULT
from isc.py.iscpython_c.exceptions import IscError

from .dynamic_object import DynamicObject
from .exceptions import ObjectGoneError


class ServedObjects:
    """The objects of this process that others hold; an id is never used twice, nor valid in another process."""

    def __init__(self, context: str = DEFAULT) -> None:
        self._context = context
        self._mark = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._held: dict[str, DynamicObject] = {}
        self._count = 0
        self._actions: dict[str, Callable[..., object]] = {
            "make": self._make,
            "get": self._get,
            "set": lambda target, name, value: self._of(target)._set_property(name, value),
            "call": self._call,
            "item": lambda target, key: self._of(target)[key],
            "length": lambda target: len(self._of(target)),
            "names": lambda target: {"json": self._of(target)._property_names()},
            "own": self._own,
        }

    def perform(self, action: str, target: str, arguments: str, released: Iterable[str] = ()) -> str:
        """Do one action on the object of an id; the answer as JSON.

        Raises:
            ObjectGoneError: the id is of a process that is no more, or was released.
            CodeError: the object raised.
        """
        for name in released:
            self._held.pop(name, None)
        if action not in self._actions:
            raise IscError(f"an object has no action {action!r}: there are {', '.join(self._actions)}")
        given = [self._value(item) for item in json.loads(arguments)]
        places = [target, *given] if action != "make" else given
        return json.dumps(self._answer(self._actions[action](*places)))

    def _of(self, target: str) -> DynamicObject:
        try:
            return self._held[target]
        except KeyError:
            raise ObjectGoneError(
                f"object {target} is not held by this worker: it was replaced, or the object was released. Take it "
                "again from its variable"
            ) from None

    def _make(self, type: str, variable: str, *arguments: object) -> DynamicObject:
        return DynamicObject(type, variable, *arguments, context=self._context)

    def _get(self, target: str, name: str) -> object:
        found = self._of(target)._get_property(name)
        return {"callable": name} if callable(found) and not isinstance(found, DynamicObject) else found

    def _call(self, target: str, name: str, arguments: list[object], named: dict[str, object]) -> object:
        found = self._of(target)
        function = found if not name else getattr(found, name)
        result: object = function(
            *map(self._value, arguments), **{key: self._value(value) for key, value in named.items()}
        )
        return result

    def _own(self, target: str, name: str, *arguments: object) -> object:
        """A method of the whole object: ``_GetJSON``, ``_Rename`` and the like."""
        if name not in OWN_METHODS:
            raise IscError(f"a DynamicObject has no {name}: there are {', '.join(sorted(OWN_METHODS))}")
        found: object = getattr(self._of(target), name)(*arguments)
        return found

    def _value(self, item: object) -> object:
        if not isinstance(item, dict):
            return item
        ((kind, held),) = item.items()
        if kind == "object":
            return self._of(str(held))
        return given_value(kind, held)

    def _answer(self, found: object) -> object:
        if isinstance(found, DynamicObject):
            self._count += 1
            name = f"{self._mark}-{self._count}"
            self._held[name] = found
            return {"object": name}
        return found if isinstance(found, dict) else told_value(found)


#: What `DynamicObject` offers for the whole object, and a worker does when asked.
OWN_METHODS = frozenset(
    {"_GetString", "_GetJSON", "_ToJSON", "_ToPickle", "_IsPrimitive", "_Rename", "_Delete", "__repr__"}
)


def told_value(value: object) -> object:
    """A value as JSON holds it: tagged where JSON has no form of its own.

    Raises:
        IscError: the value can be sent to no other process.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    try:
        return {"json": json.loads(json.dumps(value))}
    except (TypeError, ValueError) as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise IscError(
            f"a {kind} cannot be given to an object of another process: give text, numbers, bytes, lists and dicts "
            "of them, or an object of the same worker"
        ) from error


def given_value(kind: str, held: object) -> object:
    """What a tagged value stands for."""
    if kind == "decimal":
        return Decimal(str(held))
    if kind == "bytes":
        return base64.b64decode(str(held))
    if kind == "json":
        return held
    raise IscError(f"a value cannot be tagged {kind!r}")

"""A process instance as data: where it stands, what its context holds, which calls are open. Goes to JSON and back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.wire import dump, load
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import initial_value


class StateError(IscError, TypeError):
    """A value that the state of a process cannot hold."""


class ContextObject:
    """``context``: the properties that the process declares, and no others."""

    def __init__(self, definitions: dict[str, PropertyDefinition]) -> None:
        object.__setattr__(self, "_definitions", definitions)
        object.__setattr__(self, "_values", {})

    def _property_names(self) -> list[str]:
        names: dict[str, PropertyDefinition] = self._definitions
        return list(names)

    def _get_property(self, name: str) -> object:
        values: dict[str, object] = self._values
        if name not in values:
            if name not in self._definitions:
                raise AttributeError(name)
            values[name] = initial_value(self._definitions[name], None)
        return values[name]

    def _set_property(self, name: str, value: object) -> None:
        if name not in self._definitions:
            raise AttributeError(name)
        self._values[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._get_property(name)

    def __setattr__(self, name: str, value: object) -> None:
        self._set_property(name, value)

    def items(self) -> Iterator[tuple[str, object]]:
        """What was set, by name."""
        return iter(dict(self._values).items())


@dataclass(slots=True)
class PendingCall:
    """A call that was sent: its number, name, and what came back."""

    number: int
    name: str
    is_async: bool
    state: str = "sent"  # sent, answered, timed out


@dataclass(slots=True)
class Instance:
    """One run of a process. `waiting` has the numbers of the calls it stands still for."""

    request: Message
    process: Any
    context: ContextObject
    counter: int = 0
    numbers: int = 0
    calls: dict[str, PendingCall] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    response: object = ""
    synctimedout: int = 0
    syncresponses: ArrayOfDataTypes = field(default_factory=ArrayOfDataTypes)
    status: object = 1
    done: bool = False

    def to_json(self) -> str:
        """The state; `isc.py.bpl.engine.Engine.restore` is the way back.

        Raises:
            StateError: a value cannot be kept; names where it is held.
        """
        kept = getattr(self.process, "_state", None)
        process: dict[str, object] = kept() if kept is not None else {}
        state = {
            "request": dump(self.request),
            "context": {name: encoded(value, f"context.{name}") for name, value in self.context.items()},
            "process": {name: encoded(value, f"process.{name}") for name, value in process.items()},
            "counter": self.counter,
            "numbers": self.numbers,
            "calls": [[call.number, call.name, call.is_async, call.state] for call in self.calls.values()],
            "waiting": self.waiting,
            "response": encoded(self.response, "response"),
            "synctimedout": self.synctimedout,
            "syncresponses": encoded(self.syncresponses, "syncresponses"),
            "status": encoded(self.status, "status"),
            "done": self.done,
        }
        return json.dumps(state)


def encoded(value: object, where: str) -> object:
    """A value of the language in JSON's types.

    Raises:
        StateError: it is an object that has no lasting form.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Message):
        return {"$message": dump(value)}
    if isinstance(value, ListOfDataTypes):
        return {"$list": [encoded(item, where) for item in value]}
    if isinstance(value, ArrayOfDataTypes):
        return {"$array": {key: encoded(item, where) for key, item in value.items()}}
    if isinstance(value, CharacterStream):
        return {"$stream": str(value)}
    identify = getattr(value, "_Id", None)
    if callable(identify) and identify() != "":
        return {"$object": [dictionary.name_of(type(value)), identify()]}
    raise StateError(
        f"{where} holds a {dictionary.name_of(type(value))}, which the state of a process cannot keep: use values, "
        "messages, collections, streams or saved persistent objects"
    )


def decoded(value: Any) -> object:
    """The value of what `encoded` made."""
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if kind == "$decimal":
        return Decimal(held)
    if kind == "$message":
        return load(held)
    if kind == "$list":
        return ListOfDataTypes([decoded(item) for item in held])
    if kind == "$array":
        return ArrayOfDataTypes({key: decoded(item) for key, item in held.items()})
    if kind == "$stream":
        return CharacterStream(held)
    opened: object = dictionary.resolve(held[0])._OpenId(held[1])  # type: ignore[attr-defined]  # it had an id
    return opened

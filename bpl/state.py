"""A process instance as data: where it stands, what its context holds, which calls are open. Goes to JSON and back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from isc.py.msg import Message
from isc.py.msg.wire import dump
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes
from isc.py.objectscript.objects import initial_value

from .activity_scope import Kept, Scope
from .state_values import StateError, decoded, encoded

__all__ = ["ContextObject", "Instance", "PendingCall", "StateError", "Thread", "decoded", "encoded"]


class ContextObject:
    """``context``: the properties that the process declares, those of its context class, and no others.

    `base` is an object of the context class (``contextsuperclass``), whose methods the context has, too.
    """

    def __init__(self, definitions: Mapping[str, PropertyDefinition], base: object | None = None) -> None:
        self.__dict__.update(_definitions=definitions, _values={}, _base=base, _LastError=1, _LastFault="")

    def _base_names(self) -> list[str]:
        listed = getattr(self._base, "_property_names", None)
        return list(listed()) if callable(listed) else []

    def _property_names(self) -> list[str]:
        return [*self._definitions, *self._base_names()]

    def _get_property(self, name: str) -> object:
        values: dict[str, object] = self.__dict__["_values"]
        if name in values:
            return values[name]
        if name in ("%LastError", "%LastFault"):
            return self.__dict__[f"_{name[1:]}"]
        if name not in self._definitions:
            return self._of_base(name)
        values[name] = _initial(self._definitions[name])
        return values[name]

    def _of_base(self, name: str) -> object:
        if name not in self._base_names():
            raise AttributeError(name)
        found: object = self._base._get_property(name)
        return found

    def _set_property(self, name: str, value: object) -> None:
        held = self.__dict__
        if name in held["_definitions"]:
            held["_values"][name] = value
        elif name in ("%LastError", "%LastFault"):
            held[f"_{name[1:]}"] = value
        elif name in self._base_names():
            self._base._set_property(name, value)
        else:
            raise AttributeError(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(type(self._base), name, None) if self.__dict__.get("_base") is not None else None
        if callable(method):
            return getattr(self._base, name)
        if name.startswith("_"):
            raise AttributeError(name)
        return self._get_property(name)

    def __setattr__(self, name: str, value: object) -> None:
        self._set_property(name, value)

    def items(self) -> Iterator[tuple[str, object]]:
        """What was set, by name."""
        found = dict(self._values)
        for name in self._base_names():
            found[name] = self._of_base(name)
        return iter(found.items())


def _initial(definition: PropertyDefinition) -> object:
    if definition.keywords.get("Instantiate") == "1" and not definition.collection:
        made: Any = dictionary.resolve(definition.type)
        fresh: object = made._New()
        return fresh
    return initial_value(definition, None)


@dataclass(slots=True)
class PendingCall:
    """A call that was sent: its number and name, the thread that waits for it, and what came back.

    `step` is its position in the program. An answer to a call that is discarded is not looked at any more.
    """

    number: int
    name: str
    step: int
    is_async: bool
    state: str = "sent"  # sent, answered, discarded
    thread: int = 0
    seen: bool = False  # a sync has counted it


@dataclass(slots=True, eq=False)
class Thread:
    """A way through the program: where it stands, and what it stands still for.

    `waiting` are numbers of calls, one of which is enough when `any` is true; those that are too late are waited for
    once `again`. `timer` is the number of a timer that ends the waiting, `children` how many threads of a flow have to
    end first. `scopes` are the positions of the scopes it is in, innermost last; `returns` where compensation handlers
    go back to.
    """

    number: int
    counter: int = 0
    parent: int = -1
    waiting: list[int] = field(default_factory=list)
    any: bool = False
    again: bool = False
    timer: int = 0
    children: int = 0
    scopes: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether it can go on."""
        return not (self.waiting or self.timer or self.children)

    def freed(self) -> None:
        """Wait for nothing any more."""
        self.waiting, self.any, self.again, self.timer, self.children = [], False, False, 0, 0


@dataclass(slots=True, eq=False)
class Instance:
    """One run of a process: everything but its program.

    `calls` are by number. `scope` is what its activities run in; a variable of the process's own in it lasts until the
    process stands still.
    """

    request: Message
    process: Any
    context: ContextObject
    numbers: int = 0
    threads: list[Thread] = field(default_factory=lambda: [Thread(0)])
    calls: dict[int, PendingCall] = field(default_factory=dict)
    response: object = ""
    synctimedout: int = 0
    syncresponses: ArrayOfDataTypes = field(default_factory=ArrayOfDataTypes)
    status: object = 1
    replied: bool = False
    done: bool = False
    scope: Scope | None = None
    kept: list[Kept] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)  # effects of a step that failed: for those who watch

    @property
    def waiting(self) -> list[int]:
        """The numbers of the calls that threads stand still for."""
        return [number for thread in self.threads for number in thread.waiting]

    @property
    def is_ready(self) -> bool:
        """Whether a thread can go on."""
        return not self.done and any(thread.ready for thread in self.threads)

    def thread(self, number: int) -> Thread:
        """A thread by number; the first one when it has ended."""
        return next((thread for thread in self.threads if thread.number == number), self.threads[0])

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
            "lasterror": [encoded(self.context._LastError, "%LastError"), self.context._LastFault],
            "process": {name: encoded(value, f"process.{name}") for name, value in process.items()},
            "numbers": self.numbers,
            "threads": self.threads,
            "calls": list(self.calls.values()),
            "response": encoded(self.response, "response"),
            "synctimedout": self.synctimedout,
            "syncresponses": encoded(self.syncresponses, "syncresponses"),
            "status": encoded(self.status, "status"),
            "replied": self.replied,
            "done": self.done,
        }
        if self.scope is not None and (variables := self.scope.own()):
            state["variables"] = variables
        try:
            return orjson.dumps(state).decode()
        except TypeError:  # half a surrogate pair, an integer of more than 64 bits
            return json.dumps(state, default=asdict)

"""Objects of a worker: `DynamicObject` whose Python object lives in the process of an operation.

    worker = WorkerContext(partial(director.send_sync, "isc.py.ens.Operation"))
    person = worker.new("Person", "p", "Ed", 25, "Boston")
    person.age = person.getAgePlus(5)

Every use is one message; the worker's context is the one that messages run in.
"""

import json
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.requests import ObjectRequest
from isc.py.objectscript.library.collections import ListOfDataTypes

from .dynamic_object import DynamicObject, language_value
from .served import given_value, told_value

Send = Callable[[Message], Message]


class WorkerContext:
    """The context of a worker, reached by a function that sends a message and gives its response."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._released: list[str] = []

    def new(self, type: str, variable: str = "", *arguments: object) -> "WorkerObject":
        """Make an object there; the arguments are those of `DynamicObject`.

        Raises:
            MessageFailedError: there is no such type, or making it raised.
        """
        return self._taken(self.ask("make", "", type, variable, *arguments), variable)

    def get(self, variable: str) -> "WorkerObject":
        """The object that a variable of the worker's context holds.

        Raises:
            MessageFailedError: there is no such variable.
        """
        return self._taken(self.ask("make", "", "", variable), variable)

    def _taken(self, found: object, variable: str) -> "WorkerObject":
        assert isinstance(found, WorkerObject)  # what is made is never a primitive to the worker
        found.__dict__["_variable"] = variable
        return found

    def ask(self, action: str, target: str, *arguments: object) -> object:
        """One action in the worker; a primitive, or an object of it."""
        released, self._released[:] = list(self._released), []
        request = ObjectRequest(
            Action=action,
            Target=target,
            Arguments=json.dumps([self._told(item) for item in arguments]),
            Released=ListOfDataTypes(released),
        )
        return self._value(json.loads(str(getattr(self._send(request), "StringValue", "null"))))

    def told(self, item: object) -> object:
        """An argument as JSON holds it.

        Raises:
            IscError: it is an object of another process.
        """
        return self._told(item)

    def _told(self, item: object) -> object:
        if isinstance(item, WorkerObject):
            if item._worker is not self:
                raise IscError(f"{item!r} belongs to another worker: give its data, as with %GetJSON")
            return {"object": item._id}
        if isinstance(item, DynamicObject):
            raise IscError(f"{item!r} belongs to this process: give its data, as with %GetJSON")
        return told_value(item)

    def _value(self, item: object) -> object:
        if not isinstance(item, dict):
            return item
        ((kind, held),) = item.items()
        if kind == "object":
            return WorkerObject(self, str(held), self._released)
        return item if kind == "callable" else given_value(kind, held)


class WorkerObject(DynamicObject):
    """An object of a worker; made by `WorkerContext`."""

    _worker: WorkerContext
    _id: str

    def __init__(self, worker: WorkerContext, name: str, released: list[str]) -> None:
        own = {"_variable": "", "_DeleteOnClose": 0, "_EscapeOnSet": 1, "_EscapeOnCall": 1}
        self.__dict__.update(own, _worker=worker, _id=name)
        weakref.finalize(self, released.append, name).atexit = False

    def _ask(self, action: str, *arguments: object) -> Any:
        return self._worker.ask(action, self._id, *arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._ask("get", name)
        return partial(self._call, name) if isinstance(found, dict) else found

    def _call(self, name: str, *arguments: object, **named: object) -> object:
        told = [self._worker.told(item) for item in arguments]
        keywords = {key: self._worker.told(item) for key, item in named.items()}
        return self._ask("call", name, told, keywords)

    def __setattr__(self, name: str, value: object) -> None:
        self._set_property(name, value)

    def _set_property(self, name: str, value: object) -> None:
        own = name if name in _FLAGS else f"_{name[1:]}" if name.startswith("%") else ""
        if own in _FLAGS:
            self.__dict__[own] = value
            name = f"%{own[1:]}"
        self._ask("set", name, value)

    def _property_names(self) -> list[str]:
        found: list[str] = self._ask("names")
        return found

    def __call__(self, *arguments: object, **named: object) -> object:
        """Call the object itself."""
        return self._call("", *arguments, **named)

    def __getitem__(self, key: object) -> object:
        return self._ask("item", key)

    def __len__(self) -> int:
        return int(self._ask("length"))

    def __repr__(self) -> str:
        return f"<WorkerObject {self._variable or '(no variable)'}: {self._id}>"

    def _GetString(self, serialization: object = 0) -> str:
        return str(self._ask("own", "_GetString", serialization))

    def _GetJSON(self) -> str:
        return str(self._ask("own", "_GetJSON"))

    _ToJSON = _GetJSON

    def _ToDynObj(self) -> object:
        return language_value(json.loads(self._GetJSON()))

    def _ToPickle(self, useDill: object = 0) -> bytes:
        found: bytes = self._ask("own", "_ToPickle", useDill)
        return found

    def _IsPrimitive(self, name: str = "") -> int:
        return int(self._ask("own", "_IsPrimitive", name))

    def _Rename(self, variable: str) -> int:
        self._ask("own", "_Rename", variable)
        self.__dict__["_variable"] = variable
        return 1

    def _Delete(self) -> int:
        self._ask("own", "_Delete")
        self.__dict__["_variable"] = ""
        return 1

    def __del__(self) -> None:
        """The worker's own object does what ``%DeleteOnClose`` asks, when it hears that this one is gone."""


_FLAGS = ("_DeleteOnClose", "_EscapeOnSet", "_EscapeOnCall")

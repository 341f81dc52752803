"""Messages whose class is no message class: objects of persistent classes, which a production sends as they are.

A `Body` is such an object as a message: it has the properties and methods of the object that it holds.
"""

import json
from functools import cache
from typing import Any, ClassVar, Self

from isc.py.objectscript import dictionary, status
from isc.py.objectscript.objects import ObjectMethods, properties

from . import nested
from .base import Message, MessageError


class MessageBodyMethods(ObjectMethods):
    """``Ens.Util.MessageBodyMethods``: what marks a persistent class as one of messages."""


class Body(Message):
    """The base of the messages that `body_class` makes."""

    _class: ClassVar[type[Any]]

    @classmethod
    def of(cls, held: object) -> Self:
        """The message of an object of the class."""
        made = cls()
        made.__dict__["_held"] = held
        return made

    @classmethod
    def _New(cls, *arguments: object) -> Self:
        return cls.of(cls._class._New(*arguments))

    @classmethod
    def _property_names(cls) -> list[str]:
        return [definition.name for definition in properties(cls._class) if not definition.is_many]

    @classmethod
    def _Extends(cls, name: str) -> int:
        found: int = cls._class._Extends(name)
        return found

    @property
    def held(self) -> Any:
        """The object."""
        return self.__dict__["_held"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_held" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.held, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._set_property(name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and type(self) is type(other) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"{dictionary.name_of(self._class)}({self.to_json()})"

    def _get_property(self, name: str) -> object:
        found: object = self.held._get_property(name)
        return found

    def _set_property(self, name: str, value: object) -> None:
        self.held._set_property(name, value)

    def _ConstructClone(self, *arguments: object) -> Self:
        return self.of(self.held._ConstructClone(*arguments))

    def _ValidateObject(self) -> object:
        found: object = self.held._ValidateObject()
        return found

    def _Save(self, *arguments: object) -> object:
        found: object = self.held._Save(*arguments)
        return found

    def check(self) -> Self:
        """This message, when its object is what its class says.

        Raises:
            MessageError: names class, property and mend.
        """
        found = self._ValidateObject()
        if status.is_error(found):
            raise MessageError(f"{dictionary.name_of(self._class)}: {status.text(found)}")
        return self

    def to_json(self) -> str:
        """The properties as JSON.

        Raises:
            MessageError: objects in it refer to each other for ever.
        """
        try:
            return json.dumps({name: nested.encoded(self._get_property(name)) for name in self._property_names()})
        except (nested.NestedError, TypeError) as error:
            raise MessageError(f"{dictionary.name_of(self._class)}: {error}") from error

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The message of a JSON text.

        Raises:
            MessageError: names class, property and mend.
        """
        try:
            given = json.loads(text)
            set_ = {name: value for name, value in given.items() if value not in ("", None)}
            return cls.of(nested.revived({nested.CLASS: dictionary.name_of(cls._class), **set_}))
        except (ValueError, AttributeError) as error:
            raise MessageError(f"{dictionary.name_of(cls._class)}: {error}") from error


def is_body_class(cls: type[Any]) -> bool:
    """Whether objects of a class may be sent without being messages: those of persistent classes."""
    return bool(getattr(cls, "_is_persistent", False)) and not issubclass(cls, Message)


@cache
def body_class(cls: type[Any]) -> type[Body]:
    """The message class of a persistent class."""
    package, _, last = dictionary.name_of(cls).rpartition(".")
    members = {"_class": cls, "__module__": package, "__qualname__": last, "_parameters": cls._parameters}
    metaclass: Any = type(Body)
    made: type[Body] = metaclass(last, (Body,), members)
    return made


def as_message(value: object) -> Message | None:
    """A value as a message: itself, or the object that it is as one; None when it is neither."""
    if isinstance(value, Message):
        return value
    if isinstance(value, ObjectMethods) and is_body_class(type(value)):
        cls: Any = type(value)
        return body_class(cls).of(value)
    return None

"""Where an assignment of a transformation goes: a virtual property, a property at the end of a chain, or a variable.

Objects that are missing on the way are made of the class their property has.
"""

import re
from typing import Any, Protocol

from isc.py.objectscript import Frame, compile_expression, compile_target, dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.datatypes import is_datatype
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import properties
from isc.py.objectscript.operations import call_method, get, put
from isc.py.objectscript.values import is_object
from isc.py.objectscript.variables import variable

from .virtual_paths import path_of, whole

_CHAIN = re.compile(r"[A-Za-z%]\w*(?=\.)(?:\.%?[A-Za-z]\w*|\.\"[^\"]+\"|\.?\([^()]+\))+")
PROPERTY = re.compile(rf"source|{_CHAIN.pattern}")
_PART = re.compile(r"%?[A-Za-z]\w*|\"[^\"]+\"|\([^()]+\)")


class Destination(Protocol):
    """What an assignment changes."""

    def assign(self, frame: Frame, value: object, action: str, key: object) -> None:
        """Do what the action says."""


def destination(written: str, place: str) -> Destination:
    """The destination of a text.

    Raises:
        CompileError: it can be assigned to in no way.
    """
    written = written.strip()
    reference = whole(written)
    if reference is not None:
        return _Virtual(reference.owner, reference.path, place)
    if _CHAIN.fullmatch(written):
        return _Chain(written, place)
    return _Variable(written, place)


class _Virtual:
    def __init__(self, owner: str, path: str, place: str) -> None:
        self._owner = compile_expression(owner, place)
        self._path = path_of(path, place)

    def assign(self, frame: Frame, value: object, action: str, key: object) -> None:
        document = self._owner.evaluate(frame)
        path = self._path(frame)
        if is_object(document) and not hasattr(document, "SetValueAt"):
            _Chain(f"{_OWNER}.{path.replace('(', '.(')}", frame.place).assign(
                _with(frame, document), value, action, key
            )
            return
        arguments = (value, path, action, key)
        status.check(call_method(frame, document, "SetValueAt", arguments) or status.OK)


_OWNER = "zzowner"


def _with(frame: Frame, owner: object) -> Frame:
    """The frame with one variable more."""
    variables = {**frame.variables, _OWNER: owner}
    return Frame(variables, frame.this, frame.platform, frame.place, output=frame.output)


class _Variable:
    def __init__(self, written: str, place: str) -> None:
        self._target = compile_target(written, place)
        self._written, self._place = written, place

    def assign(self, frame: Frame, value: object, action: str, key: object) -> None:
        if action == "set" and key == "":
            self._target.assign(frame, value)
        elif action == "clear" and not hasattr(frame.variables.get(self._written), "Clear"):
            self._target.assign(frame, "")
        else:
            held = compile_expression(self._written, self._place).evaluate(frame)
            if _is_plain(held, action):
                self._target.assign(frame, value)
            else:
                _change(frame, held, value, action, key)


class _Chain:
    """``target.A.(key).B``: names and keys behind a variable."""

    def __init__(self, written: str, place: str) -> None:
        first, *parts = _PART.findall(written)
        self._first = first
        self._parts: list[_Name | _Key] = [
            _Key(part[1:-1], place) if part.startswith("(") else _Name(part.strip('"')) for part in parts
        ]

    def assign(self, frame: Frame, value: object, action: str, key: object) -> None:
        owner: object = variable(frame, self._first)
        definition: PropertyDefinition | None = None
        for part in self._parts[:-1]:
            found = part.read(frame, owner)
            definition = _definition(owner, part.name) if isinstance(part, _Name) else definition
            if found == "" and definition is not None:
                found = _made(definition)
                if found != "":
                    part.write(frame, owner, found)
            owner = found
        last = self._parts[-1]
        if action == "set" and key == "":
            last.write(frame, owner, own(value))
            return
        held = last.read(frame, owner)
        if _is_plain(held, action):
            last.write(frame, owner, own(value))
        elif action == "clear" and not hasattr(held, "Clear"):
            last.write(frame, owner, "")
        else:
            _change(frame, held, value, action, key)


class _Name:
    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, frame: Frame, owner: object) -> object:
        return get(frame, owner, self.name)

    def write(self, frame: Frame, owner: object, value: object) -> None:
        put(frame, owner, self.name, value)


class _Key:
    def __init__(self, written: str, place: str) -> None:
        self._key = compile_expression(written, place)

    def read(self, frame: Frame, owner: object) -> object:
        return call_method(frame, owner, "GetAt", (self._key.evaluate(frame),))

    def write(self, frame: Frame, owner: object, value: object) -> None:
        call_method(frame, owner, "SetAt", (value, self._key.evaluate(frame)))


def _change(frame: Frame, held: object, value: object, action: str, key: object) -> None:
    if action == "insert" and (key == "" or not hasattr(held, "InsertAt")):
        action = "append" if key == "" else "set"
    calls: dict[str, tuple[str, tuple[object, ...]]] = {
        "set": ("SetAt", (value, key)),
        "append": ("Write" if isinstance(held, CharacterStream) else "Insert", (value,)),
        "insert": ("InsertAt", (value, key)),
        "remove": ("RemoveAt", (key,)),
        "clear": ("Clear", ()),
    }
    call_method(frame, held, *calls[action])


def _is_plain(held: object, action: str) -> bool:
    """Whether a `set` is one of the property itself: a key counts for arrays only."""
    return action == "set" and (isinstance(held, list) or not hasattr(held, "SetAt"))


def own(value: object) -> object:
    """A collection or stream is copied, so that source and target never share one."""
    if isinstance(value, ListOfDataTypes | ArrayOfDataTypes):
        return type(value)(value)
    return CharacterStream(str(value)) if isinstance(value, CharacterStream) else value


def _definition(owner: object, name: str) -> PropertyDefinition | None:
    return next((item for item in properties(type(owner)) if item.name == name), None)


def _made(definition: PropertyDefinition) -> object:
    """A new object of a property's class, "" when its type is a simple one."""
    if is_datatype(definition.type) or not dictionary.exists(definition.type):
        return ""
    made: Any = dictionary.resolve(definition.type)
    found: object = made._New() if hasattr(made, "_New") else ""
    return found

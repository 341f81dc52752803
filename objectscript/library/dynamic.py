"""``%DynamicObject`` and ``%DynamicArray``: JSON as objects of the language.

A value keeps its JSON type: a string of digits stays a string, ``true`` is 1 to code and ``true`` again in JSON,
``null`` is "" to code. Numbers are the language's: exact to 18 digits.
"""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Self

from ..errors import NotSupportedError, ObjectScriptError
from ..frame import ByRef
from ..values import canonical, is_object, number, text
from .confinement import path_of
from .streams import CharacterStream


class _Unset:
    """An element of an array that was never assigned."""


_UNSET = _Unset()


class DynamicAbstractObject:
    """What objects and arrays have in common."""

    _kind: ClassVar[str] = ""

    @classmethod
    def _New(cls) -> Self:
        """``%New``.

        Raises:
            NotSupportedError: the class is the abstract one.
        """
        if cls is DynamicAbstractObject:
            raise NotSupportedError("%DynamicAbstractObject has no objects: make a %DynamicObject or a %DynamicArray")
        return cls()

    @staticmethod
    def _FromJSON(source: object, *_: object) -> "DynamicAbstractObject":
        """``%FromJSON``: the object or array that a text or stream holds.

        Raises:
            ObjectScriptError: ``<THROW>``: it is no JSON; tells line and column.
        """
        return from_json(_read(source))

    @staticmethod
    def _FromJSONFile(path: object) -> "DynamicAbstractObject":
        """``%FromJSONFile``.

        Raises:
            ObjectScriptError: ``<THROW>``: there is no such file, or it is no JSON.
        """
        try:
            content = path_of(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ObjectScriptError("<THROW>", f"%FromJSONFile: {error}") from error
        return from_json(content)

    def _ToJSON(self, target: object = "", *_: object) -> object:
        """``%ToJSON``: the text, or written to a stream when one is given.

        Raises:
            ObjectScriptError: ``<ILLEGAL VALUE>``: it holds what JSON cannot.
        """
        shown = "".join(_parts(self))
        writer = getattr(target, "Write", None)
        if writer is None:
            return shown
        writer(shown)
        return ""

    def _ToJSONFile(self, path: object) -> int:
        """``%ToJSONFile``: writes the text to a file, UTF-8."""
        path_of(path).write_text("".join(_parts(self)), encoding="utf-8")
        return 1

    def _ConstructClone(self, *_: object) -> "DynamicAbstractObject":
        """A deep copy."""
        return from_json("".join(_parts(self)))

    def _pairs(self) -> Iterator[tuple[object, object]]:
        """Keys and values that are assigned, in order; here there are none."""
        return iter(())

    def _held(self, _key: object) -> object:
        """The value as it is kept, `_UNSET` when there is none."""
        return _UNSET

    def _Get(self, key: object, default: object = "", kind: object = "") -> object:
        """``%Get``: the value of a key, `default` when it is not assigned; kind "json" gives its text as JSON."""
        held = self._held(key)
        if held is _UNSET:
            return default
        if text(kind) == "json":
            return "".join(_parts(held))
        if text(kind).startswith("stream"):
            return CharacterStream(text(seen(held)))
        return seen(held)

    def _GetTypeOf(self, key: object) -> str:
        """``%GetTypeOf``: null, boolean, number, string, object, array, oref or unassigned."""
        held = self._held(key)
        if held is _UNSET:
            return "unassigned"
        if held is None:
            return "null"
        if isinstance(held, bool):
            return "boolean"
        if isinstance(held, DynamicAbstractObject):
            return held._kind
        return "oref" if is_object(held) else "string" if isinstance(held, str) else "number"

    def _IsDefined(self, key: object) -> int:
        """``%IsDefined``."""
        return int(self._held(key) is not _UNSET)

    def _Size(self) -> int:
        """``%Size``."""
        return sum(1 for _ in self._pairs())

    def _GetIterator(self) -> "DynamicIterator":
        """``%GetIterator``."""
        return DynamicIterator(self)


class DynamicObject(DynamicAbstractObject):
    """``%DynamicObject``: keys in the order they were first assigned."""

    _kind = "object"

    def __init__(self, items: dict[str, object] | None = None) -> None:
        self._items: dict[str, object] = {} if items is None else items

    def _pairs(self) -> Iterator[tuple[object, object]]:
        return iter(list(self._items.items()))

    def _held(self, key: object) -> object:
        return self._items.get(text(key), _UNSET)

    def _Set(self, key: object, value: object = "", kind: object = "") -> Self:
        """``%Set``: kind is "", null, boolean, number or string."""
        self._items[text(key)] = kept(value, text(kind))
        return self

    def _Remove(self, key: object) -> object:
        """``%Remove``: takes it out; "" when there is none."""
        return seen(self._items.pop(text(key), ""))

    def _get_property(self, name: str) -> object:
        return self._Get(name)

    def _set_property(self, name: str, value: object) -> None:
        self._Set(name, value)

    def _property_names(self) -> list[str]:
        return list(self._items)


class DynamicArray(DynamicAbstractObject):
    """``%DynamicArray``: positions count from 0."""

    _kind = "array"

    def __init__(self, items: list[object] | None = None) -> None:
        self._items: list[object] = [] if items is None else items

    def _pairs(self) -> Iterator[tuple[object, object]]:
        return ((at, value) for at, value in enumerate(list(self._items)) if value is not _UNSET)

    def _at(self, key: object) -> int:
        found = number(key)
        if found != int(found) or found < 0:
            raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(key)!r} is no position of a dynamic array: 0, 1, …")
        return int(found)

    def _held(self, key: object) -> object:
        at = self._at(key)
        return self._items[at] if at < len(self._items) else _UNSET

    def _Set(self, key: object, value: object = "", kind: object = "") -> Self:
        """``%Set``: positions between the end and this one stay unassigned."""
        at = self._at(key)
        self._items.extend([_UNSET] * (at + 1 - len(self._items)))
        self._items[at] = kept(value, text(kind))
        return self

    def _Push(self, value: object = "", kind: object = "") -> Self:
        """``%Push``: appends."""
        self._items.append(kept(value, text(kind)))
        return self

    def _Pop(self) -> object:
        """``%Pop``: takes the last one; "" when there is none."""
        return seen(self._items.pop()) if self._items else ""

    def _Remove(self, key: object) -> object:
        """``%Remove``: takes it out, what is behind moves up; "" when there is none."""
        at = self._at(key)
        return seen(self._items.pop(at)) if at < len(self._items) else ""

    def _Size(self) -> int:
        return len(self._items)


class DynamicIterator:
    """``%Iterator.Object`` and ``%Iterator.Array``."""

    def __init__(self, over: DynamicAbstractObject) -> None:
        self._over = over
        self._pairs = list(over._pairs())
        self._next = 0

    def _GetNext(self, key: ByRef[object], value: ByRef[object], kind: ByRef[object] | str = "") -> int:
        """``%GetNext(.key, .value, .type)``: 0 at the end."""
        if self._next >= len(self._pairs):
            return 0
        found, held = self._pairs[self._next]
        self._next += 1
        key.set(found)
        value.set(seen(held))
        if isinstance(kind, ByRef):
            kind.set(self._over._GetTypeOf(found))
        return 1


def kept(value: object, kind: str) -> object:
    """A value as an object keeps it: with the JSON type that was asked for, else its own.

    Raises:
        ObjectScriptError: ``<ILLEGAL VALUE>``: there is no such type.
    """
    if kind == "":
        return value
    if kind == "null":
        return None if text(value) == "" else value
    if kind == "boolean":
        return number(value) != 0
    if kind == "number":
        return number(value)
    if kind.startswith("string"):
        return text(value)
    if kind == "json":
        return _loaded(text(value))
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{kind!r} is no type of JSON: null, boolean, number or string")


def seen(held: object) -> object:
    """A kept value as code sees it."""
    if held is None or held is _UNSET:
        return ""
    return int(held) if isinstance(held, bool) else held


def from_json(content: str) -> DynamicAbstractObject:
    """The object or array of a text.

    Raises:
        ObjectScriptError: ``<THROW>``: it is no JSON, or a bare value.
    """
    found = _loaded(content)
    if not isinstance(found, DynamicAbstractObject):
        raise ObjectScriptError("<THROW>", "%FromJSON: an object or an array was expected, found a bare value")
    return found


def _loaded(content: str) -> object:
    try:
        return _dynamic(json.loads(content, parse_float=lambda digits: canonical(Decimal(digits))))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ObjectScriptError("<THROW>", f"%FromJSON: parsing error at {place}: {error.msg}") from error
    except RecursionError as error:
        raise ObjectScriptError("<THROW>", "%FromJSON: nested too deep") from error


def _dynamic(value: object) -> object:
    if isinstance(value, dict):
        return DynamicObject({str(key): _dynamic(item) for key, item in value.items()})
    if isinstance(value, list):
        return DynamicArray([_dynamic(item) for item in value])
    if isinstance(value, float):  # NaN, Infinity: what Python's reader takes beside JSON
        raise ObjectScriptError("<THROW>", f"%FromJSON: {value} is no JSON")
    return value


def _read(source: object) -> str:
    if isinstance(source, bytes):
        return source.decode("utf-8")
    rewind, read = getattr(source, "Rewind", None), getattr(source, "Read", None)
    if rewind is None or read is None:
        return text(source)
    rewind()
    found = read()
    return found.decode("utf-8") if isinstance(found, bytes) else text(found)


def _parts(value: object) -> Iterator[str]:
    """A kept value as JSON."""
    if value is None or value is _UNSET:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, Decimal | float):
        yield _number_text(value)
    elif isinstance(value, DynamicObject):
        yield "{"
        for at, (key, item) in enumerate(value._items.items()):
            yield f"{',' if at else ''}{json.dumps(key, ensure_ascii=False)}:"
            yield from _parts(item)
        yield "}"
    elif isinstance(value, DynamicArray):
        yield "["
        for at, item in enumerate(value._items):
            if at:
                yield ","
            yield from _parts(item)
        yield "]"
    elif hasattr(value, "Rewind") and hasattr(value, "Read"):
        yield json.dumps(_read(value), ensure_ascii=False)
    else:
        from ..dictionary import name_of

        raise ObjectScriptError("<ILLEGAL VALUE>", f"%ToJSON: a {name_of(type(value))} has no form in JSON")


def _number_text(value: Decimal | float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ObjectScriptError("<ILLEGAL VALUE>", f"%ToJSON: {value} is no number of JSON")
    shown = text(value)
    return shown.replace(".", "0.", 1) if shown.lstrip("-").startswith(".") else shown

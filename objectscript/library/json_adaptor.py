"""``%JSON.Adaptor``: objects of classes as JSON, and JSON as such objects.

A property is a field of its ``%JSONFIELDNAME`` (else its name); ``%JSONINCLUDE`` says whether it is read, written or
neither, ``%JSONNULL`` whether an empty one is written as null.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Self

from .. import dictionary, output, status
from ..definitions import PropertyDefinition
from ..errors import ObjectScriptError
from ..frame import ByRef
from ..names import python_name
from ..objects import properties
from ..values import is_object, number, text
from . import type_classes
from .collections import ArrayOfDataTypes, ListOfDataTypes
from .datatypes import COLUMN_KINDS, short
from .dynamic import DynamicAbstractObject, from_json
from .posix_time import PosixTime

_MOMENTS: dict[str, type[type_classes.DataType]] = {
    "Date": type_classes.Date, "Time": type_classes.Time, "TimeStamp": type_classes.TimeStamp,
    "DateTime": type_classes.TimeStamp, "PosixTime": PosixTime,
}  # fmt: skip
_NUMBERS = {name for name, kind in COLUMN_KINDS.items() if kind in "if"}


def _parameter(definition: PropertyDefinition, name: str, default: str = "") -> str:
    return definition.parameters.get(f"%JSON{name}", default)


def _field(definition: PropertyDefinition) -> str:
    return _parameter(definition, "FIELDNAME") or definition.name


def _included(owner: object, direction: str) -> Iterator[PropertyDefinition]:
    """The properties that are read ("INPUT") or written ("OUTPUT")."""
    for definition in properties(type(owner)):
        if definition.is_many:
            continue
        include = _parameter(definition, "INCLUDE", "INOUT").upper()
        hidden = definition.keywords.get("Private") == "1" or definition.name.startswith("%")
        if include in ("INOUT", f"{direction}ONLY") and not (hidden and "%JSONINCLUDE" not in definition.parameters):
            yield definition


class JsonAdaptor:
    """``%JSON.Adaptor``: what a class extends to be written as JSON and read from it."""

    def _JSONExportToString(self, target: ByRef[object] | None = None, mapping: object = "", *_: object) -> object:
        """``%JSONExportToString``: the JSON by reference."""
        if target is not None:
            target.set(_written(self))
        return status.OK

    def _JSONExportToStream(self, target: Any = None, mapping: object = "", *_: object) -> object:
        """``%JSONExportToStream``: the JSON in a stream, by reference when there is none yet."""
        from .streams import CharacterStream

        if isinstance(target, ByRef):
            if not is_object(target.get()):
                target.set(CharacterStream())
            target = target.get()
        target.Write(_written(self))
        return status.OK

    def _JSONExport(self, mapping: object = "") -> object:
        """``%JSONExport``: writes the JSON to the current device."""
        output.current().append(_written(self))
        return status.OK

    def _JSONImport(self, source: object, mapping: object = "") -> object:
        """``%JSONImport``: takes the fields of a text, stream or dynamic object; OK or an error status."""
        try:
            found = source if isinstance(source, DynamicAbstractObject) else from_json(_text_of(source))
            _read(self, found)
        except (ObjectScriptError, status.StatusError) as error:
            return status.from_exception(error)
        return status.OK

    @classmethod
    def _JSONNew(cls, source: object = "", owner: object = "") -> Self:
        """``%JSONNew``: the object that an import fills."""
        made: Self = cls._New()  # type: ignore[attr-defined]  # of every class of the language
        return made


def _text_of(source: object) -> str:
    return str(source) if hasattr(source, "Rewind") else text(source)


def _written(owner: object) -> str:
    return json.dumps(_plain(owner), ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{value!r} is nothing that JSON has")


def _plain(owner: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for definition in _included(owner, "OUTPUT"):
        held = _property(owner, definition.name)
        shown = _plain_value(definition, held)
        if shown is None:
            wanted = _parameter(definition, "NULL") or str(_class_parameter(owner, "%JSONNULL"))
            if wanted != "1":
                continue
        found[_field(definition)] = shown
    return found


def _class_parameter(owner: object, name: str) -> object:
    return getattr(type(owner), "_parameters", {}).get(name, "")


def _property(owner: object, name: str) -> object:
    reader = getattr(owner, "_get_property", None)
    return reader(name) if reader is not None else getattr(owner, python_name(name))


def _plain_value(definition: PropertyDefinition, held: object) -> object:
    """None for what is not there."""
    if isinstance(held, Mapping):
        pairs = {text(key): _item(definition, item) for key, item in held.items()}
        return pairs or None
    if definition.collection == "list" or isinstance(held, list):
        items = [_item(definition, item) for item in held or ()]  # type: ignore[attr-defined]  # a collection
        return items or None
    return _item(definition, held)


def _item(definition: PropertyDefinition, held: object) -> object:
    if held is None or (isinstance(held, str) and held == ""):
        return None
    if isinstance(held, DynamicAbstractObject):
        return json.loads(text(held._ToJSON()))
    if hasattr(held, "Rewind"):
        return str(held) or None
    if is_object(held):
        return _plain(held)
    kind = short(definition.type)
    if kind == "Boolean":
        return number(held) != 0
    if kind in _MOMENTS:
        return text(_MOMENTS[kind].LogicalToXSD(held))
    if kind in _NUMBERS:
        return number(held)
    return text(held)


def _read(owner: object, source: Any) -> None:
    """Assign the fields of a dynamic object.

    Raises:
        StatusError: a field is of no property, or a property refuses its value.
    """
    wanted = {_field(definition): definition for definition in _included(owner, "INPUT")}
    ignored = text(_class_parameter(owner, "%JSONIGNOREINVALIDFIELD")) == "1"
    known = {_field(definition) for definition in properties(type(owner))}
    for key, value in source._pairs():
        definition = wanted.get(text(key))
        if definition is None:
            if text(key) in known or ignored:
                continue
            raise status.StatusError(status.error(5001, f"JSON field {text(key)!r} is of no property"))
        _assign(owner, definition, value)


def _assign(owner: object, definition: PropertyDefinition, value: Any) -> None:
    held = _property(owner, definition.name)
    if isinstance(held, ListOfDataTypes) and isinstance(value, DynamicAbstractObject):
        held.Clear()
        for _, item in value._pairs():
            held.Insert(_made(definition, item))
    elif isinstance(held, ArrayOfDataTypes) and isinstance(value, DynamicAbstractObject):
        held.Clear()
        for key, item in value._pairs():
            held.SetAt(_made(definition, item), key)
    elif hasattr(held, "Rewind"):
        held.Clear()  # type: ignore[attr-defined]  # a stream
        held.Write(_scalar(value))  # type: ignore[attr-defined]  # a stream
    else:
        writer = getattr(owner, "_set_property", None)
        made = _made(definition, value)
        if writer is not None:
            writer(definition.name, made)
        else:
            setattr(owner, python_name(definition.name), made)


def _scalar(value: object) -> object:
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _made(definition: PropertyDefinition, value: object) -> object:
    """What a property holds for a value of JSON: an object of its class for an object."""
    moments = _MOMENTS.get(short(definition.type))
    if moments is not None and isinstance(value, str) and value:
        found = moments.XSDToLogical(value)
        return value if found == "" else found  # what is no date is told when the object is validated
    if not isinstance(value, DynamicAbstractObject):
        return _scalar(value)
    if not dictionary.exists(definition.type):
        return value
    cls = dictionary.resolve(definition.type)
    if not issubclass(cls, JsonAdaptor):
        return value
    made = cls._JSONNew()
    _read(made, value)
    return made

"""The JSON schema of a message class: what a form, or another program, needs to know to make one."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import properties

from .base import Message, MessageError, _field_name

_TYPES: Mapping[str, dict[str, object]] = {
    "%Library.Integer": {"type": "integer"},
    "%Library.BigInt": {"type": "integer"},
    "%Library.Numeric": {"type": "number"},
    "%Library.Decimal": {"type": "number"},
    "%Library.Float": {"type": "number"},
    "%Library.Double": {"type": "number"},
    "%Library.Boolean": {"type": "integer", "enum": [0, 1]},
    "%Library.Date": {"type": "integer", "format": "horolog-date", "description": "days since 1840-12-31"},
    "%Library.Time": {"type": "integer", "format": "horolog-time", "description": "seconds since midnight"},
    "%Library.TimeStamp": {"type": "string", "format": "timestamp"},
    "%Library.DynamicObject": {"type": "object"},
    "%Library.DynamicArray": {"type": "array"},
}


def json_schema(class_name: str) -> dict[str, Any]:
    """The schema (draft 2020-12) of a message class: properties in their order, with types, defaults and limits.

    Raises:
        ClassNotFoundError: no such class.
        MessageError: it is no message class.
    """
    cls = dictionary.resolve(class_name)
    if not issubclass(cls, Message):
        raise MessageError(f"{class_name} is no message class: derive it from Ens.Request or Ens.Response")
    definitions = {item.name: item for item in properties(cls)}
    blank = cls._New()
    shown, required = {}, []
    for name in cls._property_names():
        field = cls.model_fields[_field_name(cls, name)]
        definition = definitions.get(name)
        shown[name] = _defined(definition) if definition is not None else _annotated(field.annotation)
        default = blank._get_property(name)
        needed = field.is_required() or (definition is not None and definition.keywords.get("Required", "0") != "0")
        if needed:
            required.append(name)
        elif isinstance(default, str | int | float) and default != "":
            shown[name]["default"] = default
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": class_name,
        "description": "" if cls.__doc__ == f"Built from class {class_name}." else (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": shown,
        "required": required,
        "additionalProperties": False,
    }


def message_classes() -> list[str]:
    """The names of the request classes that can be sent: of the library and of the sources that were added."""
    found = []
    for name in dictionary.known():
        if not name.startswith(("Ens.", "isc.py.msg.")) and not _is_from_source(name):
            continue
        try:
            cls = dictionary.resolve(name)
        except Exception:  # noqa: BLE001  # a class that cannot be built cannot be sent; loading it said why
            continue
        if isinstance(cls, type) and issubclass(cls, Message) and not name.endswith("Response"):
            found.append(name)
    return sorted(found, key=lambda name: (name.startswith(("Ens.", "isc.py.msg.")), name))


def _is_from_source(name: str) -> bool:
    return any(source.find(name) is not None for source in dictionary.sources())


def _defined(item: PropertyDefinition) -> dict[str, object]:
    one = dict(_TYPES.get(dictionary.full_name(item.type), {"type": "string"}))
    if item.type.startswith("%Stream."):
        one = {"type": "string", "format": "text"}
    elif item.type.startswith("%") is False and (parts := _parts(item.type)) is not None:
        one = {"type": "object"} | ({"properties": parts} if parts else {})
    limits = item.parameters
    if limits.get("VALUELIST"):
        one["enum"] = limits["VALUELIST"][1:].split(limits["VALUELIST"][0])
    if one["type"] == "string" and limits.get("MAXLEN", "").isdigit():
        one["maxLength"] = int(limits["MAXLEN"])
    for keyword, parameter in (("minimum", "MINVAL"), ("maximum", "MAXVAL")):
        if limits.get(parameter) and one["type"] in ("integer", "number"):
            one[keyword] = float(limits[parameter])
    if item.collection == "list":
        return {"type": "array", "items": one}
    if item.collection == "array":
        return {"type": "object", "additionalProperties": one}
    return one


def _parts(name: str) -> dict[str, object] | None:
    """The simple properties of a class of objects, by name; None for a class of values."""
    try:
        cls = dictionary.resolve(name)
    except Exception:  # noqa: BLE001  # a class that is absent is a note at load: the form shows a text
        return None
    if not hasattr(cls, "_New"):
        return None
    simple = [item for item in properties(cls) if item.type.startswith("%") and not item.collection]
    return {item.name: dict(_TYPES.get(dictionary.full_name(item.type), {"type": "string"})) for item in simple}


def _annotated(annotation: Any) -> dict[str, object]:
    if get_origin(annotation) is Literal:
        return {"type": "string", "enum": list(get_args(annotation))}
    if annotation is CharacterStream:
        return {"type": "string", "format": "text"}
    if annotation is ListOfDataTypes:
        return {"type": "array", "items": {"type": "string"}}
    if annotation is ArrayOfDataTypes:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if annotation is int:
        return {"type": "integer"}
    if annotation is float:
        return {"type": "number"}
    return {"type": "string"}

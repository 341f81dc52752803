"""What kind of thing a stored property is: a simple value of which type, a stream, an object inside or outside the row,
a collection of them.
"""

from collections.abc import Mapping
from dataclasses import replace

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, short

#: What a parameter of a simple type is when neither class nor property says so.
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "String": {"MAXLEN": "50"},
    "Numeric": {"SCALE": "2"},
    "Decimal": {"SCALE": "2"},
    "Currency": {"SCALE": "4"},
}


def form_of(definition: PropertyDefinition) -> str:
    """``array``, ``list``, or of a single value ``stream``, ``serial``, ``reference``, ``data``."""
    if definition.collection in ("array", "list"):
        return definition.collection
    return item_form(definition)


def item_form(definition: PropertyDefinition) -> str:
    """Of a property's values, be it a collection or not: ``stream``, ``serial``, ``reference``, ``data``."""
    if is_stream(definition.type):
        return "stream"
    target = class_of(definition.type)
    if target is None:
        return "data"
    if hasattr(target, "_OpenId"):
        return "reference"
    return "serial" if hasattr(target, "_serial_row") else "data"


def is_stream(type_name: str) -> bool:
    """Whether a type is one of the streams."""
    return type_name.startswith("%Stream.") or (type_name.startswith("%") and type_name.endswith("Stream"))


def class_of(type_name: str) -> type | None:
    """The class of a type that is none of the language's own, None when there is none."""
    if type_name.startswith("%") or not type_name or not dictionary.exists(type_name):
        return None
    return dictionary.resolve(type_name)


def base_type(type_name: str) -> str:
    """The language's own simple type that a type is or builds on, without its package: ``Integer``; "" for others."""
    for _ in range(50):
        if type_name.startswith("%"):
            return short(type_name)
        cls = class_of(type_name)
        definition = cls.__dict__.get("_definition") if cls is not None else None
        if definition is None or not definition.superclasses or not hasattr(cls, "_kind"):
            return ""
        type_name = dictionary.qualified(definition.superclasses[0], definition.name, definition.imports)
    return ""


def with_defaults(definition: PropertyDefinition) -> PropertyDefinition:
    """The property with every parameter of its type: its own, those of the type's class, the language's defaults."""
    target = class_of(definition.type)
    of_class = {key: str(value) for key, value in getattr(target, "_parameters", {}).items()} if target else {}
    defaults = _DEFAULTS.get(base_type(definition.type), {})
    return replace(definition, parameters={**defaults, **of_class, **definition.parameters})


def column_kind(definition: PropertyDefinition) -> str:
    """How a column of the property is read: a letter of `isc.py.iscpython_c.dollar_list.Column`."""
    form = form_of(definition)
    if form == "reference":
        target = class_of(definition.type)
        counted = target is not None and not has_text_ids(target)
        return "i" if counted else "s"
    return COLUMN_KINDS.get(base_type(definition.type), "s") if form == "data" else "s"


def has_text_ids(cls: type) -> bool:
    """Whether the ids of a class are no numbers: they are made of properties, or begin with that of a parent."""
    definitions = [item for above in cls.__mro__ if (item := above.__dict__.get("_definition")) is not None]
    return any(
        any(index.keywords.get("IdKey") == "1" for index in item.indices)
        or any(one.cardinality == "parent" for one in item.properties)
        for item in definitions
    )

"""The fields that SQL and frames see of a class: each a property, or a property of an object inside the row."""

from dataclasses import dataclass

from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import SKIPPED, short
from isc.py.objectscript.objects import properties

from .property_types import class_of, column_kind, form_of


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    `node` and `position` say where its value stands in a row (position 0 is the id), `kind` is a letter of
    `isc.py.iscpython_c.dollar_list.Column`. `within` is the position inside the ``$LIST`` of an object in the row;
    `stream` says that the value is the id of a stream, whose text is the field; `above` is how many parts of the id are
    the row's own: the field is the id of the parent, which stands before them; a `computed` one is made by code.
    """

    name: str
    sql_name: str
    kind: str
    node: str = ""
    position: int = 0
    within: int = 0
    stream: bool = False
    above: int = 0
    computed: bool = False


ID = Field("ID", "ID", "i")


def fields_of(nodes: dict[str, dict[str, int]], found: dict[str, PropertyDefinition]) -> list[Field]:
    """ID, and the fields of properties at their positions."""
    fields = [ID]
    for node, positions in nodes.items():
        for name, position in sorted(positions.items(), key=lambda pair: pair[1]):
            if name in found:
                fields += _of_property(found[name], node, position)
    return fields


def _of_property(definition: PropertyDefinition, node: str, position: int) -> list[Field]:
    form = form_of(definition)
    if form in ("list", "array") or short(definition.type) in SKIPPED - {"Stream"}:
        return []
    name = definition.name
    shown = definition.keywords.get("SqlFieldName") or name
    if form == "serial":
        return [
            Field(f"{name}_{inner.name}", f"{shown}_{inner.sql_name}", inner.kind, node, position, inner.position)
            for inner in _inside(definition.type)
        ]
    return [Field(name, shown, column_kind(definition), node, position, 0, form == "stream")]


def _inside(type_name: str) -> list[Field]:
    """The simple fields of a serial class."""
    from .layout import serial_positions

    cls = class_of(type_name)
    if cls is None:
        return []
    found = {item.name: item for item in properties(cls)}
    inner = fields_of({"": serial_positions(cls)}, found)[1:]
    return [field for field in inner if not field.stream and not field.within]

"""The fields that SQL and frames see of a class: each a property, or a property of an object inside the row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from isc.py.iscpython_c.dollar_list import DECIMAL_DIGITS
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import SKIPPED, short
from isc.py.objectscript.objects import properties

from .exceptions import DataError
from .property_types import base_type, class_of, column_kind, form_of, with_defaults


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    `node` and `position` say where its value stands in a row (position 0 is the id), `kind` is a letter of
    `isc.py.iscpython_c.dollar_list.Column`. `within` are the positions inside the ``$LIST`` of an object in the row,
    one for each object that stands in the other; `stream` says that the value is the id of a stream, whose text is the
    field; `above` is how many parts of the id are the row's own: the field is the id of the parent, which stands before
    them; a `computed` one is made by code. `scale` are the digits behind the point of a decimal, None of what is none;
    `filled` is one that is never null: what it lacks is the empty string; `octets` says that its values are bytes.
    """

    name: str
    sql_name: str
    kind: str
    node: str = ""
    position: int = 0
    within: tuple[int, ...] = ()
    stream: bool = False
    above: int = 0
    computed: bool = False
    scale: int | None = None
    filled: bool = False
    octets: bool = False


ID = Field("ID", "ID", "i")
_DECIMALS = {"Numeric", "Decimal", "Currency"}


def exact_fields(fields: "Iterable[Field]") -> list[Field]:
    """The fields with decimals as decimals, which are floats otherwise."""
    return [item if item.scale is None else replace(item, kind="n") for item in fields]


def is_exact(decimals: str) -> bool:
    """Whether decimals are asked for as decimals, not as floats.

    Raises:
        DataError: neither is.
    """
    if decimals not in ("float", "exact"):
        raise DataError(f"decimals {decimals!r} is unknown: 'float' or 'exact'")
    return decimals == "exact"


def decimal_scale(definition: PropertyDefinition) -> int | None:
    """The digits behind the point of a decimal property, None of another."""
    if base_type(definition.type) not in _DECIMALS:
        return None
    given = str(with_defaults(definition).parameters.get("SCALE", ""))
    return min(int(given), DECIMAL_DIGITS) if given.isdigit() else 2


def fields_of(nodes: dict[str, dict[str, int]], found: dict[str, PropertyDefinition]) -> list[Field]:
    """ID, and the fields of properties at their positions."""
    fields = [ID]
    for node, positions in nodes.items():
        for name, position in sorted(positions.items(), key=lambda pair: pair[1]):
            if name in found:
                fields += property_fields(found[name], node, position)
    return fields


def property_fields(definition: PropertyDefinition, node: str, position: int) -> list[Field]:
    """The fields of a property at a position of a node: none of a collection, several of an object inside the row."""
    form = form_of(definition)
    if form in ("list", "array") or short(definition.type) in SKIPPED - {"Stream"}:
        return []
    name = definition.name
    shown = definition.keywords.get("SqlFieldName") or name
    if form == "serial":
        return [
            Field(
                f"{name}_{inner.name}",
                f"{shown}_{inner.sql_name}",
                inner.kind,
                node,
                position,
                (inner.position, *inner.within),
                scale=inner.scale,
            )
            for inner in _inside(definition.type)
        ]
    kind, scale = column_kind(definition), decimal_scale(definition)
    return [Field(name, shown, kind, node, position, stream=form == "stream", scale=scale)]


def _inside(type_name: str) -> list[Field]:
    """The simple fields of a serial class."""
    from .layout import serial_positions

    cls = class_of(type_name)
    if cls is None:
        return []
    found = {item.name: item for item in properties(cls)}
    inner = fields_of({"": serial_positions(cls)}, found)[1:]
    return [field for field in inner if not field.stream]

"""The class that the rows of a frame make: a property a column, typed as the column is."""

import re

import pyarrow as pa

from .exceptions import DataError

__all__ = ["arrow_property", "frame_class_text", "property_name"]


def property_name(column: str) -> str:
    """The property for a column: its name without what a property cannot have.

    Raises:
        DataError: nothing is left of it.
    """
    found = re.sub(r"[^A-Za-z0-9]", "", column)
    if not found or not found[0].isalpha():
        raise DataError(f"column {column!r} cannot be a property: its name must begin with a letter")
    return found


def arrow_property(column: str, kind: pa.DataType, known: str = "") -> str:
    """The line of a class file for a column of Arrow, whose type in the language may be `known`.

    Raises:
        DataError: a property cannot hold such values.
    """
    name = property_name(column)
    keywords = f" [ SqlFieldName = {column} ]" if name != column and re.fullmatch(r"\w+", column) else ""
    return f"Property {name} As {known or _type(column, kind)}{keywords};"


def _type(column: str, kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return _type(column, kind.value_type)
    if pa.types.is_decimal(kind):
        return f"%Numeric(SCALE = {max(kind.scale, 0)})"
    for name, test in (
        ("%Boolean", pa.types.is_boolean),
        ("%BigInt", pa.types.is_integer),
        ("%Double", pa.types.is_floating),
        ("%Date", pa.types.is_date),
        ("%Time", pa.types.is_time),
        ("%TimeStamp", pa.types.is_timestamp),
        ('%String(MAXLEN = "")', lambda one: pa.types.is_string(one) or pa.types.is_large_string(one)),
        ('%String(MAXLEN = "")', pa.types.is_null),
    ):
        if test(kind):
            return name
    raise DataError(f"column {column!r} of {kind} cannot be a property: make it text, a number, a date or a time")


def frame_class_text(class_name: str, schema: pa.Schema) -> str:
    """The class file for a frame's columns."""
    lines = "\n\n".join(arrow_property(item.name, item.type) for item in schema if item.name.upper() != "ID")
    return f"Class {class_name} Extends %Persistent [ DdlAllowed ]\n{{\n\n{lines}\n\n}}\n"

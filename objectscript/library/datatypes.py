"""Data types: what a property's value must be, checked when an object is saved or sent."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from .. import status
from ..definitions import PropertyDefinition
from ..patterns import compiled
from ..values import number, text

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?")
_LONG = ("-9223372036854775808", "9223372036854775807")
_RANGES = {
    "TinyInt": ("-128", "127"),
    "SmallInt": ("-32768", "32767"),
    **dict.fromkeys(("Integer", "BigInt", "Counter"), _LONG),
    "Date": ("-672045", "2980013"),  # 0001-01-01 to 9999-12-31
    "Time": ("0", "86399.999999999"),
}
_INTEGERS = {"Integer", "SmallInt", "BigInt", "TinyInt", "Counter"}
_NUMBERS = {"Numeric", "Decimal", "Float", "Double", "Currency", "PosixTime"}
_TEXTS = {"String", "Text", "Name", "VarString", "RawString", "ExactString", "EnumString"}
#: How a column of a type is read (the letters of `isc.py.iscpython_c.dollar_list.Column`).
COLUMN_KINDS = (
    dict.fromkeys(_INTEGERS, "i")
    | dict.fromkeys(_NUMBERS, "f")
    | {"Boolean": "b", "Date": "d", "Time": "t", "TimeStamp": "m", "DateTime": "m"}
)
SKIPPED = {"Binary", "List", "Stream", "GlobalCharacterStream", "GlobalBinaryStream"}


def short(type_name: str) -> str:
    """``Integer`` for ``%Library.Integer`` and ``%Integer``."""
    return type_name.removeprefix("%Library.").removeprefix("%")


def is_datatype(type_name: str) -> bool:
    """Whether a type is one of the simple ones."""
    return type_name.startswith("%") and (short(type_name) in COLUMN_KINDS or short(type_name) in _TEXTS)


def validate(definition: PropertyDefinition, value: object) -> object:
    """OK, or the error status of a property's value."""
    if definition.collection:
        return status.OK
    if value is None or value == "":
        required = definition.keywords.get("Required") == "1"
        return status.error(5659, definition.name) if required else status.OK
    kind, parameters = short(definition.type), definition.parameters
    if not definition.type.startswith("%"):
        kind, parameters = _of_class(definition.type, parameters)
    wrong = misfit(kind, parameters, value)
    if wrong is None:
        return status.OK
    code, *arguments = wrong
    failed = status.error(int(str(code)), *arguments)
    return status.append(status.error(5001, f"property {definition.name}: {status.text(failed)}"), status.OK)


def _of_class(type_name: str, parameters: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The kind and the parameters of a data type that a class file defines."""
    from .. import dictionary

    found = dictionary.resolve(type_name) if dictionary.exists(type_name) else None
    kind = getattr(found, "_kind", "")
    return (kind, {**getattr(found, "_parameters", {}), **parameters}) if kind else (type_name, parameters)


def misfit(type_name: str, parameters: Mapping[str, str], value: object) -> tuple[object, ...] | None:
    """Why a value does not fit a type: a code of `status` and its arguments; None when it does."""
    shown = text(value) if not hasattr(value, "_ClassName") else ""
    allowed = parameters.get("VALUELIST", "")
    if allowed:
        return None if shown in allowed[1:].split(allowed[0]) else (7205, shown, allowed)
    if type_name in _INTEGERS | _NUMBERS | {"Boolean", "Date", "Time"}:
        return _no_number(type_name, parameters, shown)
    if type_name in ("TimeStamp", "DateTime"):
        return None if _is_moment(shown) else (7207, shown, type_name)
    if type_name in _TEXTS:
        return _no_text(parameters, shown)
    return None


def _is_moment(shown: str) -> bool:
    """Whether a text is a time that there is: the calendar has its day, the clock its hour."""
    if not _TIMESTAMP.fullmatch(shown):
        return False
    try:
        datetime.fromisoformat(shown)
    except ValueError:
        return False
    return True


def _no_number(type_name: str, parameters: Mapping[str, str], shown: str) -> tuple[object, ...] | None:
    if not _NUMBER.fullmatch(shown):
        return 7207, shown, type_name
    as_number = number(shown)
    if type_name in _INTEGERS | {"Date"} and as_number != int(as_number):
        return 7207, shown, type_name
    if type_name == "Boolean" and as_number not in (0, 1):
        return 7207, shown, type_name
    least, most = _RANGES.get(type_name, ("", ""))
    for bound, default, code, sign in (("MINVAL", least, 7203, 1), ("MAXVAL", most, 7204, -1)):
        limit = parameters.get(bound, default)
        if limit and _beyond(as_number, number(limit), sign):
            return code, shown, limit
    return None


def _beyond(value: object, limit: object, sign: int) -> bool:
    if isinstance(value, int) and isinstance(limit, int):
        return value * sign < limit * sign
    return Decimal(str(value)) * sign < Decimal(str(limit)) * sign


def _no_text(parameters: Mapping[str, str], shown: str) -> tuple[object, ...] | None:
    limit, least, pattern = (parameters.get(name, "") for name in ("MAXLEN", "MINLEN", "PATTERN"))
    if limit and len(shown) > int(limit):
        return 7201, shown, limit
    if least and len(shown) < int(least):
        return 7202, shown, least
    if pattern and not compiled(pattern).fullmatch(shown):
        return 7206, shown, pattern
    return None

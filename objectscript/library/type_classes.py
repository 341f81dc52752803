"""Data types as classes: ``##class(%Integer).IsValid(x)``, and what a class file that defines a type extends.

A type of the user's own has the methods with its own parameters: VALUELIST, DISPLAYLIST, MAXLEN, PATTERN, ….
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from .. import status
from ..errors import ObjectScriptError
from ..functions.dates import zdate, zdateh, ztime, ztimeh
from ..functions.lists import listvalid
from ..values import canonical, number, text
from .datatypes import misfit


class DataType:
    """What every type can do; a value is the same in every form unless a type says otherwise."""

    _kind: ClassVar[str] = "String"
    _parameters: ClassVar[dict[str, str]] = {}

    @classmethod
    def IsValid(cls, value: object = "", *_: object) -> object:
        """OK, or the status that says why the value does not fit; nothing fits everywhere."""
        wrong = None if text(value) == "" else misfit(cls._kind, cls._parameters, value)
        return status.OK if wrong is None else status.error(int(str(wrong[0])), *wrong[1:])

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """The value as it is stored."""
        return value

    @classmethod
    def LogicalToDisplay(cls, value: object = "", *_: object) -> object:
        """The value as people see it: by DISPLAYLIST when there is one."""
        return _mapped(cls._parameters, "VALUELIST", "DISPLAYLIST", value)

    @classmethod
    def DisplayToLogical(cls, value: object = "", *_: object) -> object:
        """The value that people have written."""
        return _mapped(cls._parameters, "DISPLAYLIST", "VALUELIST", value)

    @classmethod
    def LogicalToOdbc(cls, value: object = "") -> object:
        """The value as SQL sees it."""
        return value

    @classmethod
    def OdbcToLogical(cls, value: object = "") -> object:
        """The value that SQL gives."""
        return cls.Normalize(value)

    @classmethod
    def LogicalToXSD(cls, value: object = "") -> object:
        """The value as XML has it."""
        return cls.LogicalToOdbc(value)

    @classmethod
    def XSDToLogical(cls, value: object = "") -> object:
        """The value that XML gives."""
        return cls.OdbcToLogical(value)

    @classmethod
    def LogicalToJSON(cls, value: object = "") -> object:
        """The value as JSON has it."""
        return cls.LogicalToXSD(value)

    @classmethod
    def JSONToLogical(cls, value: object = "") -> object:
        """The value that JSON gives."""
        return cls.XSDToLogical(value)


def _mapped(parameters: dict[str, str], source: str, target: str, value: object) -> object:
    known, wanted = parameters.get(source, ""), parameters.get(target, "")
    if not known or not wanted:
        return value
    keys, shown = known[1:].split(known[0]), wanted[1:].split(wanted[0])
    pairs = dict(zip(keys, shown, strict=False))
    return pairs.get(text(value), value if target == "DISPLAYLIST" else "")


class String(DataType):
    """``%String``: TRUNCATE cuts at MAXLEN."""

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """Cut at MAXLEN when TRUNCATE is 1."""
        limit = cls._parameters.get("MAXLEN", "")
        return text(value)[: int(limit)] if limit and cls._parameters.get("TRUNCATE") == "1" else text(value)


class Integer(DataType):
    """``%Integer`` and its smaller and larger kin."""

    _kind = "Integer"

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """Without its fraction."""
        return "" if text(value) == "" else int(number(value))

    @classmethod
    def DisplayToLogical(cls, value: object = "", *_: object) -> object:
        """What people have written, without separators of thousands."""
        if cls._parameters.get("VALUELIST"):
            return super().DisplayToLogical(value)
        shown = text(value).replace(",", "").strip()
        return number(shown) if shown and status.is_ok(cls.IsValid(shown)) else ""


class TinyInt(Integer):
    """``%TinyInt``."""

    _kind = "TinyInt"


class SmallInt(Integer):
    """``%SmallInt``."""

    _kind = "SmallInt"


class Numeric(Integer):
    """``%Numeric``, ``%Decimal``, ``%Float``, ``%Double``, ``%Currency``: SCALE rounds."""

    _kind = "Numeric"

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """Rounded to SCALE when there is one."""
        if text(value) == "":
            return ""
        scale, found = cls._parameters.get("SCALE", ""), number(value)
        if not scale or isinstance(found, float):
            return found
        return canonical(Decimal(found).quantize(Decimal(1).scaleb(-int(scale)), ROUND_HALF_UP))


class Boolean(DataType):
    """``%Boolean``."""

    _kind = "Boolean"

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """1 for any number but 0."""
        return "" if text(value) == "" else int(number(value) != 0)

    @classmethod
    def LogicalToXSD(cls, value: object = "") -> object:
        """``true`` or ``false``."""
        return "" if text(value) == "" else "true" if number(value) else "false"

    @classmethod
    def XSDToLogical(cls, value: object = "") -> object:
        """1 or 0."""
        shown = text(value).strip().lower()
        return "" if not shown else int(shown in ("true", "1"))


class Date(DataType):
    """``%Date``: a day number; FORMAT says how people see it."""

    _kind = "Date"

    @classmethod
    def _form(cls, given: object) -> object:
        return given if text(given) else cls._parameters.get("FORMAT", "") or 1

    @classmethod
    def LogicalToDisplay(cls, value: object = "", form: object = "", *_: object) -> object:
        """The date, written."""
        return "" if text(value) == "" else zdate(value, cls._form(form))

    @classmethod
    def DisplayToLogical(cls, value: object = "", form: object = "", *_: object) -> object:
        """The day number; an error status' text stands nowhere: "" for what is no date."""
        return _or_nothing(zdateh, value, cls._form(form))

    @classmethod
    def LogicalToOdbc(cls, value: object = "") -> object:
        """``YYYY-MM-DD``."""
        return "" if text(value) == "" else zdate(value, 3)

    @classmethod
    def OdbcToLogical(cls, value: object = "") -> object:
        """The day number of ``YYYY-MM-DD``."""
        return _or_nothing(zdateh, text(value)[:10], 3)


class Time(DataType):
    """``%Time``: seconds of the day."""

    _kind = "Time"

    @classmethod
    def LogicalToDisplay(cls, value: object = "", *_: object) -> object:
        """``HH:MM:SS``."""
        return "" if text(value) == "" else ztime(value)

    @classmethod
    def DisplayToLogical(cls, value: object = "", *_: object) -> object:
        """The seconds; "" for what is no time."""
        return _or_nothing(ztimeh, value)

    @classmethod
    def LogicalToOdbc(cls, value: object = "") -> object:
        """``HH:MM:SS``."""
        return cls.LogicalToDisplay(value)

    @classmethod
    def OdbcToLogical(cls, value: object = "") -> object:
        """The seconds."""
        return cls.DisplayToLogical(value)

    @classmethod
    def XSDToLogical(cls, value: object = "") -> object:
        """The seconds, without the letter or the hours of a time zone."""
        return cls.DisplayToLogical(re.sub(r"(?:Z|[+-]\d\d:\d\d)$", "", text(value).strip()))


def _or_nothing(function: object, *arguments: object) -> object:
    try:
        return function(*arguments) if text(arguments[0]) else ""  # type: ignore[operator]  # a date function
    except ObjectScriptError:
        return ""


class TimeStamp(DataType):
    """``%TimeStamp``: ``YYYY-MM-DD HH:MM:SS``."""

    _kind = "TimeStamp"

    @classmethod
    def LogicalToXSD(cls, value: object = "") -> object:
        """With a T and a Z."""
        return f"{text(value).replace(' ', 'T')}Z" if text(value) else ""

    @classmethod
    def XSDToLogical(cls, value: object = "") -> object:
        """Without them."""
        return text(value).replace("T", " ").rstrip("Z")


class List(DataType):
    """``%List``."""

    _kind = "List"

    @classmethod
    def IsValid(cls, value: object = "", *_: object) -> object:
        """OK for a ``$list``."""
        return status.OK if listvalid(value) else status.error(7207, "value", "list")


class Binary(DataType):
    """``%Binary`` and ``%Status``: any bytes."""

    _kind = "Binary"


class Text(String):
    """``%Text``, ``%Name`` and other strings."""

"""``Ens.Util.FunctionSet``: the functions of rules and transformations.

A lookup table is the global ``^Ens.LookupTable(table,key)``, as in the vendor's namespaces.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from isc.py.objectscript import ByRef, NotSupportedError, status
from isc.py.objectscript.builder import current_platform
from isc.py.objectscript.functions import strings
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.operators import truth
from isc.py.objectscript.patterns import compiled
from isc.py.objectscript.platform import Platform
from isc.py.objectscript.values import Number, canonical, number, text

_TABLES = "Ens.LookupTable"
_DIGITS = {"Y": r"\d{4}", "f": r"\d+"} | dict.fromkeys("ymdHMS", r"\d{2}")
_ODBC = "%Y-%m-%d %H:%M:%S"


class FunctionSet(RegisteredObject):
    """``Ens.Util.FunctionSet``: class methods of plain values."""

    @classmethod
    def Contains(cls, value: object, part: object) -> int:
        """Whether `part` is in `value`."""
        return int(text(part) in text(value))

    @classmethod
    def DoesNotContain(cls, value: object, part: object) -> int:
        """Whether `part` is not in `value`."""
        return int(text(part) not in text(value))

    @classmethod
    def StartsWith(cls, value: object, part: object) -> int:
        """Whether `value` begins with `part`."""
        return int(text(value).startswith(text(part)))

    @classmethod
    def DoesNotStartWith(cls, value: object, part: object) -> int:
        """Whether `value` does not begin with `part`."""
        return int(not text(value).startswith(text(part)))

    @classmethod
    def EndsWith(cls, value: object, part: object) -> int:
        """Whether `value` ends with `part`."""
        return int(text(value).endswith(text(part)))

    @classmethod
    def DoesNotEndWith(cls, value: object, part: object) -> int:
        """Whether `value` does not end with `part`."""
        return int(not text(value).endswith(text(part)))

    @classmethod
    def In(cls, value: object, items: object) -> int:
        """Whether `value` is one of a list with commas."""
        return int(text(value) in text(items).split(","))

    @classmethod
    def NotIn(cls, value: object, items: object) -> int:
        """Whether `value` is none of a list with commas."""
        return int(text(value) not in text(items).split(","))

    @classmethod
    def Like(cls, value: object, pattern: object) -> int:
        """SQL's LIKE: ``%`` any characters, ``_`` one."""
        parts = {"%": ".*", "_": "."}
        regular = "".join(parts.get(character, re.escape(character)) for character in text(pattern))
        return int(re.fullmatch(regular, text(value), re.DOTALL) is not None)

    @classmethod
    def NotLike(cls, value: object, pattern: object) -> int:
        """The opposite of `Like`."""
        return 1 - cls.Like(value, pattern)

    @classmethod
    def Matches(cls, value: object, pattern: object) -> int:
        """The language's pattern match."""
        return int(compiled(text(pattern)).fullmatch(text(value)) is not None)

    @classmethod
    def DoesNotMatch(cls, value: object, pattern: object) -> int:
        """The opposite of `Matches`."""
        return 1 - cls.Matches(value, pattern)

    @classmethod
    def RegexMatch(cls, value: object, pattern: object) -> int:
        """Whether all of `value` is what a regular expression says."""
        return strings.match(value, pattern)

    @classmethod
    def If(cls, value: object, true: object, false: object) -> object:
        """One of two values."""
        return true if truth(value) else false

    @classmethod
    def Not(cls, value: object) -> int:
        """1 for a value that is 0."""
        return int(not truth(value))

    @classmethod
    def Length(cls, value: object, delimiter: object = "") -> int:
        """How many characters, or with a delimiter pieces."""
        return strings.length(value, delimiter if delimiter != "" else None)

    @classmethod
    def Piece(cls, value: object, delimiter: object = ",", start: object = 1, end: object = "") -> str:
        """Pieces of a string, from one to another."""
        return strings.piece(value, delimiter, start, start if end == "" else end)

    @classmethod
    def SubString(cls, value: object, start: object, end: object = "") -> str:
        """The characters from a position up to another, to the end without one."""
        return strings.extract(value, start, len(text(value)) if end == "" else end)

    @classmethod
    def ReplaceStr(cls, value: object, part: object, new: object) -> str:
        """`value` with each `part` replaced."""
        return text(value).replace(text(part), text(new)) if text(part) else text(value)

    Replace = ReplaceStr

    @classmethod
    def Translate(cls, value: object, source: object, target: object = "") -> str:
        """Characters replaced one by one."""
        return strings.translate(value, source, target)

    @classmethod
    def Strip(cls, value: object, action: object = "<>W", remove: object = "", keep: object = "") -> str:
        """``$zstrip``."""
        return strings.zstrip(value, action, remove, keep)

    @classmethod
    def Pad(cls, value: object, width: object, character: object = " ") -> str:
        """`value` filled up to a width: behind it, or in front of it when the width is negative."""
        wanted, shown, fill = int(number(width)), text(value), text(character)[:1] or " "
        return shown.ljust(wanted, fill) if wanted >= 0 else shown.rjust(-wanted, fill)

    @classmethod
    def ToLower(cls, value: object) -> str:
        """Small letters."""
        return text(value).lower()

    @classmethod
    def ToUpper(cls, value: object) -> str:
        """Capital letters."""
        return strings.zconvert(value, "U")

    @classmethod
    def Max(cls, *values: object) -> object:
        """The greatest number."""
        return max((value for value in values if value != ""), key=lambda value: _decimal(number(value)), default="")

    @classmethod
    def Min(cls, *values: object) -> object:
        """The smallest number."""
        return min((value for value in values if value != ""), key=lambda value: _decimal(number(value)), default="")

    @classmethod
    def Round(cls, value: object, digits: object = 0) -> object:
        """A number rounded to digits behind the point."""
        step = Decimal(1).scaleb(-int(number(digits)))
        return canonical(_decimal(number(value)).quantize(step, ROUND_HALF_UP))

    # --- dates ---

    @classmethod
    def CurrentDateTime(cls, form: object = "%Q") -> str:
        """The present local time."""
        return _shown(datetime.now(), text(form))

    @classmethod
    def ConvertDateTime(
        cls, value: object, source: object = "%Q", target: object = "%Q", _file: object = "", result: object = None
    ) -> str:
        """A time written in another form; as it is, with an error in the by-reference status, when it is none.

        The forms are those of C (``%Y %m %d %H %M %S`` …); ``%Q`` is ODBC's. A value may end before its form does.
        """
        given = text(value)
        moment = _read(given, text(source))
        if moment is None and isinstance(result, ByRef):
            result.value = status.error(5001, f"{given!r} is no time of the form {text(source)!r}")
        return given if moment is None else _shown(moment, text(target))

    # --- tables and rules ---

    @classmethod
    def Lookup(cls, table: object, key: object, default: object = "", on_empty: object = 0) -> object:
        """The value of a key in a lookup table, `default` when there is none.

        With `on_empty` 1 or 3 an empty key gives the default, too, with 2 or 3 an empty value.
        """
        flags = int(number(on_empty))
        if text(key) == "":
            return default if flags & 1 else ""
        found = _platform().global_get(_TABLES, (text(table), text(key)))
        if found is None or (found == "" and flags & 2):
            return default
        return found

    @classmethod
    def Exists(cls, table: object, key: object) -> int:
        """Whether a lookup table has a key."""
        return int(text(key) != "" and _platform().global_get(_TABLES, (text(table), text(key))) is not None)

    @classmethod
    def ReverseLookup(cls, table: object, value: object, default: object = "", _on_empty: object = 0) -> object:
        """The first key of a lookup table that has a value."""
        return next((key for key in _keys(text(table)) if cls.Lookup(table, key) == text(value)), default)

    @classmethod
    def Rule(cls, name: object, context: object, activity: object = "", *_: object) -> str:
        """What a rule returns.

        Raises:
            RuleError: the rule cannot be loaded or failed.
        """
        from .rules import evaluate_rule

        return evaluate_rule(text(name), context, text(activity)).value


def _decimal(value: Number) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _platform() -> Platform:
    platform = current_platform()
    if platform is None:
        raise NotSupportedError("lookup tables need a namespace: open one, or run where one is")
    return platform


def _keys(table: str) -> Iterator[str]:
    key = _platform().global_order(_TABLES, (table, ""), 1)
    while key != "":
        yield text(key)
        key = _platform().global_order(_TABLES, (table, key), 1)


def _form(form: str) -> str:
    return form.replace("%Q", _ODBC).replace("%T", "%H:%M:%S")


def _read(value: str, form: str) -> datetime | None:
    """A time, from a value that may end before its form does or go on behind it."""
    parts = re.findall(r"%.|[^%]+", _form(form))
    if any(part[0] == "%" and part[1:] not in _DIGITS for part in parts):
        try:
            return datetime.strptime(value, _form(form))
        except ValueError:
            return None
    patterns = [f"(?P<{part[1]}>{_DIGITS[part[1]]})" if part[0] == "%" else re.escape(part) for part in parts]
    try:
        found = re.match("(?:".join(patterns) + ")?" * (len(patterns) - 1), value)
        return _moment(found) if found is not None else None
    except (ValueError, re.error):  # no such day, or a form that has a part twice
        return None


def _moment(found: re.Match[str]) -> datetime:
    parts = {name: int(digits) for name, digits in found.groupdict().items() if digits and name != "f"}
    year = parts.get("Y", 1900)
    if "y" in parts:
        year = parts["y"] + (1900 if parts["y"] >= 69 else 2000)
    micro = int((found.groupdict().get("f") or "0")[:6].ljust(6, "0"))
    return datetime(
        year, parts.get("m", 1), parts.get("d", 1), parts.get("H", 0), parts.get("M", 0), parts.get("S", 0), micro
    )


def _shown(moment: datetime, form: str) -> str:
    return moment.strftime(_form(form))

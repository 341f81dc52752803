"""``$system.SQL``: functions of SQL for code. Statements are run by ``%SQL.Statement``, which the data room has."""

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .. import dictionary
from ..errors import ObjectScriptError
from ..frame import ByRef
from ..functions.dates import EPOCH, moment_of
from ..operators import power
from ..values import canonical, number, text
from .system_status import SystemStatus

_UNITS = {
    "year": ("yyyy", "yy", "sql_tsi_year"), "quarter": ("qq", "q"), "month": ("mm", "m", "sql_tsi_month"),
    "week": ("wk", "ww", "sql_tsi_week"), "weekday": ("dw",), "day": ("dd", "d", "sql_tsi_day"),
    "dayofyear": ("dy",), "hour": ("hh", "h", "sql_tsi_hour"), "minute": ("mi", "n", "sql_tsi_minute"),
    "second": ("ss", "s", "sql_tsi_second"), "millisecond": ("ms",),
}  # fmt: skip
_LENGTHS = {"week": 604800, "day": 86400, "dayofyear": 86400, "weekday": 86400, "hour": 3600, "minute": 60, "second": 1}
_FORMATS = (
    ("YYYY", "%Y"), ("MM", "%m"), ("DD", "%d"), ("HH24", "%H"), ("HH12", "%I"), ("HH", "%I"), ("MI", "%M"),
    ("SS", "%S"), ("MONTH", "%B"), ("MON", "%b"), ("YY", "%y"), ("AM", "%p"), ("DY", "%a"), ("DAY", "%A"),
)  # fmt: skip


def _unit(name: object) -> str:
    wanted = text(name).strip("'\"").lower()
    for unit, others in _UNITS.items():
        if wanted == unit or wanted in others:
            return unit
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{wanted!r} is no part of a date: {', '.join(_UNITS)}")


def _moment(value: object) -> datetime:
    """A date of $horolog, or a written date and time."""
    shown = text(value)
    if shown.replace(",", "").isdigit():
        return moment_of(shown)
    try:
        return datetime.fromisoformat(shown)
    except ValueError:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"{shown!r} is no date: YYYY-MM-DD HH:MM:SS") from None


def _written(moment: datetime) -> str:
    return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")


def _pattern(form: str) -> str:
    made, at = "", 0
    while at < len(form):
        for name, code in _FORMATS:
            if form[at : at + len(name)].upper() == name:
                made, at = made + code, at + len(name)
                break
        else:
            made, at = made + form[at].replace("%", "%%"), at + 1
    return made


class SystemFunctions:
    """Functions of SQL; ``$system.SQL.Functions`` and ``$system.SQL`` both have them."""

    @staticmethod
    def DATEADD(unit: object, count: object, value: object) -> str:
        """A date and time, so many units later."""
        name, steps, moment = _unit(unit), int(number(count)), _moment(value)
        months = steps * {"year": 12, "quarter": 3, "month": 1}.get(name, 0)
        if months:
            year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
            day = moment.day
            while True:
                try:
                    return _written(moment.replace(year, month + 1, day))
                except ValueError:
                    if day < 29:
                        raise ObjectScriptError("<ILLEGAL VALUE>", f"{year} is no year") from None
                    day -= 1
        if name == "millisecond":
            return _written(moment + timedelta(milliseconds=steps))
        return _written(moment + timedelta(seconds=steps * _LENGTHS.get(name, 0)))

    @staticmethod
    def DATEDIFF(unit: object, start: object, end: object) -> int:
        """How many borders of a unit lie between two moments."""
        name, one, two = _unit(unit), _moment(start), _moment(end)
        if name in ("year", "quarter", "month"):
            size = {"year": 12, "quarter": 3, "month": 1}[name]
            return (two.year * 12 + two.month - 1) // size - (one.year * 12 + one.month - 1) // size
        if name == "millisecond":
            return (two - one) // timedelta(milliseconds=1)
        size = _LENGTHS[name]
        shift = 86400 if name == "week" else 0  # a week begins on Sunday; the first day of all was a Thursday
        from_start = [int((moment - EPOCH).total_seconds()) + 4 * shift for moment in (one, two)]
        return from_start[1] // size - from_start[0] // size

    @staticmethod
    def DATEPART(unit: object, value: object) -> object:
        """A part of a date as a number."""
        name, moment = _unit(unit), _moment(value)
        found = {
            "quarter": (moment.month + 2) // 3,
            "weekday": moment.isoweekday() % 7 + 1,
            "dayofyear": moment.timetuple().tm_yday,
            "week": moment.isocalendar().week,
            "millisecond": moment.microsecond // 1000,
        }
        return found[name] if name in found else getattr(moment, name)

    @staticmethod
    def DATENAME(unit: object, value: object) -> str:
        """A part of a date in words."""
        name, moment = _unit(unit), _moment(value)
        named = {"month": "%B", "weekday": "%A"}.get(name)
        return moment.strftime(named) if named else text(SystemFunctions.DATEPART(unit, value))

    @staticmethod
    def TODATE(value: object, form: object = "DD MON YYYY") -> int:
        """The day number of a written date."""
        try:
            return (datetime.strptime(text(value), _pattern(text(form))) - EPOCH).days
        except ValueError:
            raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(value)!r} is no date of format {text(form)}") from None

    @staticmethod
    def TOCHAR(value: object, form: object = "YYYY-MM-DD") -> str:
        """A date, written by a format."""
        return _moment(value).strftime(_pattern(text(form)))

    @staticmethod
    def TOTIMESTAMP(value: object, form: object = "YYYY-MM-DD HH24:MI:SS") -> str:
        """A written date and time in the form of SQL."""
        try:
            return _written(datetime.strptime(text(value), _pattern(text(form))))
        except ValueError:
            raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(value)!r} is not of format {text(form)}") from None

    @staticmethod
    def UPPER(value: object) -> str:
        """In capitals."""
        return text(value).upper()

    @staticmethod
    def LOWER(value: object) -> str:
        """In small letters."""
        return text(value).lower()

    SQLUPPER = staticmethod(lambda value, *_: f" {text(value).upper()}")

    @staticmethod
    def SQLSTRING(value: object, *_: object) -> str:
        """As a string that sorts by character."""
        return f" {text(value).rstrip()}"

    @staticmethod
    def ROUND(value: object, digits: object = 0, *_: object) -> object:
        """Rounded, half up."""
        from ..functions.numbers import justify

        return number(justify(value, 0, digits))

    @staticmethod
    def CEILING(value: object) -> object:
        """The next whole number above."""
        return math.ceil(number(value))

    @staticmethod
    def FLOOR(value: object) -> object:
        """The next whole number below."""
        return math.floor(number(value))

    @staticmethod
    def ABS(value: object) -> object:
        """Without its sign."""
        return abs(number(value))

    @staticmethod
    def MOD(value: object, divisor: object) -> object:
        """What is left when it is divided; of the sign of the value."""
        one, two = Decimal(text(number(value))), Decimal(text(number(divisor)))
        return canonical(one - two * int(one / two))

    @staticmethod
    def POWER(base: object, exponent: object) -> object:
        """A power."""
        return power(base, exponent)

    @staticmethod
    def SQRT(value: object) -> object:
        """The square root."""
        return power(value, Decimal("0.5"))

    @staticmethod
    def SIGN(value: object) -> int:
        """-1, 0 or 1."""
        found = number(value)
        return (found > 0) - (found < 0)

    @staticmethod
    def CURRENTDATE() -> int:
        """Today."""
        return (datetime.now() - EPOCH).days


class SystemSQL(SystemFunctions):
    """``$system.SQL``."""

    @staticmethod
    def Functions() -> SystemFunctions:
        """The functions by themselves."""
        return SystemFunctions()

    @staticmethod
    def SQLCODE(value: object, message: ByRef[object] | None = None) -> object:
        """The SQLCODE of a status."""
        return SystemStatus.StatusToSQLCODE(value, message)

    @staticmethod
    def Execute(sql: object, *arguments: object) -> object:
        """Run a statement: its result."""
        statement: Any = dictionary.resolve("%SQL.Statement")
        return statement._ExecDirect("", sql, *arguments)

    @staticmethod
    def TableExists(name: object, *_: object) -> int:
        """Whether a table can be read."""
        statement: Any = dictionary.resolve("%SQL.Statement")
        return int(statement._ExecDirect("", f"select count(*) from {text(name)}")._SQLCODE >= 0)

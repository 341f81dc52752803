"""Dates and times: ``$zdate``, ``$ztime``, ``$zdatetime`` and back.

Formats and their numbers are those of the language; month and day names are English, separators ``/`` and ``:``. Years
from 1900 to 1999 have two digits in the formats that say so, unless `yearopt` is 1, 2, 4 or 6 (four digits).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from isc.py.objectscript.errors import NotSupportedError, ObjectScriptError
from isc.py.objectscript.values import number, text

from .arguments import whole

EPOCH = datetime(1840, 12, 31)
_FIRST, _LAST = -672045, 2980013  # 0001-01-01 and 9999-12-31
_PM = re.compile(r"\s*([AP]M|NOON|MIDNIGHT)\s*$", re.I)
_ZONE = re.compile(r"(?:Z|([+-])(\d\d):?(\d\d))$", re.I)
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?")
_WRITTEN: dict[int, Callable[[datetime, str], str]] = {
    0: lambda day, year: f"{day:%d %b} {year}",
    1: lambda day, year: f"{day:%m/%d}/{year}",
    2: lambda day, year: f"{day:%d %b} {year}",
    3: lambda day, _: f"{day.year:04}-{day:%m-%d}",
    4: lambda day, year: f"{day:%d/%m}/{year}",
    5: lambda day, _: f"{day:%b} {day.day}, {day.year:04}",
    6: lambda day, _: f"{day:%b} {day.day} {day.year:04}",
    7: lambda day, year: f"{day:%b %d} {year}",
    8: lambda day, _: f"{day.year:04}{day:%m%d}",
    9: lambda day, _: f"{day:%B} {day.day}, {day.year:04}",
    10: lambda day, _: f"{day:%w}",
    11: lambda day, _: f"{day:%a}",
    12: lambda day, _: f"{day:%A}",
    14: lambda day, _: str(day.timetuple().tm_yday),
    15: lambda day, year: f"{day:%d/%m}/{year}",
}
_READ: dict[int, tuple[str, ...]] = {
    0: ("%d %b %Y", "%d %B %Y", "%d %b %y"),
    1: ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y"),
    2: ("%d %b %Y", "%d %B %Y", "%d %b %y"),
    3: ("%Y-%m-%d",),
    4: ("%d/%m/%Y", "%d/%m/%y"),
    5: ("%b %d, %Y", "%B %d, %Y", "%b %d %Y"),
    6: ("%b %d %Y", "%B %d %Y"),
    7: ("%b %d %Y", "%b %d %y"),
    8: ("%Y%m%d",),
    9: ("%B %d, %Y", "%b %d, %Y"),
    15: ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y"),
}


def moment_of(value: object) -> datetime:
    """The moment of a $horolog value."""
    day, _, seconds = text(value).partition(",")
    return EPOCH + timedelta(days=whole(day), seconds=float(number(seconds)))


def horolog_text(moment: datetime) -> str:
    """A moment as $horolog writes it."""
    span = moment - EPOCH
    return f"{span.days},{span.seconds}"


def now(minutes: object = None) -> str:
    """``$now``: day and second with their fraction, local time, or that of `minutes` west of Greenwich."""
    moment = datetime.now() if minutes is None else datetime.now(UTC).replace(tzinfo=None)
    if minutes is not None:
        moment -= timedelta(minutes=whole(minutes))
    return f"{horolog_text(moment)}.{moment.microsecond:06}".rstrip("0").rstrip(".")


def zdate(
    value: object,
    form: object = 1,
    _months: object = "",
    yearopt: object = 0,
    _start: object = "",
    _end: object = "",
    _low: object = "",
    _high: object = "",
    erropt: object = None,
) -> object:
    """``$zdate``: a day of $horolog in words; `erropt` is given instead of an error.

    Raises:
        ObjectScriptError: ``<ILLEGAL VALUE>``, ``<VALUE OUT OF RANGE>``.
    """
    kind = whole(form) if text(form) else 1
    if kind == -2:
        return int(moment_of(value).replace(tzinfo=UTC).timestamp())
    if kind not in _WRITTEN and kind != -1:
        raise NotSupportedError(f"$zdate format {kind} is not supported: use {', '.join(map(str, _WRITTEN))}")
    day = whole(text(value).partition(",")[0])
    if not _FIRST <= day <= _LAST:
        if erropt is not None:
            return erropt
        raise ObjectScriptError("<VALUE OUT OF RANGE>", f"{text(value)!r} is no day from 0001-01-01 to 9999-12-31")
    date = EPOCH + timedelta(days=day)
    short = 1900 <= date.year <= 1999 and whole(yearopt) not in (1, 2, 4, 6)
    return _WRITTEN[1 if kind == -1 else kind](date, f"{date.year % 100:02}" if short else f"{date.year:04}")


def ztime(value: object, form: object = 1, precision: object = 0, *_: object) -> str:
    """``$ztime``: seconds since midnight in the formats 1 to 8; `precision` is the number of decimals."""
    seconds, kind = number(value), whole(form) if text(form) else 1
    total, digits = int(seconds), max(whole(precision), 0)
    hour = total // 3600
    shown = f"{(hour % 12 or 12) if kind in (3, 4) else hour:02}:{total // 60 % 60:02}"
    if kind in (-1, 1, 3, 5, 7):
        shown += f":{total % 60:02}"
        if digits:
            shown += f".{int((Decimal(str(seconds)) - total) * 10**digits):0{digits}}"
    if kind in (3, 4):
        return shown + ("AM" if hour < 12 else "PM")
    if kind in (7, 8):
        return f"{shown}Z"
    return f"{shown}{_offset()}" if kind in (5, 6) else shown


def _offset() -> str:
    """The offset of local time, as ``+01:00``."""
    found = datetime.now().astimezone().strftime("%z")
    return f"{found[:3]}:{found[3:5]}"


def zdatetime(value: object, form: object = 1, time_form: object = 1, precision: object = 0, *more: object) -> object:
    """``$zdatetime``: format 3 is YYYY-MM-DD HH:MM:SS, -2 Unix seconds, 1 MM/DD/YYYY HH:MM:SS."""
    day, _comma, seconds = text(value).partition(",")
    if text(form) and whole(form) == -2:
        return int(moment_of(value).timestamp())
    if text(form) and whole(form) == -3:  # local time of a moment in UTC
        return zdatetime(horolog_text(moment_of(value).replace(tzinfo=UTC).astimezone().replace(tzinfo=None)), 3)
    between = "T" if text(time_form) and whole(time_form) in (5, 6, 7, 8) else " "
    return f"{text(zdate(day, form, *more[:7]))}{between}{ztime(seconds or 0, time_form, precision)}"


def zdateh(
    value: object,
    form: object = 1,
    _months: object = "",
    _yearopt: object = 0,
    _start: object = "",
    _end: object = "",
    _low: object = "",
    _high: object = "",
    erropt: object = None,
) -> object:
    """``$zdateh``: the day number of a date; `erropt` is given instead of an error.

    Raises:
        ObjectScriptError: ``<ILLEGAL VALUE>``.
    """
    shown, kind = text(value).strip(), whole(form) if text(form) else 1
    if kind == -2:
        return (datetime.fromtimestamp(float(number(value)), UTC).replace(tzinfo=None) - EPOCH).days
    if shown.upper() == "T":
        return (datetime.now() - EPOCH).days
    for pattern in _READ.get(kind, ()) if kind != -1 else _READ[1]:
        try:
            return (datetime.strptime(shown, pattern) - EPOCH).days
        except ValueError:
            continue
    if erropt is not None:
        return erropt
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{shown!r} is no date of format {text(form)}")


def ztimeh(value: object, _form: object = 1, erropt: object = None) -> object:
    """``$ztimeh``: the seconds of a time, with AM or PM, fractions and zone; `erropt` is given instead of an error.

    Raises:
        ObjectScriptError: ``<ILLEGAL VALUE>``.
    """
    shown = _ZONE.sub("", text(value).strip())
    half = _PM.search(shown)
    found = _CLOCK.fullmatch(_PM.sub("", shown))
    if found is not None:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if half is not None:
            hour = hour % 12 + (12 if half[1].upper() in ("PM", "NOON") else 0)
        if hour < 24 and minute < 60 and second < 60:
            total = hour * 3600 + minute * 60 + second
            return total + Decimal(found[4]).normalize() if found[4] else total
    if erropt is not None:
        return erropt
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(value)!r} is no time")


def zdatetimeh(value: object, form: object = 1, time_form: object = 1, *more: object) -> object:
    """``$zdatetimeh``: the $horolog value of a date and time."""
    if text(form) and whole(form) == -2:
        return horolog_text(datetime.fromtimestamp(float(number(value))))
    shown = text(value).strip()
    separator = "T" if re.match(r"\d{4}-?\d\d-?\d\dT", shown) else " "
    day, _, clock = shown.partition(separator)
    if separator == " " and ":" not in clock and " " in clock:  # dates that have blanks themselves
        day, _, clock = shown.rpartition(" ") if ":" in shown.rpartition(" ")[2] else (shown, "", "")
    erropt = more[6] if len(more) > 6 else None
    date = zdateh(day, form, erropt=erropt)
    if not isinstance(date, int):
        return date
    return f"{date},{text(ztimeh(clock, time_form, erropt)) if clock else 0}"

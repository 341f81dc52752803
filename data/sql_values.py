"""Constants of SQL as the field they meet needs them: a date may come as ODBC text or as a ``$HOROLOG`` number."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from isc.py.objectscript.values import text

from .exceptions import SQLError

__all__ = ["as_kind"]

_EPOCH = date(1840, 12, 31)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_kind(value: object, kind: str) -> object:
    """A constant for a field of a kind (a letter of `Column`); null when the field can never have it.

    Raises:
        SQLError: it is no date or time (-146, -147).
    """
    if value is None:
        return None
    if kind in "dtm" and kind:
        return _KINDS[kind](value)
    if kind in ("i", "f", "n", "b"):
        return _number(value)
    if kind == "s" and not isinstance(value, str | bytes):
        return text(value) if not isinstance(value, date | time) else str(value)
    return value


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    shown = value.strip()
    if not _NUMBER.fullmatch(shown):
        return {"true": 1, "false": 0}.get(shown.lower())
    try:
        found = Decimal(shown)
    except InvalidOperation:
        return None
    return int(found) if found == found.to_integral_value() and abs(found) < 2**63 else found


def _days(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value.strip()):
        return int(value)
    return None


def _date(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value == "":
        return value or None
    days = _days(value)
    try:
        if days is not None:
            return _EPOCH + timedelta(days=days)
        return datetime.fromisoformat(str(value).strip()).date()
    except (ValueError, OverflowError) as error:
        raise SQLError(-146, f"{value!r} is no date: YYYY-MM-DD, or a day of $HOROLOG") from error


def _time(value: object) -> object:
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time) or value == "":
        return value or None
    try:
        if isinstance(value, int | float | Decimal) or re.fullmatch(r"\d+(\.\d*)?", str(value).strip()):
            return (datetime.min + timedelta(seconds=float(str(value)))).time()
        return time.fromisoformat(str(value).strip())
    except ValueError as error:
        raise SQLError(-147, f"{value!r} is no time: HH:MM:SS, or seconds since midnight") from error


def _moment(value: object) -> object:
    if isinstance(value, datetime) or value is None:
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, time):
        return datetime.combine(_EPOCH, value)
    shown = str(value).strip()
    if not shown:
        return None
    try:
        if re.fullmatch(r"\d+,\d+(\.\d*)?", shown):
            days, seconds = shown.split(",")
            return datetime.combine(_EPOCH, time()) + timedelta(days=int(days), seconds=float(seconds))
        if re.fullmatch(r"\d{1,2}:\d\d(:\d\d(\.\d*)?)?", shown):
            return datetime.combine(_EPOCH, time.fromisoformat(shown.zfill(5)))
        days_only = _days(value)
        if days_only is not None:
            return datetime.combine(_EPOCH, time()) + timedelta(days=days_only)
        return datetime.fromisoformat(shown)
    except (ValueError, OverflowError) as error:
        raise SQLError(-148, f"{value!r} is no timestamp: YYYY-MM-DD HH:MM:SS") from error


_KINDS = {"d": _date, "t": _time, "m": _moment}

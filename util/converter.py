"""`Converter`: dates, times and truth values of the language to Python's and back."""

from datetime import date, datetime, time, timedelta

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript.functions import zdateh, ztimeh
from isc.py.objectscript.values import number, text

_EPOCH = date(1840, 12, 31)


class ConversionError(IscError, ValueError):
    """A value that is no date, time or timestamp."""


class Converter:
    """Static methods; days count from 1840-12-31, times in seconds of the day."""

    @staticmethod
    def ToDate(day: object) -> date | None:
        """The date of a ``$HOROLOG`` day (or of the day of a whole ``$HOROLOG``); None for ""."""
        shown = text(day).partition(",")[0]
        try:
            return _EPOCH + timedelta(days=int(number(shown))) if shown else None
        except OverflowError as error:
            raise ConversionError(f"day {shown} is outside of the years 1 to 9999") from error

    @staticmethod
    def FromDate(value: date | str | None) -> object:
        """The ``$HOROLOG`` day of a date or of YYYY-MM-DD; "" for None."""
        if value is None or value == "":
            return ""
        return zdateh(value, 3) if isinstance(value, str) else (date(value.year, value.month, value.day) - _EPOCH).days

    @staticmethod
    def ToTime(seconds: object) -> time | None:
        """The time of seconds of the day; None for ""."""
        if text(seconds) == "":
            return None
        whole = float(number(seconds))
        if not 0 <= whole < 86400:
            raise ConversionError(f"{text(seconds)} seconds are no time of a day: 0 to 86399")
        return (datetime.min + timedelta(seconds=whole)).time()

    @staticmethod
    def FromTime(value: time | str | None) -> object:
        """The seconds of the day of a time or of HH:MM:SS; "" for None."""
        if value is None or value == "":
            return ""
        return ztimeh(value) if isinstance(value, str) else value.hour * 3600 + value.minute * 60 + value.second

    @staticmethod
    def ToTimestamp(value: object) -> datetime | None:
        """The moment of ``YYYY-MM-DD HH:MM:SS[.fff]`` or of a whole ``$HOROLOG``; None for ""."""
        shown = text(value)
        if not shown:
            return None
        try:
            if "," in shown:
                day, _, seconds = shown.partition(",")
                start = datetime.combine(_EPOCH, time())
                return start + timedelta(days=int(number(day)), seconds=float(number(seconds)))
            return datetime.fromisoformat(shown)
        except (ValueError, OverflowError) as error:
            raise ConversionError(f"{shown!r} is no timestamp: write YYYY-MM-DD HH:MM:SS, or a $HOROLOG") from error

    @staticmethod
    def FromTimestamp(value: datetime | None) -> str:
        """``YYYY-MM-DD HH:MM:SS[.ffffff]``; "" for None."""
        return "" if value is None else value.isoformat(sep=" ")

    @staticmethod
    def ToBoolean(value: object) -> bool | None:
        """True for any number but 0; None for ""."""
        return None if text(value) == "" else number(value) != 0

    @staticmethod
    def FromBoolean(value: bool | None) -> object:
        """1 or 0; "" for None."""
        return "" if value is None else int(value)

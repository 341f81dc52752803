"""``%PosixTime``: a moment as a whole number of microseconds since 1970, marked so that such numbers sort."""

from datetime import UTC, datetime, timedelta

from ..values import text
from .type_classes import Integer

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = 1 << 60  # added to moments since 1970
_MARK_BEFORE = -((1 << 62) + (1 << 61))  # added to those before, whose count is negative


class PosixTime(Integer):
    """``%PosixTime``; it is written as ``YYYY-MM-DD HH:MM:SS.ffffff`` without zeros at the end."""

    _kind = "PosixTime"

    @classmethod
    def Normalize(cls, value: object = "") -> object:
        """As it is."""
        return value

    @classmethod
    def LogicalToOdbc(cls, value: object = "") -> object:
        """The moment, written; what is no such number stays."""
        shown = text(value)
        if not shown.lstrip("-").isdigit():
            return shown
        marked = int(shown)
        micros = marked - (_MARK if marked >= 0 else _MARK_BEFORE)
        try:
            moment = (_SINCE + timedelta(microseconds=micros)).replace(tzinfo=None)
        except OverflowError:
            return shown
        return moment.isoformat(" ", "microseconds").rstrip("0").rstrip(".")

    @classmethod
    def OdbcToLogical(cls, value: object = "") -> object:
        """The number of a written moment (UTC); "" for what is none."""
        try:
            moment = datetime.fromisoformat(text(value).strip())
        except ValueError:
            return ""
        micros = (moment.replace(tzinfo=moment.tzinfo or UTC) - _SINCE) // timedelta(microseconds=1)
        return micros + (_MARK if micros >= 0 else _MARK_BEFORE)

    @classmethod
    def LogicalToDisplay(cls, value: object = "", *_: object) -> object:
        """As SQL sees it."""
        return cls.LogicalToOdbc(value)

    @classmethod
    def DisplayToLogical(cls, value: object = "", *_: object) -> object:
        """The other way round."""
        return cls.OdbcToLogical(value)

    @classmethod
    def LogicalToXSD(cls, value: object = "") -> object:
        """With a T and a Z."""
        shown = text(cls.LogicalToOdbc(value))
        return f"{shown.replace(' ', 'T')}Z" if shown else ""

    @classmethod
    def XSDToLogical(cls, value: object = "") -> object:
        """The number of an XML moment; without a time zone it is UTC."""
        return cls.OdbcToLogical(value)

    @classmethod
    def UnixTimeToLogical(cls, value: object = "") -> object:
        """The number of seconds since 1970 that may have a fraction."""
        return cls.OdbcToLogical((_SINCE + timedelta(seconds=float(text(value) or 0))).isoformat())

    @classmethod
    def LogicalToUnixTime(cls, value: object = "") -> object:
        """Whole seconds since 1970."""
        marked = int(text(value) or 0)
        return (marked - (_MARK if marked >= 0 else _MARK_BEFORE)) // 1_000_000

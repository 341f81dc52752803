"""Dates and times: ``$zdate``, ``$ztime``, ``$zdatetime`` and back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from isc.py.objectscript.errors import NotSupportedError, ObjectScriptError
from isc.py.objectscript.values import number, text

from .arguments import whole

EPOCH = datetime(1840, 12, 31)


def moment_of(value: object) -> datetime:
    """The moment of a $horolog value."""
    day, _, seconds = text(value).partition(",")
    return EPOCH + timedelta(days=whole(day), seconds=float(number(seconds)))


def zdate(value: object, form: object = 1, *_: object) -> str:
    """``$zdate`` in the formats 1, 3, 4, 5, 8 and 15."""
    if whole(form) == -2:
        return text(int((moment_of(value).replace(tzinfo=UTC)).timestamp()))
    patterns = {
        1: "%m/%d/%Y",
        3: "%Y-%m-%d",
        4: "%d/%m/%Y",
        5: "%b %-d, %Y",
        8: "%Y%m%d",
        15: "%d-%m-%Y",
        2: "%d %b %Y",
    }
    if whole(form) not in patterns:
        raise NotSupportedError(f"$zdate format {text(form)} is not supported: use {', '.join(map(str, patterns))}")
    return moment_of(value).strftime(patterns[whole(form)])


def ztime(value: object, form: object = 1, precision: object = 0) -> str:
    """``$ztime`` in the formats 1 (HH:MM:SS) and 2 (HH:MM)."""
    seconds = number(value)
    total = int(seconds)
    shown = f"{total // 3600:02}:{total // 60 % 60:02}" + (f":{total % 60:02}" if whole(form) in (1, 3) else "")
    if whole(precision) > 0:
        shown += f".{int((Decimal(str(seconds)) - total) * 10 ** whole(precision)):0{whole(precision)}}"
    return shown


def zdatetime(value: object, form: object = 1, time_form: object = 1, precision: object = 0, *_: object) -> str:
    """``$zdatetime``: format 3 is YYYY-MM-DD HH:MM:SS, -2 Unix seconds."""
    day, _comma, seconds = text(value).partition(",")
    if whole(form) == -2:
        local = moment_of(value)
        return str(int(local.timestamp()))
    between = "T" if whole(time_form) in (5, 7) else " "
    return zdate(day, form) + between + ztime(seconds or 0, 1, precision) + ("Z" if whole(time_form) == 7 else "")


def zdateh(value: object, form: object = 1, *_: object) -> int:
    """``$zdateh``: the day number of a date."""
    shown = text(value).strip()
    for pattern in {3: ["%Y-%m-%d"], 4: ["%d/%m/%Y"], 8: ["%Y%m%d"], 1: ["%m/%d/%Y"]}.get(
        whole(form), ["%Y-%m-%d", "%m/%d/%Y", "%d %b %Y"]
    ):
        try:
            return (datetime.strptime(shown, pattern) - EPOCH).days
        except ValueError:
            continue
    raise ObjectScriptError("<ILLEGAL VALUE>", f"{shown!r} is no date of format {text(form)}")


def ztimeh(value: object, *_: object) -> int:
    """``$ztimeh``: the seconds of a time."""
    parts = text(value).strip().split(":")
    try:
        hours, minutes, seconds = [*map(int, parts), 0, 0][:3]
    except ValueError:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"{text(value)!r} is no time") from None
    return hours * 3600 + minutes * 60 + seconds


def zdatetimeh(value: object, form: object = 1, *_: object) -> str:
    """``$zdatetimeh``."""
    if whole(form) == -2:
        moment = datetime.fromtimestamp(float(number(value)))
        return horolog_text(moment)
    day, _space, clock = text(value).strip().replace("T", " ").rstrip("Z").partition(" ")
    return f"{zdateh(day, form)},{ztimeh(clock.partition('.')[0] or '0')}"


def horolog_text(moment: datetime) -> str:
    """A moment as $horolog writes it."""
    span = moment - EPOCH
    return f"{span.days},{span.seconds}"

"""Special variables."""

import getpass
import os
import time
from datetime import UTC, datetime
from decimal import Decimal

from isc.py.objectscript.frame import Frame
from isc.py.objectscript.values import Number, canonical, text

from .dates import horolog_text


def horolog(frame: Frame) -> str:
    """``$horolog``: day and second, local time."""
    return horolog_text(datetime.now())


def ztimestamp(frame: Frame) -> str:
    """``$ztimestamp``: UTC with milliseconds."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return f"{horolog_text(now)}.{now.microsecond // 1000:03}".rstrip("0").rstrip(".")


def zhorolog(frame: Frame) -> Number:
    """``$zhorolog``: seconds since the machine started."""
    return canonical(Decimal(str(round(time.monotonic(), 6))))


def job(frame: Frame) -> int:
    """``$job``."""
    return os.getpid()


def namespace(frame: Frame) -> str:
    """``$namespace``."""
    return text(getattr(frame.platform, "name", "USER"))


def zerror(frame: Frame) -> object:
    """``$zerror``: the last error."""
    return frame.variables.get("%zerror", "")


def tlevel(frame: Frame) -> int:
    """``$tlevel``: how many levels of a transaction are open."""
    asked = getattr(frame.platform, "tlevel", None)
    return int(asked()) if callable(asked) else 0


def username(frame: Frame) -> str:
    """``$username``."""
    return getpass.getuser()


def zversion(frame: Frame) -> str:
    """``$zversion``: says that this is not an IRIS server."""
    return "isc-py"


def test(frame: Frame) -> int:
    """``$test``: what the last line-form ``if`` or timed command found."""
    return frame.test

"""Special variables."""

import getpass
import os
import time
from datetime import UTC, datetime
from decimal import Decimal

from isc.py.objectscript.frame import Frame
from isc.py.objectscript.output import position
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


def quit(frame: Frame) -> int:  # noqa: A001
    """``$quit``: 1: what a call gives is always taken; whoever does not need it drops it."""
    return 1


def io(frame: Frame) -> str:
    """``$io``: the current device, a file or 0."""
    from isc.py.objectscript.file_devices import device_of

    return device_of(frame)


def zeof(frame: Frame) -> int:
    """``$zeof``: -1 when the last read met the end of the file that is in use."""
    from isc.py.objectscript.file_devices import end_of

    return end_of(frame)


def principal(frame: Frame) -> str:
    """``$principal``: the device that a process begins with."""
    return "0"


zio = device = io


def x(frame: Frame) -> int:
    """``$x``: the column that the output has reached."""
    return position(frame.output)[0]


def y(frame: Frame) -> int:
    """``$y``: the line that the output has reached."""
    return position(frame.output)[1]


def ecode(frame: Frame) -> str:
    """``$ecode``: the codes of the last error, between commas."""
    held = text(frame.variables.get("%zerror", ""))
    return f",Z{held.partition('>')[0].lstrip('<')}," if held else ""


def stack(frame: Frame) -> int:
    """``$stack``: what called what is in the traceback of an error; here it is always 1."""
    return 1


def estack(frame: Frame) -> int:
    """``$estack``: as `stack`, counted from the last ``new $estack``."""
    return 0


def storage(frame: Frame) -> int:
    """``$storage``: bytes that are left; memory is the machine's."""
    return 268435456


def zstorage(frame: Frame) -> int:
    """``$zstorage``: kilobytes that a process may use; memory is the machine's."""
    return 262144


def zparent(frame: Frame) -> int:
    """``$zparent``: 0: no job has started this process."""
    return 0


zchild = zparent


def zpi(frame: Frame) -> Number:
    """``$zpi``."""
    return Decimal("3.14159265358979324")


def _nothing(frame: Frame) -> str:
    """What has no meaning here is empty."""
    return ""


key = za = zb = zmode = roles = etrap = ztrap = halt = zname = system = _nothing

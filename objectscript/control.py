"""What commands do at run time: loops, errors, statuses, logging, locks and transactions."""

import logging
import time
from collections.abc import Iterator

from . import status, values
from .errors import ObjectScriptError
from .frame import Frame
from .library import exceptions
from .operators import add
from .output import log_sink
from .platform import LockingPlatform, TransactionalPlatform
from .special_places import put_namespace
from .variables import Reference

throw = exceptions.throw
_log = logging.getLogger("isc.py.objectscript")


def is_error(value: object) -> int:
    """``$$$ISERR``."""
    return int(status.is_error(value))


def is_ok(value: object) -> int:
    """``$$$ISOK``."""
    return int(status.is_ok(value))


def error_status(code: object, *arguments: object) -> str:
    """``$$$ERROR``."""
    return status.error(status.code_of(code), *arguments)


def named_error(name: str, *arguments: object) -> str:
    """``$$$ERROR($$$Name, …)`` with a name that no include file here gives a number: the status tells the name."""
    return status.error(f"<{name}>", *arguments)


def undefined_macro(frame: Frame, name: str, _arguments: tuple[object, ...]) -> object:
    """A macro that nobody defines.

    Raises:
        ObjectScriptError: always.
    """
    detail = f"the macro $$${name} is not defined: load the include file that defines it (iscpy load PATH)"
    raise ObjectScriptError("<UNDEFINED>", detail, frame.place)


def throw_on_error(value: object) -> object:
    """``$$$ThrowOnError``."""
    status.check(value)
    return value


def throw_status(value: object) -> object:
    """``$$$ThrowStatus``."""
    raise status.StatusError(values.text(value))


def quote(value: object) -> str:
    """A string literal of the language."""
    return '"' + values.text(value).replace('"', '""') + '"'


def format_text(template: object, *arguments: object) -> str:
    """``$$$FormatText``: %1, %2 … replaced."""
    shown = values.text(template)
    for at, argument in enumerate(arguments, start=1):
        shown = shown.replace(f"%{at}", values.text(argument))
    return shown


def log(frame: Frame, kind: str, *arguments: object) -> str:
    """``$$$TRACE``, ``$$$LOGINFO`` and the like: to the frame's log when it has one, else to logging."""
    shown = " ".join(values.text(argument) for argument in arguments)
    writer = getattr(frame.this, "_write_log", None)
    if callable(writer):
        writer(kind, shown)
    elif (sink := log_sink()) is not None:
        sink(kind, shown)
    else:
        _log.info("%s: %s", kind, shown)
    return ""


def for_values(frame: Frame, name: str, *ranges: tuple[object, ...]) -> Iterator[None]:
    """Gives the variable of ``for i=a,b:step:end`` its values, one a turn; the body may change it."""
    for bounds in ranges:
        frame.variables[name] = bounds[0] if len(bounds) == 1 else values.number(bounds[0])
        if len(bounds) == 1:
            yield None
            continue
        step = values.number(bounds[1])
        end = values.number(bounds[2]) if len(bounds) > 2 else None
        value = values.number(frame.variables[name])
        while end is None or (value <= end if step >= 0 else value >= end):
            frame.variables[name] = value
            yield None
            value = add(frame.variables.get(name, value), step)


def for_places(place: Reference, *ranges: tuple[object, ...]) -> Iterator[None]:
    """`for_values` for a subscripted variable."""
    for bounds in ranges:
        place.set(bounds[0] if len(bounds) == 1 else values.number(bounds[0]))
        if len(bounds) == 1:
            yield None
            continue
        step = values.number(bounds[1])
        end = values.number(bounds[2]) if len(bounds) > 2 else None
        value = values.number(bounds[0])
        while end is None or (value <= end if step >= 0 else value >= end):
            place.set(value)
            yield None
            held = place.value()
            value = add(value if held is None else held, step)


def hang(seconds: object) -> None:
    """``hang``."""
    time.sleep(max(0.0, float(values.number(seconds))))


def catch(frame: Frame, name: str | None, error: Exception) -> None:
    """Bind what ``catch`` caught: the exception object of the language."""
    caught = exceptions.exception_object(error)
    frame.variables["%zerror"] = str(error)
    if name:
        frame.variables[name] = caught


class LeaveTry(BaseException):
    """``quit`` inside a ``try`` or ``catch`` block: goes on behind them."""


def lock_type(place: str, kind: object) -> str:
    """A place to lock with its type behind it: ``^a(1)#"S"``."""
    return f'{place}#"{values.text(kind)}"'


def lock(frame: Frame, mode: str, places: tuple[str, ...], timeout: object | None) -> None:
    """``lock``: through the platform; $test tells whether a timed one was had."""
    platform = frame.platform
    if not isinstance(platform, LockingPlatform):
        raise ObjectScriptError("<NAMESPACE>", "lock needs a namespace that can lock: none is open here", frame.place)
    had = platform.lock(mode, places, None if timeout is None else float(values.number(timeout)))
    if timeout is not None:
        frame.test = int(had)


def transaction(frame: Frame, verb: str) -> None:
    """``tstart``, ``tcommit`` and ``trollback``: through the platform."""
    platform = frame.platform
    if not isinstance(platform, TransactionalPlatform):
        raise ObjectScriptError("<NAMESPACE>", f"{verb} needs a namespace with transactions", frame.place)
    getattr(platform, verb)()


def no_trap(_handler: object) -> None:
    """``set $ztrap`` and ``set $etrap``: error traps are not had here; errors reach ``try`` or the caller."""


def set_special(frame: Frame, name: str, value: object) -> None:
    """``set $zerror``, ``set $test``, ``set $namespace`` …; a non-empty ``$ecode`` raises, ``$x`` and ``$y`` stay."""
    if name == "test":
        frame.test = int(values.number(value) != 0)
    elif name == "zerror":
        frame.variables["%zerror"] = values.text(value)
    elif name == "namespace":
        put_namespace(frame, value)
    elif name == "ecode" and values.text(value):
        raise ObjectScriptError("<ECODETRAP>", values.text(value), frame.place)


def refuse(frame: Frame, command: str, instead: str) -> object:
    """A command or function that cannot be had outside of the vendor's server."""
    what = command if command.startswith(("$", "&")) else f"the command {command}"
    raise ObjectScriptError("<NOT SUPPORTED>", f"{what} cannot be had here: {instead}", frame.place)


def halt(frame: Frame) -> None:
    """``halt``: code may not end the process it runs in."""
    raise ObjectScriptError("<NOT SUPPORTED>", "halt would end the worker: use quit, or throw", frame.place)

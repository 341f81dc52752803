"""What ``write`` and ``read`` do: output goes to the frame's sink, input comes from the process's own."""

import select
import sys

from . import values
from .errors import ObjectScriptError
from .file_devices import FileDevice, ends_quietly
from .frame import Frame
from .output import position
from .trees import children
from .variables import LocalReference, Reference


def write_column(frame: Frame, column: object) -> None:
    """``write ?n``: blanks up to a column."""
    frame.output.append(" " * max(0, int(values.number(column)) - position(frame.output)[0]))


def write_variables(frame: Frame) -> None:
    """``write`` and ``zwrite`` without arguments: every variable."""
    for name in sorted({*frame.variables, *frame.arrays}):
        zwrite(frame, LocalReference(frame, name, ()))


def zwrite(frame: Frame, place: Reference) -> None:
    """``zwrite``: a place and all below it, a line each, as ``set`` would have them."""
    held = place.value()
    if held is not None:
        frame.output.append(f"{place.written()}={_literal(held)}\n")
    for _key, below in children(place):
        zwrite(frame, below)


def _literal(value: object) -> str:
    if values.is_object(value):
        return f"<OBJECT REFERENCE>[{values.text(value)}]"
    shown = values.text(value)
    if not isinstance(value, str) or (shown and values.text(values.number(shown)) == shown):
        return shown
    quoted = shown.replace('"', '""')
    parts = []
    for char in quoted:
        parts.append(char if char >= " " and char != "\x7f" else f'"_$char({ord(char)})_"')
    return f'"{"".join(parts)}"'.removeprefix('""_').removesuffix('_""') or '""'


def read(frame: Frame, single: bool, length: object, timeout: object) -> object:
    """``read x``: a line of standard input, ``read *x`` the code of a character; "" (or -1) after `timeout` seconds.

    Raises:
        ObjectScriptError: ``<ENDOFFILE>``: there is no input.
    """
    if isinstance(frame.output, FileDevice):
        found = frame.output.read(single)
        if not found and ends_quietly():
            return -1 if single else ""
    elif timeout is not None:
        ready, _, _ = select.select([sys.stdin], [], [], max(0.0, float(values.number(timeout))))
        frame.test = int(bool(ready))
        if not ready:
            return -1 if single else ""
        found = sys.stdin.read(1) if single else sys.stdin.readline()
    else:
        found = sys.stdin.read(1) if single else sys.stdin.readline()
    if not found:
        raise ObjectScriptError("<ENDOFFILE>", "there is nothing to read", frame.place)
    if single:
        return ord(found)
    line = found.rstrip("\r\n")
    return line if length is None else line[: int(values.number(length))]

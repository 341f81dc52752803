"""The current device: what ``write`` writes to, in a method and in all that it calls.

Who runs code may give it a sink (`to`, or a frame's own `output`); it holds for everything that the code calls. Without
one, text goes to the standard output of the process.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Output(Protocol):
    """A sink of text."""

    def append(self, text: str, /) -> None:
        """Take the next piece."""


class Counted:
    """A sink that knows its position: `x` is ``$x``, `y` is ``$y``."""

    __slots__ = ("x", "y")

    def __init__(self) -> None:
        self.x = self.y = 0

    def append(self, text: str, /) -> None:
        """Count the piece."""
        self.x, self.y = moved(self.x, self.y, text)


class StandardOutput(Counted):
    """The process's own: whatever ``sys.stdout`` is at the moment; what it cannot encode is written as its escape."""

    __slots__ = ()

    def append(self, text: str, /) -> None:
        """Write the piece."""
        super().append(text)
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            coding = getattr(sys.stdout, "encoding", None) or "utf-8"
            sys.stdout.write(text.encode(coding, "backslashreplace").decode(coding))


def moved(x: int, y: int, text: str) -> tuple[int, int]:
    """Column and line behind a piece that begins at `x` and `y`; a form feed begins a page."""
    page = text.rfind("\f")
    if page >= 0:
        x, y, text = 0, 0, text[page + 1 :]
    begin = max(text.rfind("\n"), text.rfind("\r")) + 1
    return (0 if begin else x) + len(text) - begin, y + text.count("\n")


def position(output: Output) -> tuple[int, int]:
    """``$x`` and ``$y`` of a sink; a list of pieces is one, too."""
    if isinstance(output, Counted):
        return output.x, output.y
    return moved(0, 0, "".join(output)) if isinstance(output, list) else (0, 0)


_standard = StandardOutput()
_current: ContextVar[Output] = ContextVar("output", default=_standard)


def current() -> Output:
    """The sink of the code that runs."""
    return _current.get()


def use(output: Output) -> None:
    """From here on write to `output`, until the `to` that this stands in ends."""
    _current.set(output)


Log = Callable[[str, str], None]
_log: ContextVar[Log | None] = ContextVar("log", default=None)


def log_sink() -> Log | None:
    """Who takes what the code that runs logs (``$$$LOGINFO``), as a level and a text; None: nobody here."""
    return _log.get()


def log_use(sink: Log) -> None:
    """From here on `sink` takes what code logs, until the `to` that this stands in ends."""
    _log.set(sink)


@contextmanager
def log_to(sink: Log) -> Iterator[None]:
    """While it lasts, `sink` takes what code logs."""
    token = _log.set(sink)
    try:
        yield
    finally:
        _log.reset(token)


@contextmanager
def to(output: Output) -> Iterator[None]:
    """While it lasts, what code writes goes to `output`."""
    token, log = _current.set(output), _log.set(_log.get())
    try:
        yield
    finally:
        _log.reset(log)
        _current.reset(token)

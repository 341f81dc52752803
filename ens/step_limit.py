"""`StepLimit`: how long one step of a process may run inside the Director, before an error is raised in its thread.

A loop without end ends so, whatever handlers of errors it has: one of compiled code between two turns, other code a
moment later, wherever it is. What waits outside of Python (a call into C that does not come back) is not interrupted:
``Isolation=worker`` is for that.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from isc.py.bpl.time_limit import TimeIsUp
from isc.py.objectscript import interrupts

from .exceptions import StepFailedError

T = TypeVar("T")
_GRACE = 0.25  # seconds that compiled code has to come to its next turn


class StepLimit:
    """The limit of one lane; somebody calls `look` every now and then.

    Args:
        seconds: how long a step may run; 0 for any time.
        what: what runs, in words.
    """

    def __init__(self, seconds: float, what: str = "step") -> None:
        self.seconds = seconds
        self._what = what
        self._lock = threading.Lock()
        self._thread = 0
        self._ends: float | None = None
        self._cut = False
        self._asked: float | None = None  # when the step that runs was asked to end

    @property
    def deadline(self) -> float | None:
        """The monotonic time at which a step that begins now has to be done."""
        return time.monotonic() + self.seconds if self.seconds else None

    def run(self, step: Callable[[], T]) -> T:
        """Run a step.

        Raises:
            StepFailedError: it took too long, or it was cut.
            Exception: what the step raises.
        """
        if self._cut:
            raise StepFailedError(self._told())
        try:
            self._thread = threading.get_ident()
            self._ends = self.deadline or float("inf")
            try:
                return step()
            finally:
                self._done()
        except TimeIsUp:
            self._clear()
            raise StepFailedError(self._told()) from None

    def look(self) -> None:
        """Interrupt the step that runs, if its time is over."""
        self._interrupt(time.monotonic())

    def cut(self) -> None:
        """Interrupt the step that runs, if one does, and every later one."""
        self._cut = True
        self._interrupt(float("inf"))

    def _told(self) -> str:
        if self._cut:
            return f"the production was stopped while the {self._what} ran: it was cut off"
        return (
            f"Timeout: the {self._what} ran longer than {self.seconds:g} s and was interrupted: is there an endless "
            "loop? One that may take longer needs a larger Timeout"
        )

    def _interrupt(self, now: float) -> None:
        with self._lock:
            if self._ends is None or not (self._cut or now > self._ends):
                return
            if self._asked is None:
                self._asked = time.monotonic()
                interrupts.ask(self._thread, TimeIsUp)
            elif time.monotonic() - self._asked >= _GRACE:
                _raise_in(self._thread, TimeIsUp)

    def _done(self) -> None:
        try:
            self._disarm()
        except TimeIsUp:  # raised just now; the next one would come after a pause only
            self._disarm()
            raise

    def _disarm(self) -> None:
        with self._lock:
            self._ends = self._asked = None
            interrupts.withdraw(self._thread)
            _raise_in(self._thread, None)

    def _clear(self) -> None:
        with self._lock:
            self._ends = None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an error in a thread, or take back one that it has not seen yet."""
    given = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)

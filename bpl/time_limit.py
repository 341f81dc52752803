"""A limit in real time for code that may never end.

Loops of compiled code are asked to end, and do so between two turns; in other code an error is raised a moment later,
wherever its thread is.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from isc.py.objectscript import interrupts

_AGAIN = 0.5  # seconds: the error may be lost where Python ignores errors, as in a finalizer


class TimeIsUp(BaseException):
    """The time is over; no handler of the code that runs catches it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """For the block, at most so many seconds; None or 0 for no limit. What waits outside of Python is not interrupted.

    Raises:
        TimeIsUp: they are over.
    """
    if not seconds:
        yield
        return
    ident, ended, lock = threading.get_ident(), threading.Event(), threading.Lock()
    thread = ctypes.c_ulong(ident)

    def interrupt() -> None:
        pause = seconds
        while not ended.wait(pause):
            with lock:
                if ended.is_set():
                    return
                if ident not in interrupts.asked:
                    interrupts.ask(ident, TimeIsUp)
                else:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))
            pause = _AGAIN

    watch = threading.Thread(target=interrupt, name="time limit", daemon=True)
    watch.start()
    try:
        yield
    finally:
        while not ended.is_set():
            with suppress(TimeIsUp), lock:
                ended.set()
                interrupts.withdraw(ident)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)

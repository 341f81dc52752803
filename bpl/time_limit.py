"""A limit in real time for code that may never end: an error is raised in the thread that runs it."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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
    thread, ended, lock = ctypes.c_ulong(threading.get_ident()), threading.Event(), threading.Lock()

    def interrupt() -> None:
        pause = seconds
        while not ended.wait(pause):
            with lock:
                if not ended.is_set():
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
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)

"""A limit in real time for code that may never end: an error is raised in the thread that runs it."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
    thread, lock, ended = ctypes.c_ulong(threading.get_ident()), threading.Lock(), False

    def interrupt() -> None:
        with lock:
            if not ended:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeIsUp))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            ended = True
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
        timer.cancel()

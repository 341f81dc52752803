"""`Waiter`: what one thread finds out and others wait for.

A message needs several; this one is a lock, where `concurrent.futures.Future` makes a condition and its list each time.
"""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar, cast

T = TypeVar("T")
_log = logging.getLogger("isc.py.ens")


class Waiter(Generic[T]):
    """A result that is set once; `then` is called with the error, or None, before those who wait are woken.

    What `then` raises becomes the error of those who wait.
    """

    __slots__ = ("_error", "_lock", "_result", "_then", "is_done")

    def __init__(self, then: "Callable[[BaseException | None], None] | None" = None) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._then = then
        self._result: T | None = None
        self._error: BaseException | None = None
        self.is_done = False

    def set_result(self, result: T) -> None:
        """This came of it."""
        self._result = result
        self._settle()

    def set_exception(self, error: BaseException) -> None:
        """It failed."""
        self._error = error
        self._settle()

    def result(self, timeout: float | None = None) -> T:
        """Wait at most `timeout` seconds (None: without end) for the result.

        Raises:
            TimeoutError: it is not there yet.
            BaseException: what it failed with.
        """
        if not self.is_done:
            seconds = -1.0 if timeout is None else min(max(timeout, 0.0), threading.TIMEOUT_MAX)
            if not self._lock.acquire(timeout=seconds):
                raise TimeoutError(f"no result within {timeout:g} s")
            self._lock.release()  # for the next one who waits
        if self._error is not None:
            raise self._error
        return cast("T", self._result)

    def _settle(self) -> None:
        if self._then is not None:
            then, self._then = self._then, None
            try:
                then(self._error)
            except Exception as error:  # noqa: BLE001  # who set the result has others to tell
                _log.exception("after a commit")
                self._error = self._error or error
        self.is_done = True
        self._lock.release()

"""One thread that calls things later."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger("isc.py.ens")


class Timers:
    """Calls that are due at a time; they must not block."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def later(self, delay: float, call: Callable[[], None]) -> None:
        """Call it in `delay` seconds."""
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + delay, next(self._count), call))
            self._changed.notify()

    def stop(self) -> None:
        """End; what is due later is dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                call = heapq.heappop(self._heap)[2]
            try:
                call()
            except Exception:  # noqa: BLE001  # the others are due, whatever one does
                _log.exception("a call that was due")

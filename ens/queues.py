"""`HostQueue`: what waits for a host, in order; the lower the priority's number the sooner, else first come first."""

import heapq
import itertools
import threading
import time

from .messages import Envelope

_END = 10**9


class HostQueue:
    """A queue with a bound that those who can wait respect: services and programs, never hosts that answer others."""

    def __init__(self, limit: int = 0) -> None:
        self.limit = limit
        self._heap: list[tuple[int, int, float, Envelope | None]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, envelope: Envelope | None) -> None:
        """Queue a message; None tells one taker that no more will come."""
        priority = _END if envelope is None else envelope.priority
        with self._changed:
            heapq.heappush(self._heap, (priority, next(self._count), time.monotonic(), envelope))
            self._changed.notify_all()

    def get(self) -> Envelope | None:
        """The next message, waited for."""
        with self._changed:
            while not self._heap:
                self._changed.wait()
            envelope = heapq.heappop(self._heap)[3]
            self._changed.notify_all()
            return envelope

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._heap

    def qsize(self) -> int:
        """How many messages wait."""
        return len(self._heap)

    def waited(self) -> float:
        """Seconds the message in front has waited; 0 when there is none."""
        with self._changed:
            return time.monotonic() - self._heap[0][2] if self._heap and self._heap[0][3] is not None else 0.0

    def wait_for_room(self) -> None:
        """Wait until fewer messages wait than the limit, or the queue is closed."""
        if self.limit and len(self._heap) >= self.limit:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or len(self._heap) < self.limit)

    def close(self) -> None:
        """Nobody waits for room any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

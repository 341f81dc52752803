"""`HostQueue`: what waits for a host, in order; the lower the priority's number the sooner, else first come first."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary

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
        self._takers = 0  # threads that wait for a message
        self._successor: Callable[[Envelope], None] | None = None
        self._priorities: dict[str, int] = {}

    def put(self, envelope: Envelope | None) -> None:
        """Queue a message; None tells one taker that no more will come."""
        priority = _END if envelope is None else envelope.priority or self._priority(envelope.class_name)
        with self._changed:
            if self._successor is not None and envelope is not None:
                self._successor(envelope)
                return
            heapq.heappush(self._heap, (priority, next(self._count), time.monotonic(), envelope))
            if self._takers:
                self._changed.notify_all()

    def put_first(self, envelopes: Sequence[Envelope]) -> None:
        """Queue messages, in their order, in front of all others of their priority."""
        with self._changed:
            for number, envelope in enumerate(envelopes, -len(envelopes)):
                priority = envelope.priority or self._priority(envelope.class_name)
                heapq.heappush(self._heap, (priority, number, time.monotonic(), envelope))
            self._changed.notify_all()

    def hand_over(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """What waits, in its order; what is queued from now on goes to `successor`."""
        with self._changed:
            self._successor = successor
            left = [entry for entry in self._heap if entry[3] is not None]
            self._heap = [entry for entry in self._heap if entry[3] is None]
            self._changed.notify_all()
        return [entry[3] for entry in sorted(left, key=lambda entry: entry[:2]) if entry[3] is not None]

    def _priority(self, class_name: str) -> int:
        """The PRIORITY of a message class: a parameter of a class file, or an attribute."""
        found = self._priorities.get(class_name)
        if found is None:
            try:
                cls: Any = dictionary.resolve(class_name)
                found = int(str(cls._GetParameter("PRIORITY") or getattr(cls, "PRIORITY", 0)))
            except (IscError, ValueError, AttributeError):
                found = 0
            self._priorities[class_name] = found
        return found

    def get(self, place: int = 0, places: int = 1) -> Envelope | None:
        """The next message, waited for; with several `places` the next one whose session is pinned to `place`."""
        with self._changed:
            while (entry := self._next(place, places)) is None:
                self._takers += 1
                self._changed.wait()
                self._takers -= 1
            if self.limit:
                self._changed.notify_all()  # there is room
            return entry[3]

    def take(self, taken: deque[Envelope], most: int, place: int = 0, places: int = 1) -> bool:
        """Move messages to `taken` until it has `most`, waiting only when it has none; whether no more will come."""
        if not taken:
            first = self.get(place, places)
            if first is None:
                return True
            taken.append(first)
        if len(taken) < most and self._heap:
            with self._changed:
                while len(taken) < most and (entry := self._next(place, places)) is not None:
                    if entry[3] is None:
                        return True
                    taken.append(entry[3])
                if self.limit:
                    self._changed.notify_all()
        return False

    def _next(self, place: int, places: int) -> tuple[int, int, float, Envelope | None] | None:
        if places == 1:
            return heapq.heappop(self._heap) if self._heap else None
        mine = (entry for entry in self._heap if entry[3] is None or entry[3].session % places == place)
        found = min(mine, key=lambda entry: entry[:2], default=None)
        if found is not None:
            self._heap.remove(found)
            heapq.heapify(self._heap)
        return found

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

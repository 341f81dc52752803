"""`Observer`: what the items of a running production did, counted in memory as it happens.

It watches a message from its queue to its end, by what it is told of; it holds no message. Rates are over the last
minute. `status` shows the counts, `metrics` exposes them.
"""

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .messages import Envelope, Outcome, Told
from .redaction import redacted
from .telemetry import Tracing
from .waiter import Waiter

_WINDOW = 60
#: Upper bounds of the histogram's buckets, in seconds.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


@dataclass(slots=True)
class ItemCounts:
    """Of one item since the production started; `seconds` is the sum from queue to end."""

    name: str
    completed: int = 0
    failed: int = 0
    open: int = 0
    seconds: float = 0.0
    last_error: str = ""
    last_error_at: float | None = None
    last_ended_at: float | None = None
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    recent: deque[list[int]] = field(default_factory=deque)  # [second, ended, failed]

    def ended(self, seconds: float, error: str) -> None:
        """One message has ended."""
        now = time.time()
        self.open -= 1
        self.seconds += seconds
        self.last_ended_at = now
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        if error:
            self.failed += 1
            self.noted(error)
        else:
            self.completed += 1
        second = int(now)
        if not self.recent or self.recent[-1][0] != second:
            self.recent.append([second, 0, 0])
            while self.recent and self.recent[0][0] < second - _WINDOW:
                self.recent.popleft()
        last = self.recent[-1]
        last[1] += 1
        if error:
            last[2] += 1

    def noted(self, text: str) -> None:
        """Something went wrong, and nothing has ended by it: a message is tried again, a source cannot be read."""
        self.last_error, self.last_error_at = redacted(text.partition("\n")[0])[:500], time.time()

    def rate(self, now: float) -> float:
        """Messages ended a second, over the last minute."""
        return sum(ended for second, ended, _ in self.recent if second >= now - _WINDOW) / _WINDOW


class Observer:
    """Counts; `tracing` is told of each message, too."""

    def __init__(self, tracing: Tracing) -> None:
        self.started = time.time()
        self.tracing = tracing
        self._items: dict[str, ItemCounts] = {}
        self._lock = threading.Lock()
        self._awaited: dict[int, list[Waiter[Outcome]]] = {}

    def awaited(self, header_id: int) -> Waiter[Outcome]:
        """How a message ends that is on its way, whoever sent it; `forget` it when it is waited for no longer."""
        waiter = Waiter[Outcome]()
        with self._lock:
            self._awaited.setdefault(header_id, []).append(waiter)
        return waiter

    def forget(self, header_id: int, waiter: Waiter[Outcome]) -> None:
        """Nobody waits for it here any more; idempotent."""
        with self._lock:
            waiting = self._awaited.get(header_id, [])
            if waiter in waiting:
                waiting.remove(waiter)
            if not waiting:
                self._awaited.pop(header_id, None)

    def abandoned(self) -> list[tuple[int, Waiter[Outcome]]]:
        """Those that still wait, with the message's id; they are told of no end any more."""
        with self._lock:
            found = [(header_id, waiter) for header_id, some in self._awaited.items() for waiter in some]
            self._awaited.clear()
        return found

    def watched(self, envelope: Envelope) -> Envelope:
        """The envelope, whose end this is told, too, from now on."""
        end_span = self.tracing.begin(envelope)
        with self._lock:
            counts = self._items.get(envelope.target)
            if counts is None:
                counts = self._items[envelope.target] = ItemCounts(envelope.target)
            counts.open += 1
        envelope.trace = self.tracing.trace_of(envelope.header_id)
        envelope.told = partial(self._ended, counts, time.monotonic(), end_span, envelope.told)
        return envelope

    def _ended(
        self, counts: ItemCounts, start: float, end_span: Callable[[Outcome], None], told: Told, outcome: Outcome
    ) -> None:
        error = "" if outcome.response is not None else outcome.error or "?"
        with self._lock:
            counts.ended(time.monotonic() - start, error)
            waiting = self._awaited.pop(outcome.header_id, ()) if self._awaited else ()
        end_span(outcome)
        told(outcome)
        for waiter in waiting:
            waiter.set_result(outcome)

    def noted(self, name: str, text: str) -> None:
        """Something went wrong with an item, and no message has ended by it."""
        with self._lock:
            self._items.setdefault(name, ItemCounts(name)).noted(text)

    def took(self, name: str, seconds: float, error: str) -> None:
        """A service has handled an input; `error` is why it failed, "" when it did not."""
        with self._lock:
            counts = self._items.setdefault(name, ItemCounts(name))
            counts.open += 1
            counts.ended(seconds, error)

    def items(self) -> list[ItemCounts]:
        """The counts of each item that was sent something, as they are now."""
        with self._lock:
            return [
                replace(item, buckets=list(item.buckets), recent=item.recent.copy()) for item in self._items.values()
            ]

    def shown(self, name: str) -> dict[str, Any]:
        """What `Director.status` says of an item."""
        with self._lock:
            held = self._items.get(name) or ItemCounts(name)
            ended = held.completed + held.failed
            return {
                "completed": held.completed,
                "failed": held.failed,
                "open": held.open,
                "per_second": round(held.rate(time.time()), 3),
                "mean_seconds": round(held.seconds / ended, 6) if ended else None,
                "last_error": held.last_error,
                "last_error_at": held.last_error_at,
                "last_ended_at": held.last_ended_at,
            }

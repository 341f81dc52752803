"""`Lanes`: the threads that run the steps of a process, as many as its PoolSize.

What belongs to an instance goes to the lane that began it, so that its steps are never out of order; a beginning goes
to the lane that is free first. With one lane everything runs in the order in which it came.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

_log = logging.getLogger("isc.py.ens")

#: What a lane is to do; it is given its own number.
Task: TypeAlias = Callable[[int], None]


class Lanes:
    """Threads with a queue each, and one queue for all of them."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._queues: list[queue.SimpleQueue[Task | None]] = [queue.SimpleQueue() for _ in range(count)]
        self._lock = threading.Lock()
        self._beginnings: deque[Task] = deque()
        self._free: deque[int] = deque()
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=name if count == 1 else f"{name} {lane}", daemon=True)
            for lane in range(count)
        ]

    def __len__(self) -> int:
        return len(self._queues)

    @property
    def is_started(self) -> bool:
        """Whether the threads were started."""
        return self._threads[0].ident is not None

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def put(self, lane: int, task: Task) -> None:
        """Give a lane something that no other one may do."""
        self._queues[lane].put(task)

    def begin(self, task: Task) -> None:
        """Give whichever lane is free first something to do."""
        if len(self._queues) == 1:
            self._queues[0].put(task)
            return
        with self._lock:
            if not self._free:
                self._beginnings.append(task)
                return
            lane = self._free.popleft()
        self._queues[lane].put(task)

    def stop(self, timeout: float | None = None) -> bool:
        """End the threads when they have done what is theirs; whether they ended in `timeout` seconds each."""
        for waiting in self._queues:
            waiting.put(None)
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, lane: int) -> None:
        while (task := self._next(lane)) is not None:
            try:
                task(lane)
            except Exception:  # noqa: BLE001  # the lane must go on, whatever an instance does
                _log.exception("item %s", self._name)

    def _next(self, lane: int) -> Task | None:
        waiting = self._queues[lane]
        if len(self._queues) == 1:
            return waiting.get()
        try:
            return waiting.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            if self._beginnings:
                return self._beginnings.popleft()
            self._free.append(lane)
        task = waiting.get()
        with self._lock:
            if lane in self._free:  # what came was its own, no beginning
                self._free.remove(lane)
        return task

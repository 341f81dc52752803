"""`CodeWorker`: a worker process in which the code of one host runs, asked for one thing after the other.

What it is asked for, and what becomes of the answer, is `WorkerSteps`' and `WorkerInputs`' to know.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from .back_off import BackOff
from .begun import BegunPage
from .workers import Answer, Serve, Worker, Zygote


class CodeWorker:
    """A worker that is started again when it died, after a pause that grows.

    Args:
        zygote: forks it.
        settings: what the worker is told when it starts.
        page: what it shares with the Director.
        timeout: seconds it may take for what it is asked, before it is interrupted, then killed; 0 for any time.
        first: what it is given before it is asked anything.
    """

    def __init__(
        self,
        zygote: Zygote,
        settings: Mapping[str, Any],
        page: BegunPage,
        timeout: float,
        first: Mapping[str, Any] | None = None,
    ) -> None:
        self._worker = Worker(zygote, dict(settings), page, first)
        self._timeout = timeout
        self._stopping = threading.Event()
        self._back_off = BackOff(self._stopping)

    @property
    def pid(self) -> int:
        """The process."""
        return self._worker.pid

    def start(self) -> Answer:
        """Start the process and its host; the answer of the host's initialization."""
        return self._worker.start()

    def ask(self, number: int, message: Callable[[], dict[str, Any]], serve: Serve) -> Answer:
        """What comes of a message, which has `number` as its header; `serve` answers what its code asks meanwhile."""
        self._back_off.wait()
        answer = None
        try:
            while answer is None:  # a turn that was halted before this was begun is given again
                answer = self._worker.request(number, lambda: [message()], self._timeout, serve, _nothing)
        except BaseException:
            self._worker.kill()  # it is at work on this still: its answer would be taken for that to something else
            raise
        self._back_off.after(died=answer.died and not answer.timed_out)
        return answer

    def cut(self) -> None:
        """Kill the worker, from another thread."""
        self._stopping.set()
        self._worker.cut()

    def stop(self) -> None:
        """Let the host tear down, then end the worker."""
        self._stopping.set()
        self._worker.stop()


def _nothing() -> None:
    """What runs for long is marked nowhere."""

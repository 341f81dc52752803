"""`BackOff`: the pause before a worker that died is started again."""

import threading

_FIRST, _MOST = 0.1, 30.0  # seconds
_DOUBLINGS = 16  # more would be longer than the longest


class BackOff:
    """No pause at first; after each death of the worker twice the one before, up to half a minute.

    `stopping` ends a pause.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._deaths = 0

    def after(self, *, died: bool) -> None:
        """What was asked of the worker has ended; whether it died of that."""
        self._deaths = self._deaths + 1 if died else 0

    @property
    def seconds(self) -> float:
        """The next pause."""
        return min(_FIRST * 2 ** min(self._deaths - 1, _DOUBLINGS), _MOST) if self._deaths else 0.0

    def wait(self) -> None:
        """Pause."""
        if self._deaths:
            self._stopping.wait(self.seconds)

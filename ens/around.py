"""`Around`: what happens around a message in its worker: a span of the trace it belongs to, a checkpoint after it."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from isc.py.iscpython_c.context import DEFAULT

from .telemetry import tracing


class Around:
    """Made once for a worker's host, when that has started; `message` surrounds each message."""

    def __init__(self, host: Any, settings: Mapping[str, Any]) -> None:
        self._host = host
        self._item = str(settings["item"])
        self._tracing = tracing()
        self._checkpoints = None
        if getattr(host, "Checkpoint", "") == "activity":
            from .checkpoint import of_this_process

            self._checkpoints = of_this_process(self._item, str(settings["class"]), host.CheckpointCount)
            self._checkpoints.save(0, 0)

    @contextlib.contextmanager
    def message(self, request: Mapping[str, Any]) -> Iterator[None]:
        """A message runs inside of it; what it raises goes through."""
        with self._tracing.in_worker(self._item, request):
            yield

    def after(self, request: Mapping[str, Any]) -> str:
        """Keep the context when that is wanted, whether the message failed or not; "" or why it could not be kept."""
        if self._checkpoints is None or not request.get("header"):
            return ""
        try:
            context = getattr(self._host, "context_name", DEFAULT)
            made = self._checkpoints.save(int(request["session"]), int(request["header"]), context)
        except Exception as error:  # noqa: BLE001  # a context that cannot be saved must not fail its message
            return f"no checkpoint was made: {type(error).__name__}: {error}"
        return "".join(f"not in the checkpoint: {name}: {reason}\n" for name, reason in made.skipped.items())

    def end(self) -> None:
        """The worker ends: spans that wait are sent."""
        self._tracing.flush()

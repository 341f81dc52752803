"""What the Director sees of an item that runs: a queue that is emptied, by whatever stands behind it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from .messages import Envelope
from .production import Item


class HasTarget(Protocol):
    """Raises when nobody takes messages under a name, or a synchronous call of `callers` would wait for itself."""

    def __call__(self, target: str, callers: tuple[str, ...] = (), /) -> None:
        """Check it."""


class Runner(Protocol):
    """An item that takes requests."""

    item: Item

    def start(self) -> None:
        """Begin to take requests."""

    def put(self, envelope: Envelope) -> None:
        """Queue a request."""

    def stop(self) -> None:
        """Finish what is queued and end."""

    def cut(self) -> None:
        """Do not wait for what runs any longer."""

    def waiting(self) -> int:
        """How many requests wait."""

    def pids(self) -> list[int]:
        """Its worker processes."""

    @property
    def is_enabled(self) -> bool:
        """Whether it takes messages from its queue."""

    def disable(self) -> None:
        """Take no more messages from the queue; what has begun goes on."""

    def enable(self) -> None:
        """Go on."""

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Finish what has begun; what has not, in its order. What is put from now on goes to `successor`."""

    def take_over(self, envelopes: Sequence[Envelope]) -> None:
        """Queue what another runner had not begun, in front of the rest."""

"""The virtual clock of the emulator: hours of waiting pass when nothing else is left to do."""

from datetime import datetime, timedelta


class VirtualClock:
    """Time that moves only when it is moved; `start` is its beginning, now by default."""

    def __init__(self, start: datetime | None = None) -> None:
        self.start = start or datetime.now()
        self.elapsed = 0.0

    @property
    def now(self) -> datetime:
        """The virtual date and time."""
        return self.start + timedelta(seconds=self.elapsed)

    def forward(self, to: float) -> None:
        """Move on to `to` seconds after the start; never back."""
        self.elapsed = max(self.elapsed, to)

"""`Waits`: what a process instance waits for, as it is kept beside its state: open calls and timers."""

import json
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Waits:
    """Open calls as number: id of the request's header; timers as number: (seconds, moment of their end).

    The moment is of the wall clock, which may jump while no Director runs: nobody waits longer than the seconds again.
    """

    calls: dict[int, int] = field(default_factory=dict)
    timers: dict[int, tuple[float, float]] = field(default_factory=dict)
    replied: bool = False  # its response is committed, or on its way there; the state has it, too

    def timer(self, number: int, seconds: float) -> None:
        """A timer begins."""
        self.timers[number] = (seconds, time.time() + seconds)

    def left(self) -> dict[int, float]:
        """Seconds that each timer still has."""
        now = time.time()
        return {number: min(max(due - now, 0.0), seconds) for number, (seconds, due) in self.timers.items()}

    def to_json(self) -> str:
        """As a text; `of` is the way back."""
        timers = [[number, *timer] for number, timer in self.timers.items()]
        return json.dumps({"calls": list(self.calls.items()), "timers": timers})

    @classmethod
    def of(cls, text: str) -> "Waits":
        """What `to_json` gave; an empty object for a process of a bank that did not keep it."""
        held = json.loads(text)
        timers = {number: (seconds, due) for number, seconds, due in held.get("timers", [])}
        return cls(dict(held.get("calls", [])), timers)

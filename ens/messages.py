"""A message on its way: what is in the bank, and whom its end is told to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from isc.py.msg import Message

#: The source of what programs send, which are no items.
EXTERNAL = "External"


@dataclass(slots=True)  # not frozen: one is made for each message, and that costs three times as much
class Outcome:
    """How a request ended: a response, or the text of an error."""

    header_id: int
    session: int
    response: Message | None = None
    response_id: int = 0
    error: str = ""
    status: str = "Completed"


Told: TypeAlias = Callable[[Outcome], None]


@dataclass(slots=True)
class Envelope:
    """A request that is in the bank and waits in a queue; `sender` is the process instance that sent it, if one did."""

    header_id: int
    session: int
    source: str
    target: str
    class_name: str
    body: str
    told: Told
    is_async: bool = False
    sender: int = 0
    trace: str = ""  # the W3C traceparent that its worker goes on with
    callers: tuple[str, ...] = ()  # the items that wait for its answer, outermost first
    priority: int = 0  # the lower, the sooner

    def for_worker(self) -> dict[str, object]:
        """The message as its worker is given it."""
        return {
            "header": self.header_id,
            "session": self.session,
            "trace": self.trace,
            "class": self.class_name,
            "body": self.body,
        }

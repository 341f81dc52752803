"""What the bank gives to readers."""

from dataclasses import dataclass

from .waits import Waits

_LARGEST = 2**63 - 1


def as_id(number: int) -> int:
    """A number that somebody asks for, as one that a database can compare with ids."""
    return min(max(number, -_LARGEST), _LARGEST)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message: header and body (JSON of its properties). Times are Unix seconds."""

    id: int
    kind: str
    session: int
    source: str
    target: str
    class_name: str
    corresponding: int | None
    status: str
    error: str
    is_async: bool
    created: float
    processed: float | None
    body: str
    crashes: int = 0


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process instance that runs: its state, what it waits for, the request it was begun with, and the digest of its
    program."""

    id: int
    host: str
    state: str
    waits: Waits
    request: MessageRow
    program: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the event log."""

    id: int
    time: float
    level: str
    host: str
    session: int | None
    header: int | None
    text: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session: how many messages, whether one failed, where it began."""

    id: int
    started: float
    production: str
    source: str
    target: str
    messages: int
    errors: int


@dataclass(frozen=True, slots=True)
class SessionTrace:
    """All messages and events of a session, in order."""

    session: int
    messages: tuple[MessageRow, ...]
    events: tuple[Event, ...]

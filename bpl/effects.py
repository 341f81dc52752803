"""What an engine asks its host to do: requests to send, timers, texts for those who watch, the reply."""

from typing import NamedTuple, TypeAlias

from isc.py.msg import Message

from .model import Head


class Send(NamedTuple):
    """Send `request` to `target` as call `number`; `timeout` in seconds, None for no end; `head` is the call's."""

    number: int
    name: str
    target: str
    request: Message
    is_async: bool
    timeout: float | None
    head: Head | None = None


class Timer(NamedTuple):
    """Tell `Engine.elapsed` of `number` in `seconds`."""

    number: int
    seconds: float


class Traced(NamedTuple):
    """A text for those who watch, and the activity it comes from; `kind` is trace, alert, milestone, info, …"""

    text: str
    activity: str
    kind: str = "trace"


class Reply(NamedTuple):
    """The response of the process: at its end, or earlier by ``<reply>``; there is one."""

    response: Message


Effect: TypeAlias = Send | Timer | Traced | Reply

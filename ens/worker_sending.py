"""Sending from a worker process: over its socket, to the Director that puts the message into the bank.

`WorkerSending` is the worker's end; `serve_sending` the Director's, called while the worker's message runs.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message, wire
from isc.py.objectscript import NotSupportedError

from .exceptions import (
    CycleError,
    MessageFailedError,
    MessageTimeoutError,
    ProductionError,
    TargetNotFoundError,
)
from .sending import ALERT
from .worker_line import Line

if TYPE_CHECKING:
    from .relay import Origin, Relay

_KINDS: dict[str, Callable[[dict[str, Any]], Exception]] = {
    "failed": lambda a: MessageFailedError(a["header"], a["session"], a["status"], a["text"]),
    "timeout": lambda a: MessageTimeoutError(a["header"], a["session"], a["seconds"]),
    "cycle": lambda a: CycleError(tuple(a["items"])),
    "target": lambda a: TargetNotFoundError(a["text"]),
    "other": lambda a: ProductionError(a["text"]),
    "lookup": lambda a: LookupError(a["text"]),
}


class WorkerSending:
    """`Sending` for an operation in its worker."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.about: dict[str, Any] = {}
        self.header = 0
        self.deferred = ""

    def begin(self, about: dict[str, Any]) -> None:
        """A new message, and what the worker is told beside it."""
        self.about = about
        self.header = int(about.get("header", 0))
        self.deferred = ""

    def sync(self, target: str, request: Message, timeout: float | None) -> Message:
        """Send and wait for the response."""
        answer = self._ask(target, request, {"sync": True, "timeout": timeout})
        return wire.message_of(answer["class"], answer["body"])

    def asynchronous(self, target: str, request: Message, key: str, wanted: bool) -> None:
        """Send; it is committed when this returns."""
        self._ask(target, request, {"sync": False})

    def defer(self) -> str:
        """A token for the current message."""
        if not self.header:
            raise NotSupportedError("there is no message whose response could be deferred")
        self.deferred = str(self.header)
        return self.deferred

    def respond(self, token: str, response: Message) -> None:
        """Answer a message that was deferred."""
        class_name, body = wire.body(response)
        self._exchange({"do": "respond", "token": token, "class": class_name, "body": body})

    def _ask(self, target: str, request: Message, how: dict[str, Any]) -> dict[str, Any]:
        class_name, body = wire.body(request)
        return self._exchange({"do": "send", "target": target, "class": class_name, "body": body} | how)

    def _exchange(self, asked: dict[str, Any]) -> dict[str, Any]:
        answer = self._line.exchange(asked)
        if "kind" in answer:
            raise _KINDS[answer["kind"]](answer)
        return answer


def serve_sending(
    relay: "Relay", origin: "Origin", respond: Callable[[str, Message], None]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What the Director answers to a worker that sends while it works for `origin`."""

    def sync(target: str, message: Message, timeout: float | None) -> Message:
        return relay.send(origin, target, message, is_async=False).response(timeout)

    def asynchronous(target: str, message: Message) -> None:
        relay.send(origin, target, message, is_async=True)

    return serve_sends(sync, asynchronous, respond)


def serve_sends(
    sync: Callable[[str, Message, float | None], Message],
    asynchronous: Callable[[str, Message], object],
    respond: Callable[[str, Message], None],
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What the Director answers to a worker that sends; these do what it asks for."""

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        number = {"asks": asked["asks"]}
        try:
            message = wire.message_of(asked["class"], asked["body"])
            if asked["do"] == "respond":
                respond(asked["token"], message)
                return number
            if asked["sync"]:
                class_name, body = wire.body(sync(asked["target"], message, asked["timeout"]))
                return number | {"class": class_name, "body": body}
            asynchronous(asked["target"], message)
            return number
        except MessageFailedError as error:
            told = {"header": error.header_id, "session": error.session, "status": error.status, "text": error.error}
            return number | {"kind": "failed"} | told
        except MessageTimeoutError as error:
            told = {"header": error.header_id, "session": error.session, "seconds": error.seconds}
            return number | {"kind": "timeout"} | told
        except CycleError as error:
            return number | {"kind": "cycle", "items": list(error.items)}
        except TargetNotFoundError as error:
            return number if asked.get("target") == ALERT else number | {"kind": "target", "text": str(error)}
        except LookupError as error:
            return number | {"kind": "lookup", "text": str(error)}
        except (IscError, OSError) as error:
            return number | {"kind": "other", "text": str(error)}

    return answer

"""Errors of the production engine."""

from isc.py.iscpython_c.exceptions import IscError


class ProductionError(IscError):
    """A production that cannot run; names item, setting, line and mend."""


class BankError(IscError, OSError):
    """The message bank cannot be opened or written."""


class TargetNotFoundError(IscError, LookupError):
    """The production has no such item, or it is disabled."""


class MessageFailedError(IscError):
    """A message that ended in an error status; the bank keeps it under `header_id`.

    `target` is the item it was sent to, where that is known; of one that could not be sent `header_id` is 0.
    """

    def __init__(self, header_id: int, session: int, status: str, error: str, target: str = "") -> None:
        self.header_id = header_id
        self.session = session
        self.status = status
        self.error = error
        self.target = target
        super().__init__(header_id, session, status, error, target)

    def __str__(self) -> str:
        if not self.header_id:
            return f"the call of {self.target!r} could not be sent: {self.error}"
        to = f" to {self.target!r}" if self.target else ""
        return f"message {self.header_id} of session {self.session}{to} ended with status {self.status}: {self.error}"


class MessageTimeoutError(IscError, TimeoutError):
    """Nobody answered in time; the message goes on, and the bank will have its end.

    `header_id` is 0 for a process's call of `target`; `note` says what is known of the cause.
    """

    def __init__(self, header_id: int, session: int, seconds: float, target: str = "", note: str = "") -> None:
        self.header_id = header_id
        self.session = session
        self.seconds = seconds
        self.target = target
        self.note = note
        super().__init__(header_id, session, seconds, target, note)

    def __str__(self) -> str:
        what = f"message {self.header_id}" if self.header_id else f"the call of {self.target!r}"
        why = f" ({self.note})" if self.note else ""
        return f"{what} of session {self.session} has no answer after {self.seconds:g} s{why}; it goes on"


class NotTakenError(IscError, TimeoutError):
    """No production took a post in time; it stays in the bank for the one that starts next."""

    def __init__(self, post: int, seconds: float) -> None:
        self.post = post
        self.seconds = seconds
        super().__init__(post, seconds)

    def __str__(self) -> str:
        return (
            f"post {self.post} was not taken within {self.seconds:g} s: no production runs on the bank, or its target "
            "has no room; it stays there until one takes it"
        )


class RoutingError(IscError):
    """A message that a router could not route; names the item, the rule and the line."""


class CycleError(IscError, RecursionError):
    """A call that would wait for itself; names the items in a row."""

    def __init__(self, items: tuple[str, ...]) -> None:
        self.items = items
        super().__init__(items)

    def __str__(self) -> str:
        row = " → ".join(self.items)
        return f"a cycle of synchronous calls: {row}: each would wait for the next one for ever; send asynchronously"


class UnreachableError(IscError, ConnectionError):
    """What an adapter talks to cannot be reached just now; the message is tried again until FailureTimeout."""


class RetryMessage(IscError):  # a wish, not a fault: raise RetryMessage("busy")
    """Raised by an operation that wants its message again after RetryInterval."""


class SuspendMessage(IscError):  # see RetryMessage
    """Raised by an operation that wants its message suspended."""


class ProcessFailedError(IscError):
    """A process that cannot go on; names it and the call."""


class DuplicateInputError(IscError):
    """An input that a service took before, in session `session`; it is acknowledged and not sent again."""

    def __init__(self, session: int) -> None:
        self.session = session
        super().__init__(session)

    def __str__(self) -> str:
        return f"the input was taken before, in session {self.session}"


class HTTPFailedError(IscError):
    """A server answered with an error status; names it and shows the beginning of its body."""


class DeferredError(IscError, LookupError):
    """A token under which no request waits."""


class ContextLostError(IscError):
    """The context of a session went with its worker."""

    def __init__(self, session: int) -> None:
        self.session = session
        super().__init__(session)

    def __str__(self) -> str:
        return f"the context of session {self.session} went with the worker that held it: begin a new session"


class StepFailedError(IscError):
    """A step of a process that failed in a worker, or took too long; `codes` are those of its ``%Status``."""

    def __init__(self, text: str, codes: tuple[int, ...] = (), traceback: str = "") -> None:
        self.text = text
        self.codes = codes
        self.traceback = traceback
        super().__init__(text)

    def __str__(self) -> str:
        return self.text


class StepCrashedError(IscError):
    """The worker of a step died."""

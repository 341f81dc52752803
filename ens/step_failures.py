"""`StepFailures`: what becomes of a process instance whose step failed, and what is told of it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from isc.py.bpl.engine import Traced
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Response
from isc.py.objectscript import status

from .bank import Bank
from .bank.writer import Statement
from .carrying import Carried, Carrier
from .exceptions import StepCrashedError, StepFailedError
from .messages import Envelope
from .policy import FailurePolicy, Reply, Verdict, reply_code_actions
from .relay import Origin
from .steps import Event


class StepFailures:
    """Decides by the settings of a process.

    Args:
        bank: where it is told.
        item: the item's name.
        host: an object of its class, with the settings.
        carrier: makes a response.
        alert: sends an alert.
    """

    def __init__(
        self, bank: Bank, item: str, host: Any, carrier: Carrier, alert: Callable[[Origin, str], None]
    ) -> None:
        self._bank = bank
        self._item = item
        self._carrier = carrier
        self._policy = FailurePolicy(reply_code_actions(host.ReplyCodeActions), host.RetryInterval, host.FailureTimeout)
        self._crash_limit = int(host.CrashLimit)
        self._alert_of_error = alert if host.AlertOnError else None

    @property
    def repeats(self) -> bool:
        """Whether a step may be done again."""
        return self._policy.repeats

    @property
    def retry_interval(self) -> float:
        """Seconds before that."""
        return self._policy.retry_interval

    def verdict(self, envelope: Envelope, event: Event, error: Exception) -> Verdict:
        """What is done; the event counts its failures."""
        now = time.monotonic()
        event.first = event.first or now
        event.attempts += 1
        if isinstance(error, StepCrashedError):
            event.crashes += 1
            return self._crashed(envelope, event, error)
        codes = getattr(error, "codes", None) or _codes(error)
        return self._policy.decide(Reply(str(error) or "an error", codes), now - event.first)

    def _crashed(self, envelope: Envelope, event: Event, error: Exception) -> Verdict:
        if event.crashes >= self._crash_limit:
            return Verdict("S" if event.crashes > 1 else "F")
        text = f"{error}; the step is done again ({event.crashes} of {self._crash_limit})"
        self._bank.write([self._event("warning", envelope, text)], patient=True)
        return Verdict("R")

    def stands(self, envelope: Envelope, error: Exception) -> None:
        """The process is disabled, the step waits until it is enabled."""
        text = f"the process is disabled: {said(error)}"
        self._bank.write([self._event("error", envelope, text)], patient=True)
        self.alert(envelope, text)

    def repeated(self, envelope: Envelope, event: Event, error: Exception) -> None:
        """The step is tried again."""
        if event.attempts == 1 or event.attempts % 100 == 0:
            text = f"attempt {event.attempts}: {said(error)}; the step is tried again"
            self._bank.write([self._event("warning", envelope, text)], patient=True)
        if event.attempts == 1:
            self.alert(envelope, f"{said(error)}; the step is tried again")

    def end(
        self, envelope: Envelope, error: Exception, verdict: Verdict, told: Sequence[Traced], *, has_replied: bool
    ) -> tuple[Carried, str]:
        """What is written of the end of an instance, and the status it ends with; `told` is what its step told."""
        text = said(error)
        carried = Carried([self._carrier.trace(envelope, effect) for effect in told])
        if verdict.warns or verdict.action == "C":
            carried.statements.append(self._event("warning", envelope, text))
        if verdict.action == "C":  # the failed instance counts as completed
            if not has_replied:
                self._carrier.reply(envelope, Response(), carried)
            return carried, "Completed"
        carried.statements.append(self._event("error", envelope, text))
        if not has_replied:
            kind = "Suspended" if verdict.action == "S" else "Error"
            carried.statements.append(Bank.status(envelope.header_id, kind, text))
            carried.told = text, kind
        return carried, "Error"

    def alert(self, envelope: Envelope, text: str) -> None:
        """Send an alert, when errors are to be alerted of."""
        if self._alert_of_error is not None:
            self._alert_of_error(Origin(self._item, envelope.session), text)

    def _event(self, level: str, envelope: Envelope, text: str) -> Statement:
        return Bank.event(level, self._item, text, envelope.session, envelope.header_id)


def said(error: Exception) -> str:
    """An error of a step as it is told, with the user's frames."""
    text = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    return f"{text}\n{error.traceback}".strip() if isinstance(error, StepFailedError) and error.traceback else text


def _codes(error: Exception) -> tuple[int, ...]:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, status.StatusError):
            return tuple(code for code, _ in status.entries(cause.status) if isinstance(code, int))
        cause = cause.__cause__
    return ()

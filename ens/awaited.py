"""`Awaited`: who in this program waits for the end of a message: its own, or one that somebody else has sent."""

from isc.py.msg import Message

from .bank import Bank
from .exceptions import MessageTimeoutError, ProductionError
from .messages import Outcome
from .observing import Observer
from .recovery import UNENDED, outcome_of
from .relay import response_of
from .waiter import Waiter


class Awaited:
    """The messages that this program has sent, or that an earlier one has, by the ids of their headers.

    `observer` sees the ends of all others.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._waiting: dict[int, Waiter[Outcome]] = {}

    def __contains__(self, header_id: int) -> bool:
        return header_id in self._waiting

    def expect(self, header_id: int) -> Waiter[Outcome]:
        """Who waits for the outcome of a message that has no end yet."""
        waiter = self._waiting[header_id] = Waiter[Outcome]()
        return waiter

    def forget(self, header_id: int) -> None:
        """It will have none; idempotent."""
        self._waiting.pop(header_id, None)

    def end(self, outcome: Outcome) -> None:
        """It has ended."""
        waiter = self._waiting.pop(outcome.header_id, None)
        if waiter is not None:
            waiter.set_result(outcome)

    def response(self, bank: Bank, header_id: int, timeout: float | None) -> Message:
        """The response to a message, whoever sent it, waited for `timeout` seconds (None: without end).

        Raises:
            LookupError: the bank has no such request.
            MessageFailedError: the request ended in an error status.
            MessageTimeoutError: nobody answered in time.
            ProductionError: the production was stopped before it ended.
        """
        waiter = self._waiting.get(header_id)
        if waiter is not None:
            return _response(bank, header_id, waiter, timeout)
        waiter = self._observer.awaited(header_id)  # first: it may end while the bank is asked
        try:
            row = bank.message(header_id)
            if row is None or row.kind != "Request":
                raise LookupError(f"the bank has no request {header_id}")
            outcome = outcome_of(bank, header_id)
            if outcome.status not in UNENDED:
                return response_of(outcome)
            return _response(bank, header_id, waiter, timeout)
        finally:
            self._observer.forget(header_id, waiter)

    def abandon(self, production: str) -> None:
        """The production has stopped: who still waits is told that the message ends at another start."""
        waiting, self._waiting = self._waiting, {}
        for header_id, waiter in [*waiting.items(), *self._observer.abandoned()]:
            text = f"was stopped before message {header_id} ended: it goes on at the next start"
            waiter.set_exception(ProductionError(f"production {production} {text}"))


def _response(bank: Bank, header_id: int, waiter: Waiter[Outcome], timeout: float | None) -> Message:
    try:
        outcome = waiter.result(timeout)
    except TimeoutError:
        row = bank.message(header_id)
        raise MessageTimeoutError(header_id, row.session if row else header_id, timeout or 0.0) from None
    return response_of(outcome)

"""`Relay`: how services and workers put requests into the bank and on their way.

A request is committed before anybody is told that it was sent. `Origin` says who sends: its item, its session, and the
items that already wait for it, so that a call which would wait for itself is refused.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from isc.py.msg import Message, wire

from .bank import Bank
from .bank.writer import Statement
from .exceptions import BankError, CycleError, MessageFailedError, MessageTimeoutError, TargetNotFoundError
from .messages import Envelope, Outcome
from .sending import ALERT
from .waiter import Waiter

_DEPTH = 64  # synchronous calls within each other; more is a cycle of processes


class Route(Protocol):
    """What a relay needs of the production."""

    production: str
    put: Callable[[Envelope], None]  # gives a committed message to its host

    def check(self, target: str) -> None:
        """Raise `TargetNotFoundError` when there is no such item."""

    def places(self, target: str) -> int:
        """How many messages the item works on at a time while others wait for it; 0 for any number."""

    def wait_for_room(self, target: str) -> None:
        """Wait until the queue of the item is below its limit."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends: item, session (None begins one), and the items that wait for this one, outermost first."""

    source: str
    session: int | None = None
    callers: tuple[str, ...] = ()
    process: int | None = None


class Relay:
    """Sends requests of hosts."""

    def __init__(self, bank: Bank, route: Route) -> None:
        self._bank = bank
        self._route = route

    def send(self, origin: Origin, target: str, request: Message, *, is_async: bool) -> "Sent":
        """Put a request into the bank, then into the queue of its target.

        Raises:
            TargetNotFoundError: the production has no such item.
            MessageError: the request is not what its class says.
            CycleError: the call would wait for itself.
        """
        return self.commit(origin, [self.checked(origin, target, request, is_async=is_async)])[0]

    def checked(self, origin: Origin, target: str, request: Message, *, is_async: bool) -> "Outgoing":
        """A request that can be sent. Raises like `send`."""
        self.check(target, () if is_async else (*origin.callers, origin.source))
        return Outgoing(target, *wire.body(request), is_async)

    def check(self, target: str, callers: tuple[str, ...] = ()) -> None:
        """Raise when nobody takes messages under that name, or the call of `callers` would wait for itself.

        Raises:
            TargetNotFoundError: the production has no such item.
            CycleError: the call would wait for itself.
        """
        self._route.check(target)
        if callers:
            self._check_cycle(callers, target)

    def known(self, request: "Outgoing") -> "Outgoing":
        """The request itself. Raises `TargetNotFoundError` when its target is not there."""
        self._route.check(request.target)
        return request

    def commit(
        self, origin: Origin, requests: "Sequence[Outgoing]", more: Sequence[Statement] = (), *, patient: bool = False
    ) -> "list[Sent]":
        """Put requests into the bank in one transaction with `more`, then into the queues of their targets.

        Raises:
            BankError: the bank cannot be written; `patient` waits until it can, or is closed.
        """
        if origin.session is None and requests:  # what goes on with a session never waits for room
            self._route.wait_for_room(requests[0].target)
        statements, envelopes, outcomes = self._headers(origin, requests)
        statements += more
        if not statements:
            return []
        written = self._bank.write(statements, patient=patient)
        written.result()
        for envelope in envelopes:
            self._route.put(envelope)
        return [
            Sent(envelope.header_id, envelope.session, outcome, written)
            for envelope, outcome in zip(envelopes, outcomes, strict=True)
        ]

    def _headers(
        self, origin: Origin, requests: "Sequence[Outgoing]"
    ) -> "tuple[list[Statement], list[Envelope], list[Waiter[Outcome]]]":
        """What is written for requests, what is queued then, and who waits for their outcomes."""
        session = origin.session
        statements: list[Statement] = []
        envelopes: list[Envelope] = []
        outcomes: list[Waiter[Outcome]] = []
        for request in requests:
            header_id = self._bank.next_id()
            if session is None:
                session = header_id
                statements.append(Bank.session(session, self._route.production))
            statements += Bank.header(
                header_id,
                "Request",
                session,
                origin.source,
                request.target,
                (request.class_name, request.body),
                "Queued",
                is_async=request.is_async,
                process=origin.process,
            )
            outcome = Waiter[Outcome]()
            callers = () if request.is_async else (*origin.callers, origin.source)
            told = _nobody if request.is_async else outcome.set_result
            parts = (request.target, request.class_name, request.body, told, request.is_async)
            envelopes.append(Envelope(header_id, session, origin.source, *parts, callers=callers))
            outcomes.append(outcome)
        return statements, envelopes, outcomes

    def alert(self, origin: Origin, text: str) -> None:
        """Send an alert, when the production has the item for it.

        It waits for nothing and does not fail: who alerts has something to end. While the bank cannot be written the
        alert waits with what else is patient.
        """
        from isc.py.msg.ens import AlertRequest

        try:
            self._route.check(ALERT)
        except TargetNotFoundError:
            return
        if origin.source == ALERT:  # an alert about alerts would go round for ever
            return
        shown = time.strftime("%Y-%m-%d %H:%M:%S")
        request = AlertRequest(SourceConfigName=origin.source, AlertText=text, AlertTime=shown)
        request.SessionId = origin.session or 0
        statements, (envelope,), _ = self._headers(origin, [Outgoing(ALERT, *wire.body(request), True)])

        def committed(error: BaseException | None) -> None:
            if error is None:
                self._route.put(envelope)

        with contextlib.suppress(BankError):  # closed: the production has ended
            self._bank.write(statements, patient=True, then=committed)

    def _check_cycle(self, callers: tuple[str, ...], target: str) -> None:
        places = self._route.places(target)
        if len(callers) > _DEPTH or (places and callers.count(target) >= places):
            at = callers.index(target) if target in callers else len(callers) - 2
            raise CycleError((*callers[at:][:8], target))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that was checked and is not in the bank yet."""

    target: str
    class_name: str
    body: str
    is_async: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way; `written` is who waits for its commit."""

    header_id: int
    session: int
    outcome: Waiter[Outcome]
    written: Waiter[None]

    @property
    def is_done(self) -> bool:
        """Whether `response` returns or raises at once."""
        return self.outcome.is_done

    def response(self, timeout: float | None = None) -> Message:
        """Wait `timeout` seconds (None: without end) for the response.

        Raises:
            MessageFailedError: the request ended in an error.
            MessageTimeoutError: nobody answered in time.
        """
        try:
            found = self.outcome.result(timeout)
        except TimeoutError:
            self.written.result()  # who is told of a message that nobody answered finds it in the bank
            raise MessageTimeoutError(self.header_id, self.session, timeout or 0.0) from None
        return response_of(found)


def response_of(outcome: Outcome) -> Message:
    """The response of an outcome.

    Raises:
        MessageFailedError: there is none.
    """
    if outcome.response is None:
        raise MessageFailedError(outcome.header_id, outcome.session, outcome.status, outcome.error)
    return outcome.response


def _nobody(_: Outcome) -> None:
    """An asynchronous request of a host that waits for nothing."""

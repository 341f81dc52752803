"""What becomes of the effects of a step: what is written with the instance's state, and what is sent after it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message, wire
from isc.py.msg.ens import AlertRequest

from .bank import Bank, Waits
from .bank.writer import Statement
from .messages import Envelope, Told
from .runners import HasTarget
from .sending import ALERT
from .steps import Posted, Refused


@dataclass
class Carried:
    """What is written, sent and waited for once it is committed; `calls` and `timers` are by number."""

    statements: list[Statement]
    outgoing: list[Envelope] = field(default_factory=list)
    calls: dict[int, int] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)
    response: tuple[Message, int] | None = None
    told: tuple[str, str] | None = None  # error and status of a message that ends so

    def __post_init__(self) -> None:
        self.statements = list(self.statements)

    def wait(self, waits: Waits) -> None:
        """The instance waits for this from now on."""
        waits.calls.update(self.calls)
        for timer in self.timers:
            waits.timer(timer.number, timer.seconds)


class Carrier:
    """Turns the effects of one item's instances into what is written and sent.

    Args:
        bank: gives ids.
        item: the item's name.
        has_target: raises when a request cannot be sent.
        teller: what tells an instance the end of one of its calls.
    """

    def __init__(self, bank: Bank, item: str, has_target: HasTarget, teller: Callable[[int, int], Told]) -> None:
        self._bank = bank
        self._item = item
        self._has_target = has_target
        self._teller = teller

    def carry(self, envelope: Envelope, effects: Iterable[Effect | Posted], carried: Carried) -> list[Refused]:
        """Add effects to what is carried; the requests that cannot be sent."""
        refused: list[Refused] = []
        for effect in effects:
            if isinstance(effect, Send | Posted):
                try:
                    self._send(envelope, effect, carried)
                except IscError as error:
                    refused.append(Refused(effect, error))
            elif isinstance(effect, Timer):
                carried.timers.append(effect)
            elif isinstance(effect, Reply):
                self.reply(envelope, effect.response, carried)
            else:
                carried.statements.append(self.trace(envelope, effect))
                if effect.kind == "alert":
                    self._alert(envelope, effect, carried)
        return refused

    def trace(self, envelope: Envelope, effect: Traced) -> Statement:
        """A text for those who watch."""
        return Bank.event(effect.kind, self._item, effect.text, envelope.session, envelope.header_id)

    def reply(self, envelope: Envelope, response: Message, carried: Carried) -> None:
        """The response of the process."""
        response_id = self._bank.next_id()
        carried.response = (response, response_id)
        carried.statements += Bank.header(
            response_id,
            "Response",
            envelope.session,
            self._item,
            envelope.source,
            wire.body(response),
            "Completed",
            corresponding=envelope.header_id,
            is_async=envelope.is_async,
        )
        carried.statements.append(Bank.status(envelope.header_id, "Completed"))

    def _send(self, envelope: Envelope, send: Send | Posted, carried: Carried) -> None:
        callers = () if send.is_async else (*envelope.callers, self._item)
        self._has_target(send.target, callers)
        body = (send.class_name, send.body) if isinstance(send, Posted) else wire.body(send.request)
        header_id = self._bank.next_id()
        process_id = envelope.header_id
        told = self._teller(process_id, send.number)
        parts = (header_id, envelope.session, self._item, send.target, *body, told, send.is_async)
        carried.outgoing.append(Envelope(*parts, process_id, callers=callers))
        carried.calls[send.number] = header_id
        carried.statements += self._header(header_id, envelope, send.target, body, send.is_async, process_id)

    def _alert(self, envelope: Envelope, alert: Traced, carried: Carried) -> None:
        """An alert goes to the item Ens.Alert when the production has one; its event is in the bank in any case."""
        try:
            self._has_target(ALERT)
        except IscError:
            return
        header_id = self._bank.next_id()
        body = wire.body(AlertRequest(SourceConfigName=self._item, AlertText=alert.text, SessionId=envelope.session))
        parts = (header_id, envelope.session, self._item, ALERT, *body, lambda _: None, True)
        carried.outgoing.append(Envelope(*parts))
        carried.statements += self._header(header_id, envelope, ALERT, body, True, None)

    def _header(
        self, header_id: int, envelope: Envelope, target: str, body: tuple[str, str], is_async: bool, by: int | None
    ) -> Sequence[Statement]:
        return Bank.header(
            header_id, "Request", envelope.session, self._item, target, body, "Queued", is_async=is_async, process=by
        )

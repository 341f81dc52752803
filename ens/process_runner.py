"""What runs a process in the Director: one thread that takes one event after the other for all its instances.

None of them ever blocks it.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.bpl.state import Instance
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message, wire
from isc.py.msg.ens import AlertRequest
from isc.py.objectscript.platform import Platform

from .bank import Bank, ProcessRow, Waits
from .bank.writer import Statement
from .engines import engine_of
from .messages import Envelope, Outcome, Told
from .production import Item
from .program_digest import program_digest
from .relay import Origin
from .runners import HasTarget

_ALERT = "Ens.Alert"
_log = logging.getLogger("isc.py.ens")


@dataclass
class _Carried:
    """What became of effects: what is written, sent and waited for once it is committed."""

    statements: list[Statement]
    outgoing: list[Envelope] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    response: tuple[Message, int] | None = None
    told: str | None = None  # the error it ended with

    def __post_init__(self) -> None:
        self.statements = list(self.statements)


class ProcessRunner:
    """A process, of BPL or a router, and its instances."""

    def __init__(
        self,
        bank: Bank,
        item: Item,
        host: Any,
        platform: Platform,
        route: Callable[[Envelope], None],
        has_target: HasTarget,
        later: Callable[[float, Callable[[], None]], None],
        alert: Callable[[Origin, str], None],
    ) -> None:
        self._limit = int(host.QueueLimit)
        self._alert_of_error = alert if host.AlertOnError else None
        self.item = item
        self.last_message = time.monotonic()
        self._bank = bank
        self._host_class: Any = type(host)
        self._engine = engine_of(host, platform)
        self._program = program_digest(self._host_class)
        self._route = route
        self._has_target = has_target
        self._later = later
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running: dict[int, tuple[Envelope, Instance]] = {}
        self._waits: dict[int, Waits] = {}
        self._idle = threading.Condition()
        self._is_cut = False
        self._is_enabled = True
        self._pending: dict[int, Envelope] = {}  # what waits for its beginning
        self._held: deque[Envelope] = deque()  # what is put while it is disabled
        self._successor: Callable[[Envelope], None] | None = None
        self._thread = threading.Thread(target=self._run, name=item.name, daemon=True)

    def start(self) -> None:
        """Begin to take requests."""
        self._thread.start()

    def put(self, envelope: Envelope) -> None:
        """Queue a request."""
        self.last_message = time.monotonic()
        with self._idle:
            if self._successor is None:
                if not self._is_enabled:
                    self._held.append(envelope)
                    return
                self._expect(envelope)
                return
        self._successor(envelope)

    def _expect(self, envelope: Envelope) -> None:
        """Queues the beginning of an instance; the lock is held."""
        self._pending[envelope.header_id] = envelope
        self._running[envelope.header_id] = (envelope, None)  # type: ignore[assignment]  # begun by the thread
        self._queue.put(lambda: self._begin(envelope))

    @property
    def is_enabled(self) -> bool:
        """Whether it begins instances."""
        return self._is_enabled

    def disable(self) -> None:
        """Begin no more instances; those that run go on."""
        with self._idle:
            self._is_enabled = False

    def enable(self) -> None:
        """Begin what was held, and go on."""
        with self._idle:
            self._is_enabled = True
            held, self._held = self._held, deque()
            for envelope in held:
                self._expect(envelope)

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Let the instances that run end in their own time (`stop` waits for them); give what had not begun."""
        with self._idle:
            self._successor = successor
            left = [*self._pending.values(), *self._held]
            for header_id in self._pending:
                self._running.pop(header_id)
            self._pending.clear()
            self._held.clear()
            self._idle.notify_all()
        return left

    def take_over(self, envelopes: Sequence[Envelope]) -> None:
        """Hold what another runner had not begun, in front of the rest; the runner is still disabled."""
        with self._idle:
            self._held.extendleft(reversed(envelopes))

    def resume(self, envelope: Envelope, kept: ProcessRow, ended: Mapping[int, Outcome]) -> None:
        """Queue the going on of an instance; `ended` are the calls that ended meanwhile, by number."""
        with self._idle:
            self._running[kept.id] = (envelope, None)  # type: ignore[assignment]  # restored by the thread
        self._queue.put(lambda: self._resumed(envelope, kept))
        for number, outcome in ended.items():
            self.teller(kept.id, number)(outcome)

    def teller(self, process_id: int, number: int) -> Told:
        """What tells an instance the end of one of its calls."""

        def told(outcome: Outcome) -> None:
            self._queue.put(lambda: self._answered(process_id, number, outcome))

        return told

    def wait_for_room(self) -> None:
        """Wait until fewer instances run than QueueLimit."""
        if self._limit and len(self._running) >= self._limit:
            with self._idle:
                self._idle.wait_for(lambda: self._is_cut or len(self._running) < self._limit)

    def has_room(self) -> bool:
        """Whether fewer instances run than QueueLimit."""
        return not self._limit or len(self._running) < self._limit

    def waiting(self) -> int:
        """How many instances run or wait to begin."""
        return len(self._running) + len(self._held)

    def stop(self) -> None:
        """Let the instances end, then end the thread."""
        if self._thread.ident is None:
            return
        with self._idle:
            self._idle.wait_for(lambda: not self._running or self._is_cut)
        self._queue.put(None)
        self._thread.join()

    def cut(self) -> None:
        """Do not wait for instances any longer: those that run go on at the next start."""
        with self._idle:
            self._is_cut = True
            self._idle.notify_all()

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            try:
                event()
            except Exception:  # noqa: BLE001  # the queue must go on, whatever an instance does
                _log.exception("item %s", self.item.name)

    def _process(self, envelope: Envelope) -> Any:
        process = self._host_class._New()
        process.configure(self.item.name, self.item.settings)
        vars(process).update(_source=envelope.source, _header_id=envelope.header_id)
        return process

    def _resumed(self, envelope: Envelope, kept: ProcessRow) -> None:
        if kept.waits.program not in ("", self._program):
            text = (
                f"class {self.item.class_name} has changed since process instance {kept.id} was kept: it goes on where "
                "it stood, with the class as it is now"
            )
            self._bank.write([Bank.event("warning", self.item.name, text, envelope.session, kept.id)], patient=True)
            kept.waits.program = self._program
        try:
            instance = self._engine.restore(self._process(envelope), kept.state)
        except Exception as error:  # noqa: BLE001  # the class may have changed in any way; it is this message's error
            self._failed(envelope, None, error, [Bank.process_ended(kept.id, "Error")])
            return
        with self._idle:
            self._running[kept.id] = (envelope, instance)
            self._waits[kept.id] = kept.waits
            kept.waits.replied = instance.replied
        for number, seconds in kept.waits.left().items():
            self._after(Timer(number, seconds), kept.id)

    def _begin(self, envelope: Envelope) -> None:
        with self._idle:
            if self._pending.pop(envelope.header_id, None) is None:
                return  # another runner has it
        try:
            process = self._process(envelope)
            instance = self._engine.begin(process, wire.message_of(envelope.class_name, envelope.body))
        except Exception as error:  # noqa: BLE001  # user code may raise anything; it is this message's error
            self._failed(envelope, None, error, [])
            return
        with self._idle:
            self._running[envelope.header_id] = (envelope, instance)
            self._waits[envelope.header_id] = Waits(program=self._program)
        self._advance(envelope, instance, [], [Bank.status(envelope.header_id, "Delivered")])

    def _answered(self, process_id: int, number: int, outcome: Outcome) -> None:
        if process_id not in self._running:
            return
        envelope, instance = self._running[process_id]
        self._waits[process_id].calls.pop(number, None)
        effects: list[Effect] = []
        try:
            if outcome.response is None:
                self._engine.fail(instance, number, (outcome.error or outcome.status).splitlines()[0])
            else:
                effects = self._engine.deliver(instance, number, outcome.response)
        except Exception as error:  # noqa: BLE001  # user code may raise anything; it is this message's error
            self._failed(envelope, instance, error, [])
            return
        self._advance(envelope, instance, effects, [])

    def _elapsed(self, process_id: int, number: int) -> None:
        if process_id not in self._running:
            return
        envelope, instance = self._running[process_id]
        self._waits[process_id].timers.pop(number, None)
        if self._engine.elapsed(instance, number):
            self._advance(envelope, instance, [], [])

    def _advance(
        self, envelope: Envelope, instance: Instance, effects: list[Effect], statements: list[Statement]
    ) -> None:
        """Runs the instance on; state, outgoing messages and events go into the bank together, then to their queues."""
        carried = _Carried(statements)
        try:
            while True:
                effects = [*effects, *self._engine.advance(instance)]
                self._carry(envelope, instance, effects, carried)
                if not instance.is_ready:
                    break
                effects = []
            status = "Completed" if instance.done else "Running"
            carried.statements.append(self._state(envelope, instance, status))
        except Exception as error:  # noqa: BLE001  # user code may raise anything; it is this message's error
            self._failed(envelope, instance, error, [*statements, *self._traces(envelope, effects)])
            return
        if carried.response is not None:
            self._waits[envelope.header_id].replied = True
        self._then(envelope, carried, ended=instance.done)

    def _then(self, envelope: Envelope, carried: "_Carried", *, ended: bool) -> None:
        """What follows once it is committed; other instances go on while the disk writes."""

        def committed(error: BaseException | None) -> None:
            self._queue.put(lambda: self._written(envelope, carried, ended, error))

        self._bank.write(carried.statements, patient=True, then=committed)

    def _written(self, envelope: Envelope, carried: "_Carried", ended: bool, error: BaseException | None) -> None:
        if error is not None:
            _log.error("item %s: message %d: %s", self.item.name, envelope.header_id, error)
            ending = self._bank.unwritten(envelope.header_id, self.item.name, envelope.session, str(error))
            self._bank.write(ending, patient=True)
            self._ended(envelope.header_id)
            envelope.told(Outcome(envelope.header_id, envelope.session, error=str(error), status="Error"))
            return
        for message in carried.outgoing:
            self._route(message)
        for timer in carried.timers:
            self._after(timer, envelope.header_id)
        if ended:
            self._ended(envelope.header_id)
        if carried.response is not None:
            envelope.told(Outcome(envelope.header_id, envelope.session, *carried.response))
        elif carried.told is not None:
            envelope.told(Outcome(envelope.header_id, envelope.session, error=carried.told, status="Error"))

    def _carry(self, envelope: Envelope, instance: Instance, effects: list[Effect], carried: "_Carried") -> None:
        carried.statements += self._traces(envelope, effects)
        for effect in effects:
            if isinstance(effect, Send):
                try:
                    self._has_target(effect.target, self._callers(envelope, effect))
                    sent, written = self._sent(envelope, effect)
                except IscError as error:
                    self._engine.refuse(instance, effect, error)
                    continue
                self._waits[envelope.header_id].calls[effect.number] = sent.header_id
                carried.outgoing.append(sent)
                carried.statements += written
            elif isinstance(effect, Timer):
                self._waits[envelope.header_id].timer(effect.number, effect.seconds)
                carried.timers.append(effect)
            elif isinstance(effect, Traced) and effect.kind == "alert":
                self._alert(envelope, effect, carried)
            elif isinstance(effect, Reply):
                response_id = self._bank.next_id()
                carried.response = (effect.response, response_id)
                carried.statements += Bank.header(
                    response_id,
                    "Response",
                    envelope.session,
                    self.item.name,
                    envelope.source,
                    wire.body(effect.response),
                    "Completed",
                    corresponding=envelope.header_id,
                    is_async=envelope.is_async,
                )
                carried.statements.append(Bank.status(envelope.header_id, "Completed"))

    def _callers(self, envelope: Envelope, send: Send) -> tuple[str, ...]:
        return () if send.is_async else (*envelope.callers, self.item.name)

    def _alert(self, envelope: Envelope, alert: Traced, carried: "_Carried") -> None:
        """An alert goes to the item Ens.Alert when the production has one; its event is in the bank in any case."""
        try:
            self._has_target(_ALERT)
        except IscError:
            return
        header_id = self._bank.next_id()
        request = AlertRequest(SourceConfigName=self.item.name, AlertText=alert.text, SessionId=envelope.session)
        class_name, body = wire.body(request)
        carried.outgoing.append(
            Envelope(header_id, envelope.session, self.item.name, _ALERT, class_name, body, lambda _: None, True)
        )
        carried.statements += Bank.header(
            header_id,
            "Request",
            envelope.session,
            self.item.name,
            _ALERT,
            (class_name, body),
            "Queued",
            is_async=True,
        )

    def _sent(self, envelope: Envelope, send: Send) -> tuple[Envelope, list[Statement]]:
        header_id = self._bank.next_id()
        class_name, body = wire.body(send.request)
        process_id = envelope.header_id
        told = self.teller(process_id, send.number)
        sent = Envelope(
            header_id,
            envelope.session,
            self.item.name,
            send.target,
            class_name,
            body,
            told,
            send.is_async,
            process_id,
            callers=self._callers(envelope, send),
        )
        header = Bank.header(
            header_id,
            "Request",
            envelope.session,
            self.item.name,
            send.target,
            (class_name, body),
            "Queued",
            is_async=send.is_async,
            process=process_id,
        )
        return sent, header

    def _traces(self, envelope: Envelope, effects: list[Effect]) -> list[Statement]:
        return [
            Bank.event(effect.kind, self.item.name, effect.text, envelope.session, envelope.header_id)
            for effect in effects
            if isinstance(effect, Traced)
        ]

    def _state(self, envelope: Envelope, instance: Instance, status: str) -> Statement:
        held = self._waits.get(envelope.header_id)
        waits = held.to_json() if held is not None and status == "Running" else "{}"
        state = instance.to_json()
        name = self.item.class_name
        return Bank.process(envelope.header_id, envelope.session, self.item.name, name, status, state, waits)

    def _after(self, timer: Timer, process_id: int) -> None:
        self._later(timer.seconds, lambda: self._queue.put(lambda: self._elapsed(process_id, timer.number)))

    def _failed(
        self, envelope: Envelope, instance: Instance | None, error: Exception, statements: list[Statement]
    ) -> None:
        text = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
        held = self._waits.get(envelope.header_id)
        replied = held is not None and held.replied
        statements = [
            *statements,
            *([] if replied else [Bank.status(envelope.header_id, "Error", text)]),
            Bank.event("error", self.item.name, text, envelope.session, envelope.header_id),
        ]
        if instance is not None:
            try:
                statements.append(self._state(envelope, instance, "Error"))
            except IscError as unkept:
                statements.append(Bank.process_ended(envelope.header_id, "Error"))
                statements.append(Bank.event("warning", self.item.name, str(unkept), envelope.session))
        carried = _Carried(statements, told=None if replied else text)
        self._then(envelope, carried, ended=True)
        if self._alert_of_error is not None:
            self._alert_of_error(Origin(self.item.name, envelope.session), text)

    def _ended(self, process_id: int) -> None:
        with self._idle:
            self._running.pop(process_id, None)
            self._waits.pop(process_id, None)
            self._idle.notify_all()

"""What runs an item in the Director: queues and the threads that empty them.

An operation has a thread and a worker process for each place in its pool. A BPL process has one thread that takes one
event after the other for all its instances; none of them ever blocks it.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.bpl.state import Instance
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message, wire
from isc.py.msg.ens import AlertRequest
from isc.py.objectscript.platform import Platform

from .attempts import Attempts
from .bank import Bank, ProcessRow, Waits
from .bank.writer import Statement
from .engines import engine_of
from .exceptions import ProductionError
from .messages import Envelope, Outcome, Told
from .production import Item
from .queues import HostQueue
from .relay import Origin
from .workers import Worker, Zygote

_AHEAD = 8  # messages that are marked as delivered while the one in front runs
_ALERT = "Ens.Alert"
_log = logging.getLogger("isc.py.ens")


class HasTarget(Protocol):
    """Raises when nobody takes messages under a name, or a synchronous call of `callers` would wait for itself."""

    def __call__(self, target: str, callers: tuple[str, ...] = (), /) -> None:
        """Check it."""


class Runner(Protocol):
    """An item that takes requests."""

    item: Item

    def start(self) -> None:
        """Begin to take requests."""

    def put(self, envelope: Envelope) -> None:
        """Queue a request."""

    def stop(self) -> None:
        """Finish what is queued and end."""

    def cut(self) -> None:
        """Do not wait for what runs any longer."""

    def waiting(self) -> int:
        """How many requests wait."""

    @property
    def is_enabled(self) -> bool:
        """Whether it takes messages from its queue."""

    def disable(self) -> None:
        """Take no more messages from the queue; what has begun goes on."""

    def enable(self) -> None:
        """Go on."""

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Finish what has begun; what has not, in its order. What is put from now on goes to `successor`."""

    def take_over(self, envelopes: Sequence[Envelope]) -> None:
        """Queue what another runner had not begun, in front of the rest."""


class OperationRunner:
    """An operation and its workers."""

    def __init__(
        self,
        bank: Bank,
        zygote: Zygote,
        item: Item,
        host: Any,
        settings: dict[str, Any],
        begin: Callable[[int], None],
        attempts: Attempts,
        defer: Callable[[str, Envelope], None],
    ) -> None:
        self._begin = begin
        self._attempts = attempts
        self._defer = defer
        self.item = item
        self.last_message = time.monotonic()
        self._bank = bank
        self._queue = HostQueue(host.QueueLimit)
        self._is_pinned = getattr(host, "ContextScope", "") == "session"
        self._is_enabled = threading.Event()
        self._is_enabled.set()
        self._workers = [Worker(zygote, settings) for _ in range(max(item.pool_size, 1))]
        self._threads = [threading.Thread(target=self._run, args=(worker,), daemon=True) for worker in self._workers]
        self._is_cut = threading.Event()
        self._left: list[Envelope] = []

    def start(self) -> None:
        """Start the workers, and with them the initializer.

        Raises:
            ProductionError: a worker did not start; says why.
        """
        for worker in self._workers:
            answer = worker.start()
            if not answer.ok:
                raise ProductionError(
                    f"item {self.item.name!r} did not start: {answer.error}\n{answer.traceback}".strip()
                )
            self._bank.write(self._attempts.output(answer, None, None))
        for thread in self._threads:
            thread.start()

    def put(self, envelope: Envelope) -> None:
        """Queue a request."""
        self.last_message = time.monotonic()
        self._queue.put(envelope)

    def waiting(self) -> int:
        """How many requests wait."""
        return self._queue.qsize()

    def waited(self) -> float:
        """Seconds the message in front has waited."""
        return self._queue.waited()

    def wait_for_room(self) -> None:
        """Wait until the queue is below its limit."""
        self._queue.wait_for_room()

    @property
    def is_enabled(self) -> bool:
        """Whether it takes messages from its queue."""
        return self._is_enabled.is_set()

    def disable(self) -> None:
        """Take no more messages from the queue; what runs, ends."""
        self._is_enabled.clear()

    def enable(self) -> None:
        """Go on."""
        self._is_enabled.set()

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Finish the messages that run, end the workers, give what had not begun."""
        self._attempts.stopping.set()
        self._is_cut.set()
        for _ in self._threads:
            self._queue.put(None)
        self._is_enabled.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for worker in self._workers:
            worker.stop()
        return sorted(self._left, key=lambda envelope: (envelope.priority, envelope.header_id)) + self._queue.hand_over(
            successor
        )

    def take_over(self, envelopes: Sequence[Envelope]) -> None:
        """Queue what another runner had not begun, in front of the rest."""
        self._queue.put_first(envelopes)

    def pids(self) -> list[int]:
        """The worker processes."""
        return [worker.pid for worker in self._workers]

    def stop(self) -> None:
        """Finish what is queued, then end the workers; what waits for its next attempt stays in the bank."""
        self._attempts.stopping.set()
        self._queue.close()
        for _ in self._threads:
            self._queue.put(None)
        if not self.is_enabled:
            self._is_cut.set()
            self._is_enabled.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        for worker in self._workers:
            worker.stop()

    def cut(self) -> None:
        """End what runs now, as an error; what is queued stays queued in the bank. `stop` comes after it."""
        self._attempts.stopping.set()
        self._is_cut.set()
        for worker in self._workers:
            worker.cut()

    def _run(self, worker: Worker) -> None:
        ahead = _AHEAD if len(self._workers) == 1 else 1
        pin = (self._workers.index(worker), len(self._workers)) if self._is_pinned else (0, 1)
        taken: deque[Envelope] = deque()
        ended = False
        while not ended or taken:
            self._is_enabled.wait()
            while not ended and len(taken) < ahead and (not taken or not self._queue.empty()):
                following = self._queue.get(*pin)
                if following is None:
                    ended = True
                    break
                taken.append(following)
                self._bank.write([Bank.status(following.header_id, "Delivered")], patient=True)
            if not self._is_enabled.is_set():
                continue
            if self._is_cut.is_set():
                self._bank.write([Bank.status(item.header_id, "Queued") for item in taken], patient=True)
                self._left += taken
                return
            if not taken:
                continue
            envelope = taken.popleft()
            try:
                if not self._one(worker, envelope):
                    taken.appendleft(envelope)
            except Exception as error:  # noqa: BLE001  # the queue must go on, whatever a message does
                _log.exception("item %s: message %d", self.item.name, envelope.header_id)
                envelope.told(Outcome(envelope.header_id, envelope.session, error=str(error), status="Error"))

    def _one(self, worker: Worker, envelope: Envelope) -> bool:
        """Run a message; False when it stays in front of the queue."""
        ending = self._attempts.run(worker, envelope, self._begin)
        answer, statements = ending.answer, ending.statements
        if ending.status in ("Queued", "Deferred"):
            written = [*statements, Bank.status(envelope.header_id, ending.status)]
            self._bank.write(written, patient=True).result()
            if ending.status == "Deferred":
                self._defer(answer.deferred, envelope)
                return True
            if ending.disables:
                self.disable()
            else:  # the production stops, and nothing may overtake what waits for its next attempt
                self._is_cut.set()
            return False
        if ending.status == "Completed":
            response_id = self._bank.next_id()
            statements += Bank.header(
                response_id,
                "Response",
                envelope.session,
                self.item.name,
                envelope.source,
                (answer.class_name, answer.body),
                "Completed",
                corresponding=envelope.header_id,
                is_async=envelope.is_async,
            )
            statements.append(Bank.status(envelope.header_id, "Completed"))
            response = wire.message_of(answer.class_name, answer.body)
            self._tell(envelope, statements, Outcome(envelope.header_id, envelope.session, response, response_id))
            return True
        statements.append(Bank.status(envelope.header_id, ending.status, ending.error))
        outcome = Outcome(envelope.header_id, envelope.session, error=ending.error, status=ending.status)
        self._tell(envelope, statements, outcome)
        return True

    def _tell(self, envelope: Envelope, statements: list[Statement], outcome: Outcome) -> None:
        """Tells the end of a message once it is committed, while the next one runs already."""

        def committed(written: "Future[None]") -> None:
            error = written.exception()
            if error is None:
                envelope.told(outcome)
                return
            ending = Bank.unwritten(envelope.header_id, self.item.name, envelope.session, str(error))
            self._bank.write(ending, patient=True)
            envelope.told(Outcome(envelope.header_id, envelope.session, error=str(error), status="Error"))

        self._bank.write(statements, patient=True).add_done_callback(committed)


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
            self._waits[envelope.header_id] = Waits()
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

        def committed(written: "Future[None]") -> None:
            error = written.exception()
            self._queue.put(lambda: self._written(envelope, carried, ended, error))

        self._bank.write(carried.statements, patient=True).add_done_callback(committed)

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

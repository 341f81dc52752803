"""What runs a process: lanes that take one event after the other for the instances that are theirs.

A step (an event, and all that the process does until it waits again) runs in the Director or in a worker process; what
it sends is written with the instance's new state, then sent. No instance ever blocks a lane while it waits.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from isc.py.bpl.engine import Effect, Timer
from isc.py.bpl.state import StateError
from isc.py.iscpython_c.exceptions import IscError

from .bank import Bank, ProcessRow, Waits
from .bank.programs import keep
from .bank.writer import Statement
from .carrying import Carried, Carrier
from .exceptions import StepCrashedError
from .lanes import Lanes
from .messages import Envelope, Outcome, Told
from .policy import Verdict
from .production import Item
from .program_text import ProgramText
from .recovery import UNENDED
from .relay import Origin
from .runners import HasTarget
from .step_failures import StepFailures, said
from .steps import DirectorSteps, Event, Posted, Steps

_STUCK = 10  # times that a step which was cut is interrupted, before its thread is left behind
_PAUSE = 0.5  # seconds between two of them
_LOOKS = (0.05, 1.0)  # seconds between two looks at steps that may take too long: at least, at most
_IN_MEMORY = "in memory"
_log = logging.getLogger("isc.py.ens")


class ProcessRunner:
    """A process, of BPL, methods or a router, and its instances.

    Args:
        bank: where instances are kept.
        item: the item.
        host: an object of its class, with the settings.
        steps: runs the steps of one lane each; there are as many lanes as messages are worked on at a time.
        program: what its instances are begun with; kept in the bank with the first one.
        route: gives a committed message to its host.
        has_target: raises when a request cannot be sent.
        later: calls something in so many seconds.
        alert: sends an alert.
        is_kept: whether the bank has the program: the runner only ends what began with it.
    """

    def __init__(
        self,
        bank: Bank,
        item: Item,
        host: Any,
        steps: Sequence[Steps],
        program: ProgramText,
        route: Callable[[Envelope], None],
        has_target: HasTarget,
        later: Callable[[float, Callable[[], None]], None],
        alert: Callable[[Origin, str], None],
        *,
        is_kept: bool = False,
    ) -> None:
        self._limit = int(host.QueueLimit)
        in_director = all(isinstance(part, DirectorSteps) for part in steps)
        self._looks = min(max(host.Timeout / 4, _LOOKS[0]), _LOOKS[1]) if in_director and host.Timeout else 0.0
        self.item = item
        self.last_message = time.monotonic()
        self._bank = bank
        self._steps = steps
        self.program = program
        self._is_kept = is_kept or not program.digest
        self._route = route
        self._later = later
        self._carrier = Carrier(bank, item.name, has_target, self.teller)
        self._failures = StepFailures(bank, item.name, host, self._carrier, alert)
        self._keeps = not in_director or self._failures.repeats
        self._lanes = Lanes(item.name, len(steps))
        self._running: dict[int, Envelope] = {}
        self._lane_of: dict[int, int] = {}
        self._states: dict[int, str] = {}  # as they are in the bank, for a step that has to be done again
        self._over: set[int] = set()  # those whose end is on its way into the bank
        self._waits: dict[int, Waits] = {}
        self._idle = threading.Condition()
        self._is_cut = False
        self._is_enabled = True
        self._is_stopping = False
        self._pending: dict[int, tuple[Envelope, float]] = {}  # what waits for its beginning, and since when
        self._held: deque[Envelope] = deque()  # what is put while it is disabled
        self._stood: list[tuple[Envelope, Callable[[], None]]] = []  # steps to be done again when it is enabled
        self._successor: Callable[[Envelope], None] | None = None

    def start(self) -> None:
        """Begin to take requests.

        Raises:
            ProductionError: a worker did not start; says why.
        """
        for steps in self._steps:
            steps.start()
        self._lanes.start()
        self._look()

    def _look(self) -> None:
        if self._looks and not self._is_stopping:
            for steps in self._steps:
                steps.look()
            self._later(self._looks, self._look)

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
        self._pending[envelope.header_id] = envelope, time.monotonic()
        self._running[envelope.header_id] = envelope
        self._lanes.begin(partial(self._begin, envelope))

    @property
    def is_enabled(self) -> bool:
        """Whether it begins instances."""
        return self._is_enabled

    def disable(self) -> None:
        """Begin no more instances; those that run go on."""
        with self._idle:
            self._disable()

    def _disable(self) -> None:
        """Also holds what was queued and has not begun; the lock is held."""
        self._is_enabled = False
        for header_id, (envelope, _) in reversed(self._pending.items()):
            self._running.pop(header_id)
            self._held.appendleft(envelope)
        self._pending.clear()

    def enable(self) -> None:
        """Begin what was held, and go on."""
        with self._idle:
            self._is_enabled = True
            stood, self._stood = self._stood, []
            held, self._held = self._held, deque()
            for _, again in stood:
                again()
            for envelope in held:
                self._expect(envelope)

    def retire(self, successor: Callable[[Envelope], None]) -> list[Envelope]:
        """Let the instances that run end in their own time (`stop` waits for them); give what had not begun."""
        with self._idle:
            self._successor = successor
            stood = [envelope for envelope, _ in self._stood if envelope.header_id not in self._states]
            for envelope, again in self._stood:
                if envelope not in stood:
                    again()
            left = [*stood, *(envelope for envelope, _ in self._pending.values()), *self._held]
            for envelope in [*stood, *(envelope for envelope, _ in self._pending.values())]:
                self._running.pop(envelope.header_id)
            self._stood.clear()
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
            lane = len(self._lane_of) % len(self._lanes)
            self._running[kept.id] = envelope
            self._lane_of[kept.id] = lane
        self._lanes.put(lane, lambda _: self._resumed(envelope, kept))
        for number, outcome in ended.items():
            self.teller(kept.id, number)(outcome)

    def has(self, process_id: int) -> bool:
        """Whether it runs that instance."""
        return process_id in self._running

    def teller(self, process_id: int, number: int) -> Told:
        """What tells an instance the end of one of its calls."""

        def told(outcome: Outcome) -> None:
            self._lanes.put(self._lane_of.get(process_id, 0), lambda _: self._answered(process_id, number, outcome))

        return told

    def wait_for_room(self) -> None:
        """Wait until fewer instances run or wait to begin than QueueLimit."""
        if not self.has_room():
            with self._idle:
                self._idle.wait_for(lambda: self._is_cut or self.has_room())

    def has_room(self) -> bool:
        """Whether fewer instances run or wait to begin than QueueLimit."""
        return not self._limit or self.waiting() < self._limit

    def waiting(self) -> int:
        """How many instances run or wait to begin."""
        return len(self._running) + len(self._held)

    def queued(self) -> int:
        """How many requests wait for their beginning."""
        return len(self._pending) + len(self._held)

    def waited(self) -> float:
        """Seconds that the request in front has waited for its beginning; 0 when there is none."""
        with self._idle:
            first = next(iter(self._pending.values()), None)
        return time.monotonic() - first[1] if first is not None else 0.0

    def pids(self) -> list[int]:
        """The worker processes, if it has some."""
        return [pid for steps in self._steps for pid in steps.pids()]

    def stop(self) -> None:
        """Let the instances end, then end the lanes."""
        self._is_stopping = True
        if self._lanes.is_started:
            with self._idle:
                self._idle.wait_for(lambda: not self._running or self._is_cut)
            if not self._lanes_ended():
                text = (
                    "a step could not be interrupted: its thread is left behind, Isolation=worker would have ended it"
                )
                self._bank.write([Bank.event("error", self.item.name, text)])
        for steps in self._steps:
            steps.stop()

    def _lanes_ended(self) -> bool:
        if not self._is_cut:
            return self._lanes.stop()
        for _ in range(_STUCK):
            if self._lanes.stop(_PAUSE):
                return True
            for steps in self._steps:
                steps.cut()  # Python may have lost the error that interrupts
        return False

    def cut(self) -> None:
        """Do not wait for instances any longer: those that run go on at the next start."""
        with self._idle:
            self._is_cut = True
            self._idle.notify_all()
        for steps in self._steps:
            steps.cut()

    # --- what comes ---

    def _resumed(self, envelope: Envelope, kept: ProcessRow) -> None:
        if kept.program not in ("", self.program.digest):
            text = (
                f"class {self.item.class_name} has changed since process instance {kept.id} was kept: it goes on where "
                "it stood, with the class as it is now"
            )
            self._bank.write([Bank.event("warning", self.item.name, text, envelope.session, kept.id)], patient=True)
        self._states[kept.id] = kept.state
        self._waits[kept.id] = kept.waits
        kept.waits.replied = kept.request.status not in UNENDED
        for number, seconds in kept.waits.left().items():
            self._after(Timer(number, seconds), kept.id)
        event = Event("resume")
        try:
            self._steps[self._lane_of[kept.id]].step(envelope, event, kept.state)
        except Exception as error:  # noqa: BLE001  # the class may have changed in any way; it is this message's error
            self._failed(envelope, event, error)

    def _begin(self, envelope: Envelope, lane: int) -> None:
        with self._idle:
            if self._is_cut or self._pending.pop(envelope.header_id, None) is None:
                return  # it is the next Director's, or another runner has it
        self._lane_of[envelope.header_id] = lane
        self._waits[envelope.header_id] = Waits()
        self._go_on(envelope, Event("begin"))

    def _answered(self, process_id: int, number: int, outcome: Outcome) -> None:
        envelope = self._running.get(process_id)
        if envelope is None:
            return
        self._waits[process_id].calls.pop(number, None)
        if outcome.response is None:
            text = (outcome.error or outcome.status).splitlines()[0]
            failed = Event("error", number, text=text, status=outcome.status, header=outcome.header_id)
            self._go_on(envelope, failed)
        else:
            self._go_on(envelope, Event("response", number, outcome.response))

    def _elapsed(self, process_id: int, number: int) -> None:
        envelope = self._running.get(process_id)
        if envelope is not None:
            self._waits[process_id].timers.pop(number, None)
            self._go_on(envelope, Event("timer", number))

    def _go_on(self, envelope: Envelope, event: Event) -> None:
        """Runs a step; state, outgoing messages and events go into the bank together, then to their queues."""
        process_id = envelope.header_id
        if self._is_cut or process_id in self._over:
            return  # the next Director finds all of it in the bank; or nothing can come of it any more
        begins = process_id not in self._states
        carried = Carried([Bank.status(process_id, "Delivered")] if begins else [])
        steps = self._steps[self._lane_of[process_id]]
        waits = self._waits[process_id]
        try:
            effects: Sequence[Effect | Posted] = steps.step(envelope, event, self._states.get(process_id, ""))
            while refused := self._carrier.carry(envelope, effects, carried):
                effects = steps.refuse(envelope, refused)
            state, ended = steps.kept(process_id)
        except Exception as error:  # noqa: BLE001  # user code may raise anything; it is this message's error
            self._failed(envelope, event, error)
            return
        carried.wait(waits)
        waits.replied = waits.replied or carried.response is not None
        self._states[process_id] = state if self._keeps else _IN_MEMORY
        carried.statements.append(self._state(envelope, state, "Completed" if ended else "Running"))
        self._then(envelope, carried, ended=ended)

    def _then(self, envelope: Envelope, carried: Carried, *, ended: bool) -> None:
        """What follows once it is committed; other instances go on while the disk writes."""
        lane = self._lane_of[envelope.header_id]
        if ended:
            self._over.add(envelope.header_id)
        if not self._is_kept:
            text = self.program.to_json()
            carried.statements.append(keep(self.item.name, self.program.digest, self.item.class_name, text))

        def committed(error: BaseException | None) -> None:
            self._lanes.put(lane, lambda _: self._written(envelope, carried, ended, error))

        self._bank.write(carried.statements, patient=True, then=committed)

    def _written(self, envelope: Envelope, carried: Carried, ended: bool, error: BaseException | None) -> None:
        if error is not None:
            _log.error("item %s: message %d: %s", self.item.name, envelope.header_id, error)
            ending = self._bank.unwritten(envelope.header_id, self.item.name, envelope.session, str(error))
            self._bank.write(ending, patient=True)
            self._ended(envelope.header_id)
            envelope.told(Outcome(envelope.header_id, envelope.session, error=str(error), status="Error"))
            return
        self._is_kept = True
        for message in carried.outgoing:
            self._route(message)
        for timer in carried.timers:
            self._after(timer, envelope.header_id)
        if ended:
            self._ended(envelope.header_id)
        if carried.response is not None:
            envelope.told(Outcome(envelope.header_id, envelope.session, *carried.response))
        elif carried.told is not None:
            text, status_ = carried.told
            envelope.told(Outcome(envelope.header_id, envelope.session, error=text, status=status_))

    def _state(self, envelope: Envelope, state: str, status_: str) -> Statement:
        waits = self._waits[envelope.header_id].to_json() if status_ == "Running" else "{}"
        name = self.item.class_name
        digest = self.program.digest
        return Bank.process(envelope.header_id, envelope.session, self.item.name, name, status_, state, waits, digest)

    def _after(self, timer: Timer, process_id: int) -> None:
        lane = self._lane_of[process_id]
        self._later(timer.seconds, lambda: self._lanes.put(lane, lambda _: self._elapsed(process_id, timer.number)))

    # --- what fails ---

    def _failed(self, envelope: Envelope, event: Event, error: Exception) -> None:
        """A step failed: its policy says what becomes of the instance."""
        if self._is_cut:
            return  # it did not happen: the next Director runs the step again
        verdict = self._failures.verdict(envelope, event, error)
        steps = self._steps[self._lane_of[envelope.header_id]]
        if verdict.action in "RD":
            steps.forget(envelope.header_id)
            self._again_later(envelope, event, error, verdict)
            return
        held = self._waits.get(envelope.header_id)
        replied, told = held is not None and held.replied, steps.said(envelope.header_id)
        carried, status_ = self._failures.end(envelope, error, verdict, told, has_replied=replied)
        self._end_state(envelope, steps, carried, status_)
        if status_ == "Error":
            self._failures.alert(envelope, said(error))

    def _again_later(self, envelope: Envelope, event: Event, error: Exception, verdict: Verdict) -> None:
        """The step is done again: later, or when the process is enabled again."""
        lane = self._lane_of[envelope.header_id]

        def again() -> None:
            self._lanes.put(lane, lambda _: self._go_on(envelope, event))

        if verdict.action == "D":
            with self._idle:
                self._disable()
                self._stood.append((envelope, again))
            self._failures.stands(envelope, error)
        elif isinstance(error, StepCrashedError):
            again()
        else:
            self._failures.repeated(envelope, event, error)
            self._later(self._failures.retry_interval, again)

    def _end_state(self, envelope: Envelope, steps: Steps, carried: Carried, status_: str) -> None:
        """Writes the end of an instance that failed, with its state as far as it can be kept."""
        try:
            state = steps.kept(envelope.header_id).state
        except (IscError, KeyError) as unkept:
            state = ""
            if isinstance(unkept, StateError):
                told = Bank.event("warning", self.item.name, str(unkept), envelope.session, envelope.header_id)
                carried.statements.append(told)
        if state:
            carried.statements.append(self._state(envelope, state, status_))
        else:
            carried.statements.append(Bank.process_ended(envelope.header_id, status_))
        self._then(envelope, carried, ended=True)

    def _ended(self, process_id: int) -> None:
        with self._idle:
            self._running.pop(process_id, None)
            self._waits.pop(process_id, None)
            self._states.pop(process_id, None)
            self._over.discard(process_id)
            lane = self._lane_of.pop(process_id, 0)
            self._idle.notify_all()
        self._steps[lane].forget(process_id)

"""The engine: runs a program one activity at a time until the instance waits or ends.

It never blocks and does no I/O. `advance` returns effects (requests to send, timers, trace texts, the reply); the host
carries them out, keeps the instance with them in one transaction, and brings answers back with `deliver`, and times
that are over with `elapsed`.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.bodies import as_message
from isc.py.msg.ens import Response
from isc.py.msg.wire import load
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.interrupts import answer_interrupt
from isc.py.objectscript.output import current, to
from isc.py.objectscript.platform import Platform
from isc.py.objectscript.values import text

from .activities import Activities, Waits, duration
from .effects import Effect, Reply, Send, Timer, Traced
from .exceptions import ActivityError
from .faults import fault_name, fault_status
from .model import Head
from .program import Program
from .state import ContextObject, Instance, PendingCall, StateError, Thread, decoded
from .steps import (
    HIDDEN,
    BranchStep,
    CallStep,
    CompensateStep,
    EachStep,
    ForkStep,
    JoinStep,
    JumpStep,
    LeaveScopeStep,
    ReplyStep,
    ReturnStep,
    ScopeStep,
    Step,
    SyncStep,
    VisitStep,
)
from .time_limit import TimeIsUp

_LOOK = 64  # steps between two looks at the clock

__all__ = ["Effect", "Engine", "Reply", "Send", "Timer", "Traced"]


class Engine:
    """Runs the instances of one program.

    `on_activity` is told of each activity before it runs, `on_branch` of each condition's outcome; `advance` returns
    in front of an activity for which `pause` is true. `now` gives the local time for delays until a moment and for
    the rule set that is in effect.
    """

    def __init__(
        self,
        program: Program,
        platform: Platform | None = None,
        on_activity: Callable[[Instance, Head], None] | None = None,
        on_branch: Callable[[Instance, Head, bool], None] | None = None,
        pause: Callable[[Instance, Head], bool] | None = None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.program = program
        self.on_activity = on_activity
        self.on_branch = on_branch
        self.pause = pause
        self.deadline: float | None = None  # monotonic; whoever runs it says how long that may take
        self._now = now
        self._activities = Activities(program, platform, now)
        self._runs = [(_DOES.get(type(step), Engine._perform), step) for step in program.steps]

    def begin(self, process: object, request: Message) -> Instance:
        """A new instance; `advance` runs it."""
        return Instance(request, process, self._context())

    def _context(self) -> ContextObject:
        base = None
        if self.program.process.context_class:
            made: Any = dictionary.resolve(self.program.process.context_class)
            base = made._New()
        return ContextObject(self.program.context, base)

    def restore(self, process: object, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave.

        Raises:
            StateError: it is of another program: it stands where this one has nothing, or waits for calls it has not.
        """
        state: dict[str, Any] = json.loads(text_of_state)
        instance = Instance(load(state["request"]), process, self._context())
        for name, value in state["context"].items():
            instance.context._set_property(name, decoded(value))
        instance.context.__dict__["_LastError"] = decoded(state["lasterror"][0])
        instance.context.__dict__["_LastFault"] = state["lasterror"][1]
        for name, value in state["process"].items():
            process._set_property(name, decoded(value))  # type: ignore[attr-defined]  # an object of the language
        instance.numbers = state["numbers"]
        instance.threads = [Thread(**thread) for thread in state["threads"]]
        instance.calls = {call["number"]: PendingCall(**call) for call in state["calls"]}
        self._fits(instance)
        instance.kept = state.get("variables", [])
        instance.replied, instance.done = state["replied"], state["done"]
        instance.response, instance.status = decoded(state["response"]), decoded(state["status"])
        instance.synctimedout = state["synctimedout"]
        instance.syncresponses = decoded(state["syncresponses"])  # type: ignore[assignment]  # an array, as it was saved
        return instance

    def _fits(self, instance: Instance) -> None:
        """Whether the program has what the instance stands at; an older version of the class may have been another."""
        steps, name = self.program.steps, self.program.class_name
        mend = "put the class back as it was and start again, or resend its request"
        for thread in instance.threads:
            places = [thread.counter, *thread.scopes]
            if not all(0 <= place <= len(steps) for place in places):
                raise StateError(
                    f"the instance stands at step {max(places)}, and {name} has {len(steps)} now: it changed; {mend}"
                )
        for call in instance.calls.values():
            step = steps[call.step] if 0 <= call.step < len(steps) else None
            if not isinstance(step, CallStep) or (step.name is None and step.head.name != call.name):
                raise StateError(f"the instance waits for call {call.name!r}, which {name} has not there now; {mend}")

    # --- running ---

    def advance(self, instance: Instance) -> list[Effect]:
        """Run until every thread waits, or the instance ends.

        Raises:
            ActivityError: an activity failed and no scope caught it; names it, the line and the reason. The instance
                is over.
        """
        effects: list[Effect] = []
        try:
            with to(current()):
                while not instance.done:
                    for thread in instance.threads:
                        if thread.ready:
                            break
                    else:
                        break
                    if not self._run(instance, thread, effects):
                        break
        except BaseException:
            instance.said = effects
            raise
        return effects

    def _run(self, instance: Instance, thread: Thread, effects: list[Effect]) -> bool:
        """Run one thread until it waits or ends; false when the run is to pause in front of an activity."""
        runs, end, steps = self._runs, len(self._runs), 0
        while not (thread.waiting or thread.timer or thread.children or instance.done):
            counter = thread.counter
            steps += 1
            if not steps % _LOOK:
                answer_interrupt()
                if self.deadline is not None and time.monotonic() > self.deadline:
                    raise TimeIsUp
            if counter >= end:
                self._end(instance, effects)
                return True
            run, step = runs[counter]
            if type(step) not in HIDDEN:
                if self.pause is not None and self.pause(instance, step.head):
                    return False
                if self.on_activity is not None:
                    self.on_activity(instance, step.head)
            try:
                run(self, instance, thread, step, effects)
                if instance.status != 1 and status.is_error(instance.status):
                    raise status.StatusError(str(instance.status))
            except Exception as error:  # noqa: BLE001  # user code may raise anything: handlers of scopes decide
                self._fault(instance, thread, counter, error)
            if thread not in instance.threads:
                return True
        if instance.scope is not None:
            instance.scope.forget()
        return True

    def _end(self, instance: Instance, effects: list[Effect]) -> None:
        instance.done = True
        if not instance.replied:
            instance.replied = True
            effects.append(Reply(self._response(instance)))

    def _response(self, instance: Instance) -> Message:
        return as_message(self._activities.prepared(instance)) or Response()

    # --- one step ---

    def _jump(self, _instance: Instance, thread: Thread, step: JumpStep, _effects: list[Effect]) -> None:
        if step.leave:
            del thread.scopes[-step.leave :]
        thread.counter = step.to

    def _visit(self, _instance: Instance, thread: Thread, _step: VisitStep, _effects: list[Effect]) -> None:
        thread.counter += 1

    def _branch(self, instance: Instance, thread: Thread, step: BranchStep, effects: list[Effect]) -> None:
        frame = self._activities.frame(instance, step.head, effects, self.program.places[thread.counter])
        taken = step.condition.test(frame)
        if self.on_branch is not None:
            self.on_branch(instance, step.head, taken)
        thread.counter = thread.counter + 1 if taken else step.otherwise

    def _each(self, instance: Instance, thread: Thread, step: EachStep, effects: list[Effect]) -> None:
        frame = self._activities.frame(instance, step.head, effects, self.program.places[thread.counter])
        thread.counter = thread.counter + 1 if self._activities.next_key(step, frame) else step.end

    def _fork(self, instance: Instance, thread: Thread, step: ForkStep, _effects: list[Effect]) -> None:
        thread.counter, thread.children = step.after, len(step.branches)
        highest = max(other.number for other in instance.threads)
        for at, start in enumerate(step.branches, start=1):
            instance.threads.append(Thread(highest + at, start, parent=thread.number))

    def _join(self, instance: Instance, thread: Thread, _step: JoinStep, _effects: list[Effect]) -> None:
        instance.threads.remove(thread)
        instance.thread(thread.parent).children -= 1

    def _enter(self, _instance: Instance, thread: Thread, _step: ScopeStep, _effects: list[Effect]) -> None:
        thread.scopes.append(thread.counter)
        thread.counter += 1

    def _leave(self, _instance: Instance, thread: Thread, _step: LeaveScopeStep, _effects: list[Effect]) -> None:
        thread.scopes.pop()
        thread.counter += 1

    def _compensate(self, _instance: Instance, thread: Thread, step: CompensateStep, _effects: list[Effect]) -> None:
        thread.returns.append(thread.counter + 1)
        thread.counter = step.at

    def _return(self, _instance: Instance, thread: Thread, _step: ReturnStep, _effects: list[Effect]) -> None:
        thread.counter = thread.returns.pop() if thread.returns else len(self.program.steps)

    def _reply(self, instance: Instance, thread: Thread, step: ReplyStep, effects: list[Effect]) -> None:
        self._activities.frame(instance, step.head, effects, self.program.places[thread.counter])
        if not instance.replied:
            instance.replied = True
            effects.append(Reply(self._response(instance)))
        thread.counter += 1

    def _perform(self, instance: Instance, thread: Thread, step: Step, effects: list[Effect]) -> None:
        waits = self._activities.perform(instance, step, effects, self.program.places[thread.counter])
        thread.counter += 1
        if waits is not None:
            self._wait(instance, thread, self._seconds(waits), effects)

    def _seconds(self, waits: Waits) -> float:
        if waits.until is None:
            return waits.seconds
        return max(0.0, (waits.until - self._now()).total_seconds())

    def _wait(self, instance: Instance, thread: Thread, seconds: float, effects: list[Effect]) -> None:
        if seconds > 0:
            instance.numbers += 1
            thread.timer = instance.numbers
            effects.append(Timer(instance.numbers, seconds))

    # --- calls ---

    def _call(self, instance: Instance, thread: Thread, step: CallStep, effects: list[Effect]) -> None:
        at = thread.counter
        frame = self._activities.frame(instance, step.head, effects, self.program.places[at])
        request = self._activities.request(instance, step, frame)
        target = step.target if isinstance(step.target, str) else text(step.target.evaluate(frame))
        name = step.head.name if step.name is None else text(step.name.evaluate(frame))
        timeout = duration(step.timeout, frame) if step.timeout is not None else None
        calls = instance.calls
        for number in [number for number, call in calls.items() if call.name == name and call.state != "sent"]:
            del calls[number]
        instance.numbers += 1
        number = instance.numbers
        calls[number] = PendingCall(number, name, at, step.is_async, thread=thread.number)
        if not step.is_async:
            thread.waiting = [number]
        effects.append(Send(number, name, target, request, step.is_async, timeout, step.head))
        thread.counter += 1
        if timeout is not None and not step.is_async:
            self._wait(instance, thread, timeout, effects)

    def _sync(self, instance: Instance, thread: Thread, step: SyncStep, effects: list[Effect]) -> None:
        frame = self._activities.frame(instance, step.head, effects, self.program.places[thread.counter])
        instance.synctimedout = 0
        names = step.calls if isinstance(step.calls, tuple) else _names(text(step.calls.evaluate(frame)))
        for name in [name for name, _ in instance.syncresponses.items() if name not in names]:
            instance.syncresponses.RemoveAt(name)
        answered: list[PendingCall] = []
        thread.waiting = []
        for name in dict.fromkeys(names):
            of_name = [call for call in instance.calls.values() if call.name == name]
            there = [call for call in of_name if call.state == "answered" and not (step.any and call.seen)]
            answered += there[:1]
            if not there:
                thread.waiting += [call.number for call in of_name if call.state == "sent"]
        thread.any, thread.again = step.any, step.again
        thread.counter += 1
        if step.any and answered:
            self._discard(instance, thread)
            thread.freed()
            answered = answered[:1]
        for call in answered:
            call.seen = True
        if thread.waiting and step.timeout is not None:
            seconds = duration(step.timeout, frame)
            if seconds is not None:
                self._wait(instance, thread, seconds, effects)

    @staticmethod
    def _discard(instance: Instance, thread: Thread) -> None:
        """What the thread waits for is too late: unless it may be waited for again, nobody looks at it any more."""
        if not thread.again:
            for number in thread.waiting:
                instance.calls[number].state = "discarded"

    def deliver(self, instance: Instance, number: int, response: Message) -> list[Effect]:
        """Bring the answer to a call.

        Raises:
            ActivityError: what the call does with the response failed and no scope caught it.
        """
        pending = self._arrived(instance, number)
        if pending is None:
            return []
        step = self.program.steps[pending.step]
        assert isinstance(step, CallStep)  # it was sent there
        effects: list[Effect] = []
        try:
            with to(current()):
                self._activities.answered(instance, step, response, effects, self.program.places[pending.step])
            instance.syncresponses[pending.name] = response
        except Exception as error:  # noqa: BLE001  # user code may raise anything: handlers of scopes decide
            self._fault(instance, instance.thread(pending.thread), pending.step, error)
        return effects

    def fail(self, instance: Instance, number: int, reason: str) -> None:
        """Bring the error a call ended with: a fault of the thread that called.

        Raises:
            ActivityError: no scope caught it; the process ends with it.
        """
        pending = self._arrived(instance, number)
        if pending is None:
            return
        step = self.program.steps[pending.step]
        assert isinstance(step, CallStep)  # it was sent there
        target = step.target if isinstance(step.target, str) else f"@{step.target.text}"
        told = ActivityError(f"{self.program.places[pending.step]}: {target} answered with an error: {reason}")
        self._fault(instance, instance.thread(pending.thread), pending.step, told)

    def refuse(self, instance: Instance, send: Send, error: Exception) -> None:
        """The request of a call could not be sent: a fault of the thread that called.

        Raises:
            ActivityError: no scope caught it; names the activity, the line and the reason.
        """
        pending = self._arrived(instance, send.number)
        if pending is not None:
            self._fault(instance, instance.thread(pending.thread), pending.step, error)

    def elapsed(self, instance: Instance, number: int) -> bool:
        """The time of a timer is over: its thread goes on. False when nobody waits for it any more."""
        thread = next((thread for thread in instance.threads if thread.timer == number), None)
        if thread is None or instance.done:
            return False
        if thread.waiting:
            instance.synctimedout = 1
            self._discard(instance, thread)
        thread.freed()
        return True

    def _arrived(self, instance: Instance, number: int) -> PendingCall | None:
        """The call that was answered, None when nobody wants its answer any more. Who waited for it may go on."""
        pending = instance.calls.get(number)
        if pending is None or instance.done or pending.state != "sent":
            return None
        pending.state = "answered"
        for thread in instance.threads:
            if number in thread.waiting:
                pending.seen = True
                calls = instance.calls
                thread.waiting = [item for item in thread.waiting if calls[item].name != pending.name]
                if thread.any:
                    self._discard(instance, thread)
                if thread.any or not thread.waiting:
                    thread.freed()
        return pending

    # --- faults ---

    def _failed(self, at: int, error: Exception) -> ActivityError:
        if isinstance(error, ActivityError):
            return error
        place = self.program.places[at]
        shown = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
        return ActivityError(shown if place in shown else f"{place}: {shown}")

    def _fault(self, instance: Instance, thread: Thread, at: int, error: Exception) -> None:
        """Go on at the handler that catches the error, looking outwards from the thread's innermost scope.

        Raises:
            ActivityError: there is none; the instance is over.
        """
        told = self._failed(at, error)
        if told is not error and told.__cause__ is None:
            told.__cause__ = error
        name = fault_name(error)
        try:
            handler = self._handler(instance, thread, name)
        except Exception as wrong:
            instance.done = True
            raise self._failed(at, wrong) from wrong
        if handler is None:
            instance.done = True
            raise told
        thread, counter = handler
        thread.counter = counter
        thread.freed()
        instance.context.__dict__["_LastFault"] = name
        instance.context.__dict__["_LastError"] = fault_status(error if isinstance(error, status.StatusError) else told)
        instance.status = 1

    def _handler(self, instance: Instance, thread: Thread, name: str) -> tuple[Thread, int] | None:
        """The thread that goes on and where; threads of a flow that do not catch end with their siblings."""
        while True:
            while thread.scopes:
                scope = self.program.steps[thread.scopes.pop()]
                assert isinstance(scope, ScopeStep)  # only these are noted as scopes
                for handler in scope.handlers:
                    if handler.fault is None or self._activities.is_fault(instance, handler, name):
                        return thread, handler.at
            if thread.parent < 0:
                return None
            parent = instance.thread(thread.parent)
            self._end_children(instance, parent)
            thread = parent

    def _end_children(self, instance: Instance, parent: Thread) -> None:
        for child in [other for other in instance.threads if other.parent == parent.number]:
            self._end_children(instance, child)
            instance.threads.remove(child)
        parent.children = 0


def _names(calls: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in calls.split(",")) if name)


_Run: TypeAlias = Callable[[Engine, Instance, Thread, Any, list[Effect]], None]
#: What runs a step, by its kind; every other is an activity that `Activities.perform` does.
_DOES: dict[type, _Run] = {
    JumpStep: Engine._jump,
    VisitStep: Engine._visit,
    BranchStep: Engine._branch,
    EachStep: Engine._each,
    ForkStep: Engine._fork,
    JoinStep: Engine._join,
    ScopeStep: Engine._enter,
    LeaveScopeStep: Engine._leave,
    CompensateStep: Engine._compensate,
    ReturnStep: Engine._return,
    CallStep: Engine._call,
    SyncStep: Engine._sync,
    ReplyStep: Engine._reply,
}

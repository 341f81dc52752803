"""The engine: runs a program one activity at a time until the instance waits or ends.

It never blocks and does no I/O. `advance` returns effects (requests to send, timers, trace texts, the reply); the host
carries them out, keeps the instance with them in one transaction, and brings answers back with `deliver`, and times
that are over with `elapsed`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.ens import Response
from isc.py.msg.wire import load
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.platform import Platform

from .activities import Activities, Waits
from .exceptions import ActivityError
from .faults import fault_name, fault_status
from .model import Head
from .program import Program, context_properties
from .state import ContextObject, Instance, PendingCall, Thread, decoded
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


@dataclass(frozen=True, slots=True)
class Send:
    """Send `request` to `target` as call `number`; `timeout` in seconds, None for no end."""

    number: int
    name: str
    target: str
    request: Message
    is_async: bool
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Timer:
    """Tell `Engine.elapsed` of `number` in `seconds`."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Traced:
    """A text for those who watch, and the activity it comes from; `kind` is trace, alert, milestone, info, …"""

    text: str
    activity: str
    kind: str = "trace"


@dataclass(frozen=True, slots=True)
class Reply:
    """The response of the process: at its end, or earlier by ``<reply>``; there is one."""

    response: Message


Effect: TypeAlias = Send | Timer | Traced | Reply


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
        self._now = now
        self._activities = Activities(program, platform, now)
        self._properties = context_properties(program)

    def begin(self, process: object, request: Message) -> Instance:
        """A new instance; `advance` runs it."""
        return Instance(request, process, self._context())

    def _context(self) -> ContextObject:
        base = None
        if self.program.process.context_class:
            made: Any = dictionary.resolve(self.program.process.context_class)
            base = made._New()
        return ContextObject(self._properties, base)

    def restore(self, process: object, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave."""
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
        instance.calls = {call["name"]: PendingCall(**call) for call in state["calls"]}
        instance.replied, instance.done = state["replied"], state["done"]
        instance.response, instance.status = decoded(state["response"]), decoded(state["status"])
        instance.synctimedout = state["synctimedout"]
        instance.syncresponses = decoded(state["syncresponses"])  # type: ignore[assignment]  # an array, as it was saved
        return instance

    # --- running ---

    def advance(self, instance: Instance) -> list[Effect]:
        """Run until every thread waits, or the instance ends.

        Raises:
            ActivityError: an activity failed and no scope caught it; names it, the line and the reason. The instance
                is over.
        """
        effects: list[Effect] = []
        while not instance.done:
            thread = next((thread for thread in instance.threads if thread.ready), None)
            if thread is None or not self._run(instance, thread, effects):
                break
        return effects

    def _run(self, instance: Instance, thread: Thread, effects: list[Effect]) -> bool:
        """Run one thread until it waits or ends; false when the run is to pause in front of an activity."""
        steps = self.program.steps
        while thread.ready and not instance.done and thread in instance.threads:
            if thread.counter >= len(steps):
                self._end(instance, effects)
                return True
            step = steps[thread.counter]
            if not isinstance(step, HIDDEN):
                if self.pause is not None and self.pause(instance, step.head):
                    return False
                if self.on_activity is not None:
                    self.on_activity(instance, step.head)
            try:
                self._step(instance, thread, step, effects)
            except Exception as error:  # noqa: BLE001  # user code may raise anything: handlers of scopes decide
                self._fault(instance, thread, step.head, error)
        return True

    def _end(self, instance: Instance, effects: list[Effect]) -> None:
        instance.done = True
        if not instance.replied:
            instance.replied = True
            effects.append(Reply(self._response(instance)))

    def _response(self, instance: Instance) -> Message:
        found = self._activities.prepared(instance)
        return found if isinstance(found, Message) else Response()

    def _step(self, instance: Instance, thread: Thread, step: Step, effects: list[Effect]) -> None:
        after = thread.counter + 1
        match step:
            case JumpStep(to=to, leave=leave):
                if leave:
                    del thread.scopes[-leave:]
                thread.counter = to
            case VisitStep():
                thread.counter = after
            case BranchStep():
                frame = self._activities.frame(instance, step.head, effects)
                taken = step.condition.test(frame)
                if self.on_branch is not None:
                    self.on_branch(instance, step.head, taken)
                thread.counter = after if taken else step.otherwise
            case EachStep():
                found = self._activities.next_key(instance, step, effects)
                thread.counter = after if found else step.end
            case ForkStep():
                self._fork(instance, thread, step)
            case JoinStep():
                self._join(instance, thread)
            case ScopeStep():
                thread.scopes.append(thread.counter)
                thread.counter = after
            case LeaveScopeStep():
                thread.scopes.pop()
                thread.counter = after
            case CompensateStep(at=at):
                thread.returns.append(after)
                thread.counter = at
            case ReturnStep():
                thread.counter = thread.returns.pop() if thread.returns else len(self.program.steps)
            case CallStep():
                self._call(instance, thread, step, effects)
                thread.counter = after
            case SyncStep():
                self._sync(instance, thread, step, effects)
                thread.counter = after
            case ReplyStep():
                self._activities.frame(instance, step.head, effects)
                if not instance.replied:
                    instance.replied = True
                    effects.append(Reply(self._response(instance)))
                thread.counter = after
            case _:
                waits = self._activities.perform(instance, step, effects)
                thread.counter = after
                if waits is not None:
                    self._wait(instance, thread, self._seconds(waits), effects)
        if instance.status != 1 and status.is_error(instance.status):
            raise status.StatusError(str(instance.status))

    def _seconds(self, waits: Waits) -> float:
        if waits.until is None:
            return waits.seconds
        return max(0.0, (waits.until - self._now()).total_seconds())

    def _wait(self, instance: Instance, thread: Thread, seconds: float, effects: list[Effect]) -> None:
        if seconds > 0:
            instance.numbers += 1
            thread.timer = instance.numbers
            effects.append(Timer(instance.numbers, seconds))

    def _fork(self, instance: Instance, thread: Thread, step: ForkStep) -> None:
        thread.counter, thread.children = step.after, len(step.branches)
        highest = max(other.number for other in instance.threads)
        for at, start in enumerate(step.branches, start=1):
            instance.threads.append(Thread(highest + at, start, parent=thread.number))

    def _join(self, instance: Instance, thread: Thread) -> None:
        instance.threads.remove(thread)
        instance.thread(thread.parent).children -= 1

    # --- calls ---

    def _call(self, instance: Instance, thread: Thread, step: CallStep, effects: list[Effect]) -> None:
        target, request, timeout = self._activities.request(instance, step, effects)
        instance.numbers += 1
        number = instance.numbers
        instance.calls[step.head.name] = PendingCall(number, step.head.name, step.is_async, thread=thread.number)
        if not step.is_async:
            thread.waiting = [number]
        effects.append(Send(number, step.head.name, target, request, step.is_async, timeout))
        if timeout is not None and not step.is_async:
            self._wait(instance, thread, timeout, effects)

    def _sync(self, instance: Instance, thread: Thread, step: SyncStep, effects: list[Effect]) -> None:
        instance.synctimedout = 0
        calls = [instance.calls[name] for name in step.calls if name in instance.calls]
        if step.any and not step.again:
            calls = [call for call in calls if not call.seen]
        answered = [call for call in calls if call.state == "answered"]
        thread.waiting = [call.number for call in calls if call.state == "sent"]
        thread.any = step.any
        if step.any and answered:
            answered = answered[:1]
            thread.waiting = []
        for call in answered:
            call.seen = True
        if thread.waiting and step.timeout is not None:
            seconds = self._activities.seconds(instance, step.head, step.timeout)
            if seconds is not None:
                self._wait(instance, thread, seconds, effects)

    def deliver(self, instance: Instance, number: int, response: Message) -> list[Effect]:
        """Bring the answer to a call.

        Raises:
            ActivityError: what the call does with the response failed and no scope caught it.
        """
        pending = self._pending(instance, number)
        if pending is None or instance.done or pending.state == "timed out":
            return []
        step = self.program.calls[pending.name]
        pending.state = "answered"
        effects: list[Effect] = []
        self._arrived(instance, pending)
        try:
            self._activities.answered(instance, step, response, effects)
            instance.syncresponses[pending.name] = response
        except Exception as error:  # noqa: BLE001  # user code may raise anything: handlers of scopes decide
            self._fault(instance, instance.thread(pending.thread), step.head, error)
        return effects

    def fail(self, instance: Instance, number: int, reason: str) -> None:
        """Bring the error a call ended with: a fault of the thread that called.

        Raises:
            ActivityError: no scope caught it; the process ends with it.
        """
        pending = self._pending(instance, number)
        if pending is None or instance.done or pending.state == "timed out":
            return
        step = self.program.calls[pending.name]
        pending.state = "answered"
        self._arrived(instance, pending)
        target = step.target if isinstance(step.target, str) else f"@{step.target.text}"
        told = ActivityError(f"{self.program.place(step.head)}: {target} answered with an error: {reason}")
        self._fault(instance, instance.thread(pending.thread), step.head, told)

    def refuse(self, instance: Instance, send: Send, error: Exception) -> None:
        """The request of a call could not be sent: a fault of the thread that called.

        Raises:
            ActivityError: no scope caught it; names the activity, the line and the reason.
        """
        pending = instance.calls[send.name]
        pending.state = "answered"
        self._arrived(instance, pending)
        self._fault(instance, instance.thread(pending.thread), self.program.calls[send.name].head, error)

    def elapsed(self, instance: Instance, number: int) -> bool:
        """The time of a timer is over: its thread goes on. False when nobody waits for it any more."""
        thread = next((thread for thread in instance.threads if thread.timer == number), None)
        if thread is None or instance.done:
            return False
        for call in instance.calls.values():
            if call.number in thread.waiting:
                instance.synctimedout = 1
                if not call.is_async:
                    call.state = "timed out"
        thread.freed()
        return True

    @staticmethod
    def _pending(instance: Instance, number: int) -> PendingCall | None:
        return next((call for call in instance.calls.values() if call.number == number), None)

    @staticmethod
    def _arrived(instance: Instance, pending: PendingCall) -> None:
        """A thread that waits for the call, or for any of several, may go on."""
        for thread in instance.threads:
            if pending.number in thread.waiting:
                thread.waiting.remove(pending.number)
                pending.seen = True
                if thread.any or not thread.waiting:
                    thread.freed()

    # --- faults ---

    def _failed(self, head: Head, error: Exception) -> ActivityError:
        if isinstance(error, ActivityError):
            return error
        place = self.program.place(head)
        shown = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
        return ActivityError(shown if place in shown else f"{place}: {shown}")

    def _fault(self, instance: Instance, thread: Thread, head: Head, error: Exception) -> None:
        """Go on at the handler that catches the error, looking outwards from the thread's innermost scope.

        Raises:
            ActivityError: there is none; the instance is over.
        """
        told = self._failed(head, error)
        if told is not error and told.__cause__ is None:
            told.__cause__ = error
        name = fault_name(error)
        try:
            handler = self._handler(instance, thread, name)
        except Exception as wrong:
            instance.done = True
            raise self._failed(head, wrong) from wrong
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

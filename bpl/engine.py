"""The engine: runs a program one activity at a time until the instance waits or ends.

It never blocks and does no I/O. `advance` returns effects (requests to send, trace texts, the reply); the host carries
them out, keeps the instance with them in one transaction, and brings answers back with `deliver`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.msg.ens import Response
from isc.py.msg.wire import load
from isc.py.objectscript import Expression, Frame, dictionary
from isc.py.objectscript.platform import Platform
from isc.py.objectscript.values import number, text

from .durations import seconds
from .exceptions import ActivityError
from .model import Head
from .program import (
    AssignStep,
    BranchStep,
    CallStep,
    CodeStep,
    JumpStep,
    Program,
    Step,
    SyncStep,
    TraceStep,
    context_properties,
)
from .state import ContextObject, Instance, PendingCall, decoded


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
class Traced:
    """A trace event: the text and the activity it comes from."""

    text: str
    activity: str
    kind: str = "trace"


@dataclass(frozen=True, slots=True)
class Reply:
    """The process has ended with this response."""

    response: Message


Effect: TypeAlias = Send | Traced | Reply


class Engine:
    """Runs the instances of one program.

    `on_activity` is told of each activity before it runs, `on_branch` of each condition's outcome; `advance` returns
    in front of an activity for which `pause` is true.
    """

    def __init__(
        self,
        program: Program,
        platform: Platform | None = None,
        on_activity: Callable[[Instance, Head], None] | None = None,
        on_branch: Callable[[Instance, Head, bool], None] | None = None,
        pause: Callable[[Instance, Head], bool] | None = None,
    ) -> None:
        self.program = program
        self.platform = platform
        self.on_activity = on_activity
        self.on_branch = on_branch
        self.pause = pause
        self._properties = context_properties(program)

    def begin(self, process: object, request: Message) -> Instance:
        """A new instance; `advance` runs it."""
        return Instance(request, process, ContextObject(self._properties))

    def restore(self, process: object, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave."""
        state: dict[str, Any] = json.loads(text_of_state)
        instance = Instance(load(state["request"]), process, ContextObject(self._properties))
        for name, value in state["context"].items():
            instance.context._set_property(name, decoded(value))
        for name, value in state["process"].items():
            process._set_property(name, decoded(value))  # type: ignore[attr-defined]  # an object of the language
        instance.counter, instance.numbers = state["counter"], state["numbers"]
        instance.calls = {name: PendingCall(at, name, later, how) for at, name, later, how in state["calls"]}
        instance.waiting, instance.done = state["waiting"], state["done"]
        instance.response, instance.status = decoded(state["response"]), decoded(state["status"])
        instance.synctimedout = state["synctimedout"]
        instance.syncresponses = decoded(state["syncresponses"])  # type: ignore[assignment]  # an array, as it was saved
        return instance

    def advance(self, instance: Instance) -> list[Effect]:
        """Run until the instance waits for an answer or ends.

        Raises:
            ActivityError: an activity failed; names it, the line and the reason. The instance is over.
        """
        effects: list[Effect] = []
        steps = self.program.steps
        while not instance.waiting and not instance.done:
            if instance.counter >= len(steps):
                instance.done = True
                effects.append(Reply(self._response(instance)))
                break
            step = steps[instance.counter]
            if self.pause is not None and not isinstance(step, JumpStep) and self.pause(instance, step.head):
                break
            if self.on_activity is not None and not isinstance(step, JumpStep):
                self.on_activity(instance, step.head)
            try:
                instance.counter = self._step(instance, step, effects)
            except Exception as error:
                instance.done = True
                raise self._failed(step.head, error) from error
        return effects

    def deliver(self, instance: Instance, number_: int, response: Message) -> list[Effect]:
        """Bring the answer to a call.

        Raises:
            ActivityError: what the call does with the response failed.
        """
        pending = self._pending(instance, number_)
        if pending is None or instance.done:
            return []
        step = self.program.calls[pending.name]
        pending.state = "answered"
        effects: list[Effect] = []
        frame = self._frame(instance, step.head, effects, callresponse=response)
        try:
            for assign in step.response:
                frame.place = self.program.place(assign.head)
                self._assign(assign, frame, instance)
        except Exception as error:
            instance.done = True
            raise self._failed(step.head, error) from error
        instance.syncresponses[pending.name] = response
        self._arrived(instance, number_)
        return effects

    def fail(self, instance: Instance, number_: int, reason: str) -> None:
        """Bring the error a call ended with: the process ends with it.

        Raises:
            ActivityError: always, unless nobody waits for the call any more.
        """
        pending = self._pending(instance, number_)
        if pending is None or instance.done:
            return
        step = self.program.calls[pending.name]
        instance.done = True
        target = step.target if isinstance(step.target, str) else f"@{step.target.text}"
        raise ActivityError(f"{self.program.place(step.head)}: {target} answered with an error: {reason}")

    def refused(self, send: Send, error: Exception) -> ActivityError:
        """The error of a call whose request could not be sent: names the activity, the line and the reason."""
        return self._failed(self.program.calls[send.name].head, error)

    def timeout(self, instance: Instance, numbers: list[int]) -> None:
        """The time for these calls is over: the process goes on without their answers."""
        for number_ in numbers:
            pending = self._pending(instance, number_)
            if pending is not None and pending.state == "sent":
                pending.state = "timed out"
                instance.synctimedout = 1
                self._arrived(instance, number_)

    def _pending(self, instance: Instance, number_: int) -> PendingCall | None:
        return next((call for call in instance.calls.values() if call.number == number_), None)

    @staticmethod
    def _arrived(instance: Instance, number_: int) -> None:
        if number_ in instance.waiting:
            instance.waiting.remove(number_)

    def _failed(self, head: Head, error: Exception) -> ActivityError:
        if isinstance(error, ActivityError):
            return error
        place = self.program.place(head)
        shown = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
        return ActivityError(shown if place in shown else f"{place}: {shown}")

    def _response(self, instance: Instance) -> Message:
        if isinstance(instance.response, Message):
            return instance.response
        return Response()

    # --- one activity ---

    def _frame(self, instance: Instance, head: Head, effects: list[Effect], **more: object) -> Frame:
        variables: dict[str, object] = {
            "request": instance.request,
            "context": instance.context,
            "process": instance.process,
            "response": self._prepared(instance),
            "status": instance.status,
            "synctimedout": instance.synctimedout,
            "syncresponses": instance.syncresponses,
            **more,
        }
        frame = Frame(variables, instance.process, self.platform, self.program.place(head))
        process = instance.process
        process.__dict__["_scope"] = frame
        process.__dict__["_program_in_use"] = self.program
        process.__dict__["_log_sink"] = lambda kind, shown: effects.append(Traced(shown, head.name, kind))
        return frame

    def _prepared(self, instance: Instance) -> object:
        """The response object, made of the process's response class when it is first needed."""
        if instance.response == "" and self.program.process.response_type:
            made: Any = dictionary.resolve(self.program.process.response_type)
            instance.response = made._New()
        return instance.response

    def _step(self, instance: Instance, step: Step, effects: list[Effect]) -> int:
        after = instance.counter + 1
        if isinstance(step, JumpStep):
            return step.to
        frame = self._frame(instance, step.head, effects)
        match step:
            case AssignStep():
                self._assign(step, frame, instance)
            case BranchStep(condition=condition, otherwise=otherwise):
                taken = condition.test(frame)
                if self.on_branch is not None:
                    self.on_branch(instance, step.head, taken)
                return after if taken else otherwise
            case CallStep():
                self._call(instance, step, frame, effects)
            case SyncStep():
                self._sync(instance, step)
            case CodeStep():
                self._code(instance, step, frame)
            case TraceStep(head=head, value=value):
                effects.append(Traced(text(value.evaluate(frame)), head.name))
        return after

    def _assign(self, step: AssignStep, frame: Frame, instance: Instance) -> None:
        value = step.value.evaluate(frame)
        if step.append or step.key is not None:
            held = _read(step, frame)
            if step.append:
                held.Insert(value)
            else:
                held.SetAt(value, step.key.evaluate(frame))  # type: ignore[union-attr]  # one of the two is set
            return
        step.target.assign(frame, value)
        if step.target.text == "response":
            instance.response = value
        elif step.target.text == "status":
            instance.status = value

    def _call(self, instance: Instance, step: CallStep, frame: Frame, effects: list[Effect]) -> None:
        made: Any = dictionary.resolve(step.request_type)
        request = made._New()
        frame.variables["callrequest"] = request
        for assign in step.request:
            frame.place = self.program.place(assign.head)
            self._assign(assign, frame, instance)
        replaced = frame.variables["callrequest"]
        if not isinstance(replaced, Message):
            raise ActivityError(
                f"{self.program.place(step.head)}: callrequest is a {dictionary.name_of(type(replaced))}, no message"
            )
        target = step.target if isinstance(step.target, str) else text(step.target.evaluate(frame))
        request = replaced.check()
        instance.numbers += 1
        instance.calls[step.head.name] = PendingCall(instance.numbers, step.head.name, step.is_async)
        if not step.is_async:
            instance.waiting = [instance.numbers]
        timeout = self._seconds(step.timeout, frame)
        effects.append(Send(instance.numbers, step.head.name, target, request, step.is_async, timeout))

    def _sync(self, instance: Instance, step: SyncStep) -> None:
        instance.synctimedout = 0
        open_calls = [instance.calls[name] for name in step.calls if name in instance.calls]
        instance.waiting = [call.number for call in open_calls if call.state == "sent"]

    def sync_timeout(self, instance: Instance) -> float | None:
        """Seconds that the sync in front of which the instance waits allows, None for no end."""
        step = self.program.steps[instance.counter - 1] if instance.counter else None
        if not instance.waiting or not isinstance(step, SyncStep):
            return None
        return self._seconds(step.timeout, self._frame(instance, step.head, []))

    @staticmethod
    def _seconds(expression: Expression | None, frame: Frame) -> float | None:
        if expression is None:
            return None
        value = expression.evaluate(frame)
        return seconds(text(value)) if isinstance(value, str) and value[:1] == "P" else float(number(value)) or None

    def _code(self, instance: Instance, step: CodeStep, frame: Frame) -> None:
        if step.block is not None:
            step.block.execute(frame)
        else:
            exec(step.python, dict(frame.variables))  # the process's own code, which it is here to run
        if frame.variables.get("response") is not instance.response:
            instance.response = frame.variables.get("response", "")
        instance.status = frame.variables.get("status", instance.status)


def _read(step: AssignStep, frame: Frame) -> Any:
    from isc.py.objectscript import compile_expression

    return compile_expression(step.target.text, frame.place).evaluate(frame)

"""What single activities do: assignments, requests, code, SQL, documents, transformations, rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from isc.py.msg import Message
from isc.py.msg.bodies import as_message
from isc.py.objectscript import Expression, Frame, Target, dictionary
from isc.py.objectscript.operations import call_method
from isc.py.objectscript.output import current, log_use, to, use
from isc.py.objectscript.platform import Platform
from isc.py.objectscript.values import number, text

from .activity_scope import Scope
from .documents import document, evaluate, transformed
from .durations import seconds
from .effects import Effect, Traced
from .exceptions import ActivityError
from .faults import Fault
from .model import Head
from .program import Program
from .python_texts import names_of, plain
from .rules import evaluate_rule
from .state import Instance
from .steps import (
    AssignStep,
    CallStep,
    ClearStep,
    CodeStep,
    DelayStep,
    EachStep,
    Handler,
    RuleStep,
    SqlStep,
    Step,
    ThrowStep,
    ToldStep,
    TransformStep,
    XPathStep,
    XsltStep,
)
from .transform import traces_to, transform

_NAMES = ("request", "context", "process", "response", "status", "synctimedout", "syncresponses")


@dataclass(frozen=True, slots=True)
class Waits:
    """The thread stands still for `seconds`, or until a moment of local time."""

    seconds: float = 0.0
    until: datetime | None = None


class Activities:
    """The activities of one program."""

    def __init__(self, program: Program, platform: Platform | None, now: Callable[[], datetime] = datetime.now) -> None:
        self._program = program
        self._platform = platform
        self._now = now

    def frame(self, instance: Instance, head: Head, effects: list[Effect], place: str) -> Frame:
        """The scope of an activity: the names that BPL has, and where its logging goes."""
        scope = instance.scope
        if scope is None:
            scope = instance.scope = self._scope(instance)
        scope.head, scope.effects = head, effects
        frame = scope.frame
        frame.place = place
        use(frame.output)
        log_use(vars(instance.process)["_log_sink"])
        variables = frame.variables
        variables["request"] = instance.request
        variables["context"] = instance.context
        variables["process"] = instance.process
        response = instance.response
        variables["response"] = response if type(response) is not str else self.prepared(instance)
        variables["status"] = instance.status
        variables["synctimedout"] = instance.synctimedout
        variables["syncresponses"] = instance.syncresponses
        return frame

    def _scope(self, instance: Instance) -> Scope:
        process = instance.process
        frame = Frame(dict.fromkeys(_NAMES, ""), process, self._platform)
        scope = Scope(frame, instance.kept)
        instance.kept = []

        def log(kind: str, shown: str) -> None:
            scope.effects.append(Traced(shown, scope.head.name if scope.head is not None else "", kind))

        process.__dict__.update(
            _scope=frame,
            _program_in_use=self._program,
            _log_sink=log,
            _Context=instance.context,
            _Process=process,
        )
        return scope

    def prepared(self, instance: Instance) -> object:
        """The response object, made of the process's response class when it is first needed."""
        response = instance.response
        if isinstance(response, str) and response == "" and self._program.process.response_type:
            made: Any = dictionary.resolve(self._program.process.response_type)
            instance.response = made._New()
        return instance.response

    def perform(self, instance: Instance, step: Step, effects: list[Effect], place: str) -> Waits | None:
        """Do what a step says; what to wait for, if anything."""
        frame = self.frame(instance, step.head, effects, place)
        if type(step) is AssignStep:
            self.assign(step, frame, instance)
            return None
        match step:
            case ClearStep(target=target):
                target.assign(frame, "")
            case CodeStep():
                self._code(instance, step, frame)
            case ToldStep(head=head, value=value):
                effects.append(Traced(text(value.evaluate(frame)), head.name, head.element))
            case ThrowStep(fault=fault):
                raise Fault(text(fault.evaluate(frame)), frame.place)
            case DelayStep(value=value, until=True):
                return Waits(until=_moment(text(value.evaluate(frame)), frame.place))
            case DelayStep(value=value):
                return Waits(duration(value, frame) or 0.0)
            case SqlStep(statement=statement):
                statement.run(frame)
            case TransformStep():
                self._transform(instance, step, frame, effects)
            case RuleStep():
                self._rule(instance, step, frame, effects)
            case XPathStep():
                root = document(step.source.evaluate(frame), frame.place)
                found = evaluate(root, step.context, step.expression, step.prefixes, frame.place)
                self._set(instance, step.target, frame, found)
            case XsltStep():
                values = {name: text(value.evaluate(frame)) for name, value in step.parameters}
                made = transformed(step.source.evaluate(frame), step.url, values, frame.place)
                self._set(instance, step.target, frame, made)
        return None

    def _set(self, instance: Instance, target: Target, frame: Frame, value: object) -> None:
        target.assign(frame, value)
        if target.text == "response":
            instance.response = value
        elif target.text == "status":
            instance.status = value

    # --- assign and foreach ---

    def assign(self, step: AssignStep, frame: Frame, instance: Instance) -> None:
        """``<assign>``: a property, or an item of a collection."""
        if step.is_set:
            value = step.value.evaluate(frame)
            step.target.assign(frame, value)
            if step.whole == "response":
                instance.response = value
            elif step.whole == "status":
                instance.status = value
            return
        held: Any = step.held.evaluate(frame)  # type: ignore[union-attr]  # there for every action but set
        key = step.key.evaluate(frame) if step.key is not None else None
        if step.action == "clear":
            call_method(frame, held, "Clear", ())
        elif step.action == "remove":
            call_method(frame, held, "RemoveAt", (key,))
        elif step.action == "set":
            call_method(frame, held, "SetAt", (step.value.evaluate(frame), key))
        elif step.action == "insert" and key is not None:
            call_method(frame, held, "InsertAt", (step.value.evaluate(frame), key))
        else:
            call_method(frame, held, "Insert", (step.value.evaluate(frame),))

    def next_key(self, step: EachStep, frame: Frame) -> bool:
        """Give the key of a ``<foreach>`` its next value; false when there is none."""
        before = step.key.evaluate(frame)
        held: Any = step.collection.evaluate(frame)
        if step.counted:
            count = int(number(call_method(frame, held, "GetValueAt", (f"{step.counted}(*)",))))
            at = int(number(before)) + 1
            key: object = at if at <= count else ""
        else:
            key = call_method(frame, held, "Next", (before,)) if held != "" else ""
        step.target.assign(frame, key)
        return text(key) != ""

    # --- calls ---

    def request(self, instance: Instance, step: CallStep, frame: Frame) -> Message:
        """The request of a call.

        Raises:
            ActivityError: what the call made is no message.
            MessageError: a property of it is wrong.
        """
        made: Any = dictionary.resolve(step.request_type)
        variables, place = frame.variables, frame.place
        variables["callrequest"] = made._New()
        try:
            self._assigns(step.request, frame, instance)
            replaced: Any = variables["callrequest"]
        finally:
            del variables["callrequest"]
        frame.place = place
        if type(replaced) is not made or not isinstance(replaced, Message):
            replaced = as_message(replaced) or replaced
        if not isinstance(replaced, Message):
            shown = "empty" if replaced == "" else f"a {dictionary.name_of(type(replaced))}, no message"
            raise ActivityError(f"{place}: callrequest is {shown}")
        checked: Message = replaced.check()
        return checked

    def answered(
        self, instance: Instance, step: CallStep, response: Message, effects: list[Effect], place: str
    ) -> None:
        """Do what a call does with its response."""
        if not step.response:
            return
        frame = self.frame(instance, step.head, effects, place)
        frame.variables["callresponse"] = response
        try:
            self._assigns(step.response, frame, instance)
        finally:
            frame.variables.pop("callresponse", None)

    def _assigns(self, steps: tuple[AssignStep, ...], frame: Frame, instance: Instance) -> None:
        for assign in steps:
            frame.place = assign.place
            self.assign(assign, frame, instance)

    # --- the others ---

    def _code(self, instance: Instance, step: CodeStep, frame: Frame) -> None:
        if step.block is not None:
            step.block.execute(frame)
        else:
            names = names_of(frame)
            exec(step.python, names)  # type: ignore[arg-type]  # the process's own code, which it is here to run
            for name in ("response", "status"):
                frame.variables[name] = plain(names.get(name, ""))
        if frame.variables.get("response") is not instance.response:
            instance.response = frame.variables.get("response", "")
        instance.status = frame.variables.get("status", instance.status)

    def is_fault(self, instance: Instance, handler: Handler, name: str) -> bool:
        """Whether a handler catches the fault of that name."""
        assert handler.fault is not None  # a catchall is not asked
        with to(current()):
            frame = self.frame(instance, handler.head, [], self._program.place(handler.head))
            return text(handler.fault.evaluate(frame)) == name

    def _transform(self, instance: Instance, step: TransformStep, frame: Frame, effects: list[Effect]) -> None:
        name = step.class_name if isinstance(step.class_name, str) else text(step.class_name.evaluate(frame))
        source = step.source.evaluate(frame)
        with traces_to(lambda kind, shown: effects.append(Traced(shown, step.head.name, kind))):
            made = transform(name, source, _existing(step.target, frame))
        self._set(instance, step.target, frame, made)

    def _rule(self, instance: Instance, step: RuleStep, frame: Frame, effects: list[Effect]) -> None:
        name = step.rule if isinstance(step.rule, str) else text(step.rule.evaluate(frame))
        if "." not in name or not dictionary.exists(name):
            package = self._program.class_name.rpartition(".")[0]
            name = f"{package}.{name}" if dictionary.exists(f"{package}.{name}") else name
        context = step.context.evaluate(frame) if step.context is not None else instance.context
        found = evaluate_rule(name, context, frame.place, now=self._now())
        effects += [Traced(shown, step.head.name, kind) for kind, shown in found.trace]
        if step.result is not None:
            self._set(instance, step.result, frame, found.value)
        if step.reason is not None:
            self._set(instance, step.reason, frame, found.reason)


def _existing(target: Target, frame: Frame) -> object:
    """What a target holds already: for transformations that change it."""
    from isc.py.objectscript import ObjectScriptError, compile_expression

    try:
        return compile_expression(target.text, frame.place).evaluate(frame)
    except ObjectScriptError:
        return ""


def duration(expression: Expression, frame: Frame) -> float | None:
    """Seconds, given as such or as an ISO 8601 duration; None for none."""
    value = expression.evaluate(frame)
    if isinstance(value, str) and value.strip()[:1] in ("P", "p"):
        return seconds(value.strip().upper())
    return float(number(value)) or None


def _moment(shown: str, place: str) -> datetime:
    """A local date and time.

    Raises:
        ActivityError: it is none.
    """
    try:
        found = datetime.fromisoformat(shown.strip())
    except ValueError as error:
        raise ActivityError(f"{place}: {shown!r} is no date and time: write 2026-01-31T18:00:00") from error
    return found.astimezone().replace(tzinfo=None) if found.tzinfo else found

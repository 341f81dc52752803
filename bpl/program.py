"""A process as a flat program: the model's tree laid out as instructions with jumps, every text compiled.

Whatever is no expression, condition or command is found here, when the process is loaded.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import (
    Block,
    Condition,
    Expression,
    Target,
    compile_block,
    compile_condition,
    compile_expression,
    compile_target,
    dictionary,
)
from isc.py.objectscript.definitions import PropertyDefinition, find_xdata

from .exceptions import BPLError
from .model import Activity, Assign, Call, Code, Head, If, Process, Sequence, Switch, Sync, Trace
from .reader import read_bpl


@dataclass(frozen=True, slots=True)
class AssignStep:
    """Evaluate and assign."""

    head: Head
    target: Target
    value: Expression
    key: Expression | None = None
    append: bool = False


@dataclass(frozen=True, slots=True)
class CallStep:
    """Build a request and send it; `target` is a name, or an expression behind ``@``."""

    head: Head
    target: str | Expression
    request_type: str
    request: tuple[AssignStep, ...]
    response: tuple[AssignStep, ...]
    is_async: bool
    timeout: Expression | None


@dataclass(frozen=True, slots=True)
class SyncStep:
    """Wait for calls."""

    head: Head
    calls: tuple[str, ...]
    timeout: Expression | None


@dataclass(frozen=True, slots=True)
class BranchStep:
    """Go on with the next instruction when the condition holds, else at `otherwise`."""

    head: Head
    condition: Condition
    otherwise: int


@dataclass(frozen=True, slots=True)
class JumpStep:
    """Go on at `to`."""

    head: Head
    to: int


@dataclass(frozen=True, slots=True)
class CodeStep:
    """Run commands, or Python code."""

    head: Head
    block: Block | None
    python: Any = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """Write a trace event."""

    head: Head
    value: Expression


Step: TypeAlias = AssignStep | CallStep | SyncStep | BranchStep | JumpStep | CodeStep | TraceStep


@dataclass(frozen=True, slots=True)
class Program:
    """The instructions of a process class and what its instances need."""

    class_name: str
    process: Process
    steps: tuple[Step, ...]
    calls: dict[str, CallStep]

    def place(self, head: Head) -> str:
        """Where an activity stands, in words."""
        return f"{head.element} {head.name!r} of {self.class_name}, line {head.line}"


def program_of(cls: type) -> Program:
    """The program of a process class, compiled once.

    Raises:
        BPLError: the class has no BPL, or its BPL cannot be loaded; names the place.
    """
    held = cls.__dict__.get("_program")
    if held is None:
        held = _of_class(cls)
        cls._program = held  # type: ignore[attr-defined]  # a cache on the class it describes
    program: Program = held
    return program


def _of_class(cls: type) -> Program:
    name = dictionary.name_of(cls)
    found = find_xdata(cls, "BPL")
    if found is None:
        raise BPLError(f"{name} has no XData block BPL: write the process there")
    owner, xdata = found
    return compile_process(read_bpl(xdata.text, dictionary.name_of(owner), xdata.line), name)


def compile_process(process: Process, class_name: str = "") -> Program:
    """The program of a model.

    Raises:
        BPLError: a text of it does not compile, a context property is there twice, or a sync names an unknown call.
    """
    return _Compiler(process, class_name or process.source).program()


class _Compiler:
    def __init__(self, process: Process, class_name: str) -> None:
        self.process = process
        self.class_name = class_name
        self.steps: list[Step] = []
        self.calls: dict[str, CallStep] = {}

    def program(self) -> Program:
        names: set[str] = set()
        for definition in self.process.context:
            if definition.name in names:
                raise BPLError(f"context property {definition.name!r} is there twice (line {definition.line})")
            names.add(definition.name)
        self._all(self.process.activities)
        program = Program(self.class_name, self.process, tuple(self.steps), self.calls)
        for step in self.steps:
            for call in step.calls if isinstance(step, SyncStep) else ():
                if call not in self.calls:
                    known = ", ".join(self.calls) or "none"
                    raise BPLError(f"{program.place(step.head)}: there is no call {call!r}; the calls are {known}")
        return program

    def _place(self, head: Head) -> str:
        return f"{head.element} {head.name!r} of {self.class_name}, line {head.line}"

    def _all(self, activities: tuple[Activity, ...]) -> None:
        for activity in activities:
            try:
                self._one(activity)
            except BPLError:
                raise
            except IscError as error:
                raise BPLError(str(error)) from error

    def _one(self, activity: Activity) -> None:
        match activity:
            case Assign():
                self.steps.append(self._assign(activity))
            case Call():
                self._call(activity)
            case Sync(head=head, calls=calls, timeout=timeout):
                self.steps.append(SyncStep(head, calls, self._timeout(head, timeout)))
            case If():
                self._if(activity)
            case Switch():
                self._switch(activity)
            case Code():
                self._code(activity)
            case Trace(head=head, value=value):
                self.steps.append(TraceStep(head, compile_expression(value, self._place(head))))
            case Sequence(activities=inner):
                self._all(inner)

    def _assign(self, activity: Assign) -> AssignStep:
        place = self._place(activity.head)
        return AssignStep(
            activity.head,
            compile_target(activity.target, place),
            compile_expression(activity.value, place),
            compile_expression(activity.key, place) if activity.key else None,
            activity.action == "append",
        )

    def _timeout(self, head: Head, timeout: str) -> Expression | None:
        return compile_expression(timeout, self._place(head)) if timeout else None

    def _call(self, activity: Call) -> None:
        head = activity.head
        if head.name in self.calls:
            raise BPLError(f"{self._place(head)}: another call has this name, too: give each its own")
        target: str | Expression = activity.target
        if activity.target.startswith("@"):
            target = compile_expression(activity.target[1:], self._place(head))
        step = CallStep(
            head,
            target,
            activity.request_type,
            tuple(self._assign(item) for item in activity.request),
            tuple(self._assign(item) for item in activity.response),
            activity.is_async,
            self._timeout(head, activity.timeout),
        )
        self.calls[head.name] = step
        self.steps.append(step)

    def _branch(self, head: Head, condition: str, activities: tuple[Activity, ...]) -> int:
        """Emits a branch with its body and the jump behind it; the position of that jump."""
        at = len(self.steps)
        self.steps.append(JumpStep(head, at))
        self._all(activities)
        self.steps.append(JumpStep(head, 0))
        self.steps[at] = BranchStep(head, compile_condition(condition, self._place(head)), len(self.steps))
        return len(self.steps) - 1

    def _if(self, activity: If) -> None:
        jump = self._branch(activity.head, activity.condition, activity.true)
        self._all(activity.false)
        self.steps[jump] = JumpStep(activity.head, len(self.steps))

    def _switch(self, activity: Switch) -> None:
        jumps = []
        for case in activity.cases:
            if case.condition is None:
                self._all(case.activities)
            else:
                jumps.append(self._branch(case.head, case.condition, case.activities))
        for jump in jumps:
            self.steps[jump] = JumpStep(activity.head, len(self.steps))

    def _code(self, activity: Code) -> None:
        language = activity.language or self.process.language
        place = self._place(activity.head)
        if language == "python":
            import textwrap

            try:
                code = compile(textwrap.dedent(activity.text), f"<{place}>", "exec")
            except SyntaxError as error:
                raise BPLError(
                    f"{place}: {error.msg} at line {error.lineno} of `{(error.text or '').strip()}`"
                ) from error
            self.steps.append(CodeStep(activity.head, None, code))
        else:
            self.steps.append(CodeStep(activity.head, compile_block(activity.text, place)))


def context_properties(program: Program) -> dict[str, PropertyDefinition]:
    """The context's properties by name."""
    return {definition.name: definition for definition in program.process.context}


__all__ = ["Program", "compile_process", "context_properties", "program_of"]

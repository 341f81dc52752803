"""A process as a flat program: the model's tree laid out as instructions with jumps, every text compiled.

Whatever is no expression, condition or command is found here, when the process is loaded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import (
    Condition,
    Expression,
    Target,
    compile_block,
    compile_condition,
    compile_expression,
    compile_target,
    dictionary,
)
from isc.py.objectscript.definitions import PropertyDefinition, find_xdata, includes_of
from isc.py.objectscript.embedded_sql import compile_sql
from isc.py.objectscript.macros import using
from isc.py.objectscript.names import similar

from . import model as m
from . import steps as s
from .exceptions import BPLError
from .python_texts import python_block, python_condition, python_expression
from .reader import read_bpl

_EVERY = re.compile(r"(.+)\.\{([^{}]*)\(\)\}|(.+)\.GetValueAt\(\"([^\"]*)\(\)\"\)")


@dataclass(frozen=True, slots=True)
class Program:
    """The instructions of a process class and what its instances need; `context` are its properties by name.

    `places` are in words where the instructions stand; `notes` what is wrong without being an error.
    """

    class_name: str
    process: m.Process
    steps: tuple[s.Step, ...]
    places: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    context: Mapping[str, PropertyDefinition] = field(default_factory=dict)

    def place(self, head: m.Head) -> str:
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
    with using(includes_of(owner)):
        return compile_process(read_bpl(xdata.text, dictionary.name_of(owner), xdata.line), name)


def compile_process(process: m.Process, class_name: str = "") -> Program:
    """The program of a model.

    Raises:
        BPLError: a text of it does not compile, a context property is there twice, or a name leads nowhere.
    """
    with using(process.includes):
        return _Compiler(process, class_name or process.source).program()


@dataclass(slots=True)
class _Loop:
    """A loop whose body is laid out: jumps to its head and its end are filled in when these are known."""

    scopes: int
    again: list[int]
    out: list[int]


class _Compiler:
    def __init__(self, process: m.Process, class_name: str) -> None:
        self.process = process
        self.class_name = class_name
        self.steps: list[s.Step] = []
        self.calls: set[str] = set()
        self.loops: list[_Loop] = []
        self.scopes = 0
        self.labels: dict[str, tuple[int, int]] = {}
        self.branches: list[tuple[int, m.Branch, int]] = []
        self.compensations: dict[str, int] = {}
        self.compensates: list[tuple[int, m.Compensate]] = []

    def program(self) -> Program:
        names: set[str] = set()
        for definition in self.process.context:
            if definition.name in names:
                raise BPLError(f"context property {definition.name!r} is there twice (line {definition.line})")
            names.add(definition.name)
        self._all(self.process.activities)
        for at, branch, scopes in self.branches:
            if branch.label not in self.labels:
                known = ", ".join(self.labels) or "none"
                raise BPLError(f"{self._place(branch.head)}: there is no label {branch.label!r}; there are {known}")
            to, inside = self.labels[branch.label]
            if inside > scopes:
                told = f"label {branch.label!r} is inside a scope: it cannot be entered by a branch"
                raise BPLError(f"{self._place(branch.head)}: {told}")
            self.steps[at] = s.JumpStep(branch.head, to, scopes - inside)
        for at, compensate in self.compensates:
            if compensate.target not in self.compensations:
                known = ", ".join(self.compensations) or "none"
                told = f"there is no compensation handler {compensate.target!r}; there are {known}"
                raise BPLError(f"{self._place(compensate.head)}: {told}")
            self.steps[at] = s.CompensateStep(compensate.head, self.compensations[compensate.target])
        places = tuple(self._place(step.head) for step in self.steps)
        notes = (*self.process.notes, *self._unknown_calls())
        context = {item.name: item for item in self.process.context}
        return Program(self.class_name, self.process, tuple(self.steps), places, notes, context)

    def _unknown_calls(self) -> list[str]:
        """What syncs wait for and no call has as its name; none is known to be wrong when names are computed."""
        if any(name.startswith("@") for name in self.calls):
            return []
        return [
            f"line {step.head.line}: <sync> {step.head.name!r} waits for {call!r}, and no call has that name"
            f"{similar(call, sorted(self.calls))}: it does not wait for it"
            for step in self.steps
            for call in (step.calls if isinstance(step, s.SyncStep) and isinstance(step.calls, tuple) else ())
            if call not in self.calls
        ]

    def _place(self, head: m.Head) -> str:
        return f"{head.element} {head.name!r} of {self.class_name}, line {head.line}"

    def _all(self, activities: m.Activities) -> None:
        for activity in activities:
            try:
                self._one(activity)
            except BPLError:
                raise
            except IscError as error:
                raise BPLError(str(error)) from error

    def _one(self, activity: m.Activity) -> None:
        match activity:
            case m.Assign():
                self.steps.append(self._assign(activity))
            case m.Call():
                self._call(activity)
            case m.If():
                self._if(activity)
            case m.Switch():
                self._switch(activity)
            case m.While():
                self._while(activity)
            case m.ForEach():
                self._foreach(activity)
            case m.Label(head=head):
                if head.name in self.labels:
                    raise BPLError(f"{self._place(head)}: another label has this name, too")
                self.labels[head.name] = (len(self.steps), self.scopes)
                self.steps.append(s.VisitStep(head))
            case m.Branch():
                self._branch_to(activity)
            case m.Leave():
                self._leave(activity)
            case m.Sequence(activities=inner):
                self._all(inner)
            case m.Flow():
                self._flow(activity)
            case m.Scope():
                self._scope(activity)
            case m.Compensate(head=head):
                self.compensates.append((len(self.steps), activity))
                self.steps.append(s.JumpStep(head, 0))
            case _:
                self.steps.append(self._simple(activity))

    def _simple(self, activity: m.Activity) -> s.Step:
        """The one step of an activity that has no others in it."""
        head = activity.head
        match activity:
            case m.Sync():
                timeout = self._optional(head, activity.timeout)
                calls = self._called(head, activity.calls)
                return s.SyncStep(head, calls, timeout, activity.any, activity.again)
            case m.Throw(fault=fault):
                return s.ThrowStep(head, self._expression(head, fault))
            case m.Code():
                return self._code(activity)
            case m.Told(value=value):
                return s.ToldStep(head, self._expression(head, value))
            case m.Delay(duration=duration, until=until):
                return s.DelayStep(head, self._expression(head, duration or until), bool(until))
            case m.Plain():
                return s.ReplyStep(head) if head.element == "reply" else s.VisitStep(head)
            case m.Sql(text=text):
                return s.SqlStep(head, compile_sql(text, self._place(head)))
            case m.TransformCall():
                source, target = self._expression(head, activity.source), self._target(head, activity.target)
                return s.TransformStep(head, self._named(head, activity.class_name), source, target)
            case m.RuleCall():
                result = self._target(head, activity.result) if activity.result else None
                reason = self._target(head, activity.reason) if activity.reason else None
                context = self._optional(head, activity.context)
                return s.RuleStep(head, self._named(head, activity.rule), result, reason, context)
            case m.XPath():
                return self._xpath(activity)
            case m.Xslt():
                source, target = self._expression(head, activity.source), self._target(head, activity.target)
                parameters = tuple((name, self._expression(head, value)) for name, value in activity.parameters)
                return s.XsltStep(head, activity.url, source, target, parameters)
        raise BPLError(f"{self._place(head)} is not supported here")

    # --- texts ---

    def _is_python(self, head: m.Head) -> bool:
        return (head.language or self.process.language) == "python"

    def _expression(self, head: m.Head, text: str) -> Expression:
        make = python_expression if self._is_python(head) else compile_expression
        return make(text, self._place(head))

    def _condition(self, head: m.Head, text: str) -> Condition:
        make = python_condition if self._is_python(head) else compile_condition
        return make(text, self._place(head))

    def _path(self, head: m.Head, text: str) -> Expression:
        """What is assigned to or walked through, read: a path, whatever the language."""
        return compile_expression(text, self._place(head))

    def _optional(self, head: m.Head, text: str) -> Expression | None:
        return self._expression(head, text) if text.strip() else None

    def _target(self, head: m.Head, text: str) -> Target:
        return compile_target(text, self._place(head))

    def _named(self, head: m.Head, text: str) -> str | Expression:
        """A name, or the expression behind ``@``."""
        return self._path(head, text[1:]) if text.startswith("@") else text

    def _called(self, head: m.Head, calls: str) -> tuple[str, ...] | Expression:
        """The names of calls, or the expression behind ``@`` that gives them."""
        if calls.startswith("@"):
            return self._path(head, calls[1:])
        return tuple(part.strip() for part in calls.split(",") if part.strip())

    # --- simple activities ---

    def _assign(self, activity: m.Assign) -> s.AssignStep:
        head = activity.head
        held = self._path(head, activity.target) if activity.action != "set" or activity.key else None
        return s.AssignStep(
            head,
            self._target(head, activity.target),
            self._expression(head, activity.value),
            activity.action,
            self._optional(head, activity.key),
            held,
            self._place(head),
            held is None,
            activity.target.strip() if activity.target.strip() in ("response", "status") else "",
        )

    def _call(self, activity: m.Call) -> None:
        head = activity.head
        step = s.CallStep(
            head,
            self._named(head, activity.target),
            activity.request_type,
            tuple(self._assign(item) for item in activity.request),
            tuple(self._assign(item) for item in activity.response),
            activity.is_async,
            self._optional(head, activity.timeout),
            self._path(head, head.name[1:]) if head.name.startswith("@") else None,
        )
        self.calls.add(head.name)
        self.steps.append(step)

    def _code(self, activity: m.Code) -> s.CodeStep:
        place = self._place(activity.head)
        if (activity.language or self.process.language) == "python":
            return s.CodeStep(activity.head, None, python_block(activity.text, place))
        return s.CodeStep(activity.head, compile_block(activity.text, place))

    def _xpath(self, activity: m.XPath) -> s.XPathStep:
        head = activity.head
        prefixes = []
        for part in filter(None, (part.strip() for part in activity.prefixes.split(","))):
            prefix, _, uri = part.replace("=", " ", 1).partition(" ")
            prefixes.append((prefix, uri.strip()))
        return s.XPathStep(
            head,
            self._expression(head, activity.source),
            self._target(head, activity.target),
            _unquoted(activity.expression),
            _unquoted(activity.context),
            tuple(prefixes),
        )

    # --- control ---

    def _branch(self, head: m.Head, condition: str, activities: m.Activities) -> int:
        """Emits a branch with its body and the jump behind it; the position of that jump."""
        at = len(self.steps)
        self.steps.append(s.JumpStep(head, at))
        self._all(activities)
        self.steps.append(s.JumpStep(head, 0))
        self.steps[at] = s.BranchStep(head, self._condition(head, condition), len(self.steps))
        return len(self.steps) - 1

    def _if(self, activity: m.If) -> None:
        jump = self._branch(activity.head, activity.condition, activity.true)
        self._all(activity.false)
        self.steps[jump] = s.JumpStep(activity.head, len(self.steps))

    def _switch(self, activity: m.Switch) -> None:
        self.steps.append(s.VisitStep(activity.head))
        jumps = []
        for case in activity.cases:
            if case.condition is None:
                self._all(case.activities)
            else:
                jumps.append(self._branch(case.head, case.condition, case.activities))
        for jump in jumps:
            self.steps[jump] = s.JumpStep(activity.head, len(self.steps))

    def _body(self, activities: m.Activities) -> _Loop:
        self.loops.append(_Loop(self.scopes, [], []))
        self._all(activities)
        return self.loops.pop()

    def _filled(self, jumps: list[int], to: int) -> None:
        for at in jumps:
            step = self.steps[at]
            assert isinstance(step, s.JumpStep)  # `_leave` put it there
            self.steps[at] = replace(step, to=to)

    def _while(self, activity: m.While) -> None:
        head, start = activity.head, len(self.steps)
        condition = self._condition(head, activity.condition)
        if activity.until:
            loop = self._body(activity.activities)
            self._filled(loop.again, len(self.steps))
            self.steps.append(s.BranchStep(head, condition, start))
        else:
            self.steps.append(s.JumpStep(head, start))
            loop = self._body(activity.activities)
            self._filled(loop.again, start)
            self.steps.append(s.JumpStep(head, start))
            self.steps[start] = s.BranchStep(head, condition, len(self.steps))
        self._filled(loop.out, len(self.steps))

    def _foreach(self, activity: m.ForEach) -> None:
        head = activity.head
        collection, counted = activity.collection.strip(), ""
        every = _EVERY.fullmatch(collection)
        if every is not None:  # each repetition of a field or segment of a document
            collection, counted = every.group(1) or every.group(3), every.group(2) or every.group(4)
        key = self._path(head, activity.key)
        target = self._target(head, activity.key)
        self.steps.append(s.ClearStep(head, target))
        start = len(self.steps)
        self.steps.append(s.JumpStep(head, start))
        loop = self._body(activity.activities)
        self._filled(loop.again, start)
        self.steps.append(s.JumpStep(head, start))
        end = len(self.steps)
        self.steps[start] = s.EachStep(head, self._path(head, collection), target, key, end, counted)
        self._filled(loop.out, end)

    def _leave(self, activity: m.Leave) -> None:
        if not self.loops:
            raise BPLError(f"{self._place(activity.head)} stands in no loop")
        loop = self.loops[-1]
        self.steps.append(s.VisitStep(activity.head))
        (loop.again if activity.again else loop.out).append(len(self.steps))
        self.steps.append(s.JumpStep(activity.head, 0, self.scopes - loop.scopes))

    def _branch_to(self, activity: m.Branch) -> None:
        head = activity.head
        condition = self._condition(head, activity.condition)
        self.steps.append(s.BranchStep(head, condition, len(self.steps) + 2))
        self.branches.append((len(self.steps), activity, self.scopes))
        self.steps.append(s.JumpStep(head, 0))

    def _flow(self, activity: m.Flow) -> None:
        at = len(self.steps)
        self.steps.append(s.VisitStep(activity.head))
        outer, scopes, self.loops, self.scopes = self.loops, self.scopes, [], 0
        starts = []
        for branch in activity.branches:
            starts.append(len(self.steps))
            self._all(branch.activities)
            self.steps.append(s.JoinStep(branch.head))
        self.loops, self.scopes = outer, scopes
        self.steps[at] = s.ForkStep(activity.head, tuple(starts), len(self.steps))

    def _scope(self, activity: m.Scope) -> None:
        head, at = activity.head, len(self.steps)
        self.steps.append(s.VisitStep(head))
        self.scopes += 1
        self._all(activity.activities)
        self.scopes -= 1
        self.steps.append(s.LeaveScopeStep(head))
        jumps = [len(self.steps)]
        self.steps.append(s.JumpStep(head, 0))
        handlers = []
        for catch in activity.catches:
            fault = self._expression(catch.head, catch.fault) if catch.fault is not None else None
            handlers.append(s.Handler(fault, len(self.steps), catch.head))
            self.steps.append(s.VisitStep(catch.head))
            self._all(catch.activities)
            jumps.append(len(self.steps))
            self.steps.append(s.JumpStep(head, 0))
        compensations = []
        for handler in activity.compensations:
            if handler.head.name in self.compensations:
                raise BPLError(f"{self._place(handler.head)}: another compensation handler has this name, too")
            self.compensations[handler.head.name] = len(self.steps)
            compensations.append((handler.head.name, len(self.steps)))
            self.steps.append(s.VisitStep(handler.head))
            self._all(handler.activities)
            self.steps.append(s.ReturnStep(handler.head))
        for jump in jumps:
            self.steps[jump] = s.JumpStep(head, len(self.steps))
        handlers.sort(key=lambda handler: handler.fault is None)
        self.steps[at] = s.ScopeStep(head, tuple(handlers), tuple(compensations))


def _unquoted(text: str) -> str:
    """An XPath, which some designers write as a string of the language."""
    text = text.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


__all__ = ["Program", "compile_process", "program_of"]

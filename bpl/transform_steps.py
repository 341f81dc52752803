"""The actions of a transformation compiled to steps; every text is checked when the transformation is loaded."""

import logging
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg.hl7 import HL7Message
from isc.py.msg.hl7_paths import parse
from isc.py.objectscript import (
    ByRef,
    Frame,
    compile_block,
    compile_condition,
    compile_expression,
    dictionary,
    status,
)
from isc.py.objectscript.control import log
from isc.py.objectscript.errors import ObjectScriptError
from isc.py.objectscript.operations import call_method
from isc.py.objectscript.values import text

from .exceptions import TransformError, told
from .transform_model import (
    Action,
    Assign,
    Break,
    Code,
    ForEach,
    Group,
    Head,
    If,
    Subtransform,
    Switch,
    Trace,
)
from .transform_targets import PROPERTY, destination
from .virtual_paths import counter, expression, filled, path_of, references, whole

_log = logging.getLogger("isc.py.bpl")


@dataclass(slots=True)
class Run:
    """One run of a transformation; `result` is the status of what failed and was gone over."""

    frame: Frame
    ignores_missing: bool = True
    reports: bool = True
    empty_is_null: bool = False
    result: object = status.OK


Step: TypeAlias = Callable[[Run], None]


class Left(Exception):
    """A foreach was left, or the transformation."""


class Compiler:
    """Makes the steps of actions; `name` is the class that has them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def all(self, actions: tuple[Action, ...]) -> Step:
        """One step that does all of the actions.

        Raises:
            TransformError: a text of them is not the language; names class, action and line.
        """
        steps = [self._placed(action.head, self._one(action)) for action in actions]

        def run(state: Run) -> None:
            for step in steps:
                step(state)

        return run

    def _place(self, head: Head) -> str:
        return f"{head} of {self.name}"

    def _placed(self, head: Head, step: Step) -> Step:
        place = self._place(head)

        def run(state: Run) -> None:
            state.frame.place = place
            try:
                step(state)
            except (TransformError, Left):
                raise
            except Exception as error:
                raise TransformError(told(place, error)) from error

        return run

    def _one(self, action: Action) -> Step:
        place = self._place(action.head)
        try:
            match action:
                case Assign():
                    return self._assign(action, place)
                case If():
                    return self._if(action, place)
                case Switch():
                    return self._switch(action)
                case ForEach():
                    return self._foreach(action, place)
                case Subtransform():
                    return self._subtransform(action, place)
                case Code():
                    return self._code(action, place)
                case Trace():
                    return self._trace(action, place)
                case Group():
                    return self.all(action.actions)
                case Break():
                    return _leave
        except TransformError:
            raise
        except IscError as error:
            raise TransformError(told(place, error)) from error

    # --- assign ---

    def _assign(self, action: Assign, place: str) -> Step:
        """One assignment; empty indices of the source are gone through one after the other."""
        source = max(references(action.value), key=lambda found: found.holes, default=None)
        if source is None or not source.holes:
            return self._single(action, action.target, action.value, place)
        names = [f"zzkey{at}" for at in range(1, source.holes + 1)]
        target = filled(action.target, names, keep_last=action.action == "append")
        step = self._single(action, target, filled(action.value, names), place)
        pieces = source.path.split("()")
        for level in range(source.holes, 0, -1):
            before = "".join(f"{piece}({name})" for piece, name in zip(pieces[: level - 1], names, strict=False))
            step = _loop(counter(source.owner, before + pieces[level - 1], place), names[level - 1], step)
        return step

    def _single(self, action: Assign, target: str, value: str, place: str) -> Step:
        goal = destination(target, place)
        computed = compile_expression(expression(value), place) if value.strip() else None
        key = compile_expression(expression(action.key), place) if action.key.strip() else None
        is_there = _presence(value, place)
        clones = PROPERTY.fullmatch(value.strip()) is not None

        def run(state: Run) -> None:
            try:
                if not is_there(state):
                    return
                try:
                    found = computed.evaluate(state.frame) if computed is not None else ""
                except ObjectScriptError as error:
                    if state.ignores_missing and error.name == "<INVALID OREF>":
                        return
                    raise
                if clones:
                    found = _cloned(found)
                goal.assign(state.frame, found, action.action, key.evaluate(state.frame) if key is not None else "")
            except IscError as error:
                _gone_over(state, place, error)

        return run

    # --- control ---

    def _if(self, action: If, place: str) -> Step:
        condition = compile_condition(expression(action.condition), place)
        true, false = self.all(action.true), self.all(action.false)
        return lambda state: true(state) if condition.test(state.frame) else false(state)

    def _switch(self, action: Switch) -> Step:
        cases = [
            (
                compile_condition(expression(case.condition), self._place(case.head)) if case.condition else None,
                self.all(case.actions),
            )
            for case in action.cases
        ]

        def run(state: Run) -> None:
            for condition, step in cases:
                if condition is None or condition.test(state.frame):
                    step(state)
                    return

        return run

    def _foreach(self, action: ForEach, place: str) -> Step:
        inner = self.all(action.actions)
        reference = whole(action.collection)
        keys = _virtual_keys(reference.owner, reference.path, place) if reference else _keys(action.collection, place)

        def run(state: Run) -> None:
            try:
                for key in keys(state):
                    state.frame.variables[action.key] = key
                    inner(state)
            except Left:
                return

        return run

    # --- others ---

    def _subtransform(self, action: Subtransform, place: str) -> Step:
        source, held = _object(action.source, place), _object(action.target, place)
        goal = destination(action.target, place)
        auxiliary = compile_expression(expression(action.auxiliary), place) if action.auxiliary else None
        is_there = _presence(action.source, place)

        def run(state: Run) -> None:
            try:
                if not is_there(state):
                    return
                given = source(state.frame)
                if given == "" and state.ignores_missing:
                    return
                target: ByRef[Any] = ByRef(_there_already(held, state.frame))
                more = (auxiliary.evaluate(state.frame),) if auxiliary is not None else ()
                called: Any = dictionary.resolve(action.class_name)
                status.check(called.Transform(given, target, *more) or status.OK)
                goal.assign(state.frame, target.value, "set", "")
            except IscError as error:
                _gone_over(state, place, error)

        return run

    def _code(self, action: Code, place: str) -> Step:
        if action.language == "python":
            return _python(action, place)
        block = compile_block(f" &sql({action.text})\n" if action.language == "sql" else action.text, place)

        def run(state: Run) -> None:
            block.execute(state.frame)

        return run

    def _trace(self, action: Trace, place: str) -> Step:
        value = compile_expression(expression(action.value), place)

        def run(state: Run) -> None:
            log(state.frame, "trace", text(value.evaluate(state.frame)))

        return run


def _leave(_: Run) -> None:
    raise Left


def _cloned(value: object) -> object:
    """A copy of the object that a property holds: source and target never share one, unless it is a row of its own."""
    if getattr(value, "_kept_row", None) is not None:
        return value
    clone = getattr(value, "_ConstructClone", None)
    return clone(1) if callable(clone) else value


def _gone_over(state: Run, place: str, error: IscError) -> None:
    """An assignment that failed: the transformation goes on, and tells of it at the end when it is to."""
    shown = told(place, error)
    _log.warning("%s", shown)
    if state.reports:
        state.result = status.append(state.result, status.error(5001, shown))


def _loop(count: Callable[[Frame], int], name: str, step: Step) -> Step:
    def run(state: Run) -> None:
        for at in range(1, count(state.frame) + 1):
            state.frame.variables[name] = at
            step(state)

    return run


def _presence(value: str, place: str) -> Callable[[Run], bool]:
    """Whether the segment that a value is read from is there; one that is missing and must not be is an error."""
    reference = whole(value)
    if reference is None:
        return lambda state: True
    owner, path = compile_expression(reference.owner, place), path_of(reference.path, place)

    def is_there(state: Run) -> bool:
        document = owner.evaluate(state.frame)
        if not isinstance(document, HL7Message):
            return True
        found = path(state.frame)
        if document.has(parse(found)):
            return True
        if state.ignores_missing:
            return False
        raise TransformError(f"{place}: the source has no segment for {found!r}")

    return is_there


def _object(written: str, place: str) -> Callable[[Frame], object]:
    """The object a text means: a whole segment is one, too."""
    reference = whole(written)
    if reference is None:
        found = compile_expression(expression(written), place)
        return found.evaluate
    owner, path = compile_expression(reference.owner, place), path_of(reference.path, place)
    method = "GetValueAt" if ":" in reference.path else "GetSegmentAt"
    return lambda frame: call_method(frame, owner.evaluate(frame), method, (path(frame),))


def _there_already(held: Callable[[Frame], object], frame: Frame) -> object:
    """The target of a subtransform, "" when there is none yet."""
    try:
        return held(frame)
    except ObjectScriptError as error:
        if error.name in ("<UNDEFINED>", "<INVALID OREF>"):
            return ""
        raise


def _virtual_keys(owner: str, path: str, place: str) -> Callable[[Run], Iterator[object]]:
    """The positions of what a path repeats: those of its last empty index."""
    before, _, after = path.rpartition("()")
    counted = before or after
    count = counter(owner, counted, place)
    document, field = compile_expression(owner, place), path_of(counted, place)

    def read(frame: Frame) -> str:
        return text(call_method(frame, document.evaluate(frame), "GetValueAt", (field(frame),)))

    def keys(state: Run) -> Iterator[object]:
        total = count(state.frame)
        if total == 1 and ":" in counted and state.empty_is_null and not read(state.frame):
            return
        yield from range(1, total + 1)

    return keys


def _keys(collection: str, place: str) -> Callable[[Run], Iterator[object]]:
    """The keys of a collection."""
    items = compile_expression(expression(collection.strip().removesuffix("()").removesuffix(".")), place)

    def keys(state: Run) -> Iterator[object]:
        try:
            held: Any = items.evaluate(state.frame)
        except ObjectScriptError as error:
            if state.ignores_missing and error.name == "<INVALID OREF>":
                return
            raise
        if held == "" and state.ignores_missing:
            return
        if not hasattr(held, "Next"):
            shown = dictionary.name_of(type(held)) if not isinstance(held, str) else repr(held)
            raise TransformError(f"{place}: {collection} is no collection but {shown}")
        key = held.Next("")
        while key != "":
            yield key
            key = held.Next(key)

    return keys


def _python(action: Code, place: str) -> Step:
    try:
        code = compile(textwrap.dedent(action.text), f"<{place}>", "exec")
    except SyntaxError as error:
        raise TransformError(
            f"{place}: {error.msg} at line {error.lineno} of `{(error.text or '').strip()}`"
        ) from error

    def run(state: Run) -> None:
        names = dict(state.frame.variables)
        exec(code, names)  # the transformation's own code, which it is here to run
        state.frame.variables.update({name: value for name, value in names.items() if name != "__builtins__"})

    return run

"""The items of a rule set compiled to steps, and what running them gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Condition, Expression, Frame, compile_condition, compile_expression, dictionary
from isc.py.objectscript.operations import get
from isc.py.objectscript.values import text

from .exceptions import RuleError, told
from .rule_expressions import CONTEXT, translated
from .rule_model import Assign, Constraint, Delete, ForEach, Item, Return, Rule, Send, Trace, When
from .transform_targets import destination
from .virtual_paths import counter, whole


@dataclass(slots=True)
class Run:
    """One run of a rule set: what it decided so far."""

    frame: Frame
    debug: bool = False
    location: str = ""
    actions: list[Send | Delete] = field(default_factory=list)
    trace: list[tuple[str, str]] = field(default_factory=list)

    def note(self, kind: str, shown: str) -> None:
        """Keep an event."""
        self.trace.append((kind, shown))


class Returned(Exception):
    """The rule set has returned."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


Step: TypeAlias = Callable[[Run], None]


class Compiler:
    """Makes the steps of a rule set; `name` is the class that has it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def all(self, items: tuple[Item, ...], names: frozenset[str] = frozenset()) -> Step:
        """One step that does all of the items; `names` are the keys of the loops around them.

        Raises:
            RuleError: a text of them is not a rule's expression; names class and line.
        """
        steps = [self._placed(item, names) for item in items]

        def run(state: Run) -> None:
            for step in steps:
                step(state)

        return run

    def _placed(self, item: Item, names: frozenset[str]) -> Step:
        place = f"{type(item).__name__.lower()} at line {item.line} of {self.name}"
        try:
            step = self._one(item, place, names)
        except RuleError:
            raise
        except IscError as error:
            raise RuleError(told(place, error)) from error

        def run(state: Run) -> None:
            state.frame.place = place
            try:
                step(state)
            except (Returned, RuleError):
                raise
            except Exception as error:
                raise RuleError(told(state.frame.place, error)) from error

        return run

    def _one(self, item: Item, place: str, names: frozenset[str]) -> Step:
        match item:
            case Assign():
                return self._assign(item, place, names)
            case Return():
                return self._return(item, place, names)
            case Send() | Delete():
                return lambda state: state.actions.append(item)
            case Trace():
                return self._trace(item, place, names)
            case ForEach():
                return self._foreach(item, place, names)
            case Rule():
                return self._rule(item, names)

    def _expression(self, written: str, place: str, names: frozenset[str]) -> Expression:
        return compile_expression(translated(written, place, names), place)

    def _assign(self, item: Assign, place: str, names: frozenset[str]) -> Step:
        goal = destination(translated(item.target, place, names), place)
        value = self._expression(item.value, place, names)
        return lambda state: goal.assign(state.frame, value.evaluate(state.frame), "set", "")

    def _return(self, item: Return, place: str, names: frozenset[str]) -> Step:
        value = self._expression(item.value, place, names) if item.value.strip() else None

        def run(state: Run) -> NoReturn:
            raise Returned(text(value.evaluate(state.frame)) if value is not None else "")

        return run

    def _trace(self, item: Trace, place: str, names: frozenset[str]) -> Step:
        value = self._expression(item.value, place, names)

        def run(state: Run) -> None:
            if state.debug or not item.only_debugging:
                state.note("debug" if item.only_debugging else "trace", text(value.evaluate(state.frame)))

        return run

    def _rule(self, item: Rule, names: frozenset[str]) -> Step:
        whens = [(self._place(when), self._when(when, names), self.all(when.items, names)) for when in item.whens]

        def run(state: Run) -> None:
            if not all(_holds(constraint, state.frame) for constraint in item.constraints):
                return
            for number, (place, condition, step) in enumerate(whens, 1):
                state.frame.place = place
                if condition is None or condition.test(state.frame):
                    branch = f"when#{number}" if condition is not None else "otherwise"
                    state.location = f"rule#{item.number}:{branch}"
                    if state.debug:
                        state.note("debug", f"{item}:{branch}")
                    step(state)
                    return

        return run

    def _place(self, when: When) -> str:
        return f"when at line {when.line} of {self.name}"

    def _when(self, when: When, names: frozenset[str]) -> Condition | None:
        if when.condition is None:
            return None
        place = self._place(when)
        try:
            return compile_condition(translated(when.condition, place, names), place)
        except IscError as error:
            raise RuleError(told(place, error)) from error

    def _foreach(self, item: ForEach, place: str, names: frozenset[str]) -> Step:
        inner = self.all(item.items, names | {item.key})
        keys = self._keys(item, place, names)

        def run(state: Run) -> None:
            for key in keys(state.frame):
                state.frame.variables[item.key] = key
                inner(state)

        return run

    def _keys(self, item: ForEach, place: str, names: frozenset[str]) -> Callable[[Frame], Iterator[object]]:
        made = translated(item.collection.removesuffix("()"), place, names)
        reference = whole(made)
        if reference is not None:
            count = counter(reference.owner, reference.path.rpartition("()")[0] or reference.path, place)
            return lambda frame: iter(range(1, count(frame) + 1))
        collection = compile_expression(made, place)

        def keys(frame: Frame) -> Iterator[object]:
            held: Any = collection.evaluate(frame)
            if not hasattr(held, "Next"):
                raise RuleError(f"{place}: {item.collection} is no collection")
            key = held.Next("")
            while key != "":
                yield key
                key = held.Next(key)

        return keys


def _holds(constraint: Constraint, frame: Frame) -> bool:
    """Whether a message is one that a constraint lets pass."""
    context = frame.variables[CONTEXT]
    if constraint.name == "source":
        return _property(context, "Source") in constraint.values
    document: Any = getattr(context, "Document", "")
    if constraint.name == "msgClass":
        return any(dictionary.name_of(cls) in constraint.values for cls in type(document).__mro__ if cls is not object)
    if constraint.name == "docCategory":
        found = _property(document, "DocTypeCategory") or _property(document, "TypeVersion")
    else:
        found = _property(document, "Name") or _property(document, "DocTypeName")
    return found in constraint.values


def _property(held: object, name: str) -> str:
    names: list[str] = getattr(held, "_property_names", list)()
    return text(get(Frame(), held, name)) if name in names else ""

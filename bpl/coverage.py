"""Which activities and branches of processes ran: collected by runs, merged, measured against the outline."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata

from .exceptions import BPLError, EmulatorError
from .model import Head
from .outline import Branch, Node, Outline, is_loop, read_outline

_collecting: ContextVar["Coverage | None"] = ContextVar("collecting", default=None)
Key = tuple[int, str]


@dataclass
class Visits:
    """How often the activities of a class ran, by line and name, and how often its conditions held or not."""

    activities: Counter[Key] = field(default_factory=Counter)
    branches: Counter[tuple[Key, bool]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Missed:
    """An activity, or a branch of one, that never ran."""

    activity: str
    element: str
    line: int
    branch: str = ""

    def __str__(self) -> str:
        branch = f" → {self.branch}" if self.branch else ""
        return f"{self.line}: {self.element} {self.activity!r}{branch}"


@dataclass(frozen=True)
class Measure:
    """The coverage of one process: counts, what was missed, and how often each activity ran."""

    class_name: str
    outline: Outline
    counts: dict[Key, int]
    taken: dict[Key, dict[str, bool]]
    missed: tuple[Missed, ...]

    @property
    def activities(self) -> tuple[int, int]:
        """How many activities ran, of how many."""
        return sum(1 for count in self.counts.values() if count), len(self.counts)

    @property
    def branches(self) -> tuple[int, int]:
        """How many branches were taken, of how many."""
        outcomes = [taken for branches in self.taken.values() for taken in branches.values()]
        return sum(outcomes), len(outcomes)

    @property
    def percent(self) -> float:
        """Activities and branches together, in percent."""
        (ran, activities), (taken, branches) = self.activities, self.branches
        return 100.0 * (ran + taken) / (activities + branches) if activities + branches else 100.0


class Coverage:
    """What was collected, by class."""

    def __init__(self) -> None:
        self._visits: dict[str, Visits] = {}
        self._texts: dict[str, tuple[str, str, int]] = {}
        self._lock = threading.Lock()

    def add_class(self, cls: type) -> str:
        """Measure a class even when nothing of it runs; its name.

        Raises:
            BPLError: it has no BPL.
        """
        found = find_xdata(cls, "BPL")
        name = dictionary.name_of(cls)
        if found is None:
            raise BPLError(f"{name} has no XData block BPL: write the process there")
        owner, xdata = found
        self._add(name, xdata.text, dictionary.name_of(owner), xdata.line)
        return name

    def _add(self, name: str, xml: str, source: str, line: int) -> Visits:
        held = self._texts.setdefault(name, (xml, source, line))
        if held != (xml, source, line):  # the class was changed meanwhile: what its old text did means nothing now
            self._texts[name] = (xml, source, line)
            self._visits[name] = Visits()
        return self._visits.setdefault(name, Visits())

    def watcher(self, cls: type) -> "Watcher":
        """What tells an engine's runs of `cls` to this collection. Raises like `add_class`."""
        return Watcher(self._visits[self.add_class(cls)], self._lock)

    def measures(self) -> list[Measure]:
        """The coverage of every class, by name."""
        return [measured(name, read_outline(*self._texts[name]), self._visits[name]) for name in sorted(self._texts)]

    @property
    def percent(self) -> float:
        """Of all classes together, in percent; 100 when there is none."""
        ran = total = 0
        for measure in self.measures():
            for some, of in (measure.activities, measure.branches):
                ran, total = ran + some, total + of
        return 100.0 * ran / total if total else 100.0

    # --- keeping ---

    def to_json(self) -> str:
        """What was collected, with the texts of the processes; `merge` is the way back."""
        return json.dumps(
            {
                name: {
                    "bpl": self._texts[name],
                    "activities": [[*key, count] for key, count in visits.activities.items()],
                    "branches": [[*key, held, count] for (key, held), count in visits.branches.items()],
                }
                for name, visits in self._visits.items()
            }
        )

    def merge(self, text: str) -> None:
        """Add what another run collected.

        Raises:
            EmulatorError: the text is no collected coverage.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            for name, visits in found.items():
                xml, source, first = visits["bpl"]
                held = self._add(name, xml, source, first)
                held.activities.update({(line, activity): n for line, activity, n in visits["activities"]})
                held.branches.update({((line, activity), bool(h)): n for line, activity, h, n in visits["branches"]})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EmulatorError(f"this is no collected coverage: {error}") from error


class Watcher:
    """Counts what an engine tells of one class; engines of several threads may share one."""

    def __init__(self, visits: Visits, lock: threading.Lock) -> None:
        self._visits = visits
        self._lock = lock

    def activity(self, _: object, head: Head) -> None:
        """An activity runs."""
        with self._lock:
            self._visits.activities[(head.line, head.name)] += 1

    def branch(self, _: object, head: Head, taken: bool) -> None:
        """A condition was looked at."""
        with self._lock:
            self._visits.branches[((head.line, head.name), taken)] += 1


@contextmanager
def collect(into: Coverage) -> Iterator[Coverage]:
    """Runs within it are collected."""
    token = _collecting.set(into)
    try:
        yield into
    finally:
        _collecting.reset(token)


def collecting() -> Coverage | None:
    """What runs are collected into, if anything."""
    return _collecting.get()


# --- measuring ---


def measured(name: str, outline: Outline, visits: Visits) -> Measure:
    """What ran of an outline. A container ran when something in it did; disabled activities do not count."""
    counts: dict[Key, int] = {}
    taken: dict[Key, dict[str, bool]] = {}
    missed: list[Missed] = []
    for node in _enabled(outline.nodes):
        key = (node.line, node.name)
        counts[key] = _count(node, visits)
        if not counts[key]:
            missed.append(Missed(node.name, node.element, node.line))
        branches = dict(_outcomes(node, visits))
        if branches:
            taken[key] = branches
            missed += [Missed(node.name, node.element, node.line, label) for label, was in branches.items() if not was]
    return Measure(name, outline, counts, taken, tuple(missed))


def _enabled(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        if not node.disabled:
            yield node
            for branch in node.branches:
                yield from _enabled(branch.nodes)


def _count(node: Node, visits: Visits) -> int:
    own = visits.activities[(node.line, node.name)]
    inside = [visits.activities[(branch.line, branch.name)] for branch in node.branches]
    return own or max([0, *inside, *(_count(inner, visits) for branch in node.branches for inner in branch.nodes)])


def _outcomes(node: Node, visits: Visits) -> Iterator[tuple[str, bool]]:
    """The branches of an activity and whether each was taken."""
    key = (node.line, node.name)
    if node.element == "if":
        for label, held in (("true", True), ("false", False)):
            entered = any(_entered(branch, visits) for branch in node.branches if branch.kind == label)
            yield label, entered or visits.branches[(key, held)] > 0
    elif node.element == "switch":
        cases = [branch for branch in node.branches if branch.kind == "case"]
        for at, branch in enumerate(cases, 1):
            yield _unique(branch, cases, at), _entered(branch, visits) or _held(branch, visits, True)
        default = next((branch for branch in node.branches if branch.kind == "default"), None)
        entered = default is not None and _entered(default, visits)
        yield "default", entered or bool(cases and _held(cases[-1], visits, False))
    elif is_loop(node):
        yield "body", any(_entered(branch, visits) for branch in node.branches)
    else:
        handlers = [branch for branch in node.branches if branch.kind not in ("body", "sequence") and branch.nodes]
        for at, branch in enumerate(handlers, 1):
            yield _unique(branch, handlers, at), _entered(branch, visits)


def _unique(branch: Branch, others: list[Branch], at: int) -> str:
    return branch.label if sum(1 for other in others if other.label == branch.label) == 1 else f"{branch.label} ({at})"


def _held(branch: Branch, visits: Visits, held: bool) -> bool:
    return visits.branches[((branch.line, branch.name), held)] > 0


def _entered(branch: Branch, visits: Visits) -> bool:
    return any(_count(node, visits) for node in branch.nodes)


def start_collecting(into: Coverage | None) -> None:
    """Collect all runs from now on, without an end (None: no more)."""
    _collecting.set(into)

"""The segments of a message and the groups they form: finding them by path, making, placing and removing them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from . import er7
from .er7 import HL7Error, Separators
from .hl7_paths import ALL, COUNT, LAST, Step
from .hl7_schema import Child, Group


class Line:
    """A segment in a document; an empty text is a place kept for one that is not there."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass(slots=True, eq=False)
class Held:
    """A group of a document: what it holds for each child of its definition."""

    group: Group
    items: dict[int, list["Line | Held"]] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        """Its segments, those of its groups too."""
        for at in sorted(self.items):
            for item in self.items[at]:
                if isinstance(item, Line):
                    yield item
                else:
                    yield from item.lines()


Item: TypeAlias = Line | Held


class Document:
    """A message as a list of segments, with the tree of its groups when its structure is known."""

    def __init__(self, lines: list[str], structure: Group | None = None, place: str = "", version: str = "2.5") -> None:
        self.version = version
        self.separators = Separators.of(lines[0]) if lines and lines[0].startswith(er7.HEADERS) else er7.STANDARD
        self._lines = [Line(line) for line in lines]
        self._structure = structure
        self._place = place or "a message without a structure"
        self._tree: Held | None = None

    def lines(self) -> list[Line]:
        """The segments that are there."""
        return [line for line in self._lines if line.text]

    def text(self) -> str:
        """All of it, a carriage return behind each segment."""
        return "".join(f"{line.text}\r" for line in self._lines if line.text)

    # --- finding ---

    def find(self, steps: tuple[Step, ...]) -> list[Item]:
        """What a path leads to: nothing, one thing, or several when an index is `ALL`.

        Raises:
            HL7Error: the structure has no such group.
        """
        found, _ = self._found(steps)
        return [item for item in found if not isinstance(item, Line) or item.text]

    def count(self, steps: tuple[Step, ...]) -> int:
        """How many there are of what the last step names. Raises like `find`."""
        last = Step(steps[-1].name, ALL)
        return len(self.find((*steps[:-1], last)))

    def _found(self, steps: tuple[Step, ...]) -> tuple[list[Item], bool]:
        first = steps[0]
        if first.name.isdigit():
            lines = self.lines()
            at = int(first.name) - 1
            return (list(lines[at : at + 1]), False)
        if self._structure is not None and self._structure.position(first.name) is not None:
            found = self._walk(steps)
            if found or len(steps) > 1:
                return (found, True)
        elif len(steps) > 1 or first.name.endswith("grp"):
            raise self._no_group(first, self._structure)
        named = [line for line in self._lines if line.text[:3] == first.name]
        return (_chosen(list(named), first), False)

    def _walk(self, steps: tuple[Step, ...]) -> list[Item]:
        current: list[Item] = [self.tree()]
        for step in steps:
            following: list[Item] = []
            for item in current:
                if isinstance(item, Held):
                    at = item.group.position(step.name)
                    if at is None:
                        raise self._no_group(step, item.group)
                    following += _chosen(item.items.get(at, []), step)
            current = following
        return current

    def _no_group(self, step: Step, group: Group | None) -> HL7Error:
        if group is None:
            return HL7Error(f"path step {step}: {self._place} has no known groups: give it a DocType, as 2.5:ORU_R01")
        known = ", ".join(child.name for child in group.children)
        return HL7Error(f"path step {step}: {group.name} has no {step.name!r}; it has {known}")

    # --- the tree ---

    def tree(self) -> Held:
        """The groups as the segments form them; segments that fit nowhere are in none."""
        if self._tree is None:
            assert self._structure is not None
            found, _ = _grouped(self._structure, self.lines(), 0, self._structure.segments(), is_whole=True)
            self._tree = found or Held(self._structure)
        return self._tree

    def misplaced(self) -> list[str] | None:
        """The names of the segments that are in no group, None without a structure."""
        if self._structure is None:
            return None
        placed = {id(line) for line in self.tree().lines()}
        return [line.text[:3] for line in self.lines() if id(line) not in placed]

    # --- changing ---

    def make(self, steps: tuple[Step, ...], *, append: bool = False) -> Item:
        """What a path leads to, made when it is not there; a new one behind the others when `append`.

        Raises:
            HL7Error: the structure has no such group, or the path is no place for a new segment.
        """
        if not append:
            found, _ = self._found(steps)
            if found:
                return found[0]
        if steps[0].name.isdigit():
            raise HL7Error(f"path step {steps[0]}: there is no such segment: name the one to make")
        if self._structure is not None and self._structure.position(steps[0].name) is not None:
            return self._made_in_tree(steps, append=append)
        if len(steps) > 1:
            raise self._no_group(steps[0], self._structure)
        line = Line(self._blank(steps[0].name))
        same = [at for at, other in enumerate(self._lines) if other.text[:3] == steps[0].name]
        wanted = steps[0].index
        if not append and isinstance(wanted, int) and wanted > len(same) + 1:
            raise HL7Error(f"path step {steps[0]}: there are {len(same)}, the next new one is {len(same) + 1}")
        self._lines.insert(same[-1] + 1 if same else len(self._lines), line)
        self._tree = None
        return line

    def _made_in_tree(self, steps: tuple[Step, ...], *, append: bool) -> Item:
        way: list[tuple[Held, int, int]] = []
        held = self.tree()
        for depth, step in enumerate(steps):
            at = held.group.position(step.name)
            if at is None:
                raise self._no_group(step, held.group)
            child = held.group.children[at]
            items = held.items.setdefault(at, [])
            is_last = depth == len(steps) - 1
            wanted = len(items) + 1 if append and is_last else _wanted(step, len(items))
            self._check_repeats(child, wanted, step)
            while len(items) < wanted:
                way_here = [*way, (held, at, len(items))]
                if child.group is not None:
                    items.append(Held(child.group))
                else:
                    is_wanted = len(items) == wanted - 1
                    line = Line(self._blank(child.segment) if is_wanted else "")
                    self._lines.insert(self._position(way_here), line)
                    items.append(line)
            way.append((held, at, wanted - 1))
            item = items[wanted - 1]
            if is_last:
                if isinstance(item, Line) and not item.text:
                    item.text = self._blank(child.segment)
                return item
            if isinstance(item, Line):
                raise HL7Error(f"path step {steps[depth + 1]}: {step.name} is a segment, it holds none")
            held = item
        raise AssertionError("a path has a step")

    @staticmethod
    def _check_repeats(child: Child, wanted: int, step: Step) -> None:
        if wanted > 1 and not child.repeats and child.group is None and child.segment in er7.HEADERS:
            raise HL7Error(f"path step {step}: {child.name} does not repeat")

    def _position(self, way: list[tuple[Held, int, int]]) -> int:
        """Where a new segment goes: behind the nearest one before it in the tree."""
        for held, at, number in reversed(way):
            before = [line for item in held.items.get(at, [])[:number] for line in _lines_of(item)]
            if not before:
                before = [
                    line
                    for child in sorted(held.items)
                    if child < at
                    for i in held.items[child]
                    for line in _lines_of(i)
                ]
            if before:
                return self._lines.index(before[-1]) + 1
        return 0

    def _blank(self, name: str) -> str:
        return f"{name}{self.separators}" if name in er7.HEADERS else name

    def remove(self, items: list[Item]) -> None:
        """Take segments or groups out."""
        for item in items:
            gone = {id(line) for line in _lines_of(item)}
            self._lines = [line for line in self._lines if id(line) not in gone]
            if self._tree is not None:
                _forget(self._tree, item)

    def replace(self, item: Item, lines: list[str]) -> None:
        """Give a segment or group other segments.

        Raises:
            HL7Error: a group's segments do not fit it.
        """
        if isinstance(item, Line):
            if item.text[:3] != lines[0][:3]:
                raise HL7Error(f"the place of a segment {item.text[:3]} does not take {lines[0][:20]!r}")
            item.text = lines[0]
            if lines[0].startswith(er7.HEADERS) and item is self._lines[0]:
                self.separators = Separators.of(lines[0])
            return
        made = [Line(line) for line in lines]
        filled, end = _grouped(item.group, made, 0, item.group.segments())
        if filled is None or end < len(made):
            left = made[end].text[:3] if end < len(made) else lines[0][:3]
            raise HL7Error(f"group {item.group.name} does not take segment {left} there")
        old = list(item.lines())
        at = self._lines.index(old[0]) if old else self._position(self._way_to(item))
        gone = {id(line) for line in old}
        self._lines[at:at] = made
        self._lines = [line for line in self._lines if id(line) not in gone]
        item.items = filled.items

    def replace_all(self, steps: tuple[Step, ...], lines: list[str]) -> None:
        """Put these segments, or the groups they form, in the place of what a path leads to. Raises like `replace`."""
        self.remove(self.find(steps))
        rest = [Line(line) for line in lines]
        while rest:
            item = self.make(steps, append=True)
            used = 1
            if isinstance(item, Held):
                _, used = _grouped(item.group, rest, 0, item.group.segments())
            self.replace(item, [line.text for line in rest[: max(used, 1)]])
            rest = rest[max(used, 1) :]

    def _way_to(self, wanted: Held) -> list[tuple[Held, int, int]]:
        return _way(self.tree(), wanted) or []

    def append(self, text: str) -> Line:
        """A segment behind all others."""
        return self.insert(len(self.lines()), text)

    def insert(self, at: int, text: str) -> Line:
        """A segment in front of the one at a position from 0."""
        line = Line(text)
        self._lines = self.lines()
        self._lines.insert(at, line)
        self._tree = None
        return line


def _wanted(step: Step, there: int) -> int:
    if isinstance(step.index, int):
        return step.index
    if step.index == COUNT:
        raise HL7Error(f"path step {step}: a count cannot be set")
    return max(there, 1) if step.index == LAST else 1


def _chosen(items: list[Item], step: Step) -> list[Item]:
    if step.index == ALL:
        return items
    if step.index == LAST:
        return items[-1:]
    at = step.index if isinstance(step.index, int) else 1
    return items[at - 1 : at]


def _lines_of(item: Item) -> Iterator[Line]:
    if isinstance(item, Line):
        yield item
    else:
        yield from item.lines()


def _forget(held: Held, gone: Item) -> None:
    for items in held.items.values():
        for item in items:
            if isinstance(item, Held):
                _forget(item, gone)
        items[:] = [item for item in items if item is not gone]


def _way(held: Held, wanted: Held) -> list[tuple[Held, int, int]] | None:
    for at, items in held.items.items():
        for number, item in enumerate(items):
            if item is wanted:
                return [(held, at, number)]
            below = _way(item, wanted) if isinstance(item, Held) else None
            if below is not None:
                return [(held, at, number), *below]
    return None


def _grouped(
    group: Group, lines: list[Line], at: int, known: frozenset[str], *, is_whole: bool = False
) -> tuple[Held | None, int]:
    """The group that the segments from `at` on form, None when they do not; and the position behind it.

    A group that begins with a required segment is none without it; the whole message may be being made.
    """
    held = Held(group)
    start = at
    for index, child in enumerate(group.children):
        while at < len(lines):
            while at < len(lines) and held.items and lines[at].text[:3] not in known:
                at += 1  # a segment of the site's own: it is in no group
            if at == len(lines):
                break
            if child.group is not None:
                inner, end = _grouped(child.group, lines, at, known)
                if inner is None:
                    break
                held.items.setdefault(index, []).append(inner)
                at = end
            elif lines[at].text[:3] == child.segment:
                held.items.setdefault(index, []).append(lines[at])
                at += 1
            else:
                break
            if not child.repeats:
                break
        if group.is_choice and held.items:
            break
        if child.is_required and not is_whole and not group.is_choice and not held.items:
            return None, start
    return (held, at) if held.items else (None, start)

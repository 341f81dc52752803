"""What the activities of an instance run in: one frame, whose variables of the process's own last until it waits."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from isc.py.objectscript import Frame
from isc.py.objectscript.arrays import Node
from isc.py.objectscript.output import Counted

from .effects import Effect, Traced
from .model import Head
from .state_values import StateError, decoded, encoded

#: A variable in JSON's types: its name, its subscripts, its value.
Kept: TypeAlias = list[Any]


#: So much of what one activity writes is kept.
_WRITTEN = 100_000


class Scope:
    """The frame of an instance, and who is told of what its activities log and write."""

    __slots__ = ("effects", "frame", "head", "names")

    def __init__(self, frame: Frame, kept: Iterable[Kept] = ()) -> None:
        self.frame = frame
        frame.output = Written(self._told)
        self.names = frozenset(frame.variables)
        self.head: Head | None = None
        self.effects: list[Effect] = []
        for name, subscripts, value in kept:
            if subscripts:
                frame.arrays.setdefault(name, Node()).make(tuple(subscripts)).value = decoded(value)
            else:
                frame.variables[name] = decoded(value)

    def _told(self) -> tuple[list[Effect], str]:
        return self.effects, self.head.name if self.head is not None else ""

    def forget(self) -> None:
        """Drop the variables of the process's own: it stands still."""
        variables = self.frame.variables
        if len(variables) > len(self.names):
            for name in [name for name in variables if name not in self.names]:
                del variables[name]
        if self.frame.arrays:
            self.frame.arrays.clear()

    def own(self) -> list[Kept]:
        """The variables of the process's own that have a lasting form; the others would not last anywhere."""
        found: list[Kept] = []
        for name, value in self.frame.variables.items():
            if name not in self.names:
                _keep(found, name, [], value)
        for name, node in self.frame.arrays.items():
            _keep_all(found, name, [], node)
        return found


class Written(Counted):
    """What the code of activities writes: one text of kind ``stdout`` an activity, for those who watch.

    `told` gives the effects of the moment and the name of the activity that runs.
    """

    __slots__ = ("_told",)

    def __init__(self, told: Callable[[], tuple[list[Effect], str]]) -> None:
        super().__init__()
        self._told = told

    def append(self, text: str, /) -> None:
        """Put the piece behind what the activity has written."""
        super().append(text)
        effects, name = self._told()
        last = effects[-1] if effects else None
        if isinstance(last, Traced) and last.kind == "stdout" and last.activity == name:
            if len(last.text) < _WRITTEN:
                effects[-1] = Traced((last.text + text)[:_WRITTEN], name, "stdout")
        elif text:
            effects.append(Traced(text[:_WRITTEN], name, "stdout"))


def _keep(found: list[Kept], name: str, subscripts: list[str], value: object) -> None:
    try:
        found.append([name, subscripts, encoded(value, name)])
    except StateError:
        return


def _keep_all(found: list[Kept], name: str, above: list[str], node: Node) -> None:
    for subscript, below in node.children.items():
        if below.value is not None:
            _keep(found, name, [*above, subscript], below.value)
        _keep_all(found, name, [*above, subscript], below)

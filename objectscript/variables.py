"""Local variables, arrays and globals as places that code reads, sets, kills and walks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from . import values
from .arrays import Node
from .errors import ObjectScriptError
from .frame import ByRef, Frame
from .names import similar
from .platform import Platform
from .process_private import PROCESS_PRIVATE


class _Absent:
    """An argument that was left out."""


ABSENT: Final = _Absent()


class Reference(Protocol):
    """A place: a local, a global or a value where a place may stand."""

    def value(self) -> object | None:
        """What it holds, None when undefined."""

    def set(self, value: object) -> None:
        """Give it a value."""

    def kill(self) -> None:
        """Delete it and all below."""

    def data(self) -> int:
        """``$data``."""

    def order(self, direction: int) -> object:
        """``$order``."""

    def written(self) -> str:
        """The place as it would be written."""


class Tree(ABC):
    """A place that may have places below it: a local, a global, a property."""

    __slots__ = ()
    subscripts: tuple[object, ...]

    @abstractmethod
    def at(self, subscripts: tuple[object, ...]) -> Self:
        """The place of the same name at other subscripts."""

    @abstractmethod
    def value(self) -> object | None:
        """What it holds, None when undefined."""

    @abstractmethod
    def set(self, value: object) -> None:
        """Give it a value."""

    @abstractmethod
    def kill(self) -> None:
        """Delete it and all below."""

    @abstractmethod
    def data(self) -> int:
        """``$data``."""

    @abstractmethod
    def order(self, direction: int) -> object:
        """``$order``."""

    @abstractmethod
    def written(self) -> str:
        """The place as it would be written."""


def texts(subscripts: tuple[object, ...]) -> tuple[str, ...]:
    """Subscripts as the strings they are kept under."""
    return tuple(values.text(subscript) for subscript in subscripts)


def shown(name: str, subscripts: tuple[object, ...]) -> str:
    """A place as it would be written: canonical numbers bare, strings quoted."""
    parts = []
    for part in texts(subscripts):
        quoted = part.replace('"', '""')
        parts.append(part if part and values.text(values.number(part)) == part else f'"{quoted}"')
    return f"{name}({','.join(parts)})" if parts else name


def variable(frame: Frame, name: str) -> object:
    """A local variable.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    try:
        return frame.variables[name]
    except KeyError:
        hint = similar(name, [key for key in frame.variables if not key.startswith("%")])
        raise ObjectScriptError("<UNDEFINED>", f"{name}{hint}", frame.place) from None


def local_get(frame: Frame, name: str, subscripts: tuple[object, ...]) -> object:
    """A subscripted local, or an item of the collection a local holds.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    array = frame.arrays.get(name)
    node = array.find(texts(subscripts)) if array is not None else None
    if node is not None and node.value is not None:
        return node.value
    held = frame.variables.get(name)
    if held is not None and values.is_object(held):
        from .members import item

        return item(held, subscripts)
    raise ObjectScriptError("<UNDEFINED>", shown(name, subscripts), frame.place)


def local_set(frame: Frame, name: str, subscripts: tuple[object, ...], value: object) -> None:
    """Give a local, subscripted or not, a value."""
    if not subscripts:
        frame.variables[name] = value
        return
    held = frame.variables.get(name)
    if held is not None and values.is_object(held):
        from .members import put_item

        put_item(frame, held, subscripts, value)
        return
    array = frame.arrays.get(name)
    if array is None:
        array = frame.arrays[name] = Node()
    array.make(texts(subscripts)).value = value


def global_get(frame: Frame, name: str, subscripts: tuple[object, ...]) -> object:
    """A global's node.

    Raises:
        ObjectScriptError: ``<UNDEFINED>``.
    """
    found = GlobalReference(frame, name, subscripts).value()
    if found is None:
        raise ObjectScriptError("<UNDEFINED>", "^" + shown(name, subscripts), frame.place)
    return found


@dataclass(slots=True)
class LocalReference(Tree):
    """A local variable as a place."""

    frame: Frame
    name: str
    subscripts: tuple[object, ...]

    def at(self, subscripts: tuple[object, ...]) -> LocalReference:
        """The same name at other subscripts."""
        return LocalReference(self.frame, self.name, subscripts)

    def _node(self) -> Node | None:
        array = self.frame.arrays.get(self.name)
        return None if array is None else array.find(texts(self.subscripts))

    def value(self) -> object | None:
        """What it holds, None when undefined."""
        if not self.subscripts:
            return self.frame.variables.get(self.name)
        node = self._node()
        if node is not None:
            return node.value
        held = self.frame.variables.get(self.name)
        return local_get(self.frame, self.name, self.subscripts) if values.is_object(held) else None

    def set(self, value: object) -> None:
        """Give it a value."""
        local_set(self.frame, self.name, self.subscripts, value)

    def kill(self) -> None:
        """Delete it and all below."""
        array = self.frame.arrays.get(self.name)
        if not self.subscripts:
            self.frame.variables.pop(self.name, None)
            if array is not None:
                array.clear()
        elif array is not None:
            array.kill(texts(self.subscripts))

    def data(self) -> int:
        """``$data``."""
        node = self._node()
        return int(self.value() is not None) + 10 * int(node is not None and bool(node.children))

    def order(self, direction: int) -> object:
        """``$order``."""
        *above, last = texts(self.subscripts) or ("",)
        array = self.frame.arrays.get(self.name)
        node = None if array is None else array.find(tuple(above))
        return "" if node is None else node.next(last, direction)

    def written(self) -> str:
        """The place as it would be written."""
        return shown(self.name, self.subscripts)


@dataclass(slots=True)
class GlobalReference(Tree):
    """A global's node as a place."""

    frame: Frame
    name: str
    subscripts: tuple[object, ...]

    def at(self, subscripts: tuple[object, ...]) -> GlobalReference:
        """The same name at other subscripts."""
        return GlobalReference(self.frame, self.name, subscripts)

    def _platform(self) -> Platform:
        _last_global[:] = [self.name, self.subscripts]
        if self.name.startswith("||"):
            return PROCESS_PRIVATE
        if self.name.startswith("$"):
            raise ObjectScriptError("<NOT SUPPORTED>", f"^{self.name} cannot be read here", self.frame.place)
        if self.name.startswith("|"):
            return self._beside()
        if self.frame.platform is None:
            raise ObjectScriptError("<NAMESPACE>", "globals need a namespace: none is open here", self.frame.place)
        return self.frame.platform

    def _beside(self) -> Platform:
        """The platform of another namespace."""
        namespace = self.name[1:].partition("|")[0]
        open_ = getattr(self.frame.platform, "beside", None)
        if not callable(open_):
            raise ObjectScriptError("<NAMESPACE>", f"{namespace!r} is not here", self.frame.place)
        found: Platform = open_(namespace)
        return found

    def _bare(self) -> str:
        return self.name.rpartition("|")[2] if self.name.startswith("|") else self.name

    def value(self) -> object | None:
        """What it holds, None when undefined."""
        return self._platform().global_get(self._bare(), self.subscripts)

    def set(self, value: object) -> None:
        """Give it a value."""
        self._platform().global_set(self._bare(), self.subscripts, value)

    def kill(self) -> None:
        """Delete it and all below."""
        self._platform().global_kill(self._bare(), self.subscripts)

    def data(self) -> int:
        """``$data``."""
        return self._platform().global_data(self._bare(), self.subscripts)

    def order(self, direction: int) -> object:
        """``$order``."""
        return self._platform().global_order(self._bare(), self.subscripts, direction)

    def written(self) -> str:
        """The place as it would be written."""
        return "^" + shown(self.name, self.subscripts)


@dataclass(slots=True)
class ValueReference:
    """A value where a place may stand: ``$get(obj.Prop)``."""

    held: object

    def value(self) -> object | None:
        """The value."""
        return self.held

    def set(self, value: object) -> None:
        """A value has no place to set."""
        raise ObjectScriptError("<SYNTAX>", "a variable was expected, not a value")

    def kill(self) -> None:
        """A value cannot be killed."""
        raise ObjectScriptError("<SYNTAX>", "a variable was expected, not a value")

    def data(self) -> int:
        """``$data``."""
        return 1

    def order(self, direction: int) -> object:
        """A value has no subscripts."""
        raise ObjectScriptError("<SYNTAX>", "a variable was expected, not a value")

    def written(self) -> str:
        """A value has no name."""
        raise ObjectScriptError("<SYNTAX>", "a variable was expected, not a value")


_last_global: list[object] = []  # what a naked reference goes on from


def naked(frame: Frame, subscripts: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """``^(x)``: the global that was used last, with its last subscript replaced.

    Raises:
        ObjectScriptError: ``<NAKED>``: none with a subscript was used.
    """
    name, before = _last_global or ["", ()]
    if not isinstance(name, str) or not isinstance(before, tuple) or not before:
        raise ObjectScriptError("<NAKED>", "no global with a subscript was used before ^(", frame.place)
    return name, (*before[:-1], *subscripts)


def by_reference(frame: Frame, name: str) -> ByRef[object]:
    """``.x`` of a call; the call writes value and array back."""
    return LocalByRef(frame, name)


class LocalByRef(ByRef[object]):
    """A caller's variable: its value, and its array, which both sides share."""

    __slots__ = ("_frame", "_name")

    def __init__(self, frame: Frame, name: str) -> None:
        self._frame = frame
        self._name = name

    @property
    def value(self) -> object:
        """The variable's value, "" when undefined."""
        return self._frame.variables.get(self._name, "")

    @value.setter
    def value(self, value: object) -> None:
        self._frame.variables[self._name] = value

    def defined(self) -> bool:
        """Whether the variable has a value."""
        return self._name in self._frame.variables

    def array(self) -> Node:
        """The nodes below the variable."""
        return self._frame.arrays.setdefault(self._name, Node())

    def kill(self) -> None:
        """The called method killed it."""
        self._frame.variables.pop(self._name, None)


def new(frame: Frame, names: tuple[str, ...] | None) -> None:
    """``new``: hides variables until `unwind`; None hides all."""
    for name in names if names is not None else tuple({*frame.variables, *frame.arrays}):
        frame.saved.append((name, frame.variables.pop(name, None), frame.arrays.pop(name, None)))


def new_except(frame: Frame, kept: tuple[str, ...]) -> None:
    """``new (x)``: hides all but these."""
    new(frame, tuple({*frame.variables, *frame.arrays} - set(kept)))


#: What gives back, by the name in `Frame.saved`, what is no variable: the namespace and the device.
_GIVES_BACK: dict[str, Callable[[Frame, object], None]] = {}


def gives_back(name: str, how: Callable[[Frame, object], None]) -> None:
    """Tell `unwind` what to do with entries of `Frame.saved` of this name."""
    _GIVES_BACK[name] = how


def unwind(frame: Frame, mark: int) -> None:
    """Give back what `new` has hidden since `mark`."""
    while len(frame.saved) > mark:
        name, value, array = frame.saved.pop()
        if name.startswith("$"):
            _GIVES_BACK[name](frame, value)
            continue
        frame.variables.pop(name, None)
        frame.arrays.pop(name, None)
        if value is not None:
            frame.variables[name] = value
        if array is not None:
            frame.arrays[name] = array


def kill_except(frame: Frame, kept: tuple[str, ...]) -> None:
    """``kill (x)``: deletes all but these."""
    for name in {*frame.variables, *frame.arrays} - set(kept):
        LocalReference(frame, name, ()).kill()

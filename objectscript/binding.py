"""Arguments of a call: what the caller gives, bound to the variables that the called code names, and given back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .arrays import Node
from .definitions import ArgumentDefinition
from .frame import ByRef, Frame
from .variables import ABSENT, LocalByRef

#: By-reference arguments with the names they are bound to.
References = list[tuple[str, ByRef[object]]]


@dataclass(frozen=True, slots=True)
class Given:
    """An argument as it is when the call begins; `value` is None when it is undefined or was left out."""

    value: object | None
    array: Node | None = None
    reference: ByRef[object] | None = None


def given(arguments: Iterable[object]) -> list[Given]:
    """The arguments of a call, read before anything hides the variables they come from."""
    found = []
    for item in arguments:
        if item is ABSENT:
            found.append(Given(None))
        elif isinstance(item, LocalByRef):
            found.append(Given(item.value if item.defined() else None, item.array(), item))
        elif isinstance(item, ByRef):
            found.append(Given(item.value, None, item))
        else:
            found.append(Given(item))
    return found


def bind(frame: Frame, definitions: Sequence[ArgumentDefinition], arguments: list[Given]) -> References:
    """Give the arguments their variables; one that was left out has its default, or is undefined."""
    from .compiler import compile_expression

    references: References = []
    for index, definition in enumerate(definitions):
        if definition.mode == "variadic":
            rest = arguments[index:]
            frame.variables[definition.name] = len(rest)
            array = frame.arrays[definition.name] = Node()
            for at, item in enumerate(rest, start=1):
                array.make((str(at),)).value = item.value
            break
        item = arguments[index] if index < len(arguments) else Given(None)
        if item.reference is not None:
            references.append((definition.name, item.reference))
        if item.array is not None:
            frame.arrays[definition.name] = item.array
        if item.value is not None:
            frame.variables[definition.name] = item.value
        elif definition.default is not None and item.reference is None:
            frame.variables[definition.name] = compile_expression(definition.default, frame.place).evaluate(frame)
    return references


def results(frame: Frame, references: References) -> list[tuple[ByRef[object], object | None]]:
    """What the called code left in by-reference arguments."""
    return [(reference, frame.variables.get(name)) for name, reference in references]


def give_back(found: list[tuple[ByRef[object], object | None]]) -> None:
    """Write results to the caller's variables."""
    for reference, value in found:
        if value is not None:
            reference.value = value
        elif isinstance(reference, LocalByRef):
            reference.kill()

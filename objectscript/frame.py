"""What compiled code runs in: the variables in scope, the object `..` means, the platform behind globals and SQL."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from .arrays import Node
from .output import Output
from .platform import Platform

if TYPE_CHECKING:
    from .routines import Routine

T = TypeVar("T")


class ByRef(Generic[T]):
    """A by-reference argument (``.x``): what the called method sets, the caller's variable becomes."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def get(self) -> T:
        """The variable's value."""
        return self.value

    def set(self, value: T) -> None:
        """Give the variable a value."""
        self.value = value


def _pieces() -> Output:
    pieces: list[str] = []
    return pieces


@dataclass(slots=True)
class Frame:
    """One activation: variables by name, subscripted ones in `arrays`; `this` is what ``..`` means.

    `output` is what ``write`` writes to, here and in what is called (`output.current`: what the caller writes to).
    `owner` and `method` name the class and method of the running code (``##super``), `routine` the routine whose labels
    it sees, `test` is ``$test``, `saved` what ``new`` hides.
    """

    variables: dict[str, object] = field(default_factory=dict)
    this: object = None
    platform: Platform | None = None
    place: str = ""
    arrays: dict[str, Node] = field(default_factory=dict)
    output: Output = field(default_factory=_pieces)
    owner: str = ""
    method: str = ""
    routine: "Routine | None" = None
    test: int = 0
    saved: list[tuple[str, object | None, Node | None]] = field(default_factory=list)

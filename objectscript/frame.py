"""What compiled code runs in: the variables in scope, the object `..` means, the platform behind globals and SQL."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .platform import Platform

T = TypeVar("T")


class ByRef(Generic[T]):
    """A by-reference argument (``.x``): what the called method sets, the caller's variable becomes."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


@dataclass(slots=True)
class Frame:
    """One activation: variables by name, subscripted ones in `arrays`; `this` is what ``..`` means."""

    variables: dict[str, object] = field(default_factory=dict)
    this: object = None
    platform: Platform | None = None
    place: str = ""
    arrays: dict[str, dict[tuple[object, ...], object]] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)

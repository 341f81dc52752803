"""A data transformation as data: what its DTL says, with lines."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Head:
    """What every action has: its element, a name when it was given one, and its line."""

    element: str
    line: int
    name: str = ""

    def __str__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"{self.element}{named} at line {self.line}"


@dataclass(frozen=True, slots=True)
class Assign:
    """``<assign property value action key>``."""

    head: Head
    target: str
    value: str
    action: str = "set"
    key: str = ""


@dataclass(frozen=True, slots=True)
class If:
    """``<if condition>``."""

    head: Head
    condition: str
    true: tuple["Action", ...] = ()
    false: tuple["Action", ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """``<case condition>``; the default has none."""

    head: Head
    condition: str | None
    actions: tuple["Action", ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """``<switch>``: the first case whose condition holds."""

    head: Head
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class ForEach:
    """``<foreach property key>``: once for each item; the variable `key` has its key."""

    head: Head
    collection: str
    key: str
    actions: tuple["Action", ...] = ()


@dataclass(frozen=True, slots=True)
class Subtransform:
    """``<subtransform class sourceObj targetObj auxiliary>``."""

    head: Head
    class_name: str
    source: str
    target: str
    auxiliary: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """``<code>``, or the statement of ``<sql>``."""

    head: Head
    text: str
    language: str = "objectscript"


@dataclass(frozen=True, slots=True)
class Trace:
    """``<trace value>``."""

    head: Head
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """``<group>``."""

    head: Head
    actions: tuple["Action", ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """``<break>``: leave the innermost foreach, or the transformation when there is none."""

    head: Head


Action: TypeAlias = Assign | If | Switch | ForEach | Subtransform | Code | Trace | Group | Break


@dataclass(frozen=True, slots=True)
class Transform:
    """``<transform>``: the classes, how the target comes to be (new, copy, existing), the actions."""

    source: str
    source_class: str = ""
    target_class: str = ""
    source_doc_type: str = ""
    target_doc_type: str = ""
    create: str = "new"
    language: str = "objectscript"
    actions: tuple[Action, ...] = ()

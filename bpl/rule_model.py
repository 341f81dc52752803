"""A rule definition as data: what its XML says, with lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Constraint:
    """``<constraint name value>``: a rule is only for some messages."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """``<assign property value>``."""

    target: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    """``<return value>``: ends the rule set."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Send:
    """``<send transform target>``; several transforms are applied one after the other."""

    transforms: tuple[str, ...]
    targets: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Delete:
    """``<delete>``: the message goes nowhere."""

    line: int


@dataclass(frozen=True, slots=True)
class Trace:
    """``<trace value>`` or ``<debug value>``."""

    value: str
    line: int
    only_debugging: bool = False


@dataclass(frozen=True, slots=True)
class ForEach:
    """``<foreach property key>``."""

    collection: str
    key: str
    items: tuple["Item", ...]
    line: int


@dataclass(frozen=True, slots=True)
class When:
    """``<when condition>``; an otherwise has no condition."""

    condition: str | None
    items: tuple["Item", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """``<rule>``: the first of its whens that holds, in a message that its constraints let pass."""

    number: int
    name: str
    constraints: tuple[Constraint, ...]
    whens: tuple[When, ...]
    line: int

    def __str__(self) -> str:
        return f"rule#{self.number}({self.name})" if self.name else f"rule#{self.number}"


Item: TypeAlias = Assign | Return | Send | Delete | Trace | ForEach | Rule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """``<ruleSet>``: in effect from `begin` on until before `end`; None is for ever."""

    name: str
    begin: datetime | None
    end: datetime | None
    items: tuple[Item, ...]
    line: int

    def is_in_effect(self, now: datetime) -> bool:
        """Whether it counts at a time."""
        return (self.begin is None or self.begin <= now) and (self.end is None or now < self.end)


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """``<ruleDefinition>``."""

    source: str
    alias: str
    context: str
    production: str
    sets: tuple[RuleSet, ...]

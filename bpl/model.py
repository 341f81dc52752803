"""A BPL process as data: what its XML says, with names and lines."""

from dataclasses import dataclass, field
from typing import TypeAlias

from isc.py.objectscript.definitions import PropertyDefinition


@dataclass(frozen=True, slots=True)
class Annotation:
    """The raw text of an annotation and the line of the file on which it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Head:
    """What every activity has."""

    name: str
    element: str
    line: int
    annotation: Annotation | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """``<assign property value action key>``."""

    head: Head
    target: str
    value: str
    action: str = "set"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """``<call>``: a request to a target and what becomes of the response."""

    head: Head
    target: str
    request_type: str
    request: tuple[Assign, ...]
    response: tuple[Assign, ...] = ()
    is_async: bool = False
    timeout: str = ""


@dataclass(frozen=True, slots=True)
class Sync:
    """``<sync>``: wait for asynchronous calls, by name."""

    head: Head
    calls: tuple[str, ...]
    timeout: str = ""


@dataclass(frozen=True, slots=True)
class If:
    """``<if>``."""

    head: Head
    condition: str
    true: tuple["Activity", ...] = ()
    false: tuple["Activity", ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A ``<case>`` of a switch; the default has no condition."""

    head: Head
    condition: str | None
    activities: tuple["Activity", ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """``<switch>``: the first case whose condition holds."""

    head: Head
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """``<code>``."""

    head: Head
    text: str
    language: str = "objectscript"


@dataclass(frozen=True, slots=True)
class Trace:
    """``<trace value>``."""

    head: Head
    value: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """``<sequence>``."""

    head: Head
    activities: tuple["Activity", ...] = ()


Activity: TypeAlias = Assign | Call | Sync | If | Switch | Code | Trace | Sequence


@dataclass(frozen=True, slots=True)
class Process:
    """``<process>``: request and response classes, the context's properties, the activities."""

    source: str
    language: str = "objectscript"
    request_type: str = ""
    response_type: str = ""
    context: tuple[PropertyDefinition, ...] = ()
    activities: tuple[Activity, ...] = ()
    annotations: dict[str, Annotation] = field(default_factory=dict)

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
    """What every activity has; `language` is that of its expressions when it is not the process's."""

    name: str
    element: str
    line: int
    annotation: Annotation | None = None
    language: str = ""


Activities: TypeAlias = "tuple[Activity, ...]"


@dataclass(frozen=True, slots=True)
class Assign:
    """``<assign property value action key>``; `action` is set, append, insert, remove or clear."""

    head: Head
    target: str
    value: str
    action: str = "set"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """``<call>``: a request to a target and what becomes of the response; its name, too, may be behind ``@``."""

    head: Head
    target: str
    request_type: str
    request: tuple[Assign, ...]
    response: tuple[Assign, ...] = ()
    is_async: bool = False
    timeout: str = ""


@dataclass(frozen=True, slots=True)
class Sync:
    """``<sync>``: wait for asynchronous calls, by name: for all, or for any of them.

    `again`: calls that did not answer in time may be waited for once more. `calls` behind ``@`` is an expression that
    gives the names.
    """

    head: Head
    calls: str
    timeout: str = ""
    any: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """``<if>``."""

    head: Head
    condition: str
    true: Activities = ()
    false: Activities = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A ``<case>`` of a switch; the default has no condition."""

    head: Head
    condition: str | None
    activities: Activities = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """``<switch>``: the first case whose condition holds."""

    head: Head
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """``<while>``, and ``<until>``, whose condition is looked at behind its body and ends it."""

    head: Head
    condition: str
    activities: Activities = ()
    until: bool = False


@dataclass(frozen=True, slots=True)
class ForEach:
    """``<foreach property key>``."""

    head: Head
    collection: str
    key: str
    activities: Activities = ()


@dataclass(frozen=True, slots=True)
class Label:
    """``<label>``: where a branch leads."""

    head: Head


@dataclass(frozen=True, slots=True)
class Branch:
    """``<branch condition label>``."""

    head: Head
    condition: str
    label: str


@dataclass(frozen=True, slots=True)
class Leave:
    """``<break>`` and ``<continue>``."""

    head: Head
    again: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """``<sequence>``."""

    head: Head
    activities: Activities = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """``<flow>``: its branches run side by side; it ends when all have."""

    head: Head
    branches: tuple[Sequence, ...] = ()


@dataclass(frozen=True, slots=True)
class Catch:
    """``<catch fault>`` or ``<catchall>``, which has no fault."""

    head: Head
    fault: str | None
    activities: Activities = ()


@dataclass(frozen=True, slots=True)
class Compensation:
    """``<compensationhandler>``."""

    head: Head
    activities: Activities = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """``<scope>``: activities, the handlers of their faults, and what undoes them."""

    head: Head
    activities: Activities = ()
    catches: tuple[Catch, ...] = ()
    compensations: tuple[Compensation, ...] = ()


@dataclass(frozen=True, slots=True)
class Throw:
    """``<throw fault>``."""

    head: Head
    fault: str


@dataclass(frozen=True, slots=True)
class Compensate:
    """``<compensate target>``."""

    head: Head
    target: str


@dataclass(frozen=True, slots=True)
class Code:
    """``<code>``."""

    head: Head
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """``<trace>``, ``<alert>`` and ``<milestone>``: a text for those who watch; the element says which."""

    head: Head
    value: str


@dataclass(frozen=True, slots=True)
class Delay:
    """``<delay>``: `duration` or `until`, expressions both."""

    head: Head
    duration: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """``<empty>`` and ``<reply>``."""

    head: Head


@dataclass(frozen=True, slots=True)
class Sql:
    """``<sql>``: a statement with host variables."""

    head: Head
    text: str


@dataclass(frozen=True, slots=True)
class TransformCall:
    """``<transform class source target>``; a class behind ``@`` is an expression."""

    head: Head
    class_name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class RuleCall:
    """``<rule>``."""

    head: Head
    rule: str
    result: str = ""
    reason: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class XPath:
    """``<xpath>``: an expression over the document that `source` holds."""

    head: Head
    source: str
    target: str
    expression: str
    context: str = "/"
    prefixes: str = ""


@dataclass(frozen=True, slots=True)
class Xslt:
    """``<xslt>``: the document that `source` holds, transformed; `parameters` are expressions by name."""

    head: Head
    url: str
    source: str
    target: str
    parameters: tuple[tuple[str, str], ...] = ()


Activity: TypeAlias = (
    Assign
    | Call
    | Sync
    | If
    | Switch
    | While
    | ForEach
    | Label
    | Branch
    | Leave
    | Sequence
    | Flow
    | Scope
    | Throw
    | Compensate
    | Code
    | Told
    | Delay
    | Plain
    | Sql
    | TransformCall
    | RuleCall
    | XPath
    | Xslt
)


@dataclass(frozen=True, slots=True)
class Process:
    """``<process>``: request and response classes, the context's properties, the activities.

    `notes` are what the reader passes over: attributes that it does not know.
    """

    source: str
    language: str = "objectscript"
    request_type: str = ""
    response_type: str = ""
    context: tuple[PropertyDefinition, ...] = ()
    context_class: str = ""
    activities: Activities = ()
    annotations: dict[str, Annotation] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()

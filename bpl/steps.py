"""The instructions of a program: what an activity is once it is compiled."""

from dataclasses import dataclass
from types import CodeType
from typing import TypeAlias

from isc.py.objectscript import Block, Condition, Expression, Target
from isc.py.objectscript.embedded_sql import Statement

from .model import Head


@dataclass(frozen=True, slots=True)
class AssignStep:
    """Evaluate and assign; `held` reads the collection that append, insert, remove, clear and a key work on.

    `place` is in words where it stands; `is_set` says that there is no collection, `whole` which variable of BPL the
    target is: response, status, or "" when it is none or a property.
    """

    head: Head
    target: Target
    value: Expression
    action: str = "set"
    key: Expression | None = None
    held: Expression | None = None
    place: str = ""
    is_set: bool = False
    whole: str = ""


@dataclass(frozen=True, slots=True)
class CallStep:
    """Build a request and send it; `target` is a name, or an expression behind ``@``, `name` that of its own."""

    head: Head
    target: str | Expression
    request_type: str
    request: tuple[AssignStep, ...]
    response: tuple[AssignStep, ...]
    is_async: bool
    timeout: Expression | None
    name: Expression | None = None


@dataclass(frozen=True, slots=True)
class SyncStep:
    """Wait for calls: names, or an expression that gives them."""

    head: Head
    calls: tuple[str, ...] | Expression
    timeout: Expression | None
    any: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class BranchStep:
    """Go on with the next instruction when the condition holds, else at `otherwise`."""

    head: Head
    condition: Condition
    otherwise: int


@dataclass(frozen=True, slots=True)
class JumpStep:
    """Go on at `to`, out of `leave` scopes; no activity."""

    head: Head
    to: int
    leave: int = 0


@dataclass(frozen=True, slots=True)
class VisitStep:
    """An activity that does nothing of its own: a label, ``<empty>``, what a container begins with."""

    head: Head


@dataclass(frozen=True, slots=True)
class EachStep:
    """``<foreach>``: the key behind the one that `key` holds, or on at `end`.

    `counted` is the path of what is repeated in a document: its keys are 1, 2, …
    """

    head: Head
    collection: Expression
    target: Target
    key: Expression
    end: int
    counted: str = ""


@dataclass(frozen=True, slots=True)
class ClearStep:
    """The beginning of a ``<foreach>``: its key is empty; no activity."""

    head: Head
    target: Target


@dataclass(frozen=True, slots=True)
class ForkStep:
    """``<flow>``: a thread for each of `branches`; this one goes on when they have ended."""

    head: Head
    branches: tuple[int, ...]
    after: int


@dataclass(frozen=True, slots=True)
class JoinStep:
    """The end of a thread of a flow; no activity."""

    head: Head


@dataclass(frozen=True, slots=True)
class Handler:
    """A fault handler: the fault it catches (all when it is None) and where it begins."""

    fault: Expression | None
    at: int
    head: Head


@dataclass(frozen=True, slots=True)
class ScopeStep:
    """Enter a scope."""

    head: Head
    handlers: tuple[Handler, ...]
    compensations: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LeaveScopeStep:
    """The end of a scope's activities; no activity."""

    head: Head


@dataclass(frozen=True, slots=True)
class ThrowStep:
    """``<throw>``."""

    head: Head
    fault: Expression


@dataclass(frozen=True, slots=True)
class CompensateStep:
    """``<compensate>``: run the handler at `at`, then go on behind this one."""

    head: Head
    at: int


@dataclass(frozen=True, slots=True)
class ReturnStep:
    """The end of a compensation handler; no activity."""

    head: Head


@dataclass(frozen=True, slots=True)
class CodeStep:
    """Run commands, or Python code."""

    head: Head
    block: Block | None
    python: CodeType | None = None


@dataclass(frozen=True, slots=True)
class ToldStep:
    """``<trace>``, ``<alert>``, ``<milestone>``."""

    head: Head
    value: Expression


@dataclass(frozen=True, slots=True)
class DelayStep:
    """``<delay>``."""

    head: Head
    value: Expression
    until: bool


@dataclass(frozen=True, slots=True)
class ReplyStep:
    """``<reply>``: the response goes out now."""

    head: Head


@dataclass(frozen=True, slots=True)
class SqlStep:
    """``<sql>``."""

    head: Head
    statement: Statement


@dataclass(frozen=True, slots=True)
class TransformStep:
    """``<transform>``."""

    head: Head
    class_name: str | Expression
    source: Expression
    target: Target


@dataclass(frozen=True, slots=True)
class RuleStep:
    """``<rule>``."""

    head: Head
    rule: str | Expression
    result: Target | None
    reason: Target | None
    context: Expression | None


@dataclass(frozen=True, slots=True)
class XPathStep:
    """``<xpath>``."""

    head: Head
    source: Expression
    target: Target
    expression: str
    context: str
    prefixes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class XsltStep:
    """``<xslt>``."""

    head: Head
    url: str
    source: Expression
    target: Target
    parameters: tuple[tuple[str, Expression], ...]


Step: TypeAlias = (
    AssignStep
    | CallStep
    | SyncStep
    | BranchStep
    | JumpStep
    | VisitStep
    | EachStep
    | ClearStep
    | ForkStep
    | JoinStep
    | ScopeStep
    | LeaveScopeStep
    | ThrowStep
    | CompensateStep
    | ReturnStep
    | CodeStep
    | ToldStep
    | DelayStep
    | ReplyStep
    | SqlStep
    | TransformStep
    | RuleStep
    | XPathStep
    | XsltStep
)

#: Steps that are no activities: nobody is told of them, and no run stops in front of one.
HIDDEN = frozenset({JumpStep, ClearStep, JoinStep, LeaveScopeStep, ReturnStep})

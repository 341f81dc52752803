"""Business rules: ``Ens.Rule.Definition`` and the evaluation of its rule sets.

`evaluate_rule` is what the rule activity of BPL and the routing engines call.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ByRef, Frame, dictionary, output, status
from isc.py.objectscript.builder import current_platform
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.values import number, text

from .exceptions import RuleError
from .rule_expressions import CONTEXT, FUNCTIONS, TEMPORARY
from .rule_functions import RuleFunctions, Temporaries
from .rule_model import Delete, RuleDefinition, RuleSet, Send
from .rule_reader import read_rules
from .rule_steps import Compiler, Returned, Run, Step


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule decided.

    Attributes:
        value: what ``return`` gave, else "".
        reason: where it was decided, as ``rule#2:when#1``; "" when no rule applied.
        actions: what is to be sent, and deleted, in order.
        trace: kind (``trace``, ``debug``) and text of what the rule told.
    """

    value: str = ""
    reason: str = ""
    actions: tuple[Send | Delete, ...] = ()
    trace: tuple[tuple[str, str], ...] = ()


def evaluate_rule(
    name: str | type, context: object, activity: str = "", debug: int = 0, now: datetime | None = None
) -> RuleResult:
    """What a rule definition says of a context.

    Args:
        name: the class of the definition, or its name.
        context: what names in the rules are properties of: the context of a process, or of a router.
        activity: the activity that asks, for errors.
        debug: 1 to have ``debug`` items and each decision in the trace.
        now: the time that picks the rule set; the present one by default.

    Raises:
        RuleError: the rule cannot be loaded, or an expression failed; names class and line.
    """
    try:
        cls = dictionary.resolve(name) if isinstance(name, str) else name
        _, sets = rules_of(cls)
    except IscError as error:
        raise RuleError(f"{activity}: {error}" if activity else str(error)) from error
    moment = now or datetime.now()  # effective times are local, as they are written
    step = next((step for rule_set, step in sets if rule_set.is_in_effect(moment)), None)
    variables: dict[str, object] = {CONTEXT: context, FUNCTIONS: RuleFunctions(cls), TEMPORARY: Temporaries()}
    run = Run(Frame(variables, cls, current_platform(), output=output.current()), bool(debug))
    value = ""
    if step is not None:
        try:
            step(run)
        except Returned as returned:
            value = returned.value
        except RuleError as error:
            raise RuleError(f"{activity}: {error}" if activity else str(error)) from error
    return RuleResult(value, run.location, tuple(run.actions), tuple(run.trace))


def rules_of(cls: type) -> tuple[RuleDefinition, tuple[tuple[RuleSet, Step], ...]]:
    """The definition of a class and the step of each of its rule sets, made once.

    Raises:
        RuleError: the class has no rules, or they cannot be loaded; names class and line.
    """
    held = cls.__dict__.get("_rules")
    if held is None:
        name = dictionary.name_of(cls)
        found = find_xdata(cls, "RuleDefinition")
        if found is None:
            raise RuleError(f"{name} has no XData block RuleDefinition: write the rules there")
        owner, xdata = found
        model = read_rules(xdata.text, dictionary.name_of(owner), xdata.line)
        compiler = Compiler(dictionary.name_of(owner))
        held = (model, tuple((rule_set, compiler.all(rule_set.items)) for rule_set in model.sets))
        cls._rules = held  # type: ignore[attr-defined]  # a cache on the class it describes
    made: tuple[RuleDefinition, tuple[tuple[RuleSet, Step], ...]] = held
    return made


class Definition(RegisteredObject):
    """``Ens.Rule.Definition``: the rule sets of its ``XData RuleDefinition``."""

    @classmethod
    def EvaluateRules(
        cls,
        name: object,
        _session: object,
        context: object,
        activity: object = "",
        value: ByRef[Any] | None = None,
        reason: ByRef[Any] | None = None,
        debug: object = 0,
        *_: object,
    ) -> object:
        """Evaluate a rule; value and reason by reference. Returns a %Status."""
        given = name.value if isinstance(name, ByRef) else name
        try:
            result = evaluate_rule(text(given), context, text(activity), int(number(debug)))
        except IscError as error:
            return status.error(5001, str(error))
        if value is not None:
            value.value = result.value
        if reason is not None:
            reason.value = result.reason
        return status.OK

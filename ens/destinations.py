"""Where the items of a production send to, as far as their definition says, and which of it is not there."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isc.py.bpl.outline import outline_of
from isc.py.bpl.rule_model import Send
from isc.py.bpl.rules import rules_of
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.names import similar

from .definition import Definition, Item
from .hosts import BusinessProcessBPL, BusinessService
from .router import RoutingEngine
from .sending import ALERT

_SETTINGS = ("TargetConfigNames", "ResponseTargetConfigNames", "BadMessageHandler")
_ALERTS = ("AlertOnError", "QueueCountAlert", "QueueWaitAlert", "InactivityTimeout")


def missing(definition: Definition, hosts: Mapping[str, Any], item: Item) -> list[str]:
    """What an item names as a target and cannot send to, a sentence each; nothing of an item that is not enabled."""
    if not item.enabled:
        return []
    found = []
    for where, target in dict.fromkeys(_named(hosts[item.name])):
        there = next((other for other in definition.items if other.name == target), None)
        if there is None:
            hint = similar(target, [other.name for other in definition.items])
            found.append(f"{where} names {target!r}, which the production does not have{hint}")
        elif not there.enabled:
            found.append(f"{where} names {target!r}, which is not enabled: what is sent to it is an error")
        elif isinstance(hosts[target], BusinessService):
            found.append(f"{where} names {target!r}, which is a service: it takes no messages")
    if not any(other.name == ALERT and other.enabled for other in definition.items):
        asked = [name for name in _ALERTS if getattr(hosts[item.name], name, 0)]
        if asked:
            found.append(f"{', '.join(asked)}: the production has no item {ALERT} to get alerts: events tell of them")
    return found


def _named(host: Any) -> Iterator[tuple[str, str]]:
    """Where a target stands, and its name."""
    for name in _SETTINGS:
        for target in _listed(str(getattr(host, name, "") or "")):
            yield f"setting {name}", target
    if isinstance(host, BusinessProcessBPL):
        for node in outline_of(type(host)).walk():
            target = node.attributes.get("target", "")
            if node.element == "call" and not node.disabled and target and not target.startswith("@"):
                yield f"call {node.name!r} (line {node.line})", target
    if isinstance(host, RoutingEngine) and host.BusinessRuleName:
        with contextlib.suppress(IscError):  # what is wrong with the rule itself is told by the router
            rule = host.BusinessRuleName
            for target in _sent(item for each in rules_of(dictionary.resolve(rule))[0].sets for item in each.items):
                yield f"rule {rule}", target


def _sent(items: Iterable[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Send):
            yield from (target for target in item.targets if target and not target.startswith("@"))
        for name in ("items", "whens"):
            yield from _sent(getattr(item, name, ()) or ())


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]

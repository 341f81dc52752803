"""`Steering`: items of a running production switched off and on, restarted, and changed with its definition.

New versions start before old ones end; when one does not start, everything stays as it was. What waits in a queue
goes to the new version in its order, what has begun ends on the version it began with.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript.names import among
from isc.py.objectscript.udl import parse_class

from .bank import Bank
from .change import Change
from .definition import Definition, Item
from .exceptions import ProductionError
from .hosts import BusinessOperation, BusinessProcess, BusinessService
from .intake import notices
from .items import Items
from .operation_runner import OperationRunner
from .production import checked_host, checked_hosts, definition_of
from .runners import Runner
from .schedule import Schedule
from .upgrade import Sources

ACTIONS = ("enable", "disable", "restart")
_COMPARED = ("class_name", "pool_size", "enabled", "settings", "schedule")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did: class files that had changed, and items by what became of them."""

    classes: tuple[str, ...]
    items: Mapping[str, str]


class Steering:
    """The items of a running production; one change at a time."""

    def __init__(
        self, items: Items, namespace: EmbeddedNamespace, definition: Definition, hosts: Mapping[str, Any]
    ) -> None:
        self.items = items
        self.definition = definition
        self._namespace = namespace
        self._hosts = dict(hosts)
        self._sources = Sources(namespace)
        self._lock = threading.Lock()

    # --- looking ---

    def shown(self) -> list[dict[str, Any]]:
        """Every item of the production: its state, what waits, its workers, its counts."""
        found = []
        for item in self.definition.items:
            runner = self.items.runners.get(item.name)
            part = runner or self.items.services.get(item.name)
            enabled = part is not None and part.is_enabled
            host = self._hosts[item.name]
            found.append(
                {
                    "name": item.name,
                    "class": item.class_name,
                    "kind": "service" if isinstance(host, BusinessService) else _kind(runner, host),
                    "enabled": enabled,
                    "state": "enabled" if enabled else _why_off(item),
                    "waiting": runner.waiting() if runner is not None else 0,
                    "workers": part.pids() if part is not None else [],
                    **self.items.observer.shown(item.name),
                }
            )
        return found

    # --- changing ---

    def act(self, name: str, action: str) -> None:
        """Enable, disable or restart an item.

        Raises:
            ProductionError: there is no such item or action, or it did not start; says why.
        """
        with self._lock:
            item = next((item for item in self.definition.items if item.name == name), None)
            if item is None:
                told = among(name, [item.name for item in self.definition.items])
                raise ProductionError(f"production {self.definition.name} has no item {name!r}{told}")
            if action not in ACTIONS:
                raise ProductionError(f"an item cannot be made to {action!r}: {', '.join(ACTIONS)}")
            if isinstance(self._hosts[name], BusinessService):
                self._act_on_service(item, action)
            else:
                self._act_on_runner(item, action)
            self._watch()
            self._told(name, f"{action}d" if action.endswith("e") else f"{action}ed")

    def _act_on_runner(self, item: Item, action: str) -> None:
        runner = self.items.runners.get(item.name)
        if action == "restart" or runner is None:
            if action == "disable":
                return
            host = checked_host(self.definition.name, item)
            change = Change(self.items)
            change.begin(item, host)
            change.join()
            change.commit()
            self._hosts[item.name] = host
        elif action == "disable":
            runner.disable()
        else:
            runner.enable()

    def _act_on_service(self, item: Item, action: str) -> None:
        runner = self.items.services.get(item.name)
        if runner is None:
            if action != "disable":
                made = self.items.service(self.definition, item)
                made.start()
                self.items.services[item.name] = made
            return
        if action in ("disable", "restart"):
            runner.disable()
        if action in ("enable", "restart"):
            runner.enable()

    # --- a changed production ---

    def reload(self) -> Reloaded:
        """Take up changed classes and a changed definition: all of it, or nothing when something does not fit.

        An item whose class, or one that its settings name, whose settings, pool or schedule changed is replaced, a new
        one starts, one that is gone ends (what waits for it stays in the bank). Other items go on undisturbed; code
        that runs in the Director sees changed classes from now on.

        Raises:
            ProductionError: the definition does not fit, or an item did not start: everything goes on as it was.
        """
        with self._lock:
            return self._reload(lambda: None)

    def apply(self, text: str) -> Reloaded:
        """Take over another definition of this production, a class with ``XData ProductionDefinition``, and reload.

        Raises:
            ProductionError: it is another production's, does not fit or did not start: namespace and items are as they
                were.
            CompileError: the text is no class.
        """
        name = parse_class(text).name
        if name != self.definition.name:
            raise ProductionError(f"{self.definition.name} runs here, not {name}")
        store = self._namespace.classes
        with self._lock:
            before = store.text("class", name)

            def put_back() -> None:
                if before is None:
                    store.remove("class", name)
                else:
                    store.put("class", name, before)

            return self._reload(put_back, lambda: store.put("class", name, text))

    def _reload(self, put_back: Callable[[], None], prepare: Callable[[], None] = lambda: None) -> Reloaded:
        classes_back, actors = self._sources.kept(), self.items.processes.actors
        change = Change(self.items)
        try:
            prepare()
            changed = self._sources.changed()
            touched = self._sources.touched(changed)
            self._sources.forget(changed)
            definition = definition_of(self.definition.name)
            hosts = checked_hosts(definition.name, definition)
            done = dict(self._differences(definition, hosts, touched))
            self.items.processes.actors = definition.actor_pool_size or 1
            self._begin(change, definition, hosts, done)
        except BaseException as error:
            put_back()
            self.items.processes.actors = actors
            troubles = change.undo(classes_back)
            told = "; ".join(["not reloaded", str(error), *troubles])
            self._told(self.definition.name, told, "error")
            if troubles:
                raise ProductionError("; ".join([str(error), *troubles])) from error
            raise
        change.commit()
        takes = {item.name for item in definition.items if item.enabled and _takes(hosts[item.name])}
        for name in [name for name in self.items.runners if name in done and name not in takes]:
            self.items.end(name)
        self.definition = definition
        self._hosts = {name: hosts[name] if name in done else self._hosts[name] for name in hosts}
        self._sources.taken()
        self._watch()
        names = ", ".join(f"{name} {what}" for name, what in done.items()) or "no item has changed"
        self._told(definition.name, f"reloaded: {names}")
        for item in definition.items:
            for text in notices(definition, hosts, item) if item.name in done else ():
                self._told(item.name, text, "warning")
        return Reloaded(tuple(changed), done)

    def _differences(
        self, definition: Definition, hosts: Mapping[str, Any], touched: set[str]
    ) -> Iterator[tuple[str, str]]:
        """The items that change, with what becomes of them; `touched` are classes that a setting may name."""
        before = {item.name: item for item in self.definition.items}
        for item in definition.items:
            old = before.pop(item.name, None)
            if old is None:
                yield item.name, "added"
            elif type(hosts[item.name]) is not type(self._hosts[item.name]) or _named(item) & touched:
                yield item.name, "reloaded"
            elif any(getattr(item, key) != getattr(old, key) for key in _COMPARED) or (
                not item.pool_size
                and isinstance(hosts[item.name], BusinessProcess)
                and (definition.actor_pool_size or 1) != self.items.processes.actors
            ):
                yield item.name, "changed"
        for name in before:
            yield name, "removed"

    def _begin(self, change: Change, definition: Definition, hosts: Mapping[str, Any], done: Mapping[str, str]) -> None:
        renewed = [item for item in definition.items if item.name in done and item.enabled]
        for item in renewed:
            if _takes(hosts[item.name]):
                change.begin(item, hosts[item.name])
        change.join()
        ended = [name for name in self.items.services if name in done]
        change.services(definition, ended, [item for item in renewed if not _takes(hosts[item.name])])

    def _watch(self) -> None:
        self.items.watch(self.definition, self._hosts)

    def _told(self, name: str, text: str, level: str = "info") -> None:
        self.items.bank.write([Bank.event(level, name, text)])


def _named(item: Item) -> set[str]:
    """What the settings of an item name, as an Initializer."""
    return {part.strip() for value in item.settings.values() for part in value.split(",")}


def _takes(host: Any) -> bool:
    """Whether a host takes messages."""
    return not isinstance(host, BusinessService)


def _why_off(item: Item) -> str:
    """The state of an item that takes nothing."""
    return "disabled" if Schedule.of(item.schedule).runs_at(datetime.now()) else "off (Schedule)"


def _kind(runner: Runner | None, host: Any) -> str:
    return "operation" if isinstance(runner, OperationRunner) or isinstance(host, BusinessOperation) else "process"

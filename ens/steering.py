"""`Steering`: items of a running production switched off and on, restarted, and reloaded with a changed class.

A new version starts before the old one ends; when it does not start, everything stays as it was. What waits in the
queue goes to the new version in its order, what has begun ends on the version it began with.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .bank import Bank
from .definition import Definition, Item
from .exceptions import ProductionError
from .hosts import BusinessService
from .intake import watches
from .messages import Envelope, Told
from .operation_runner import OperationRunner
from .production import checked_host, definition_of
from .recovery import Resuming, envelope_of
from .runners import Runner
from .services import ServiceRunner
from .upgrade import Sources

if TYPE_CHECKING:
    from .director import Director

ACTIONS = ("enable", "disable", "restart")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did: class files that had changed, and items by what became of them."""

    classes: tuple[str, ...]
    items: Mapping[str, str]


class Steering:
    """The items of a Director; one change at a time."""

    def __init__(self, director: "Director", definition: Definition, hosts: Mapping[str, Any]) -> None:
        self._director = director
        self._definition = definition
        self._hosts = dict(hosts)
        self._sources = Sources(director.namespace)
        self._lock = threading.Lock()

    # --- looking ---

    def shown(self) -> list[dict[str, Any]]:
        """Every item of the production: its state, what waits, its workers, its counts."""
        found = []
        services = self._services()
        for item in self._definition.items:
            runner = self._director._runners.get(item.name)
            part = runner or services.get(item.name)
            enabled = part is not None and part.is_enabled
            host = self._hosts[item.name]
            found.append(
                {
                    "name": item.name,
                    "class": item.class_name,
                    "kind": "service" if isinstance(host, BusinessService) else _kind(runner, host),
                    "enabled": enabled,
                    "state": "enabled" if enabled else "disabled",
                    "waiting": runner.waiting() if runner is not None else 0,
                    "workers": runner.pids() if isinstance(runner, OperationRunner) else [],
                    **self._director.observer.shown(item.name),
                }
            )
        return found

    def _services(self) -> dict[str, ServiceRunner]:
        intake = self._director._intake
        return intake.runners if intake is not None else {}

    # --- changing ---

    def act(self, name: str, action: str) -> None:
        """Enable, disable or restart an item.

        Raises:
            ProductionError: there is no such item or action, or it did not start; says why.
        """
        with self._lock:
            item = next((item for item in self._definition.items if item.name == name), None)
            if item is None:
                known = ", ".join(item.name for item in self._definition.items)
                raise ProductionError(f"production {self._definition.name} has no item {name!r}; there are {known}")
            if action not in ACTIONS:
                raise ProductionError(f"an item cannot be made to {action!r}: {', '.join(ACTIONS)}")
            if isinstance(self._hosts[name], BusinessService):
                self._act_on_service(item, action)
            else:
                self._act_on_runner(item, action)
            self._watch()
            self._told(name, f"{action}d" if action.endswith("e") else f"{action}ed")

    def _act_on_runner(self, item: Item, action: str) -> None:
        runner = self._director._runners.get(item.name)
        if action == "restart" or runner is None:
            if action == "disable":
                return
            self._replace(item, checked_host(self._definition.name, item))
        elif action == "disable":
            runner.disable()
        else:
            runner.enable()

    def _act_on_service(self, item: Item, action: str) -> None:
        runner = self._services().get(item.name)
        if runner is None:
            if action != "disable":
                self._begin_service(self._definition, item)
            return
        if action in ("disable", "restart"):
            runner.disable()
        if action in ("enable", "restart"):
            runner.enable()

    def _begin_service(self, definition: Definition, item: Item) -> None:
        intake = self._director._intake
        assert intake is not None
        intake.renew(definition, item)

    def _replace(self, item: Item, host: Any) -> None:
        """A new runner takes over from the old one, if there is one."""
        director = self._director
        old = director._runners.get(item.name)
        enabled = old is None or old.is_enabled
        new = director._runner_of(item, host)
        new.disable()
        try:
            new.start()
        except BaseException:
            new.cut()
            new.stop()
            raise
        director._runners[item.name] = new
        self._hosts[item.name] = host
        if old is not None:
            new.take_over(old.retire(new.put))
            self._let_end(old)
        else:
            new.take_over(self._left_in_bank(item.name))
        if enabled:
            new.enable()

    def _let_end(self, old: Runner) -> None:
        """The old runner ends when the last that has begun on it has ended; a stop of the production waits for it."""
        director = self._director
        director._retired.append(old)

        def end() -> None:
            old.stop()
            if old in director._retired:
                director._retired.remove(old)

        threading.Thread(target=end, name=f"{old.item.name} (old version)", daemon=True).start()

    def _left_in_bank(self, name: str) -> list[Envelope]:
        """Messages to an item that waited for it while the production did not have it enabled."""
        director = self._director
        tellers: dict[int, Told] = {}
        for kept in director.bank.running():
            sender = director._runners.get(kept.host)
            if isinstance(sender, Resuming):
                tellers |= {header: sender.teller(kept.id, number) for number, header in kept.waits.calls.items()}
        found = []
        for row in director.bank.unfinished():
            if row.target == name and row.status == "Queued":
                known = director._told if row.id in director._waiting else director._expected(row.id)
                found.append(director.observer.watched(envelope_of(row, tellers.get(row.id, known))))
        return found

    # --- a changed production ---

    def reload(self) -> Reloaded:
        """Take up changed classes and a changed definition.

        An item whose class, settings, pool or queue changed is replaced, a new one starts, one that is gone ends (what
        waits for it stays in the bank). Other items go on undisturbed; code that runs in the Director sees changed
        classes from now on.

        Raises:
            ProductionError: the new definition does not fit; nothing has changed. Or an item did not start: those
                before it are replaced.
        """
        with self._lock:
            changed = self._sources.changed()
            self._sources.forget(changed)
            definition = definition_of(self._director.production)
            hosts = {item.name: checked_host(definition.name, item) for item in definition.items}
            before = {item.name: item for item in self._definition.items}
            done: dict[str, str] = {}
            for item in definition.items:
                what = self._what(item, before.get(item.name), hosts[item.name])
                if what:
                    self._renew(definition, item, hosts[item.name])
                    done[item.name] = what
            for name in [name for name in before if name not in hosts]:
                self._end(name)
                done[name] = "removed"
            self._definition = definition
            self._hosts = {name: self._hosts.get(name, hosts[name]) for name in hosts}
            self._sources.taken()
            self._watch()
            names = ", ".join(f"{name} {what}" for name, what in done.items()) or "no item has changed"
            self._told(definition.name, f"reloaded: {names}")
            return Reloaded(tuple(changed), done)

    def _what(self, item: Item, before: Item | None, host: Any) -> str:
        if before is None:
            return "added"
        if type(host) is not type(self._hosts[item.name]):
            return "reloaded"
        plain = ("class_name", "pool_size", "enabled", "settings")
        return "changed" if any(getattr(item, key) != getattr(before, key) for key in plain) else ""

    def _renew(self, definition: Definition, item: Item, host: Any) -> None:
        if isinstance(host, BusinessService):
            running = self._services().pop(item.name, None)
            ran = running is None or running.is_enabled
            if running is not None:
                running.stop()
            self._hosts[item.name] = host
            if item.enabled and ran:
                self._begin_service(definition, item)
        elif item.enabled:
            self._replace(item, host)
        else:
            self._hosts[item.name] = host
            self._end(item.name)

    def _end(self, name: str) -> None:
        service = self._services().pop(name, None)
        if service is not None:
            service.stop()
        old = self._director._runners.pop(name, None)
        if old is not None:
            old.retire(lambda _: None)
            self._let_end(old)

    def _watch(self) -> None:
        director = self._director
        if director._monitor is not None:
            director._monitor.watch(watches(self._definition, self._hosts, director._runners, self._services()))

    def _told(self, name: str, text: str) -> None:
        self._director.bank.write([Bank.event("info", name, text)])


def _kind(runner: Runner | None, host: Any) -> str:
    from .hosts import BusinessOperation

    return "operation" if isinstance(runner, OperationRunner) or isinstance(host, BusinessOperation) else "process"

"""`Intake`: the services of a running production, and what they and workers need to send."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from isc.py.msg import Message
from isc.py.objectscript.names import among

from .bank import Bank
from .definition import Definition, Item
from .destinations import missing
from .engines import runs_in_worker
from .exceptions import TargetNotFoundError
from .hosts import BusinessOperation, BusinessProcess, BusinessService
from .messages import Envelope
from .monitor import Watch
from .observing import Observer
from .operation_runner import OperationRunner
from .policy import reply_code_actions
from .production import checked_host
from .relay import Relay
from .runners import Runner
from .schedule import Schedule
from .services import InputsOf, ServiceRunner

_log = logging.getLogger("isc.py.ens")


class Ways:
    """What a `Relay` needs to know of the items that take messages."""

    def __init__(self, production: str, runners: Mapping[str, Runner], put: Callable[[Envelope], None]) -> None:
        self.production = production
        self.services: Mapping[str, object] = {}
        self.put = put
        self._runners = runners

    def check(self, target: str) -> None:
        """Raise when nobody takes messages under that name.

        Raises:
            TargetNotFoundError: the production has no such item, it is a service, or it is disabled.
        """
        if target in self._runners:
            return
        if target in self.services:
            raise TargetNotFoundError(f"item {target!r} is a service: it takes no messages, it sends them")
        told = among(target, list(self._runners))
        raise TargetNotFoundError(f"production {self.production} has no enabled item {target!r}{told}")

    def places(self, target: str) -> int:
        """The workers of an operation; 0 for a process, whose instances wait without holding one."""
        runner = self._runners.get(target)
        return max(runner.item.pool_size, 1) if isinstance(runner, OperationRunner) else 0

    def wait_for_room(self, target: str) -> None:
        """Wait until the queue of the item is below its limit."""
        wait = getattr(self._runners[target], "wait_for_room", None)
        if wait is not None:
            wait()

    def has_room(self, target: str) -> bool:
        """Whether the queue of the item is below its limit; True for an item that is not there."""
        ask = getattr(self._runners.get(target), "has_room", None)
        return ask is None or bool(ask())


class Intake:
    """The services of a production."""

    def __init__(
        self,
        bank: Bank,
        relay: Relay,
        definition: Definition,
        hosts: Mapping[str, Any],
        respond: Callable[[str, Message], None],
        observer: Observer,
        inputs: InputsOf,
    ) -> None:
        self._bank, self._relay, self._respond, self._observer = bank, relay, respond, observer
        self._inputs = inputs
        self.runners: dict[str, ServiceRunner] = {}
        for item in definition.items:
            if item.enabled and isinstance(hosts[item.name], BusinessService):
                self.runners[item.name] = self.made(definition, item)

    def start(self) -> None:
        """Start them; those whose schedule says so.

        Raises:
            ProductionError: one did not start; says why.
        """
        for runner in self.runners.values():
            if Schedule.of(runner.item.schedule).runs_at(datetime.now()):
                runner.start()

    def made(self, definition: Definition, item: Item) -> ServiceRunner:
        """What runs a service; not started, and not among the services yet."""
        make = _maker(definition.name, item)
        return ServiceRunner(self._bank, item, self._relay, make, self._respond, self._observer, self._inputs)

    def stop(self) -> None:
        """Stop them, all at the same time as far as they let."""
        for runner in self.runners.values():
            runner.stop()


def watches(
    definition: Definition, hosts: Mapping[str, Any], runners: Mapping[str, Any], services: Mapping[str, ServiceRunner]
) -> dict[str, Watch]:
    """What a monitor looks at."""
    found = {}
    for item in definition.items:
        runner, service = runners.get(item.name), services.get(item.name)
        if runner is not None:
            waited = getattr(runner, "waited", _never)
            last = partial(getattr, runner, "last_message", time.monotonic())
            switch = runner if isinstance(runner, OperationRunner) else None
            queued = getattr(runner, "queued", runner.waiting)
            found[item.name] = Watch(item, hosts[item.name], queued, waited, last, switch)
        elif service is not None:
            last = partial(getattr, service, "last_input")
            found[item.name] = Watch(item, hosts[item.name], _none, _never, last, service)
    return found


def _none() -> int:
    return 0


def _never() -> float:
    return 0.0


def _maker(production: str, item: Item) -> Callable[[], Any]:
    return lambda: checked_host(production, item)


def _is_pinned(host: Any) -> bool:
    return getattr(host, "ContextScope", "") == "session"


def notices(definition: Definition, hosts: Mapping[str, Any], item: Item) -> list[str]:
    """What whoever starts the production should know of an item: settings without effect, targets that are not there,
    variables not shared."""
    host = hosts[item.name]
    found = [str(unknown) for unknown in vars(host).get("_unknown", ())] + missing(definition, hosts, item)
    if isinstance(host, BusinessOperation) and item.pool_size > 1 and host.keeps_context and not _is_pinned(host):
        found.append(
            f"PoolSize {item.pool_size}: each worker has a context of its own, variables are not shared between them"
        )
    if isinstance(host, BusinessProcess):
        found += [
            f"ReplyCodeActions: a process judges the errors of its steps: {code} never matches"
            for code, _ in reply_code_actions(host.ReplyCodeActions)
            if not code.startswith("E")
        ]
        if host.MemoryLimit and not runs_in_worker(host):
            found.append("MemoryLimit: its steps run in the Director, which has no limit: set Isolation to worker")
    if isinstance(host, BusinessService) and host.MemoryLimit and host.Isolation != "worker":
        found.append("MemoryLimit: its code runs in the Director, which has no limit: set Isolation to worker")
    if isinstance(host, BusinessProcess) and Schedule.of(item.schedule).moments:
        found.append("Schedule: processes are not stopped and started; schedule what sends to them")
    if item.schedule.startswith("@"):
        found.append(f"Schedule {item.schedule} names a list that is not here: the item always runs")
    return found

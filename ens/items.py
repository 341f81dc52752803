"""`Items`: what runs the items of a production, and how a new version of one takes over from the old one.

`Steering` decides what becomes of them; the Director sends to them and stops them.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .bank import Bank, ProcessRow
from .definition import Definition, Item
from .intake import Intake, watches
from .messages import Envelope, Told
from .monitor import Monitor
from .observing import Observer
from .operation_runner import OperationRunner
from .processes import Processes
from .recovery import Resuming, envelope_of
from .runners import Runner
from .schedule import Schedule
from .services import ServiceRunner


class Items:
    """The items that run, by name; `retired` are old versions that end what they have begun.

    Args:
        bank: the bank of the production.
        runners: those that take messages; changed in place.
        intake: the services.
        observer: sees each message that is queued.
        processes: makes those of processes, with the ActorPoolSize of the production.
        make: what runs an operation or a process, not started.
        told_of: whom the end of a message is told that waits in the bank, by the id of its header.
    """

    def __init__(
        self,
        bank: Bank,
        runners: dict[str, Runner],
        intake: Intake,
        observer: Observer,
        processes: Processes,
        make: Callable[[Item, Any], Runner],
        told_of: Callable[[int], Told],
    ) -> None:
        self.bank = bank
        self.runners = runners
        self.observer = observer
        self.retired: list[Runner] = []
        self.monitor: Monitor | None = None
        self._intake = intake
        self._make = make
        self._told_of = told_of
        self.processes = processes

    def start(self) -> None:
        """Start those that take messages; one whose schedule says so takes none yet: what waits for it goes on waiting.

        Raises:
            ProductionError: one did not start; says why.
        """
        for runner in self.runners.values():
            if isinstance(runner, OperationRunner) and not Schedule.of(runner.item.schedule).runs_at(datetime.now()):
                runner.disable()
            runner.start()

    @property
    def services(self) -> dict[str, ServiceRunner]:
        """The services, those that are switched off by a schedule or by hand, too."""
        return self._intake.runners

    def service(self, definition: Definition, item: Item) -> ServiceRunner:
        """What runs a service; not started."""
        return self._intake.made(definition, item)

    def begun(self, item: Item, host: Any) -> Runner:
        """A runner that is started and takes nothing from its queue yet.

        Raises:
            ProductionError: it did not start; nothing of it is left.
        """
        made = self._make(item, host)
        made.disable()
        try:
            made.start()
        except BaseException:
            discard(made)
            raise
        return made

    def join(self, new: Runner) -> None:
        """A runner that has begun takes what waits in the bank for its item, which nobody runs yet; not enabled."""
        new.take_over(self._left_in_bank(new.item.name))
        self.runners[new.item.name] = new

    def switch(self, new: Runner) -> None:
        """A runner that has begun takes over what waits for its item, in its order; the old one ends."""
        old = self.runners[new.item.name]
        enabled = old.is_enabled
        self.runners[new.item.name] = new
        new.take_over(old.retire(new.put))
        self.let_end(old)
        if enabled:
            new.enable()

    def end(self, name: str) -> None:
        """The item takes no more messages; what waits for it stays in the bank."""
        old = self.runners.pop(name)
        old.retire(lambda _: None)
        self.let_end(old)

    def watch(self, definition: Definition, hosts: Mapping[str, Any]) -> None:
        """Let the monitor look at these."""
        if self.monitor is not None:
            self.monitor.watch(watches(definition, hosts, self.runners, self.services))

    def let_end(self, old: Runner) -> None:
        """The old runner ends when the last that has begun on it has ended; a stop of the production waits for it."""
        self.retired.append(old)

        def end() -> None:
            old.stop()
            if old in self.retired:
                self.retired.remove(old)

        threading.Thread(target=end, name=f"{old.item.name} (old version)", daemon=True).start()

    def _runner_of(self, kept: ProcessRow) -> Resuming | None:
        """What runs an instance: it may be of an old version."""
        for runner in [*self.retired, self.runners.get(kept.host)]:
            if isinstance(runner, Resuming) and runner.item.name == kept.host and runner.has(kept.id):
                return runner
        return None

    def _left_in_bank(self, name: str) -> list[Envelope]:
        """Messages to an item that waited for it while the production did not have it enabled."""
        tellers: dict[int, Told] = {}
        for kept in self.bank.running():
            sender = self._runner_of(kept)
            if sender is not None:
                tellers |= {header: sender.teller(kept.id, number) for number, header in kept.waits.calls.items()}
        return [
            self.observer.watched(envelope_of(row, tellers.get(row.id) or self._told_of(row.id)))
            for row in self.bank.unfinished()
            if row.target == name and row.status == "Queued"
        ]


def discard(runner: Runner) -> None:
    """End a runner that has taken nothing."""
    runner.cut()
    runner.stop()

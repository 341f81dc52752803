"""`Processes`: makes what runs a process, of its class as it is now and of a version that instances began with.

An instance whose class has changed since it began, and whose Director has ended meanwhile, goes on in workers that run
the texts that the bank kept of it; they end with the last of these instances. Its item's settings, but for secrets, are
those that this version ran with; failure policy and PoolSize are those of now.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from isc.py.objectscript.platform import Platform

from .bank import Bank, ProcessRow
from .bank.programs import kept_program
from .begun import BegunPage
from .definition import Item
from .engines import runs_in_worker
from .messages import Envelope
from .process_runner import ProcessRunner
from .program_text import ProgramText, is_hidden, program_text
from .relay import Origin
from .runners import HasTarget, Runner
from .step_limit import StepLimit
from .step_marks import StepMarks
from .steps import DirectorSteps, Steps, process_of
from .worker_steps import WorkerSteps
from .workers import Answer, Zygote


@dataclass(frozen=True, slots=True)
class ProcessWays:
    """What a runner of a process needs of the production; see `ProcessRunner`."""

    route: Callable[[Envelope], None]
    has_target: HasTarget
    later: Callable[[float, Callable[[], None]], None]
    alert: Callable[[Origin, str], None]


@dataclass(slots=True)
class Processes:
    """Makes runners; none is started.

    `page` gives a worker what it shares with the Director, `told` what a worker of an item is told when it starts.
    `actors` is the PoolSize of an item that says nothing; it changes with the production's ActorPoolSize.
    """

    bank: Bank
    zygote: Zygote
    page: Callable[[], BegunPage]
    marks: StepMarks
    platform: Platform
    told: Callable[[Item], dict[str, Any]]
    actors: int
    ways: ProcessWays

    def runner(self, item: Item, host: Any) -> ProcessRunner:
        """Runs instances of an item's class as it is now, one lane for each that is worked on at a time."""
        program, count = program_text(host, item), item.pool_size or self.actors
        if runs_in_worker(host):
            return self._runner(item, host, self._workers(item, host, program, count), program)
        make = partial(process_of, type(host), item.name, item.settings)
        steps = [
            DirectorSteps(host, self.platform, StepLimit(host.Timeout), make, self.marks.mark()) for _ in range(count)
        ]
        return self._runner(item, host, steps, program)

    def _steps(self, host: Any, make: Callable[[Envelope], Any]) -> DirectorSteps:
        return DirectorSteps(host, self.platform, StepLimit(host.Timeout), make, self.marks.mark())

    def of_version(self, item: Item, host: Any, program: ProgramText, instances: int) -> ProcessRunner:
        """Runs so many instances that began with another version of the item, or with another class."""
        secrets = {name: value for name, value in item.settings.items() if is_hidden(host, name, value)}
        old = replace(item, class_name=program.class_name, settings={**program.settings, **secrets})
        count = min(item.pool_size or self.actors, instances)
        return self._runner(old, host, self._workers(old, host, program, count, is_late=True), program, is_kept=True)

    def _workers(
        self, item: Item, host: Any, program: ProgramText, count: int, *, is_late: bool = False
    ) -> Sequence[Steps]:
        output, told = partial(_written, self.bank, item.name), self.told(item)
        return [
            WorkerSteps(self.zygote, told, self.page(), host.Timeout, output, program, is_late=is_late)
            for _ in range(count)
        ]

    def _runner(
        self, item: Item, host: Any, steps: Sequence[Steps], program: ProgramText, *, is_kept: bool = False
    ) -> ProcessRunner:
        ways = self.ways.route, self.ways.has_target, self.ways.later, self.ways.alert
        return ProcessRunner(self.bank, item, host, steps, program, *ways, is_kept=is_kept)


class Versions:
    """Which runner an instance of the bank goes on with: its item's, or one of the version that it began with."""

    def __init__(
        self,
        processes: Processes,
        runners: Mapping[str, Runner],
        hosts: Mapping[str, Any],
        instances: Sequence[ProcessRow],
    ) -> None:
        self._processes = processes
        self._runners = runners
        self._hosts = hosts
        self._counts = Counter((kept.host, kept.program) for kept in instances)
        self._made: dict[tuple[str, str], ProcessRunner] = {}

    @property
    def old(self) -> list[ProcessRunner]:
        """The runners of other versions; not started."""
        return [runner for runner in self._made.values() if runner is not self._runners[runner.item.name]]

    def of(self, kept: ProcessRow) -> ProcessRunner:
        """The runner of an instance whose item has one."""
        key = kept.host, kept.program
        if key not in self._made:
            self._made[key] = self._found(*key)
        return self._made[key]

    def _found(self, host: str, digest: str) -> ProcessRunner:
        present = self._runners[host]
        assert isinstance(present, ProcessRunner)
        bank = self._processes.bank
        text = kept_program(bank, host, digest) if digest not in ("", present.program.digest) else None
        if text is None:
            return present  # which says so when it is another version
        program, count = ProgramText.of(text), self._counts[host, digest]
        told = f"class {program.class_name} has changed: {count} process instances end on the version they began with"
        bank.write([Bank.event("info", host, told)])
        return self._processes.of_version(present.item, self._hosts[host], program, count)


def _written(bank: Bank, item: str, answer: Answer, envelope: Envelope | None) -> None:
    """What user code printed, as events."""
    of = (envelope.session, envelope.header_id) if envelope is not None else (None, None)
    streams = (*answer.log, ("stdout", answer.stdout), ("stderr", answer.stderr))
    events = [Bank.event(name, item, text, *of) for name, text in streams if text]
    if events:
        bank.write(events, patient=True)

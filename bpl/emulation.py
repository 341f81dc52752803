"""One emulated run of a process: the engine of production with a virtual clock and targets that answer at once.

It can be run to its end, or until an activity, looked at, changed, and run on.
"""

import heapq
import itertools
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from isc.py.data.namespace import current
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import Message
from isc.py.objectscript import Frame, dictionary
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.library.confinement import confine

from .clock import VirtualClock
from .coverage import Coverage, collecting
from .engine import Effect, Engine, Reply, Send, Timer, Traced
from .exceptions import EmulatorError
from .model import Head
from .outline import outline_of
from .program import program_of
from .run import Exchange, Failure, ProcessRun, Visit
from .state import ContextObject, Instance
from .targets import NEVER, Given, Target, Targets
from .time_limit import TimeIsUp, time_limit

STEP_LIMIT = 100_000
_DEPTH_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Options:
    """What runs have in common. A run ends after `step_limit` activities, so that endless loops end, too.

    `timeout` are real seconds, None for no end; file functions reach what is below the folder `confine`, when given.
    """

    targets: Mapping[str, Target]
    clock: VirtualClock
    step_limit: int = STEP_LIMIT
    coverage: Coverage | None = None
    depth: int = 0
    timeout: float | None = None
    confine: Path | None = None


class Emulation:
    """A run of `process`; `until` and `finish` move it on."""

    def __init__(self, process: Any, class_name: str, request: Message, options: Options) -> None:
        program = program_of(type(process))
        self.clock = options.clock
        self.result = ProcessRun(class_name)
        self._options = options
        self._began = options.clock.elapsed
        self._coverage = options.coverage or collecting()
        self._watcher = self._coverage.watcher(type(process)) if self._coverage is not None else None
        self._engine = Engine(program, current(), self._visited, self._branched, self._pause, lambda: options.clock.now)
        self._instance = self._engine.begin(process, request)
        self._targets = Targets(options.targets, self._run_process)
        self._due: list[tuple[float, int, Callable[[], list[Effect]]]] = []
        self._order = itertools.count()
        self._stop_at = ""
        self._passing = False
        self._at: Head | None = None
        self._paused: Head | None = None

    # --- looking ---

    @property
    def context(self) -> ContextObject:
        """The live context: reading and changing its properties is what the process sees."""
        return self._instance.context

    @property
    def request(self) -> Message:
        """The request that the process got."""
        return self._instance.request

    @property
    def process(self) -> Any:
        """The process object."""
        return self._instance.process

    @property
    def paused_at(self) -> str:
        """The activity in front of which the run stands, "" when it has ended."""
        return self._paused.name if self._paused is not None else ""

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self._instance.done or bool(self.result.error)

    # --- moving ---

    def until(self, activity: str) -> bool:
        """Run until in front of an activity; whether it got there before the process ended.

        Raises:
            EmulatorError: the process has no activity of that name.
        """
        names = {node.name for node in outline_of(type(self._instance.process)).walk()}
        if activity not in names:
            raise EmulatorError(
                f"{self.result.class_name} has no activity {activity!r}; it has {', '.join(map(repr, sorted(names)))}"
            )
        self._go(activity)
        return self._paused is not None

    def step(self) -> bool:
        """Run one activity; whether there is another one."""
        self._go("*")
        return self._paused is not None

    def finish(self) -> ProcessRun:
        """Run to the end."""
        self._go("")
        return self.result

    def close(self) -> ProcessRun:
        """Run to the end and let go of everything but the result: what refers to itself is not left to be collected."""
        self._go("")
        self._engine.on_activity = self._engine.on_branch = self._engine.pause = None
        self._instance.scope = None
        vars(self._instance.process).clear()
        del self._targets, self._watcher
        return self.result

    def _go(self, stop_at: str) -> None:
        self._stop_at = stop_at
        self._passing = self._paused is not None
        self._paused = None
        folder, seconds = self._options.confine, self._options.timeout
        self._engine.deadline = time.monotonic() + seconds if seconds else None
        try:
            with time_limit(self._options.timeout), confine(folder) if folder is not None else nullcontext():
                while not self.done:
                    self._carry(self._engine.advance(self._instance))
                    if self._paused is not None or self._instance.done:
                        break
                    self._next_event()
        except TimeIsUp:
            told = f"the run took longer than {self._options.timeout:g} s"
            self._failed(EmulatorError(f"{told}: is there an endless loop? Give it more time if not"))
        except IscError as error:
            self._failed(error)
        self.result.context = dict(self._instance.context.items())
        self.result.elapsed = self.clock.elapsed - self._began

    def _next_event(self) -> None:
        if not self._due:
            names = [call.name for call in self._instance.calls.values() if call.number in self._instance.waiting]
            raise EmulatorError(f"the process waits for {names or 'nothing'}, which never answers, and has no timeout")
        at, _, call = heapq.heappop(self._due)
        self.clock.forward(at)
        self._carry(call())

    def _push(self, after: float, call: Callable[[], list[Effect]]) -> None:
        heapq.heappush(self._due, (self.clock.elapsed + after, next(self._order), call))

    def _carry(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect)
            elif isinstance(effect, Traced) and effect.kind == "stdout":
                sys.stdout.write(effect.text)
            elif isinstance(effect, Traced):
                self.result.trace.append(effect.text)
            elif isinstance(effect, Timer):
                self._push(effect.seconds, partial(self._elapsed, effect.number))
            elif isinstance(effect, Reply):
                self.result.response = effect.response

    def _elapsed(self, number: int) -> list[Effect]:
        self._engine.elapsed(self._instance, number)
        return []

    def _send(self, send: Send) -> None:
        given = self._targets.answer(send.target, send.request, send.name)
        now = self.clock.elapsed - self._began
        self.result.exchanges.append(
            Exchange(send.name, send.target, send.request, given.response, given.error, now, given.after)
        )
        if given.after != NEVER:
            self._push(given.after, partial(self._answered, send, given))

    def _answered(self, send: Send, given: Given) -> list[Effect]:
        self._at = send.head
        if given.response is None:
            self._engine.fail(self._instance, send.number, given.error)
            return []
        return self._engine.deliver(self._instance, send.number, given.response)

    def _run_process(self, class_name: str, request: Message) -> Message:
        depth = self._options.depth + 1
        if depth > _DEPTH_LIMIT:
            raise EmulatorError(f"processes call each other {depth} deep; the last is {class_name}")
        options = Options(self._options.targets, self.clock, self._options.step_limit, self._coverage, depth)
        run = begin(class_name, request, {}, options).close()
        if run.response is None:
            raise EmulatorError(run.error)
        return run.response

    # --- what the engine tells ---

    def _visited(self, instance: Instance, head: Head) -> None:
        self._at = head
        self._passing = False
        visits = self.result.visits
        visits.append(Visit(head.name, head.element, head.line, self.clock.elapsed - self._began))
        if self._watcher is not None:
            self._watcher.activity(instance, head)
        if len(visits) > self._options.step_limit:
            raise EmulatorError(
                f"{self._options.step_limit} activities have run, the last is {self._engine.program.place(head)}: "
                "is there an endless loop? Give a higher step limit if not"
            )

    def _branched(self, instance: Instance, head: Head, taken: bool) -> None:
        if self._watcher is not None:
            self._watcher.branch(instance, head, taken)

    def _pause(self, _: Instance, head: Head) -> bool:
        if not self._stop_at or self._passing or self._stop_at not in ("*", head.name):
            return False
        self._paused = head
        return True

    def _failed(self, error: IscError) -> None:
        self.result.error = str(error)
        head = self._at or Head("", "process", 0)
        found = find_xdata(type(self._instance.process), "BPL")
        definition = getattr(found[0], "_definition", None) if found is not None else None
        source = definition.source if definition is not None and definition.source else self.result.class_name
        file = source if source.endswith((".cls", ".xml", ".bpl")) else f"{source}.cls"
        reason = str(error).removeprefix(f"{self._engine.program.place(head)}: ")
        self.result.failure = Failure(head.name, head.element, file, head.line, reason)


def begin(class_name: str, request: Message, settings: Mapping[str, object], options: Options) -> Emulation:
    """A run that has not moved yet. Raises like `process_of`."""
    return Emulation(process_of(class_name, settings), class_name, request, options)


def process_of(class_name: str, settings: Mapping[str, object]) -> Any:
    """A process object with its settings.

    Raises:
        EmulatorError: the class has no such setting.
        ClassNotFoundError: there is no such class.
    """
    made: Any = dictionary.resolve(class_name)
    process = made._New()
    for name, value in settings.items():
        if name not in process._property_names():
            raise EmulatorError(f"{class_name} has no setting {name!r}; it has {', '.join(process._property_names())}")
        process._set_property(name, value)
    process.__dict__["_scope"] = Frame({"process": process}, process, current())
    return process

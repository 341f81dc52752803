"""The steps of process instances: an event comes in, effects and a new state come out.

`Steps` is what a `ProcessRunner` needs of whoever runs them; `DirectorSteps` runs them in the Director itself,
`worker_steps.WorkerSteps` in a worker process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from isc.py.bpl.engine import Effect, Engine, Send, Traced
from isc.py.bpl.state import Instance
from isc.py.msg import Message, wire
from isc.py.objectscript.platform import Platform

from .engines import engine_of
from .messages import Envelope
from .plain import PlainEngine
from .step_limit import StepLimit
from .step_marks import StepMark


@dataclass(slots=True)
class Event:
    """What makes an instance go on.

    `kind` is begin, resume, response, error or timer; `number` the call's or the timer's; `status` and `header` say how
    the message of a call ended that failed, and which one it is. `attempts`, `crashes` and `first` (a monotonic time)
    are counted when the step fails.
    """

    kind: str
    number: int = 0
    response: Message | None = None
    text: str = ""
    status: str = ""
    header: int = 0
    attempts: int = 0
    crashes: int = 0
    first: float = 0.0


class Posted(NamedTuple):
    """A request that a worker's step sends, as it goes into the bank; see `Send`."""

    number: int
    name: str
    target: str
    class_name: str
    body: str
    is_async: bool


class Refused(NamedTuple):
    """A request that could not be sent, and why."""

    send: Send | Posted
    error: Exception


class Kept(NamedTuple):
    """An instance after a step: its state, whether it has ended."""

    state: str
    done: bool


class Steps(Protocol):
    """Runs the steps of instances, one at a time; `process_id` is that of the request that began one."""

    def start(self) -> None:
        """Get ready. Raises `ProductionError` when that fails."""

    def step(self, envelope: Envelope, event: Event, state: str) -> Sequence[Effect | Posted]:
        """Bring an event; `state` is the instance's when it is not in memory, "" for one that begins.

        Raises:
            StepCrashedError: the worker died of it.
            Exception: what the code of the process raised; the instance is over.
        """

    def refuse(self, envelope: Envelope, refused: Sequence[Refused]) -> Sequence[Effect | Posted]:
        """These could not be sent: the instance goes on with that. Raises like `step`."""

    def kept(self, process_id: int) -> Kept:
        """An instance as it is now.

        Raises:
            StateError: a value of it cannot be kept; names it.
        """

    def said(self, process_id: int) -> Sequence[Traced]:
        """What the step of an instance that failed had told those who watch."""

    def forget(self, process_id: int) -> None:
        """Drop an instance."""

    def look(self) -> None:
        """Called every now and then."""

    def cut(self) -> None:
        """End the step that runs now, from another thread."""

    def stop(self) -> None:
        """End; called when nothing runs any more."""

    def pids(self) -> list[int]:
        """The worker process, if there is one."""


def process_of(host_class: Any, item: str, settings: Any, envelope: Envelope) -> Any:
    """An object of a process class for one instance."""
    process = host_class._New()
    process.configure(item, settings)
    vars(process).update(_source=envelope.source, _header_id=envelope.header_id, _SessionId=envelope.session)
    return process


def bring(engine: Any, instance: Instance, event: Event) -> list[Effect]:
    """Give an event to an instance that has begun, and let it run on."""
    effects: list[Effect] = []
    if event.kind == "timer":
        if not engine.elapsed(instance, event.number):
            return effects
    elif event.kind == "error":
        if isinstance(engine, PlainEngine):
            engine.fail(instance, event.number, event.text, event.status, event.header)
        else:
            engine.fail(instance, event.number, event.text)
    elif event.kind == "response":
        assert event.response is not None
        effects = engine.deliver(instance, event.number, event.response)
    else:
        return effects  # it was restored: what it waits for comes of itself
    return [*effects, *engine.advance(instance)]


def _unended(work: Callable[[], list[Effect]]) -> list[Effect]:
    """What user code raises to end its program is an error of its message: the thread must go on."""
    try:
        return work()
    except (SystemExit, GeneratorExit) as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error


class DirectorSteps:
    """Steps that run in the Director."""

    def __init__(
        self, host: Any, platform: Platform, limit: StepLimit, make: Callable[[Envelope], Any], mark: StepMark
    ) -> None:
        self._engine = engine_of(host, platform)
        self._limit = limit
        self._make = make
        self._mark = mark
        self._instances: dict[int, Instance] = {}

    def start(self) -> None:
        """It is ready."""

    def step(self, envelope: Envelope, event: Event, state: str) -> Sequence[Effect | Posted]:
        """Run a step."""
        return self._run(envelope, lambda: self._step(envelope, event, state))

    def _run(self, envelope: Envelope, work: Callable[[], list[Effect]]) -> list[Effect]:
        self._mark.begin(envelope.header_id)
        try:
            return self._limit.run(lambda: _unended(work))
        finally:
            self._mark.end()

    def _step(self, envelope: Envelope, event: Event, state: str) -> list[Effect]:
        if isinstance(self._engine, Engine):
            self._engine.deadline = self._limit.deadline
        instance = self._instances.get(envelope.header_id)
        if instance is None:
            process = self._make(envelope)
            if not state:
                request = wire.message_of(envelope.class_name, envelope.body)
                instance = self._instances[envelope.header_id] = self._engine.begin(process, request)
                return self._engine.advance(instance)
            instance = self._instances[envelope.header_id] = self._engine.restore(process, state)
        return bring(self._engine, instance, event)

    def refuse(self, envelope: Envelope, refused: Sequence[Refused]) -> Sequence[Effect | Posted]:
        """Let it go on."""
        return self._run(envelope, lambda: self._refuse(self._instances[envelope.header_id], refused))

    def _refuse(self, instance: Instance, refused: Sequence[Refused]) -> list[Effect]:
        for send, error in refused:
            assert isinstance(send, Send)
            self._engine.refuse(instance, send, error)
        return self._engine.advance(instance) if instance.is_ready else []

    def kept(self, process_id: int) -> Kept:
        """An instance as it is now."""
        instance = self._instances[process_id]
        return Kept(instance.to_json(), instance.done)

    def said(self, process_id: int) -> Sequence[Traced]:
        """What a step told before it failed."""
        instance = self._instances.get(process_id)
        return [effect for effect in instance.said if isinstance(effect, Traced)] if instance is not None else []

    def forget(self, process_id: int) -> None:
        """Drop an instance."""
        self._instances.pop(process_id, None)

    def look(self) -> None:
        """End a step that takes too long."""
        self._limit.look()

    def cut(self) -> None:
        """End the step that runs now."""
        self._limit.cut()

    def stop(self) -> None:
        """Nothing runs any more."""
        self._mark.close()

    def pids(self) -> list[int]:
        """There is no worker."""
        return []

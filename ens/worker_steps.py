"""`WorkerSteps`: the Director's end of the steps that run in a worker process.

A worker that dies takes no instance with it: the Director has the state of each, and gives it to the next worker with
the event that comes next.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from isc.py.bpl.engine import Effect, Reply, Timer, Traced
from isc.py.msg import wire

from .begun import BegunPage
from .code_worker import CodeWorker
from .exceptions import CycleError, ProductionError, StepCrashedError, StepFailedError, TargetNotFoundError
from .messages import Envelope
from .program_text import ProgramText
from .steps import Event, Kept, Posted, Refused
from .telemetry import tracing
from .workers import Answer, Zygote


class WorkerSteps:
    """Steps in a worker of its own.

    Args:
        zygote: forks it.
        settings: what the worker is told when it starts.
        page: what it shares with the Director.
        timeout: seconds a step may run before it is interrupted, then killed; 0 for any time.
        output: takes what user code wrote, stdout and stderr, with the message it belongs to.
        program: what the worker runs, and each that replaces it, whatever has changed meanwhile.
        is_late: start it for the first step only, which fails when the class does not load.
    """

    def __init__(
        self,
        zygote: Zygote,
        settings: Mapping[str, Any],
        page: BegunPage,
        timeout: float,
        output: Callable[[Answer, Envelope | None], None],
        program: ProgramText,
        *,
        is_late: bool = False,
    ) -> None:
        self._item = str(settings["item"])
        self._class = str(settings["class"])
        self._worker = CodeWorker(zygote, settings, page, timeout, asdict(program) if program.digest else None)
        self._is_late = is_late
        self._timeout = timeout
        self._tracing = tracing()
        self._output = output
        self._live: set[int] = set()  # what the worker has in memory
        self._forgotten: list[int] = []
        self._kept: dict[int, Kept] = {}
        self._said: dict[int, list[Traced]] = {}

    def start(self) -> None:
        """Start the worker.

        Raises:
            ProductionError: the class does not load there; says why.
        """
        if self._is_late:
            return
        answer = self._worker.start()
        if not answer.ok:
            raise ProductionError(f"item {self._item!r} did not start: {answer.error}\n{answer.traceback}".strip())
        self._output(answer, None)

    def step(self, envelope: Envelope, event: Event, state: str) -> Sequence[Effect | Posted]:
        """Run a step in the worker; one that died is started again, after a pause that grows."""
        told: dict[str, object] = {"step": event.kind, "number": event.number, "text": event.text}
        told |= {"status": event.status, "failed": event.header}
        held = envelope.header_id in self._live
        begins = not held and not state
        body = (envelope.class_name, envelope.body) if begins else ("", "")
        if event.response is not None:
            body = wire.body(event.response)
        return self._asked(envelope, told | {"begins": begins, "state": "" if held else state}, body)

    def refuse(self, envelope: Envelope, refused: Sequence[Refused]) -> Sequence[Effect | Posted]:
        """Tell the instance what could not be sent."""
        told = [[send.number, send.name, send.is_async, *_kind(error)] for send, error in refused]
        return self._asked(envelope, {"refused": told}, ("", ""))

    def _asked(
        self, envelope: Envelope, told: Mapping[str, object], body: tuple[str, str]
    ) -> Sequence[Effect | Posted]:
        process_id = envelope.header_id
        forgotten, self._forgotten = self._forgotten, []
        class_name, text = body
        asked = {"source": envelope.source, "forget": forgotten, **told, "class": class_name, "body": text}
        answer = self._worker.ask(process_id, lambda: envelope.for_worker() | asked, _refused)
        self._output(answer, envelope)
        if answer.died:
            self._live.clear()
        else:
            self._live.add(process_id)
        if answer.died and not answer.timed_out:
            raise StepCrashedError(
                f"the worker process (pid {self._worker.pid}) died while the step ran; a new one takes over"
            )
        held: dict[str, Any] = json.loads(answer.body) if answer.body else {"effects": [], "state": ""}
        for name, element, at in held.get("activities", ()):
            self._tracing.activity(process_id, name, element, at)
        effects = [_effect(frame) for frame in held["effects"]]
        if not answer.ok:
            self._live.discard(process_id)
            self._said[process_id] = [effect for effect in effects if isinstance(effect, Traced)]
            self._kept[process_id] = Kept(held["state"], done=True)
            raise StepFailedError(self._why(answer), answer.codes, answer.traceback)
        self._kept[process_id] = Kept(held["state"], held["done"])
        return effects

    def _why(self, answer: Answer) -> str:
        if not answer.timed_out:
            if not answer.body and self._is_late:
                return f"the version of class {self._class} that it began with does not load: {answer.error}"
            return answer.error
        what = "could not be interrupted: its worker was killed" if answer.died else "was interrupted"
        return f"Timeout: the step ran longer than {self._timeout:g} s and {what}; one that may needs a larger Timeout"

    def kept(self, process_id: int) -> Kept:
        """An instance as its last step left it; an empty state when that is not known."""
        return self._kept.get(process_id, Kept("", done=True))

    def said(self, process_id: int) -> Sequence[Traced]:
        """What a step told before it failed."""
        return self._said.get(process_id, [])

    def forget(self, process_id: int) -> None:
        """Drop an instance; the worker does so with the next step."""
        if process_id in self._live:
            self._live.discard(process_id)
            self._forgotten.append(process_id)
        self._kept.pop(process_id, None)
        self._said.pop(process_id, None)

    def look(self) -> None:
        """The worker's own clock runs."""

    def cut(self) -> None:
        """Kill the worker."""
        self._worker.cut()

    def stop(self) -> None:
        """End the worker."""
        self._worker.stop()

    def pids(self) -> list[int]:
        """The worker process."""
        return [self._worker.pid]


def _refused(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"asks": asked["asks"], "kind": "other", "text": "a step sends when it has ended"}


def _kind(error: Exception) -> tuple[str, object]:
    if isinstance(error, CycleError):
        return "cycle", list(error.items)
    return "target" if isinstance(error, TargetNotFoundError) else "other", str(error)


def _effect(frame: list[Any]) -> Effect | Posted:
    kind, *values = frame
    if kind == "send":
        return Posted(*values)
    if kind == "timer":
        return Timer(*values)
    return Reply(wire.message_of(*values)) if kind == "reply" else Traced(*values)

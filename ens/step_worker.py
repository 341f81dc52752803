"""Inside a worker process: the steps of a business process whose ``Isolation`` is ``worker``.

An instance lives here while it runs; after each step its state goes back to the Director, which keeps it in the bank.
The Director says what came (an answer, an error, the end of a timer), and is told what the instance sends.
"""

import json
import time
from typing import Any

from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.bpl.state import Instance
from isc.py.data.namespace import current
from isc.py.iscpython_c.exceptions import IscError
from isc.py.msg import wire

from .engines import engine_of
from .exceptions import CycleError, ProductionError, TargetNotFoundError
from .steps import Event, bring
from .tracebacks import failure


class StepServer:
    """Runs steps; `answer` takes a frame of `worker_steps.WorkerSteps` and gives one back."""

    def __init__(self, host: Any, settings: dict[str, Any]) -> None:
        self._host_class = type(host)
        self._settings = settings
        self._engine = engine_of(host, current(), self._visited)
        self._activities: list[tuple[str, str, int]] = []  # those of the step that runs, for the traces
        self._instances: dict[int, Instance] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the step that a frame asks for; whatever the code raises, the worker lives on."""
        for ended in request["forget"]:
            self._instances.pop(ended, None)
        process_id = int(request["header"])
        self._activities.clear()
        try:
            effects = self._effects(process_id, request)
            instance = self._instances[process_id]
            frames = self._frames(instance, effects)
            kept = {"state": instance.to_json(), "done": instance.done}
            return {"ok": True, "body": json.dumps({"effects": frames, **kept, "activities": self._activities})}
        except BaseException as error:  # noqa: BLE001  # user code may raise anything; the worker lives on
            return failure(error) | {"body": json.dumps(self._left(process_id) | {"activities": self._activities})}

    def _visited(self, _process_id: int, name: str, element: str) -> None:
        self._activities.append((name, element, time.time_ns()))

    def _left(self, process_id: int) -> dict[str, Any]:
        """What is known of an instance whose step failed."""
        instance = self._instances.pop(process_id, None)
        if instance is None:
            return {"effects": [], "state": ""}
        said = [_frame(effect) for effect in instance.said if isinstance(effect, Traced)]
        try:
            return {"effects": said, "state": instance.to_json()}
        except Exception as error:  # noqa: BLE001  # it may be in any state
            return {"effects": said, "state": "", "unkept": str(error)}

    def _effects(self, process_id: int, request: dict[str, Any]) -> list[Effect]:
        if "refused" in request:
            instance = self._instances[process_id]
            for number, name, is_async, kind, said in request["refused"]:
                send: Any = Send(number, name, "", None, is_async, None)  # type: ignore[arg-type]  # it was not sent
                self._engine.refuse(instance, send, _error(kind, said))
            return self._engine.advance(instance) if instance.is_ready else []
        event = _event(request)
        if request["begins"]:
            begun = self._engine.begin(self._process(request), wire.message_of(request["class"], request["body"]))
            self._instances[process_id] = begun
            return self._engine.advance(begun)
        if request["state"]:
            self._instances[process_id] = self._engine.restore(self._process(request), request["state"])
        return bring(self._engine, self._instances[process_id], event)

    def _frames(self, instance: Instance, effects: list[Effect]) -> list[list[Any]]:
        """The effects as JSON; the instance goes on with it that a request is none that can be sent."""
        frames, was_refused = [], False
        for effect in effects:
            try:
                frames.append(_frame(effect))
            except IscError as error:
                if not isinstance(effect, Send):
                    raise
                self._engine.refuse(instance, effect, error)
                was_refused = True
        if was_refused and instance.is_ready:
            frames += self._frames(instance, self._engine.advance(instance))
        return frames

    def _process(self, request: dict[str, Any]) -> Any:
        made: Any = self._host_class._New()
        made.configure(self._settings["item"], self._settings["settings"])
        vars(made).update(_source=request["source"], _header_id=request["header"], _SessionId=request["session"])
        return made


def _event(request: dict[str, Any]) -> Event:
    kind = request["step"]
    response = wire.message_of(request["class"], request["body"]) if kind == "response" else None
    return Event(kind, request["number"], response, request["text"], request["status"], request["failed"])


def _frame(effect: Effect) -> list[Any]:
    if isinstance(effect, Send):
        body = wire.body(effect.request)
        return ["send", effect.number, effect.name, effect.target, *body, effect.is_async]
    if isinstance(effect, Timer):
        return ["timer", effect.number, effect.seconds]
    if isinstance(effect, Reply):
        return ["reply", *wire.body(effect.response)]
    return ["traced", effect.text, effect.activity, effect.kind]


def _error(kind: str, said: Any) -> Exception:
    if kind == "target":
        return TargetNotFoundError(said)
    return CycleError(tuple(said)) if kind == "cycle" else ProductionError(said)

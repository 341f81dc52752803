"""Processes written as methods: ``on_request`` and its like in Python, ``OnRequest`` and its like in class files.

`PlainEngine` runs them as BPL's engine runs a process: an instance is data, its sends are effects that are committed
with its state. A synchronous call suspends the method (a greenlet) and blocks nobody. When the Director dies in the
middle of a method, the next one runs that method again from its beginning, with the properties of that moment: sends
that were committed are not repeated, calls that were answered return the same answers.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet
from isc.py.bpl.activity_scope import Written
from isc.py.bpl.engine import Effect, Reply, Send, Timer, Traced
from isc.py.bpl.state import ContextObject, Instance, StateError, decoded, encoded
from isc.py.msg import Message, Response, wire
from isc.py.msg.bodies import as_message
from isc.py.objectscript import NotSupportedError
from isc.py.objectscript.output import log_to, to

from .exceptions import MessageFailedError, MessageTimeoutError, ProcessFailedError


@dataclass(slots=True)
class Step:
    """One call of a method: which, with what, and what its sends came to; all of it is JSON."""

    kind: str  # request, response, error, timer or complete
    key: str = ""
    number: int = 0
    message: str = ""  # the response as a dump, or the error's text
    sent: list[int] = field(default_factory=list)  # numbers of its sends, in their order
    answers: dict[str, list[str]] = field(default_factory=dict)  # by number: kind and dump or text


class Plain:
    """What an instance keeps beside the properties of its process, and its sending."""

    def __init__(self, process: Any, instance: Instance) -> None:
        self._process = process
        self._instance = instance
        self.steps: list[Step] = [Step("request")]
        self.calls: dict[int, tuple[str, str]] = {}  # what is waited for: completion key, the request's dump
        self.timers: dict[int, str] = {}  # completion key
        self.deadlines: dict[int, int] = {}  # timer of a synchronous call: the call
        self.suspended = 0  # the synchronous call that the running method waits for
        self.is_complete = False
        self.effects: list[Effect] = []
        self._before = ""  # the properties when the running step began
        self._running: Any = None
        self._hub: Any = None
        self._count = 0

    # --- state ---

    def kept(self) -> dict[str, object]:
        """The state as texts."""
        held = {
            "steps": [_step_json(step) for step in self.steps],
            "calls": [[number, *call] for number, call in self.calls.items()],
            "timers": list(self.timers.items()),
            "deadlines": list(self.deadlines.items()),
            "suspended": self.suspended,
            "is_complete": self.is_complete,
        }
        before = self._before if self._running is not None else self._properties()
        return {"plain": json.dumps(held), "properties": before}

    def restore(self, state: dict[str, str]) -> None:
        """Take the state that `kept` gave."""
        held = json.loads(state["plain"])
        self.steps = [Step(**step) for step in held["steps"]]
        self.calls = {number: (key, sent) for number, key, sent in held["calls"]}
        self.timers = dict(held["timers"])
        self.deadlines = dict(held["deadlines"])
        self.suspended, self.is_complete = held["suspended"], held["is_complete"]
        for name, value in json.loads(state["properties"]).items():
            vars(self._process)[name] = value["$python"] if _is_python(value) else decoded(value)

    def _properties(self) -> str:
        process = self._process
        own = process._own_names()
        names = [name for name in vars(process) if name in own]
        return json.dumps({name: _encoded(vars(process)[name], f"process.{name}") for name in names})

    # --- running ---

    def run(self) -> list[Effect]:
        """Run the methods whose time has come, until all wait; what they sent."""
        self.effects = []
        while not self.suspended and not self._instance.done:
            if self._running is None and not self._begin():
                break
            self._hub = getcurrent()
            outcome = self._running.switch()
            if self._running.dead:
                self._ended(outcome)
        return self.effects

    def _begin(self) -> bool:
        if not self.steps:
            if self.calls or self.timers:
                return False
            if self.is_complete:
                self._finish()
                return False
            self.is_complete = True
            self.steps.append(Step("complete"))
        self._before = self._properties()
        self._count = 0
        self._running = greenlet(self._call)
        return True

    def _call(self) -> object:
        with to(Written(lambda: (self.effects, ""))), log_to(self._log):
            return self._called()

    def _log(self, level: str, text: str) -> None:
        self.effects.append(Traced(text, "", level))

    def _called(self) -> object:
        step, process, request = self.steps[0], self._process, self._instance.request
        vars(process)["_sending"] = self
        if step.kind == "request":
            return process.on_request(request)
        if step.kind == "complete":
            response = self._instance.response
            return process.on_complete(request, as_message(response))
        vars(process)["_call_request"] = wire.load(step_request) if (step_request := self._request_of(step)) else ""
        if step.kind == "error":
            return process.on_error(request, step.message, step.key)
        response = wire.load(step.message) if step.message else Response()
        return process.on_response(request, response, step.key)

    def _request_of(self, step: Step) -> str:
        return self.calls[step.number][1] if step.number in self.calls else ""

    def _ended(self, outcome: object) -> None:
        step = self.steps.pop(0)
        self._running = None
        self.calls.pop(step.number, None)
        if step.kind != "complete":
            self.is_complete = False
        if isinstance(outcome, Message):
            self._instance.response = outcome

    def _finish(self) -> None:
        self._instance.done = True
        if not self._instance.replied:
            given = self._instance.response
            self.reply(as_message(given) or Response())

    # --- what comes ---

    def answered(self, number: int, kind: str, text: str, status: str = "", header: int = 0) -> None:
        """A call has its answer (a dump), or its error with the status that the message of this id ended with."""
        if number == self.suspended:
            self.steps[0].answers[str(number)] = [kind, text, *([status, str(header)] if status else [])]
            self.suspended = 0
            self.deadlines = {timer: call for timer, call in self.deadlines.items() if call != number}
        elif number in self.calls:
            self.steps.append(Step("response" if kind == "response" else "error", self.calls[number][0], number, text))

    def elapsed(self, number: int) -> bool:
        """The time of a timer is over; whether something waited for it."""
        if number in self.timers:
            self.steps.append(Step("timer", self.timers.pop(number)))
            return True
        call = self.deadlines.pop(number, 0)
        if call and call == self.suspended:
            self.answered(call, "timeout", "")
            return True
        return False

    # --- sending ---

    def _number(self) -> tuple[int, bool]:
        """The number of the next send of the running step, and whether an earlier run of the step has sent it."""
        step = self.steps[0]
        self._count += 1
        if self._count <= len(step.sent):
            return step.sent[self._count - 1], True
        self._instance.numbers += 1
        step.sent.append(self._instance.numbers)
        return self._instance.numbers, False

    def sync(self, target: str, request: Message, timeout: float | None) -> Message:
        """Send and wait."""
        number, was_sent = self._number()
        answers = self.steps[0].answers
        if not was_sent:
            self.effects.append(Send(number, f"call of {target}", target, request, False, timeout))
            if timeout is not None:
                self._instance.numbers += 1
                self.deadlines[self._instance.numbers] = number
                self.effects.append(Timer(self._instance.numbers, timeout))
        while str(number) not in answers:
            self.suspended = number
            self._hub.switch()
        kind, text, *ended = answers[str(number)]
        session = int(vars(self._process).get("_SessionId") or 0)
        if kind == "timeout":
            raise MessageTimeoutError(0, session, timeout or 0.0, target)
        if kind == "error":
            status, header = ended or ("Error", "0")
            raise MessageFailedError(int(header), session, status, text, target)
        return wire.load(text)

    def asynchronous(self, target: str, request: Message, key: str, wanted: bool) -> None:
        """Send; the answer comes to ``on_response`` when it is wanted."""
        number, was_sent = self._number()
        if was_sent:
            return
        if wanted:
            self.calls[number] = (key, wire.dump(request))
        self.effects.append(Send(number, f"send to {target}", target, request, True, None))

    def timer(self, seconds: float, key: str) -> None:
        """Have ``on_response`` called later."""
        number, was_set = self._number()
        if not was_set:
            self.timers[number] = key
            self.effects.append(Timer(number, seconds))

    def reply(self, response: Message) -> None:
        """Give the response now."""
        if not self._instance.replied:
            self._instance.replied = True
            self.effects.append(Reply(response))

    def defer(self) -> str:
        """A process answers when it has the answer."""
        raise NotSupportedError("a process need not defer its response: reply when it is there, or return it")

    def respond(self, token: str, response: Message) -> None:
        """A process has no deferred requests of others."""
        raise NotSupportedError("send the deferred response from a service or an operation")


def _is_python(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"$python"}


def _encoded(value: object, where: str) -> object:
    try:
        return {"$python": value} if isinstance(value, bool) else encoded(value, where)
    except StateError:
        if isinstance(value, list | dict | tuple | bool):
            return {"$python": json.loads(json.dumps(value))}
        raise


def _step_json(step: Step) -> dict[str, object]:
    return {name: getattr(step, name) for name in ("kind", "key", "number", "message", "sent", "answers")}


class PlainEngine:
    """Runs the instances of a process written as methods."""

    def __init__(self, host: Any) -> None:
        self._item = str(vars(host).get("_item", ""))

    def begin(self, process: Any, request: Message) -> Instance:
        """A new instance; `advance` runs it."""
        instance = Instance(request, process, ContextObject({}))
        vars(process)["_plain"] = Plain(process, instance)
        process.on_init()
        return instance

    def restore(self, process: Any, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave."""
        state: dict[str, Any] = json.loads(text_of_state)
        instance = self.begin(process, wire.load(state["request"]))
        _plain(instance).restore(state["process"])
        instance.numbers = state["numbers"]
        instance.response = decoded(state["response"])
        instance.replied, instance.done = state["replied"], state["done"]
        self._wait(instance)
        return instance

    def advance(self, instance: Instance) -> list[Effect]:
        """Run until it waits or ends."""
        plain = _plain(instance)
        try:
            effects = plain.run()
        except BaseException:
            instance.said = plain.effects
            raise
        self._wait(instance)
        return effects

    def deliver(self, instance: Instance, number: int, response: Message) -> list[Effect]:
        """Bring an answer."""
        _plain(instance).answered(number, "response", wire.dump(response))
        return []

    def fail(self, instance: Instance, number: int, reason: str, status: str = "", header: int = 0) -> None:
        """Bring an error: what the message of this id ended with."""
        _plain(instance).answered(number, "error", reason, status, header)

    def elapsed(self, instance: Instance, number: int) -> bool:
        """The time of a timer is over; whether something waited for it."""
        return not instance.done and _plain(instance).elapsed(number)

    def refuse(self, instance: Instance, send: Send, error: Exception) -> None:
        """A request could not be sent.

        Raises:
            ProcessFailedError: nobody waits for it; the instance is over.
        """
        if send.is_async:
            instance.done = True
            raise ProcessFailedError(f"{self._item}, {send.name}: {error}") from error
        _plain(instance).answered(send.number, "error", str(error))
        instance.threads[0].freed()

    @staticmethod
    def _wait(instance: Instance) -> None:
        """Say that the instance stands still, as `ProcessRunner` wants to know."""
        plain = _plain(instance)
        (thread,) = instance.threads
        thread.counter = 1
        thread.waiting = [plain.suspended] if plain.suspended else list(plain.calls)
        thread.timer = next(iter(plain.timers), 0)
        if plain.steps and not plain.suspended:
            thread.freed()


def _plain(instance: Instance) -> Plain:
    found: Plain = vars(instance.process)["_plain"]
    return found

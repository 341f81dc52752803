"""What answers the calls of an emulated process: recorded responses, functions, classes, or the real operation.

A target is a message, a function of the request, a list of targets to use one after the other, a file of recorded
responses, the name of an operation or process class (which then really runs, in this process), or an `Answer` that
adds virtual time or an error to one of these.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

from isc.py.msg import Message, Response, wire
from isc.py.msg.bodies import as_message
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata

from .exceptions import EmulatorError

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Answer:
    """A target's answer: `after` so many virtual seconds (`NEVER`: not at all), or the `error` it ends with."""

    target: "Target" = None
    after: float = 0.0
    error: str = ""


class Answering(Protocol):
    """A business operation, as far as the emulator needs one."""

    def on_request(self, request: Message) -> Message | None:
        """Answer a request."""


@dataclass(frozen=True, slots=True)
class Real:
    """The real operation of a class with its settings, run in this process."""

    class_name: str
    settings: Mapping[str, str]


Target: TypeAlias = (
    Message
    | Callable[[Any], "Message | Answer | None"]
    | type[Any]
    | str
    | Path
    | Real
    | Answer
    | Sequence["Target"]
    | Answering
    | None
)
RunProcess: TypeAlias = Callable[[str, Message], Message]


class Given(NamedTuple):
    """What a target gave: a response or an error, and when."""

    response: Message | None
    after: float = 0.0
    error: str = ""


Responder: TypeAlias = Callable[[Message], Given]


class Targets:
    """The targets of a run by name, ``*`` for all others. `run_process` runs one that is a BPL process."""

    def __init__(self, targets: Mapping[str, Target], run_process: RunProcess) -> None:
        self._targets = targets
        self._run_process = run_process
        self._responders: dict[str, Responder] = {}

    def answer(self, name: str, request: Message, call: str) -> Given:
        """What the target of that name answers; what it raises is an error it answers with.

        Raises:
            EmulatorError: there is no such target, or it is nothing that answers.
        """
        responder = self._responders.get(name)
        if responder is None:
            if name not in self._targets and "*" not in self._targets:
                raise EmulatorError(
                    f"call {call!r} goes to {name!r}, which has no target: give one, or '*' "
                    f"(iscpy emulate: --stub {name}=@CLASS or --stub {name}=FILE)"
                )
            known = self._targets.get(name, self._targets.get("*"))
            responder = self._responders[name] = self._responder(name, known)
        try:
            return responder(request)
        except EmulatorError:
            raise
        except Exception as error:  # noqa: BLE001  # a target may raise anything: it is the call's error
            return Given(None, 0.0, f"{type(error).__name__}: {error}")

    def _responder(self, name: str, target: Target) -> Responder:
        if isinstance(target, Answer):
            inner = self._responder(name, target.target)
            return lambda request: _given(target, inner(request) if not target.error else Given(None))
        if target is None:
            return lambda _: Given(Response())
        message = as_message(target)
        if message is not None:
            return lambda _: Given(message)
        if isinstance(target, Path):
            return self._responder(name, recorded(target))
        if isinstance(target, str):
            return self._responder(name, self._named(target))
        if isinstance(target, Real):
            return self._responder(name, started(target))
        if isinstance(target, type):
            return self._responder(name, self._of_class(target))
        if isinstance(target, Sequence):
            return _one_by_one(name, [self._responder(name, item) for item in target])
        if hasattr(target, "on_request"):
            return self._called(name, target.on_request)
        if callable(target):
            return self._called(name, target)
        raise EmulatorError(f"target {name!r} is a {type(target).__name__}: give a message, function, class or file")

    def _called(self, name: str, function: Callable[[Message], object]) -> Responder:
        def call(request: Message) -> Given:
            found = function(request)
            if found is None:
                return Given(Response())
            if isinstance(found, Answer):
                return self._responder(name, found)(request)
            message = as_message(found)
            if message is None:
                raise EmulatorError(f"target {name!r} answered with a {type(found).__name__}, not with a message")
            return Given(message)

        return call

    def _named(self, name: str) -> Target:
        return self._of_class(dictionary.resolve(name))

    def _of_class(self, cls: type[Any]) -> Target:
        if find_xdata(cls, "BPL") is not None:
            name = dictionary.name_of(cls)
            return lambda request: self._run_process(name, request)
        return started(Real(dictionary.name_of(cls), {})) if hasattr(cls, "_New") else cls()


def _given(answer: Answer, inner: Given) -> Given:
    return Given(None if answer.error else inner.response, answer.after + inner.after, answer.error or inner.error)


def _one_by_one(name: str, responders: list[Responder]) -> Responder:
    left: Iterator[Responder] = iter(responders)

    def following(request: Message) -> Given:
        for responder in left:
            return responder(request)
        raise EmulatorError(f"target {name!r} has {len(responders)} responses, and there is one more request")

    return following


def started(real: Real) -> Answering:
    """The operation of a class, configured and initialized in this process.

    Raises:
        EmulatorError: the class answers no requests.
    """
    host: Any = dictionary.resolve(real.class_name)._New()  # type: ignore[attr-defined]  # a class of the language
    if not hasattr(host, "on_request"):
        raise EmulatorError(f"{real.class_name} is no business operation and no BPL process: it cannot be a target")
    host.configure(real.class_name, dict(real.settings))
    host.on_init()
    answering: Answering = host
    return answering


def recorded(path: Path) -> Target:
    """The responses of a JSON file: one, or a list to give one after the other.

    Raises:
        EmulatorError: the file holds no such thing.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmulatorError(f"{path} holds no recorded response: {error}") from error
    return [answer_of(item, str(path)) for item in found] if isinstance(found, list) else answer_of(found, str(path))


def answer_of(found: object, place: str) -> Answer:
    """The answer that ``{"class": …, "properties": …, "after": …, "error": …}`` says.

    Raises:
        EmulatorError: it has other keys, or neither a class nor an error.
        MessageError: the properties do not fit the class.
    """
    known = {"class", "properties", "after", "error"}
    if not isinstance(found, dict) or set(found) - known or not {"class", "error"} & set(found):
        raise EmulatorError(f'{place}: a response is written {{"class": "Ens.Response", "properties": {{…}}}}')
    after = float(found.get("after", 0))
    if found.get("error"):
        return Answer(None, after, str(found["error"]))
    return Answer(wire.message_of(found["class"], json.dumps(found.get("properties", {}))), after)


def plain(message: Message | None) -> dict[str, object] | None:
    """A message as JSON's types."""
    if message is None:
        return None
    return {"class": dictionary.name_of(type(message)), "properties": json.loads(message.to_json())}

"""A run as a recording (JSON): made by the emulator or from a production's session, replayed as a test.

A replay answers each call with what was recorded for it and compares what the process sends and answers now.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from isc.py.msg import Message

from .coverage import Coverage
from .emulator import BPEmulator
from .exceptions import EmulatorError
from .run import ProcessRun
from .targets import Answer, Target, answer_of, plain

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call that was made: where, the request as JSON, and the answer."""

    call: str
    target: str
    request: Json
    answer: Json


@dataclass(frozen=True)
class Recording:
    """A run of a process: its request, its calls in order, its response."""

    process: str
    request: Json
    calls: tuple[Recorded, ...]
    response: Json | None = None
    error: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> str:
        """The recording as text, made to be read and kept in a repository."""
        calls = [
            {"call": item.call, "target": item.target, "request": item.request, "answer": item.answer}
            for item in self.calls
        ]
        held: Json = {
            "process": self.process,
            "settings": dict(self.settings),
            "request": self.request,
            "calls": calls,
            "response": self.response,
        }
        if self.error:
            held["error"] = self.error
        return json.dumps(held, indent=2, ensure_ascii=False) + "\n"


def record(run: ProcessRun, request: Message, settings: Mapping[str, object] | None = None) -> Recording:
    """The recording of a run of the emulator, of a `request`."""
    calls = []
    for item in run.exchanges:
        answer: Json = {"error": item.error} if item.error else dict(plain(item.response) or {})
        if item.after:
            answer["after"] = item.after
        calls.append(Recorded(item.call, item.target, plain(item.request) or {}, answer))
    return Recording(
        run.class_name, plain(request) or {}, tuple(calls), plain(run.response), run.error, dict(settings or {})
    )


def read_recording(path: Path) -> Recording:
    """The recording of a file: as `Recording.to_json` writes it, or a session as ``iscpy trace SESSION --json`` does.

    Raises:
        EmulatorError: the file holds no such thing.
    """
    try:
        found: Json = json.loads(path.read_text(encoding="utf-8"))
        if "messages" in found:
            return of_session(found)
        calls = tuple(
            Recorded(item["call"], item["target"], item["request"], item["answer"]) for item in found["calls"]
        )
        settings = found.get("settings", {})
        return Recording(
            found["process"], found["request"], calls, found.get("response"), found.get("error", ""), settings
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmulatorError(f"{path} holds no recording: {type(error).__name__}: {error}") from error


def of_session(trace: Json, process: str = "") -> Recording:
    """The recording of a process in a production's session (``iscpy trace --json``): the first item that sent requests.

    Raises:
        EmulatorError: no process of that name took part.
    """
    messages: list[Json] = trace["messages"]
    requests = [message for message in messages if message["kind"] == "Request"]
    answers = {message["corresponding"]: message for message in messages if message["kind"] == "Response"}
    senders = {message["source"] for message in requests}
    for message in requests:
        if message["target"] == process or (not process and message["target"] in senders):
            sent = [item for item in requests if item["source"] == message["target"]]
            calls = tuple(
                Recorded("", item["target"], _body(item), _answer(item, answers.get(item["id"]))) for item in sent
            )
            answer = answers.get(message["id"])
            return Recording(
                message["target"], _body(message), calls, _body(answer) if answer else None, message["error"]
            )
    raise EmulatorError(f"session {trace.get('session')} has no process {process or 'that sent a request'}")


def _body(message: Json) -> Json:
    return {"class": message["class_name"], "properties": message["body"] or {}}


def _answer(request: Json, response: Json | None) -> Json:
    if response is not None:
        return _body(response)
    return {"error": request["error"].partition("\n")[0] or f"it ended as {request['status']}"}


@dataclass
class Replay:
    """A recording that was run anew: the run, and where it differs from what was recorded."""

    run: ProcessRun
    differences: list[str]

    def assert_same(self) -> Self:
        """Nothing differs.

        Raises:
            AssertionError: says what does.
        """
        if self.differences:
            raise AssertionError("\n".join(["the replay differs:", *self.differences, self.run.story()]))
        return self


def replay(
    recording: Recording | Path,
    settings: Mapping[str, object] | None = None,
    process: str = "",
    coverage: Coverage | None = None,
) -> Replay:
    """Run the process of a recording against its answers. `process` is its class, when an item of another name ran.

    Raises:
        EmulatorError: it is no recording.
    """
    held = read_recording(recording) if isinstance(recording, Path) else recording
    left: dict[str, list[Recorded]] = defaultdict(list)
    for item in held.calls:
        left[item.target].append(item)
    differences: list[str] = []
    targets: dict[str, Target] = {target: _answering(target, items, differences) for target, items in left.items()}
    request = _message(held.request, "the recorded request")
    merged = {**held.settings, **(settings or {})}
    run = BPEmulator.Run(process or held.process, request, targets, merged, coverage=coverage)
    for target, items in left.items():
        differences += [
            f"{item.call or 'a call'} → {target} was not made: {json.dumps(item.request)}" for item in items
        ]
    if run.error != held.error and not (held.error and run.error):
        differences.append(f"error: recorded {held.error or 'none'!r}, now {str(run.failure or '') or 'none'!r}")
    elif not held.error:
        differences += [f"response: {text}" for text in _compared(held.response, plain(run.response))]
    return Replay(run, differences)


def _answering(target: str, items: list[Recorded], differences: list[str]) -> Target:
    answered = 0

    def answer(request: Message) -> Answer:
        nonlocal answered
        answered += 1
        if not items:
            raise EmulatorError(f"{target!r} was called {answered - 1} times in the recording, and is called once more")
        item = items.pop(0)
        where = f"{item.call or 'request'} → {target} ({answered})"
        differences.extend(f"{where}: {text}" for text in _compared(item.request, plain(request)))
        return answer_of(item.answer, where)

    return answer


def _compared(recorded: Json | None, now: Json | None) -> Iterator[str]:
    if recorded is None or now is None or recorded["class"] != now["class"]:
        before, after = (found["class"] if found else "nothing" for found in (recorded, now))
        if before != after:
            yield f"recorded {before}, now {after}"
        return
    before, after = recorded.get("properties", {}), now.get("properties", {})
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield f"{name}: recorded {json.dumps(before.get(name))}, now {json.dumps(after.get(name))}"


def _message(found: Json, place: str) -> Message:
    answer = answer_of(found, place)
    if not isinstance(answer.target, Message):
        raise EmulatorError(f"{place} is no message")
    return answer.target


__all__ = ["Recording", "Replay", "of_session", "read_recording", "record", "replay"]

"""``iscpy emulate``: a whole process without a production, its targets answered by recorded responses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from isc.py.bpl.coverage import Coverage
from isc.py.bpl.coverage_report import html_report, text_report
from isc.py.bpl.emulator import BPEmulator, ProcessRun, Target, VirtualClock
from isc.py.bpl.recording import record, replay
from isc.py.bpl.targets import answer_of, plain
from isc.py.msg.base import Message
from isc.py.objectscript import dictionary

from . import screen
from .failures import CommandError
from .project import enter
from .requests import make_request, read_json


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of a run: where it stops, when it begins, what is written, how far it may go.

    `stubs` is a file with the answers of several targets, `timeout` in real seconds, `confine` the folder of its files.
    """

    until: str = ""
    clock: str = ""
    coverage: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    step_limit: int = 100_000
    timeout: float = 300.0
    confine: Path | None = None
    stubs: Path | None = None


def emulate(
    process: str,
    request: str,
    settings: Sequence[str],
    json_file: Path | None,
    stubs: Sequence[str],
    host_settings: Sequence[str],
    wanted: Wanted,
    folder: Path,
    *,
    as_json: bool,
) -> None:
    """Run a process and show what it sent, what it traced and what it answered.

    Raises:
        CommandError: the run ended with an error, differs from its recording, or an option does not fit.
    """
    enter(folder)
    of_process = dict(_pair("--setting", item) for item in host_settings)
    coverage = Coverage()
    differences: list[str] = []
    stopped = ""
    context: dict[str, object] = {}
    if wanted.replay is not None:
        replayed = replay(wanted.replay, of_process, process, coverage)
        run, differences = replayed.run, replayed.differences
    else:
        message = make_request(request, settings, json_file)
        targets = (_stubs(wanted.stubs) if wanted.stubs is not None else {}) | dict(_stub(stub) for stub in stubs)
        running = BPEmulator.Start(
            process,
            message,
            targets,
            of_process,
            clock=_clock(wanted.clock),
            step_limit=wanted.step_limit,
            coverage=coverage,
            timeout=wanted.timeout,
            confine=wanted.confine,
        )
        if wanted.until:
            stopped = wanted.until if running.until(wanted.until) else ""
            run, context = running.result, running.result.context
        else:
            run = running.finish()
        if wanted.record is not None:
            _write("--record", wanted.record, record(run, message, of_process).to_json())
    if wanted.coverage is not None:
        _write_coverage(wanted.coverage, coverage)
    if as_json:
        screen.show_json(_plain(run) | {"stopped": stopped, "context": _shown(run.context), "differences": differences})
    else:
        _show(run, stopped, context, wanted)
        for difference in differences:
            screen.say(f"differs: {difference}")
    if run.error and wanted.replay is None:
        raise CommandError(str(run.failure) if run.failure is not None else run.error)
    if differences:
        count = f"{len(differences)} place" + ("" if len(differences) == 1 else "s")
        raise CommandError(f"the replay of {wanted.replay} differs in {count}")
    if wanted.until and not stopped:
        raise CommandError(f"the process ended before it came to {wanted.until!r}")


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"{option} {text!r} is not of the form NAME=VALUE")
    return name, value


def _stub(text: str) -> tuple[str, Target]:
    """``TARGET=FILE`` with recorded responses, ``TARGET=@CLASS``: the real operation or process, in this process;
    ``TARGET=`` an empty response."""
    target, name = _pair("--stub", text)
    return target, name[1:] if name.startswith("@") else Path(name) if name else None


def _stubs(path: Path) -> dict[str, Target]:
    """The targets of a file: ``{"TARGET": response, "OTHER": [response, …], "THIRD": "@CLASS", "*": null}``.

    Raises:
        CommandError: it has something else for a target.
    """
    return {name: _answers(name, given, path) for name, given in read_json(path).items()}


def _answers(name: str, given: object, path: Path) -> Target:
    if given is None:
        return None
    if isinstance(given, str) and given.startswith("@"):
        return given[1:]
    if isinstance(given, list):
        return [_answers(name, item, path) for item in given]
    return answer_of(given, f"{path}, target {name!r}")


def _clock(text: str) -> VirtualClock:
    try:
        return VirtualClock(datetime.fromisoformat(text)) if text else VirtualClock()
    except ValueError as error:
        raise CommandError(f"--clock {text!r} is no date and time: write 2026-11-24T08:00") from error


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{option} {path}: {error.strerror}") from error


def _write_coverage(path: Path, coverage: Coverage) -> None:
    """As its name ends: .html with the diagram, .json to be merged, else text."""
    if path.suffix == ".html":
        text = html_report(coverage)
    else:
        text = coverage.to_json() if path.suffix == ".json" else text_report(coverage) + "\n"
    _write("--coverage", path, text)


def _plain(run: ProcessRun) -> dict[str, object]:
    return {
        "response": plain(run.response),
        "error": run.error,
        "exchanges": [
            {
                "call": item.call,
                "target": item.target,
                "request": plain(item.request),
                "response": plain(item.response),
                "error": item.error,
                "time": item.time,
            }
            for item in run.exchanges
        ],
        "trace": run.trace,
        "activities": run.activities,
        "elapsed": run.elapsed,
    }


def _shown(context: Mapping[str, object]) -> dict[str, object]:
    plain_types = (str, int, float)
    return {
        name: value if isinstance(value, plain_types) else plain(value) if isinstance(value, Message) else str(value)
        for name, value in context.items()
    }


def _show(run: ProcessRun, stopped: str, context: Mapping[str, object], wanted: Wanted) -> None:
    for item in run.exchanges:
        answer = item.error or (dictionary.name_of(type(item.response)) if item.response is not None else "nothing")
        screen.say(f"{item.call} → {item.target}: {dictionary.name_of(type(item.request))} → {answer}")
    for text in run.trace:
        screen.say(f"trace: {text}")
    if run.elapsed:
        screen.say(f"after {run.elapsed:g} s of virtual time")
    if stopped:
        screen.show_properties(f"stopped before {stopped}; the context:", _shown(context))
    if run.response is not None:
        screen.show_properties(dictionary.name_of(type(run.response)), json.loads(run.response.to_json()))
    for path in (wanted.coverage, wanted.record):
        if path is not None:
            screen.say(f"wrote {path}")

"""``iscpy emulate``: a whole process without a production, its targets answered by recorded responses."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isc.py.bpl.emulator import BPEmulator, ProcessRun
from isc.py.msg import wire
from isc.py.msg.base import Message
from isc.py.objectscript import dictionary

from . import screen
from .failures import CommandError
from .project import enter
from .requests import make_request, read_json


def emulate(
    process: str,
    request: str,
    settings: Sequence[str],
    json_file: Path | None,
    stubs: Sequence[str],
    host_settings: Sequence[str],
    folder: Path,
    *,
    as_json: bool,
) -> None:
    """Run a process and show what it sent, what it traced and what it answered.

    Raises:
        CommandError: the run ended with an error, or a stub is no response.
    """
    enter(folder)
    message = make_request(request, settings, json_file)
    targets: dict[str, Any] = dict(_stub(stub) for stub in stubs)
    run = BPEmulator.Run(process, message, targets, dict(_pair("--setting", item) for item in host_settings))
    if as_json:
        screen.show_json(_plain(run))
    else:
        _show(run)
    if run.error:
        raise CommandError(run.error)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"{option} {text!r} is not of the form NAME=VALUE")
    return name, value


def _stub(text: str) -> tuple[str, Message]:
    """``TARGET=FILE``: the file holds ``{"class": …, "properties": {…}}``, or a response's properties alone."""
    target, name = _pair("--stub", text)
    found = read_json(Path(name))
    if set(found) == {"class", "properties"}:
        return target, wire.load(json.dumps(found))
    return target, wire.message_of(
        "isc.py.msg.ExecutionResponse" if "Variables" in found else "Ens.Response", json.dumps(found)
    )


def _message(message: Message | None) -> object:
    if message is None:
        return None
    return {"class": dictionary.name_of(type(message)), "properties": json.loads(message.to_json())}


def _plain(run: ProcessRun) -> dict[str, object]:
    return {
        "response": _message(run.response),
        "error": run.error,
        "exchanges": [
            {
                "call": item.call,
                "target": item.target,
                "request": _message(item.request),
                "response": _message(item.response),
                "error": item.error,
            }
            for item in run.exchanges
        ],
        "trace": run.trace,
        "activities": run.activities,
    }


def _show(run: ProcessRun) -> None:
    for item in run.exchanges:
        answer = item.error or (dictionary.name_of(type(item.response)) if item.response is not None else "nothing")
        screen.say(f"{item.call} → {item.target}: {dictionary.name_of(type(item.request))} → {answer}")
    for text in run.trace:
        screen.say(f"trace: {text}")
    if run.response is not None:
        screen.show_properties(dictionary.name_of(type(run.response)), json.loads(run.response.to_json()))

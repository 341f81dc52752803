"""``iscpy emulate``: a whole process without a production, its targets answered by recorded responses."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isc.py.bpl.emulator import BPEmulator, ProcessRun, Target
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
    targets = dict(_stub(stub) for stub in stubs)
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


def _stub(text: str) -> tuple[str, Target]:
    """``TARGET=FILE``: a response ``{"class": …, "properties": {…}}``, or a list of them to give one after the other.

    Raises:
        CommandError: the file holds no such thing, or the list is at its end.
    """
    target, name = _pair("--stub", text)
    found = read_json(Path(name), list | dict)
    if isinstance(found, dict):
        return target, _response(found, name)
    responses = [_response(item, name) for item in found]
    left = iter(responses)

    def next_response(_: Message) -> Message:
        for response in left:
            return response
        raise CommandError(f"{name} has {len(responses)} responses, and there is one more request")

    return target, next_response


def _response(found: Any, name: str) -> Message:
    if not isinstance(found, dict) or set(found) - {"class", "properties"} or "class" not in found:
        raise CommandError(f'{name}: a response is written {{"class": "Ens.Response", "properties": {{…}}}}')
    return wire.message_of(found["class"], json.dumps(found.get("properties", {})))


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

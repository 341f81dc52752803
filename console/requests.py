"""Messages from the command line: a class name, ``--set Property=value`` and ``--json FILE``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isc.py.msg import wire
from isc.py.msg.base import Message
from isc.py.objectscript import dictionary
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.names import similar

from .failures import CommandError


def make_request(class_name: str, settings: Sequence[str], json_file: Path | None = None) -> Message:
    """The message of a class with the properties of a JSON file and, over them, of ``Property=value`` texts.

    A value that begins with ``@`` names a file whose text is taken (``@@`` is a plain ``@``); collections are JSON.

    Raises:
        ClassNotFoundError: no such class.
        MessageError: it is no message class, or the properties do not fit it.
        CommandError: a file could not be read, or a text is no ``Property=value``.
    """
    values = read_json(json_file) if json_file is not None else {}
    blank = wire.message_of(class_name, "{}") if not values and not settings else _blank(class_name)
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise CommandError(f"--set {setting!r} is not of the form Property=value")
        values[name] = _value(blank, name, text)
    return wire.message_of(class_name, json.dumps(values))


def _blank(class_name: str) -> Message:
    cls = dictionary.resolve(class_name)
    if not issubclass(cls, Message):
        return wire.message_of(class_name, "{}")
    return cls._New()


def _value(blank: Message, name: str, text: str) -> object:
    known = blank._property_names()
    if name not in known:
        shown = ", ".join(known) or "none"
        class_name = dictionary.name_of(type(blank))
        raise CommandError(f"--set {name}: {class_name} has no property {name!r}{similar(name, known)}; it has {shown}")
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _read(Path(text[1:]))
    if isinstance(blank._get_property(name), ListOfDataTypes | ArrayOfDataTypes):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise CommandError(
                f'--set {name}: a collection is written as JSON, as in \'["a", "b"]\': {error}'
            ) from None
    return text


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object of a file, of stdin for ``-``.

    Raises:
        CommandError: it cannot be read, or holds no JSON object.
    """
    text = sys.stdin.read() if str(path) == "-" else _read(path)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f'{path} holds no JSON object: write the request\'s properties as {{"Name": value}}')
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} could not be read: {error}") from error

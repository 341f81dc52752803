"""Messages from the command line: a class name, ``--set Property=value`` and ``--json FILE``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any

from isc.py.objectscript import ClassNotFoundError, dictionary

from .failures import CommandError

if TYPE_CHECKING:
    from isc.py.msg.base import Message


def make_request(class_name: str, settings: Sequence[str], json_file: Path | None = None) -> "Message":
    """The message of `request_text`.

    Raises:
        ClassNotFoundError: no such class.
        MessageError: it is no message class, or the properties do not fit it.
        CommandError: a file could not be read, or a text is no ``Property=value``.
    """
    from isc.py.msg import wire

    return wire.message_of(class_name, request_text(class_name, settings, json_file))


def request_text(class_name: str, settings: Sequence[str], json_file: Path | None = None) -> str:
    """The properties of a JSON file and, over them, of ``Property=value`` texts, as JSON.

    A value that begins with ``@`` names a file whose text is taken (``@@`` is a plain ``@``); collections are JSON.
    Whether they fit the class is not looked at here.

    Raises:
        CommandError: a file could not be read, or a text is no ``Property=value``.
    """
    values: dict[str, Any] = read_json(json_file) if json_file is not None else {}
    collections = _collections(class_name) if settings else frozenset()
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise CommandError(f"--set {setting!r} is not of the form Property=value")
        values[name] = _value(name, text, is_collection=name in collections)
    return json.dumps(values)


def _collections(class_name: str) -> frozenset[str]:
    """The properties of a class that are collections; none when there is no such message class."""
    try:
        cls = dictionary.resolve(class_name)
    except ClassNotFoundError:
        return frozenset()
    from isc.py.msg.base import Message
    from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes

    if not issubclass(cls, Message):
        return frozenset()
    blank = cls._New()
    collections = (ListOfDataTypes, ArrayOfDataTypes)
    return frozenset(name for name in cls._property_names() if isinstance(blank._get_property(name), collections))


def _value(name: str, text: str, *, is_collection: bool) -> object:
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _read(Path(text[1:]))
    if not is_collection:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        example = """'["a", "b"]'"""
        raise CommandError(f"--set {name}: a collection is written as JSON, as in {example}: {error}") from None


def read_json(path: Path, kind: type | UnionType = dict) -> Any:
    """The JSON object of a file, of stdin for ``-``; another `kind` of value when asked for.

    Raises:
        CommandError: it cannot be read, or holds no JSON object.
    """
    text = sys.stdin.read() if str(path) == "-" else _read(path)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, kind):
        raise CommandError(f'{path} holds no JSON object: write the request\'s properties as {{"Name": value}}')
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} could not be read: {error}") from error

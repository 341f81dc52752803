"""Inputs of services, and what services answer, as JSON: how they cross to a worker and back."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

from isc.py.bpl.state_values import StateError, decoded, encoded
from isc.py.objectscript import dictionary

from .adapters.files import FileStream
from .adapters.http_in import HTTPAnswer, HTTPInput
from .adapters.sql import SQLRow
from .exceptions import ProductionError


def packed(value: object, what: str) -> object:
    """A value in JSON's types; `what` names it in errors.

    Raises:
        ProductionError: it is an object that cannot leave its process; says what to do.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    for kind, (cls, pack, _) in _KINDS.items():
        if isinstance(value, cls):
            return {kind: pack(value, what)}
    try:
        return {"$other": encoded(value, what)}
    except StateError:
        kind = dictionary.name_of(type(value))
        raise ProductionError(
            f"{what} is a {kind}, which cannot go to a worker or back: use Isolation=director"
        ) from None


def unpacked(value: Any) -> Any:
    """The value of what `packed` made."""
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    return decoded(held) if kind == "$other" else _KINDS[kind][2](held)


def _http(value: HTTPInput, _what: str) -> list[Any]:
    return [str(value), value.method, value.path, value.query, value.headers, b64encode(value.data).decode()]


def _of_http(held: list[Any]) -> HTTPInput:
    made = HTTPInput(*held[:4])
    made.headers, made.data = held[4], b64decode(held[5])
    return made


_Kind = tuple[type | tuple[type, ...], Callable[[Any, str], Any], Callable[[Any], Any]]
#: What crosses beside the values of the language: its class, the way there, the way back.
_KINDS: dict[str, _Kind] = {
    "$bytes": (bytes, lambda value, _: b64encode(value).decode(), b64decode),
    "$http": (HTTPInput, _http, _of_http),
    "$file": (FileStream, lambda value, _: [str(value), value.Filename], lambda held: FileStream(*held)),
    "$row": (SQLRow, lambda value, what: packed(value.values, what), lambda held: SQLRow(unpacked(held))),
    "$answer": (
        HTTPAnswer,
        lambda value, what: [packed(value.content, what), value.status, value.content_type],
        lambda held: HTTPAnswer(unpacked(held[0]), *held[1:]),
    ),
    "$moment": (datetime, lambda value, _: value.isoformat(), datetime.fromisoformat),
    "$day": (date, lambda value, _: value.isoformat(), date.fromisoformat),
    "$time": (clock_time, lambda value, _: value.isoformat(), clock_time.fromisoformat),
    "$items": (
        (list, tuple),
        lambda value, what: [packed(item, what) for item in value],
        lambda held: [unpacked(item) for item in held],
    ),
    "$map": (
        dict,
        lambda value, what: [[packed(key, what), packed(item, what)] for key, item in value.items()],
        lambda held: {unpacked(key): unpacked(item) for key, item in held},
    ),
}

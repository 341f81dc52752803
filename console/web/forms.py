"""A form for a message: fields from its class's JSON schema, and the message's properties from what was typed.

Dates and times are typed and shown as people write them; the message has them as ObjectScript does, as numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from isc.py.iscpython_c.exceptions import IscError

PREFIX = "p."
_LONG = 400
_DATE, _TIME = "horolog-date", "horolog-time"
_SHAPES = {_DATE: "2026-11-24", _TIME: "08:30:00", "timestamp": "2026-11-24 08:30:00"}
_BEGIN = date(1840, 12, 31)


class FormError(IscError, ValueError):
    """What was typed fits no property; names it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input; `kind` is text, lines, number, choice, flag or json."""

    name: str
    kind: str
    value: str
    required: bool
    hint: str = ""
    choices: tuple[str, ...] = field(default_factory=tuple)


def fields_of(schema: Mapping[str, Any], values: Mapping[str, Any] | None = None) -> list[Field]:
    """The fields of a schema, filled with `values` or the defaults."""
    held = values or {}
    found = []
    for name, one in schema["properties"].items():
        value = held.get(name, one.get("default", ""))
        kind = _kind(name, one, value)
        shown = _shown(value, one)
        needed = name in schema["required"]
        choices = tuple(str(item) for item in one.get("enum", ()))
        if choices and ((not needed and "default" not in one) or shown not in choices):
            choices = ("", *choices)  # nothing is chosen until somebody chooses
        found.append(Field(name, kind, shown, needed, _hint(one), choices))
    return found


def _kind(name: str, one: Mapping[str, Any], value: object) -> str:
    if "enum" in one:
        return "choice"
    if one["type"] in ("array", "object") or isinstance(value, dict | list):
        return "json"
    if one["type"] in ("integer", "number") and one.get("format") not in _SHAPES:
        return "number"
    if one.get("format") == "text" or name in ("Code", "Query") or "\n" in str(value) or len(str(value)) > _LONG:
        return "lines"
    return "text"


def _hint(one: Mapping[str, Any]) -> str:
    if one["type"] == "array":
        item = _example(one.get("items", {}))
        return f"JSON, as [{item}, {item}]"
    if one["type"] == "object":
        return f"JSON, as {_example(one)}"
    limits = [f"{word} {one[key]:g}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in one]
    if one.get("format") in _SHAPES:
        limits.append(f"as {_SHAPES[one['format']]}")
    elif one["type"] != "string":
        return " ".join(["yes is 1, no is 0" if one.get("enum") == [0, 1] else one["type"], *limits])
    if "maxLength" in one:
        limits.append(f"at most {one['maxLength']} characters")
    return ", ".join(limits)


def _example(one: Mapping[str, Any]) -> str:
    """A value of a schema, as JSON."""
    if one.get("type") == "object":
        parts = one.get("properties") or {"key": one.get("additionalProperties") or {}}
        return "{" + ", ".join(f'"{name}": {_example(part)}' for name, part in list(parts.items())[:2]) + "}"
    if one.get("type") == "array":
        return f"[{_example(one.get('items', {}))}]"
    return "1" if one.get("type") in ("integer", "number") else '"text"'


def typed_of(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed into the fields, as it was typed: nothing of it is lost when it does not fit."""
    return {name.removeprefix(PREFIX): text for name, text in form.items() if name.startswith(PREFIX)}


def values_of(form: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that a form has; what was left empty and is not required keeps its default.

    Raises:
        FormError: a text is no JSON where one is needed.
    """
    found: dict[str, Any] = {}
    for name, one in schema["properties"].items():
        typed = form.get(PREFIX + name)
        if typed is None:
            continue
        typed = typed.replace("\r\n", "\n")
        if typed == "" and "default" not in one and name not in schema["required"]:
            continue
        found[name] = _value(name, typed, one)
    return found


def _shown(value: object, one: Mapping[str, Any]) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) and one.get("format") == _DATE and 0 <= value < (date.max - _BEGIN).days:
        return (_BEGIN + timedelta(value)).isoformat()
    if isinstance(value, int) and one.get("format") == _TIME and 0 <= value < 86400:
        return f"{value // 3600:02}:{value // 60 % 60:02}:{value % 60:02}"
    return json.dumps(value, ensure_ascii=False)


def _moment(name: str, typed: str, one: Mapping[str, Any]) -> int:
    """The number that ObjectScript has for a date or a time; a number stays what it is."""
    if typed.isascii() and typed.isdigit():
        return int(typed)
    try:
        if one["format"] == _DATE:
            return (date.fromisoformat(typed) - _BEGIN).days
        found = time.fromisoformat(typed)
    except ValueError:
        raise FormError(f"{name}: {typed!r} is not of the form {_SHAPES[one['format']]}") from None
    return found.hour * 3600 + found.minute * 60 + found.second


def _value(name: str, typed: str, one: Mapping[str, Any]) -> object:
    if one.get("format") in (_DATE, _TIME) and typed.strip():
        return _moment(name, typed.strip(), one)
    if one["type"] in ("array", "object") and typed.strip():
        return _parsed(name, typed)
    if one["type"] in ("integer", "number") and typed.strip():
        number = _parsed(name, typed)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise FormError(f"{name}: {typed!r} is no number")
        return number
    return typed


def _parsed(name: str, typed: str) -> object:
    try:
        return json.loads(typed)
    except ValueError as error:
        raise FormError(f"{name}: {typed!r} is no JSON: {error}") from None

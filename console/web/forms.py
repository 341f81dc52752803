"""A form for a message: fields from its class's JSON schema, and the message's properties from what was typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from isc.py.iscpython_c.exceptions import IscError

PREFIX = "p."
_LONG = 400


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
        choices = tuple(str(item) for item in one.get("enum", ()))
        shown = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
        found.append(Field(name, kind, shown, name in schema["required"], _hint(one), choices))
    return found


def _kind(name: str, one: Mapping[str, Any], value: object) -> str:
    if "enum" in one:
        return "choice"
    if one["type"] in ("array", "object") or isinstance(value, dict | list):
        return "json"
    if one["type"] in ("integer", "number"):
        return "number"
    if one.get("format") == "text" or name in ("Code", "Query") or "\n" in str(value) or len(str(value)) > _LONG:
        return "lines"
    return "text"


def _hint(one: Mapping[str, Any]) -> str:
    if one["type"] == "array":
        return 'JSON, as ["a", "b"]'
    if one["type"] == "object":
        return 'JSON, as {"key": "value"}'
    limits = [f"{word} {one[key]:g}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in one]
    return " ".join([one["type"], *limits]) if one["type"] != "string" else ""


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


def _value(name: str, typed: str, one: Mapping[str, Any]) -> object:
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

"""Where an annotation's expressions begin and end: text apart from ``${…}``, ``#{…}``, ``$<…>`` and ``#<…>``.

Brackets nest, those in quoted strings do not count. Nothing is compiled here; `template` does that, `lint` reads on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .exceptions import TemplateError

FILTERS = ("py", "sql")
_FILTER = re.compile(r"(?<!\|)\|\s*([A-Za-z_]\w*)\s*$")
_CLOSING = {"{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression as written: `form` is ``$`` (a method call) or ``#``, `inside` its text without the filter."""

    form: str
    inside: str
    filter: str
    source: str
    line: int


def hole_error(place: str, line: int, source: str, reason: str) -> TemplateError:
    """The error of an expression; names place, line and expression."""
    where = f"{place}, line {line}" if place else f"line {line}"
    return TemplateError(f"`{source}` in {where}: {reason}")


def pieces(text: str, place: str = "", first_line: int = 1) -> Iterator[str | Hole]:
    """The text and its holes in order.

    Raises:
        TemplateError: an expression has no end, or a filter that does not exist.
    """
    at = start = 0
    while at < len(text):
        if text[at] in "$#" and text[at + 1 : at + 2] in _CLOSING:
            line = first_line + text.count("\n", 0, at)
            end = closing(text, at + 1)
            if end is not None:
                yield text[start:at]
                yield _hole(text[at], text[at + 2 : end], text[at : end + 1], place, line)
                at = start = end + 1
                continue
            if text[at + 1] == "{":
                raise hole_error(place, line, text[at : at + 40].splitlines()[0], "the closing '}' is missing")
        at += 1
    yield text[start:]


def _hole(form: str, inside: str, source: str, place: str, line: int) -> Hole:
    found = _FILTER.search(inside)
    if found is None or in_string(inside, found.start()):
        return Hole(form, inside, "", source, line)
    name = found.group(1)
    if name not in FILTERS:
        raise hole_error(place, line, source, f"the filter {name!r} is unknown: use {' or '.join(FILTERS)}")
    return Hole(form, inside[: found.start()], name, source, line)


def closing(text: str, at: int) -> int | None:
    """Where the bracket at `at` closes; brackets of its kind nest, those in strings do not count."""
    opening, close = text[at], _CLOSING[text[at]]
    depth, quoted = 0, False
    for index in range(at, len(text)):
        char = text[index]
        if char == "\n" and opening == "<":
            return None
        if char == '"':
            quoted = not quoted
        elif not quoted and (opening == "{" or char == close or index == at or text[index - 1] in "$#"):
            depth += (char == opening) - (char == close)
            if depth == 0:
                return index
    return None


def in_string(text: str, at: int) -> bool:
    """Whether a position is inside a quoted string."""
    return text.count('"', 0, at) % 2 == 1


def call_parts(inside: str) -> list[str]:
    """``class:method:arg1:…`` at its colons outside of strings and brackets.

    Raises:
        TemplateError: it has no class or no method.
    """
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(inside):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "{<") - (char in "}>")
            if char == ":" and depth == 0:
                parts.append(inside[start:at])
                start = at + 1
    parts.append(inside[start:])
    if len(parts) < 2 or not parts[0].strip() or not parts[1].strip():
        raise TemplateError("a method call is ${class:method:arg1:…}")
    return parts


def inner_calls(inside: str) -> Iterator[str | Hole]:
    """The text of an expression and the ``${…}`` in it."""
    start = at = 0
    while (at := inside.find("${", at)) >= 0:
        end = closing(inside, at + 1)
        if end is None or in_string(inside, at):
            at += 2
            continue
        yield inside[start:at]
        yield Hole("$", inside[at + 2 : end], "", inside[at : end + 1], 1)
        start = at = end + 1
    yield inside[start:]

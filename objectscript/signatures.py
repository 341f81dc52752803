"""Formal arguments of methods and labels, read from their text, and what that takes: brackets, commas, comments."""

import re
from collections.abc import Iterator

from .definitions import ArgumentDefinition

STRING_OR_COMMENT = re.compile(r'"(?:[^"\n]|"")*"|/\*.*?\*/|//[^\n]*|##;[^\n]*', re.S)
_BEFORE_OPERAND = "(,{[:=_+-*/\\#&!|<>'"
_BY_REFERENCE = re.compile(r"(ByRef|Output)\s+", re.I)
_AS = re.compile(r"\s+As\s+", re.I)


def code_spans(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Positions and characters outside of strings and comments."""
    at = start
    for found in STRING_OR_COMMENT.finditer(text, start):
        for index in range(at, found.start()):
            yield index, text[index]
        at = found.end()
    for index in range(at, len(text)):
        yield index, text[index]


def depths(text: str) -> Iterator[tuple[int, str, int]]:
    """Positions and characters as `code_spans`, with how many brackets are open behind each.

    ``[`` is a bracket where an operand may stand (a JSON array), behind an operand it is the operator ``contains``.
    """
    opened: list[str] = []
    operand = False  # whether the last thing was one
    last = -1
    for at, char in code_spans(text):
        if at != last + 1:
            operand = True  # behind a string
        last = at
        if char in "({" or (char == "[" and not operand):
            opened.append(char)
        elif char in ")}" or (char == "]" and opened[-1:] == ["["]):
            if char == ")" and "(" in opened:
                while opened[-1] != "(":
                    opened.pop()
            if opened:
                opened.pop()
        yield at, char, len(opened)
        if not char.isspace():
            operand = char not in _BEFORE_OPERAND


def balanced(text: str) -> tuple[str, str]:
    """What is inside the first parentheses, and what follows them."""
    for at, _, depth in depths(text):
        if depth == 0:
            return text[1:at], text[at + 1 :]
    return text[1:], ""


def is_closed(text: str) -> bool:
    """Whether the parenthesis that a text begins with is closed in it."""
    depth, quoted = 0, False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({") - (char in ")}")
            if depth == 0:
                return True
    return False


def split(text: str) -> list[str]:
    """At commas outside of strings and parentheses."""
    parts, start = [], 0
    for at, char, depth in depths(text):
        if char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text[start:].strip() or parts else []


def argument(text: str) -> ArgumentDefinition:
    """One formal argument: ``ByRef name As Type = default``, ``name...``."""
    text = text.strip()
    mode = ""
    found = _BY_REFERENCE.match(text)
    if found is not None:
        mode, text = found.group(1).lower(), text[found.end() :]
    equals = next((at for at, char in _outside(text) if char == "="), len(text))
    head, default = text[:equals], text[equals + 1 :].strip()
    words = _AS.split(head.strip(), maxsplit=1)
    name = words[0].strip()
    if name.endswith("..."):
        mode, name = "variadic", name[:-3]
    if default.startswith("{") and default.endswith("}"):
        default = default[1:-1].strip()
    return ArgumentDefinition(
        name, words[1].strip() if len(words) > 1 else "", default if equals < len(text) else None, mode
    )


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """Positions and characters outside of strings and parentheses."""
    for at, char, depth in depths(text):
        if depth == 0:
            yield at, char

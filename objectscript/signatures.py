"""Formal arguments of methods and labels, read from their text."""

import re

from .definitions import ArgumentDefinition


def balanced(text: str) -> tuple[str, str]:
    """What is inside the first parentheses, and what follows them."""
    depth, quoted = 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({") - (char in ")}")
            if depth == 0:
                return text[1:at], text[at + 1 :]
    return text[1:], ""


def split(text: str) -> list[str]:
    """At commas outside of strings and parentheses."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({[") - (char in ")}]")
            if char == "," and depth == 0:
                parts.append(text[start:at])
                start = at + 1
    return [*parts, text[start:]] if text[start:].strip() or parts else []


def argument(text: str) -> ArgumentDefinition:
    """One formal argument: ``ByRef name As Type = default``, ``name...``."""
    text = text.strip()
    mode = ""
    for word in ("ByRef", "Output"):
        if text.lower().startswith(f"{word.lower()} "):
            mode, text = word.lower(), text[len(word) :].strip()
    head, equals, default = text.partition("=")
    words = re.split(r"\s+As\s+", head.strip(), maxsplit=1, flags=re.I)
    name = words[0].strip()
    if name.endswith("..."):
        mode, name = "variadic", name[:-3]
    return ArgumentDefinition(
        name, words[1].strip() if len(words) > 1 else "", default.strip() if equals else None, mode
    )

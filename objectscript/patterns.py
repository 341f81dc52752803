"""Pattern match (``?1.3N1"-"2A``) as regular expressions."""

import re
from functools import lru_cache

from .errors import CompileError

_CLASSES = {"A": "A-Za-z", "C": "\\x00-\\x1f\\x7f", "E": "\\x00-\\uffff", "L": "a-z", "N": "0-9", "U": "A-Z",
            "P": " -/:-@\\[-`{-~"}  # fmt: skip


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern.

    Raises:
        CompileError: it is no pattern.
    """
    source, end = _sequence(pattern, 0)
    if end != len(pattern):
        raise CompileError("a pattern atom was expected", pattern, 1, end + 1)
    return re.compile(source, re.DOTALL)


def _sequence(pattern: str, at: int) -> tuple[str, int]:
    source = ""
    while at < len(pattern) and pattern[at] not in ",)":
        count = re.compile(r"(\d*)(\.?)(\d*)").match(pattern, at)
        if count is None or not count.group():
            raise CompileError("a repeat count was expected in a pattern", pattern, 1, at + 1)
        low, dot, high = count.groups()
        repeat = f"{{{low or 0},{high}}}" if dot else f"{{{low}}}"
        atom, at = _atom(pattern, count.end())
        source += f"(?:{atom}){repeat}"
    return source, at


def _atom(pattern: str, at: int) -> tuple[str, int]:
    if at >= len(pattern):
        raise CompileError("a pattern ends where a code or string was expected", pattern, 1, at + 1)
    if pattern[at] == '"':
        string = re.compile(r'"((?:[^"]|"")*)"').match(pattern, at)
        if string is None:
            raise CompileError("a string in a pattern has no closing quote", pattern, 1, at + 1)
        return re.escape(string.group(1).replace('""', '"')), string.end()
    if pattern[at] == "(":
        choices = []
        while at < len(pattern) and pattern[at] in "(,":
            choice, at = _sequence(pattern, at + 1)
            choices.append(choice)
        if at >= len(pattern):
            raise CompileError("an alternation in a pattern has no ')'", pattern, 1, at + 1)
        return "|".join(choices), at + 1
    codes = re.compile(r"[ACELNPUaclnpue]+").match(pattern, at)
    if codes is None:
        raise CompileError(f"{pattern[at]!r} is no pattern code", pattern, 1, at + 1)
    return f"[{''.join(_CLASSES[code] for code in codes.group().upper())}]", codes.end()

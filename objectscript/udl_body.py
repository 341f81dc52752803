"""Where the body of a member ends: the ``}`` in the member's own column that closes what the body opened."""

import re
from dataclasses import dataclass

_NOISE = re.compile(r'"(?:[^"]|"")*"|//.*$|;.*$|##;.*$|/\*.*?\*/')
_CODE = frozenset({"method", "classmethod", "query", "trigger", "clientmethod", "clientclassmethod"})


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a body and the line of the file, from 1, on which it begins."""

    text: str
    line: int


def body_end(lines: list[str], start: int, indent: str, kind: str, member: re.Pattern[str]) -> int | None:
    """The line of the closing brace of a body that begins at line `start`; None when there is none.

    A brace closes the body when the braces before it are balanced or a member follows it, and the class still has a
    closing brace of its own behind it.
    """
    last = next((n for n in range(len(lines) - 1, start - 1, -1) if lines[n].strip().startswith("}")), -1)
    depth = 0
    for at in range(start, last):
        line = lines[at]
        if line.startswith(indent) and _closes(line[len(indent) :]) and (depth <= 0 or _ends_here(lines, at, member)):
            return at
        if "{" in line or "}" in line:
            plain = _NOISE.sub("", line) if kind in _CODE else line
            depth += plain.count("{") - plain.count("}")
    return None


def _closes(line: str) -> bool:
    if not line.startswith("}"):
        return False
    rest = line[1:].strip()
    return not rest or rest.startswith(("//", "/*", ";", "#;"))


def _ends_here(lines: list[str], at: int, member: re.Pattern[str]) -> bool:
    """Whether what follows line `at` shows that a member has ended there: another one, or the end of the class."""
    for following in range(at + 1, len(lines)):
        line = lines[following].strip()
        if not line or line.startswith(("//", "#;", "/*", "*")):
            continue
        if line.startswith("}"):
            return not any(rest.strip() for rest in lines[following + 1 :])
        return lines[following][:1] not in (" ", "\t", ".") and member.match(lines[following]) is not None
    return False

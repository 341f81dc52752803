"""File names made from a template: ``%f_%Q`` is the original name and the time."""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

_DIRECTIVE = re.compile(r"%(!\+\([^)]*\)|\+\([^)]*\)|[A-Za-z%+])")


def file_name(template: str, original: str = "", now: datetime | None = None, count: int = 0) -> str:
    """The name that a template gives; ``%f`` is the original name, ``%Q`` the date and time, others as strftime's.

    ``%!+(_a)`` is nothing at first and ``_a``, ``_b``, … as `count` goes on; ``%+(_a)`` begins with ``_a``.
    Characters that a name must not have become ``_``: a template's result never leaves its folder.
    """
    moment = now or datetime.now()

    def part(found: re.Match[str]) -> str:
        code = found[1]
        if code == "f":
            return original
        if code == "Q":
            return moment.strftime("%Y-%m-%d_%H.%M.%S.") + f"{moment.microsecond // 1000:03}"
        if code == "%":
            return "%"
        if code[0] == "!":
            return _counted(code[3:-1], count - 1) if count else ""
        if code[0] == "+":
            return _counted(code[2:-1], count)
        return moment.strftime(f"%{code}")

    made = _DIRECTIVE.sub(part, template)
    return re.sub(r"[\\/:\0\r\n\t]", "_", made).lstrip(".") or "unnamed"


def file_names(template: str, original: str = "", now: datetime | None = None) -> Iterator[str]:
    """The names that a template gives, to be tried until one is free; only one when it does not count."""
    moment = now or datetime.now()
    last = ""
    for count in itertools.count():
        made = file_name(template, original, moment, count)
        if made == last:
            return
        yield made
        last = made


def _counted(first: str, steps: int) -> str:
    """What follows a text after so many steps: `_a` `_b` … `_z` `_aa`, `1` `2` …; with neither a number goes behind."""
    head = first.rstrip("0123456789")
    digits = first[len(head) :]
    if digits:
        return f"{head}{int(digits) + steps:0{len(digits)}}"
    if not first[-1:].isascii() or not first[-1:].isalpha():
        return f"{first}{steps or ''}"
    base = ord("a") if first[-1].islower() else ord("A")
    number = ord(first[-1]) - base + steps
    made = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        made = chr(base + letter) + made
        number -= 1
    return first[:-1] + made


def free_path(folder: Path, name: str) -> Path:
    """A path in the folder that nothing has yet: the name, or the name with ``_1``, ``_2``, …"""
    path = folder / name
    number = 0
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}_{number}{Path(name).suffix}"
    return path

"""Virtual property paths of HL7: ``PID:5.1``, ``ORCgrp(2).OBXgrp(1).OBX:5(1).2``, ``1:9.1``, ``PID:PatientName``."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .er7 import HL7Error

#: An index that is all there are, ``()``, and one that counts them, ``(*)``; ``(-)`` is the last.
ALL: Final = "()"
COUNT: Final = "*"
LAST: Final = "-"

_STEP = re.compile(r"([A-Za-z0-9_]+)(?:\(([^()]*)\))?")


@dataclass(frozen=True, slots=True)
class Step:
    """A name or number with its index: a position from 1, None, `ALL`, `COUNT` or `LAST`."""

    name: str
    index: int | str | None = None

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}({'' if self.index == ALL else self.index})"


@dataclass(frozen=True, slots=True)
class Path:
    """The steps to a segment or group, and those below the segment."""

    text: str
    segment: tuple[Step, ...]
    field: tuple[Step, ...] = ()


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """A path of a message: what stands before the colon, and what behind it.

    Raises:
        HL7Error: it is no path; names it and the place.
    """
    before, colon, behind = text.strip().partition(":")
    if not before:
        raise HL7Error(f"path {text!r}: it names no segment")
    if colon and not behind:
        raise HL7Error(f"path {text!r}: a field must stand behind the colon")
    return Path(text, _steps(text, before), fields(behind, text) if colon else ())


@lru_cache(maxsize=4096)
def fields(text: str, whole: str = "") -> tuple[Step, ...]:
    """A path in a segment: ``5``, ``3(2).1``, ``PatientName.GivenName``.

    Raises:
        HL7Error: it is no path; names it and the place.
    """
    steps = _steps(whole or text, text.strip().removeprefix(":"))
    if len(steps) > 3:
        raise HL7Error(f"path {whole or text!r}: below a field there are components and subcomponents, no more")
    for step in steps[1:]:
        if step.index not in (None, 1):
            raise HL7Error(f"path {whole or text!r}: {step} cannot repeat, only fields can")
    return steps


def _steps(whole: str, text: str) -> tuple[Step, ...]:
    found: list[Step] = []
    at = 0
    while True:
        match = _STEP.match(text, at)
        if match is None:
            raise HL7Error(f"path {whole!r}: a name or number was expected at {text[at:]!r}")
        name, index = match.groups()
        found.append(Step(name, _index(whole, index)))
        at = match.end()
        if at == len(text):
            return tuple(found)
        if text[at] != ".":
            raise HL7Error(f"path {whole!r}: '.' or ':' was expected at {text[at:]!r}")
        at += 1


def _index(whole: str, written: str | None) -> int | str | None:
    if written is None:
        return None
    written = written.strip()
    if written == "":
        return ALL
    if written in (COUNT, LAST):
        return written
    if not written.isdigit() or int(written) == 0:
        raise HL7Error(f"path {whole!r}: an index is a number from 1, empty, * or -, found {written!r}")
    return int(written)

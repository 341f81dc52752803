"""``document.{path}`` in the texts of transformations: finding them, and giving their indices values."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from isc.py.objectscript import Frame, compile_expression
from isc.py.objectscript.operations import call_method
from isc.py.objectscript.values import number, text

_OWNER = r"[A-Za-z%][\w.]*"
_REFERENCE = re.compile(rf"(?P<owner>{_OWNER})\.\{{(?P<path>[^{{}}]*)\}}")
_QUOTED_OR_REFERENCE = re.compile(rf'"[^"]*"|{_REFERENCE.pattern}')
_QUOTED_OR_ITEM = re.compile(r'"[^"]*"|(?<=[\w)}])\.\((?P<key>[^()]*)\)')
_INDEX = re.compile(r"(?<=\()([A-Za-z][\w.]*(?:[+-]\d+)?)(?=\))")


@dataclass(frozen=True, slots=True)
class Reference:
    """``owner.{path}``."""

    owner: str
    path: str

    @property
    def holes(self) -> int:
        """How many empty indices it has: each stands for all there are."""
        return self.path.count("()")

    def __str__(self) -> str:
        return f"{self.owner}.{{{self.path}}}"


def whole(written: str) -> Reference | None:
    """The reference that a text is, None when it is something else or more."""
    found = _REFERENCE.fullmatch(written.strip())
    return Reference(found["owner"], found["path"]) if found else None


def references(written: str) -> list[Reference]:
    """The references in an expression."""
    found = (match for match in _QUOTED_OR_REFERENCE.finditer(written) if match["owner"])
    return [Reference(match["owner"], match["path"]) for match in found]


def filled(written: str, names: list[str], keep_last: bool = False) -> str:
    """An expression with the empty indices of its references replaced by variables, in their order."""

    def one(match: re.Match[str]) -> str:
        if not match["owner"]:
            return match.group()
        path = match["path"]
        for name in names[: path.count("()") - keep_last]:
            path = path.replace("()", f"({name})", 1)
        return f"{match['owner']}.{{{path}}}"

    return _QUOTED_OR_REFERENCE.sub(one, written)


def expression(written: str) -> str:
    """The text as an expression of the language: ``Items.(key)`` is ``Items.GetAt(key)``."""
    return _QUOTED_OR_ITEM.sub(lambda found: f".GetAt({found['key']})" if found["key"] else found.group(), written)


def path_of(path: str, place: str) -> Callable[[Frame], str]:
    """What a path is once its indices that are variables have their values."""
    parts = _INDEX.split(path)
    indices = [compile_expression(index, place) for index in parts[1::2]]

    def made(frame: Frame) -> str:
        values = [text(index.evaluate(frame)) for index in indices]
        return "".join(f"{part}{value}" for part, value in zip(parts[::2], [*values, ""], strict=True))

    return made


def counter(owner: str, path: str, place: str) -> Callable[[Frame], int]:
    """How many there are of what the path's last step names; the path ends in front of its index."""
    document, counted = compile_expression(owner, place), path_of(f"{path}(*)", place)

    def count(frame: Frame) -> int:
        return int(number(call_method(frame, document.evaluate(frame), "GetValueAt", (counted(frame),))))

    return count

"""File names made from a template: ``%f_%Q`` is the original name and the time."""

import re
from datetime import datetime
from pathlib import Path

_DIRECTIVE = re.compile(r"%(!\+\([^)]*\)|\+\([^)]*\)|[A-Za-z%+])")


def file_name(template: str, original: str = "", now: datetime | None = None) -> str:
    """The name that a template gives; ``%f`` is the original name, ``%Q`` the date and time, others as strftime's.

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
        return "" if code[0] in "!+" else moment.strftime(f"%{code}")

    made = _DIRECTIVE.sub(part, template)
    return re.sub(r"[\\/:\0\r\n\t]", "_", made).lstrip(".") or "unnamed"


def free_path(folder: Path, name: str) -> Path:
    """A path in the folder that nothing has yet: the name, or the name with ``_1``, ``_2``, …"""
    path = folder / name
    number = 0
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}_{number}{Path(name).suffix}"
    return path

"""`Matcher`: masks of names, as ``SaveContext`` and ``ExecuteClass`` take them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


class Matcher:
    """Names with commas; ``*`` stands for any characters, ``?`` for one. Case counts."""

    def __init__(self, mask: str = "*") -> None:
        self.parts = tuple(part.strip() for part in mask.split(",") if part.strip())

    def Match(self, name: str) -> bool:
        """Whether the mask lets a name through."""
        return any(fnmatchcase(name, part) for part in self.parts)

    def Filter(self, names: Iterable[str]) -> list[str]:
        """The names that it lets through."""
        return [name for name in names if self.Match(name)]

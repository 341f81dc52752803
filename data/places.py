"""Where rows, counters and index entries stand: a global with subscripts, or a node below the row of a parent."""

from dataclasses import dataclass

from isc.py.iscpython_c.globals import Subscript, encode_key
from isc.py.objectscript.functions.strings import name_parts

from .zwrite import reference

#: What the location of a child begins with: the row of its parent.
PARENT = "{%%PARENT}"


@dataclass(frozen=True, slots=True)
class Place:
    """A node that others stand below: ``^Name``, ``^Name("a")``; with `below_parent` below the row of the parent."""

    name: str
    subscripts: tuple[str, ...] = ()
    below_parent: bool = False

    def key(self, *more: Subscript) -> bytes:
        """The key of a node below; the place must not be one below a parent."""
        return encode_key(self.name, (*self.subscripts, *more))

    def __str__(self) -> str:
        return f"{PARENT}({self.subscripts})" if self.below_parent else reference(self.name, self.subscripts)


def place_of(location: str, otherwise: str) -> Place:
    """The place of a location as a storage definition writes it; that of `otherwise` when it is empty."""
    written = location.strip() or otherwise
    name, *subscripts = name_parts(written)
    below_parent = name.strip() == PARENT
    return Place("" if below_parent else name.removeprefix("^"), tuple(map(str.strip, subscripts)), below_parent)

"""What a source file holds: classes, routines, include files, each as one text of its kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One thing of a file.

    `kind` is ``class``, ``routine``, ``include``, ``project`` or ``other``; `text` is UDL for a class. `origins` has
    the line of the file, from 1, for every line of the text; empty when they are the same.
    """

    kind: str
    name: str
    text: str
    origins: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def line(self, number: int) -> int:
        """The line of the file that a line of the text came from."""
        if not self.origins:
            return number
        return self.origins[min(max(number, 1), len(self.origins)) - 1]

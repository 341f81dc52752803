"""``iscpy bpl draw PROCESS``: the diagram of a process as SVG."""

import sys
from pathlib import Path

from isc.py.bpl.diagram import svg
from isc.py.bpl.outline import outline_of
from isc.py.objectscript import dictionary

from . import screen
from .failures import CommandError
from .project import enter


def draw(process: str, out: Path | None, folder: Path) -> None:
    """Write the diagram to a file, or to standard output.

    Raises:
        BPLError: the class has no BPL.
        ClassNotFoundError: there is no such class.
        CommandError: the file could not be written.
    """
    enter(folder)
    drawn = svg(outline_of(dictionary.resolve(process)))
    if out is None:
        sys.stdout.write(drawn)
        return
    try:
        out.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--out {out}: {error.strerror}") from error
    screen.say(f"wrote {out}")

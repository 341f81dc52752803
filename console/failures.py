"""How a failure looks on the command line: a last line that says what went wrong, and no traceback of ours."""

import errno
import os
from pathlib import Path

import typer
from isc.py.iscpython_c.exceptions import CodeError, IscError


class CommandError(IscError):
    """A command could not do what it was asked; names what, where and the mend."""


def explained(error: BaseException) -> tuple[str, str]:
    """What to show before, and the last line.

    The first part is the rest of a message of several lines, or the traceback of the user's own code.
    """
    if isinstance(error, IscError | OSError):
        text = _of_file(error) if isinstance(error, OSError) and isinstance(error.filename, str | bytes) else str(error)
        lines = [line for line in text.splitlines() if line.strip()] or [type(error).__name__]
        above = "\n".join(lines[1:])
        if isinstance(error, CodeError):
            above = error.traceback.rstrip()
        return above, lines[0]
    name = f"{type(error).__name__}: {error}".rstrip(": ")
    return "", f"{name} (this is a mistake of isc-py itself: iscpy --debug shows where)"


def _of_file(error: OSError) -> str:
    """What went wrong with a file, in words; that a folder is missing when it is that."""
    path = Path(os.fsdecode(error.filename))
    if error.errno == errno.ENOENT:
        return f"there is no file {path}" if path.parent.is_dir() else f"{path}: there is no folder {path.parent}"
    return f"{path}: {error.strerror}"


def report(error: BaseException, *, debug: bool) -> None:
    """Show a failure on stderr."""
    from isc.py.ens.redaction import redacted  # here: most commands do not fail

    above, last = map(redacted, explained(error))  # what a shell shows is kept by cron and CI
    if debug:
        import traceback

        typer.echo("".join(traceback.format_exception(error)).rstrip(), err=True)
    elif above:
        typer.echo(above, err=True)
    typer.echo(f"error: {last}", err=True)

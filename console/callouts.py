"""``iscpy callout``: the shared library for foreign hosts: where it is, whether it works, what a host needs."""

import shlex
from dataclasses import asdict
from pathlib import Path

from isc.py.iscpython_c.gtm import write_gtm
from isc.py.iscpython_c.iris import build_iris
from isc.py.iscpython_c.library import check, get_include, get_library

from . import screen
from .failures import CommandError


def path() -> None:
    """The path of the library."""
    screen.say(str(get_library()))


def header() -> None:
    """The path of the header."""
    screen.say(str(get_include() / "iscpython.h"))


def diagnose(python: str, *, as_json: bool) -> None:
    """Start the library as a host would and say what it found.

    Raises:
        CommandError: it finds no Python that it can start; says why.
    """
    found = check(python)
    if as_json:
        screen.show_json(asdict(found) | {"library": str(found.library)})
    elif not found.problem:
        screen.show_properties(str(found.library), found.found)
    if found.problem:
        raise CommandError(found.problem)


def gtm(folder: Path) -> None:
    """Write the tables and the routine for GT.M and YottaDB, and show the variables that a process needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in write_gtm(folder.resolve()).items():
        screen.say(f"export {name}={shlex.quote(value)}")


def iris(folder: Path, home: str) -> None:
    """Compile the Callout library against a server's headers.

    Raises:
        CalloutError: there are no headers, or they do not compile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    screen.say(str(build_iris(folder.resolve(), home)))

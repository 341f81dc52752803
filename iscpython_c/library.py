"""The shared library for foreign hosts: where it is, and the record beside it of the Python it starts."""

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from .exceptions import IscError
from .libpython import described

_NAME = "libiscpython.so"
_RECORD = "libiscpython.path"


@dataclass(frozen=True)
class Record:
    """What the library starts when nothing else is named; `libpython` is "" for a Python without a shared library."""

    libpython: str
    python: str
    version: str


def get_library() -> Path:
    """The path of ``libiscpython.so``.

    Raises:
        IscError: it is not there: the installation is broken.
    """
    return _installed(_NAME)


def get_include() -> Path:
    """The folder of ``iscpython.h``.

    Raises:
        IscError: it is not there: the installation is broken.
    """
    return _installed("include/iscpython.h").parent


def _installed(name: str) -> Path:
    path = Path(str(files(__package__).joinpath(name)))
    if not path.is_file():
        raise IscError(f"{path} is not there: install isc-py again (pip install --force-reinstall isc-py)")
    return path


def record_path() -> Path:
    """The file beside the library that names its Python."""
    return get_library().with_name(_RECORD)


def read_record() -> Record | None:
    """What the file beside the library says, None without one."""
    try:
        lines = record_path().read_text().split("\n")
    except FileNotFoundError:
        return None
    return Record(*[*lines, "", "", ""][:3])


def write_record() -> Record:
    """Make the library start the Python that runs this; written only when it says something else. Idempotent.

    Raises:
        IscError: the folder of the library cannot be written to.
    """
    wanted = Record(*described().split("\n")[:3])
    if read_record() != wanted:
        path = record_path()
        try:
            made = path.with_name(f"{path.name}.{os.getpid()}")
            made.write_text(described())
            made.replace(path)  # a host that starts meanwhile finds the old one or the new one, whole
        except OSError as error:
            raise IscError(
                f"{path} cannot be written ({error}): set ISCPYTHON_LIBPYTHON for the host instead"
            ) from error
    return wanted


@dataclass(frozen=True)
class Check:
    """What a host would find: `found` is the description of the started Python, `problem` why there is none."""

    library: Path
    record: Record | None
    found: dict[str, str]
    problem: str


def check(python: str = "") -> Check:
    """Start the library in a process of its own, as a host would, and say what it found.

    Raises:
        IscError: the library is not there.
    """
    import subprocess

    program = str(_installed("iscpython-check"))
    answer = subprocess.run([program, python], capture_output=True, text=True, check=False)
    found = dict(line.split(": ", 1) for line in answer.stdout.splitlines() if ": " in line)
    return Check(get_library(), read_record(), found, answer.stderr.strip() if answer.returncode else "")

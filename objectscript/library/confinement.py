"""Where file functions may reach: anywhere, or only below a folder that a run was confined to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..errors import ObjectScriptError
from ..values import text

_folder: ContextVar[Path | None] = ContextVar("confinement", default=None)


@contextmanager
def confine(folder: Path | str) -> Iterator[Path]:
    """For the block, file functions reach only what is below `folder`, and relative names begin there."""
    token = _folder.set(Path(folder).resolve())
    try:
        yield Path(folder).resolve()
    finally:
        _folder.reset(token)


def base() -> Path:
    """Where relative names begin."""
    return _folder.get() or Path.cwd()


def path_of(name: object) -> Path:
    """The path of a file name, links followed.

    Raises:
        ObjectScriptError: ``<PROTECT>``: it is outside of the folder that this run is confined to.
    """
    shown = text(name)
    if "\0" in shown:
        raise ObjectScriptError("<ILLEGAL VALUE>", f"a file name has no $char(0): {shown!r}")
    folder = _folder.get()
    if folder is None:
        return Path(shown)
    found = (folder / shown).resolve()
    if not found.is_relative_to(folder):
        raise ObjectScriptError("<PROTECT>", f"{shown} is outside of {folder}, which this run is confined to")
    return found

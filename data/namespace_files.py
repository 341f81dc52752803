"""The folder of a namespace: which version wrote it, and who has it open.

Every process that has a namespace open holds a shared lock on a file beside it; what replaces the files of a namespace
needs that lock for itself alone.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isc.py.iscpython_c.private_folder import private_folder

from .exceptions import DataError

#: The form of what is stored; a namespace of a higher one is refused. From 2 on every global has a mark of its last
#: change: what wrote form 1 would not renew it.
FORMAT = 2
RECORD = "namespace.json"


class NamespaceVersionError(DataError):
    """A namespace that a newer version of isc-py has written."""


class NamespaceInUseError(DataError):
    """A namespace whose files cannot be replaced, for a process has it open."""


def check_format(path: Path) -> int:
    """The form in which the namespace of a folder is stored.

    Raises:
        NamespaceVersionError: this version cannot read it.
        DataError: the record of it is damaged.
    """
    record = path / RECORD
    try:
        found = json.loads(record.read_text(encoding="utf-8"))["format"]
    except FileNotFoundError:
        return FORMAT  # made before there were records
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise DataError(f'{record} is damaged: write {{"format": {FORMAT}}} into it, or restore a backup') from error
    if not isinstance(found, int) or found > FORMAT:
        raise NamespaceVersionError(
            f"namespace {path.name} ({path}) was written by a newer version of isc-py: it has form {found}, this "
            f"version reads up to {FORMAT}: install the newer version"
        )
    return found


def write_record(path: Path) -> None:
    """Say in which form a namespace is stored, unless it is said already; an older form becomes this one."""
    record = path / RECORD
    if record.exists() and check_format(path) == FORMAT:
        return
    with suppress(OSError):  # a full disk is no reason not to read what is there
        _write(record)


def _write(record: Path) -> None:
    fresh = record.with_name(f"{RECORD}.{os.getpid()}.new")
    fresh.write_text(json.dumps({"format": FORMAT}) + "\n", encoding="utf-8")
    fresh.replace(record)


class InUse:
    """That this process has a namespace open; let go by `close`, or with the process."""

    def __init__(self, path: Path) -> None:
        self._file: int | None = os.open(_lock_file(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_SH)  # waits while the files are being replaced

    def close(self) -> None:
        """Let go; idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """No other process has the namespace open, or opens it, for the block.

    Raises:
        NamespaceInUseError: one has it open.
    """
    file = os.open(_lock_file(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NamespaceInUseError(
                f"namespace {path.name} is in use by another process: stop what runs in {path.parents[2]}, "
                "then try again"
            ) from error
        yield
    finally:
        os.close(file)


def _lock_file(path: Path) -> Path:
    place = path.parent.parent / "in-use"
    private_folder(place)
    return place / path.name

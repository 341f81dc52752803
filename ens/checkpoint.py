"""Time travel: the context of an operation as it was after each message, kept as files of ``.iscpy/checkpoints``.

With ``Checkpoint=activity`` a worker saves its context when it has run a message, and when it starts. A file is of one
message; it names the one before it in the same worker, so that the context a message began with is there, too.
"""

import itertools
import json
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isc.py.data.context_file import keep, line_of, pack, unpack
from isc.py.data.namespace import FOLDER, current
from isc.py.iscpython_c import context as live
from isc.py.iscpython_c.exceptions import IscError
from isc.py.iscpython_c.private_folder import private_folder

from .redaction import HIDDEN, is_secret, redacted

_PLACE = "checkpoints"
_SUFFIX = ".context"


class CheckpointError(IscError, LookupError):
    """There is no checkpoint of what is asked for; says which there are."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file says about itself; `before` is the file of the message before it, "" when that is the first.

    `values` are the rows about its variables (`SavedValue`), `skipped` those that could not be saved, with the reason.
    """

    session: int
    message: int
    item: str
    class_name: str
    worker: int
    before: str
    created: float
    values: tuple[Mapping[str, str], ...]
    skipped: Mapping[str, str]

    @property
    def lines(self) -> list[str]:
        """The variables in words."""
        return [line_of(row) for row in self.values]


class Checkpoints:
    """What a worker writes.

    Args:
        folder: the production's.
        item: the operation.
        class_name: its class.
        count: how many are kept for each worker; older files go.
    """

    def __init__(self, folder: Path, item: str, class_name: str, count: int) -> None:
        self._folder = folder / FOLDER / _PLACE
        self._item = item
        self._class = class_name
        self._count = count
        self._written: deque[Path] = deque()
        self._numbers = itertools.count()
        self._start = ""
        self._before: dict[str, str] = {}  # by context

    def save(self, session: int, message: int, context: str = live.DEFAULT) -> Checkpoint:
        """Keep the context as it is now; session and message are 0 for the start of a worker."""
        packed = pack(context)
        name = f"{message}{_SUFFIX}" if message else f"start-{os.getpid()}-{next(self._numbers)}{_SUFFIX}"
        path = self._folder / str(session) / name
        made = Checkpoint(
            session,
            message,
            self._item,
            self._class,
            os.getpid(),
            self._before.get(context, self._start),
            time.time(),
            packed.rows,
            packed.skipped,
        )
        head = json.dumps(asdict(made)).encode()
        private_folder(path.parent)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(head + b"\n" + packed.data)
        fresh.replace(path)
        if message:
            self._before[context] = f"{session}/{name}"
        else:
            self._start = f"{session}/{name}"
        self._written.append(path)
        while len(self._written) > self._count:
            _remove(self._written.popleft())
        return made


def without_secrets(row: Mapping[str, str]) -> dict[str, str]:
    """A row of `Checkpoint.values` as it may be shown: a variable whose name says that it is secret has no value."""
    hide = is_secret(row.get("Name", ""))
    return dict(row) | {key: HIDDEN if hide else redacted(row[key]) for key in ("Repr", "JSON") if row.get(key)}


def checkpoints_of(folder: Path, session: int) -> list[Checkpoint]:
    """The checkpoints of a session, in the order of their messages."""
    place = folder / FOLDER / _PLACE / str(session)
    paths = sorted(place.glob(f"[0-9]*{_SUFFIX}"), key=lambda path: int(path.name.removesuffix(_SUFFIX)))
    return [_read(path)[0] for path in paths]


def checkpoint_of(folder: Path, session: int, message: int | None = None) -> Checkpoint:
    """The checkpoint of a message, of the session's last one when none is named.

    Raises:
        CheckpointError: it has none.
    """
    there = checkpoints_of(folder, session)
    found = [item for item in there if message in (None, item.message)]
    if found:
        return found[-1]
    if there:
        known = ", ".join(str(item.message) for item in there)
        raise CheckpointError(f"message {message} of session {session} has no checkpoint; those that have one: {known}")
    raise CheckpointError(
        f"session {session} has no checkpoint: set Checkpoint=activity on the operation; they are made from then on"
    )


def restore(folder: Path, found: Checkpoint, *, before: bool = False, context: str = live.DEFAULT) -> list[str]:
    """Bring a checkpoint into a context of this process: as the message left it, or as it began; the names.

    What was saved may run code when it is loaded; its signature tells that it was saved in this folder.

    Raises:
        CheckpointError: the one before it is not kept any more.
        ContextError: the file was changed.
    """
    path = _path(folder, found, before=before)
    return unpack(_read(path)[1], str(path), context)


def keep_as_context(folder: Path, found: Checkpoint, *, before: bool = False) -> int:
    """A checkpoint as a saved context, which a ``RestoreRequest`` takes; its id. Raises like `restore`."""
    path = _path(folder, found, before=before)
    held, data = _read(path)
    description = f"{'before' if before else 'after'} message {found.message} of session {found.session}"
    created = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.created))
    return keep(data, held.values, str(path), "checkpoint", description, created)


def _path(folder: Path, found: Checkpoint, *, before: bool) -> Path:
    place = folder / FOLDER / _PLACE
    if not before:
        return place / str(found.session) / f"{found.message}{_SUFFIX}"
    path = place / found.before
    if not found.before or place.resolve() not in path.resolve().parents or not path.exists():
        raise CheckpointError(
            f"what message {found.message} began with is not kept any more: CheckpointCount says how many are"
        )
    return path


def _read(path: Path) -> tuple[Checkpoint, bytes]:
    try:
        head, _, data = path.read_bytes().partition(b"\n")
        held: dict[str, Any] = json.loads(head)
        return Checkpoint(**held | {"values": tuple(held["values"])}), data
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is no checkpoint: {error}") from error


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        return


def purge_checkpoints(folder: Path, before: float) -> int:
    """Remove those that are older than a moment (Unix seconds); how many."""
    gone = 0
    for path in (folder / FOLDER / _PLACE).glob(f"*/*{_SUFFIX}"):
        if path.stat().st_mtime < before:
            _remove(path)
            gone += 1
    return gone


def of_this_process(item: str, class_name: str, count: int) -> Checkpoints:
    """What the worker of an operation writes to, in the folder of the current namespace."""
    return Checkpoints(current().folder, item, class_name, count)

"""``iscpy session``: an operation's context as a message left it: listed, shown, opened, a message run on it again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from isc.py.data.context_file import line_of
from isc.py.ens.checkpoint import Checkpoint, checkpoint_of, checkpoints_of, restore, without_secrets
from isc.py.ens.replay import replay as run_again
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.msg import wire
from isc.py.util.shell import Shell, zpy

from . import screen
from .banked import bank_of, no_such_session
from .failures import CommandError
from .project import enter
from .requests import request_text


def list_checkpoints(session: int, folder: Path, *, as_json: bool) -> None:
    """The checkpoints of a session.

    Raises:
        CheckpointError: a file of them cannot be read.
    """
    found = checkpoints_of(folder, session)
    if not found:
        _known(session, folder)
    if as_json:
        screen.show_json([_shown(item) for item in found])
        return
    if not found:
        screen.say(f"no context of session {session} is kept: an operation with Checkpoint=activity keeps them")
        return
    rows = [
        [
            item.message,
            item.item,
            datetime.fromtimestamp(item.created).isoformat(" ", "milliseconds"),
            len(item.lines) - len(item.skipped),
            ", ".join(item.skipped),
        ]
        for item in found
    ]
    screen.show_rows(["Message", "Item", "Saved", "Variables", "Not saved"], rows)


def show(session: int, message: int | None, folder: Path, *, as_json: bool) -> None:
    """The variables of one checkpoint; nothing of it is loaded.

    Raises:
        CheckpointError: there is none.
    """
    found = _checkpoint(folder, session, message)
    if as_json:
        screen.show_json(_shown(found))
        return
    screen.say(f"message {found.message} of session {found.session} left in {found.item}:")
    for row in found.values:
        screen.say(f"  {line_of(without_secrets(row))}")


def open_session(session: int, message: int | None, code: str, folder: Path, *, before: bool) -> None:
    """A ``PY>`` prompt on the context that a message left, or began with; or one line of code on it.

    Raises:
        CheckpointError: there is no such checkpoint.
        ContextError: its signature fails.
    """
    enter(folder)
    found = _checkpoint(folder, session, message)
    names = restore(folder, found, before=before)
    missing = {} if before else found.skipped
    if code:
        try:
            shown = zpy(code)
        except CodeError as error:
            for name, reason in missing.items():
                if f"name '{name}' is not defined" in str(error):
                    raise CommandError(f"{name} is not there, it could not be saved: {reason}") from error
            raise
        if shown:
            screen.say(shown)
        return
    place = "as it was before" if before else "as it was after"
    screen.say(
        f"The context of {found.item} {place} message {found.message}: {len(names)} names. An empty line ends it."
    )
    for name, reason in missing.items():
        screen.say(f"Not there: {name} ({reason})")
    screen.say("What you do here stays here: neither the production nor the checkpoint changes.")
    Shell().loop()


def replay(message: int, settings: Sequence[str], folder: Path, *, as_json: bool) -> None:
    """Run a message again on the context it began with, here, and show what it answers.

    Raises:
        CheckpointError: it has no checkpoint.
        CodeError: its code raised.
    """
    enter(folder)
    bank = bank_of(folder)
    try:
        row = bank.message(message)
        changes = json.loads(request_text(row.class_name, settings)) if row is not None else {}
        answer = run_again(bank, folder, message, changes)
    finally:
        bank.close()
    name, body = wire.body(answer)
    if as_json:
        screen.show_json({"message": message, "class": name, "properties": json.loads(body)})
    else:
        screen.show_properties(f"{name}  (message {message} run again, here)", json.loads(body))


def _checkpoint(folder: Path, session: int, message: int | None) -> Checkpoint:
    if not checkpoints_of(folder, session):
        _known(session, folder)
    return checkpoint_of(folder, session, message)


def _known(session: int, folder: Path) -> None:
    """Raise when the bank has no such session: a message's number is easily taken for its session's."""
    bank = bank_of(folder)
    try:
        if not bank.messages(session, limit=1):
            raise CommandError(no_such_session(bank, session))
    finally:
        bank.close()


def _shown(item: Checkpoint) -> dict[str, object]:
    return asdict(item) | {"values": [without_secrets(row) for row in item.values]}

"""``iscpy session``: an operation's context as a message left it: listed, shown, opened, a message run on it again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from isc.py.ens.checkpoint import checkpoint_of, checkpoints_of, restore
from isc.py.ens.replay import replay as run_again
from isc.py.msg import wire
from isc.py.util.shell import Shell, zpy

from . import screen
from .banked import bank_of
from .project import enter
from .requests import request_text


def list_checkpoints(session: int, folder: Path, *, as_json: bool) -> None:
    """The checkpoints of a session.

    Raises:
        CheckpointError: a file of them cannot be read.
    """
    found = checkpoints_of(folder, session)
    if as_json:
        screen.show_json([asdict(item) for item in found])
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
    found = checkpoint_of(folder, session, message)
    if as_json:
        screen.show_json(asdict(found))
        return
    screen.say(f"message {found.message} of session {found.session} left in {found.item}:")
    for line in found.lines:
        screen.say(f"  {line}")


def open_session(session: int, message: int | None, code: str, folder: Path, *, before: bool) -> None:
    """A ``PY>`` prompt on the context that a message left, or began with; or one line of code on it.

    Raises:
        CheckpointError: there is no such checkpoint.
        ContextError: its signature fails.
    """
    enter(folder)
    found = checkpoint_of(folder, session, message)
    names = restore(folder, found, before=before)
    if code:
        shown = zpy(code)
        if shown:
            screen.say(shown)
        return
    place = "as it was before" if before else "as it was after"
    screen.say(
        f"The context of {found.item} {place} message {found.message}: {len(names)} names. An empty line ends it."
    )
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

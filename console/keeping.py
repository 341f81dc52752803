"""``iscpy purge`` and ``iscpy messages export|import``: old sessions go, sessions move from one bank to another."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from isc.py.ens.bank import Moved, bank_place, export_messages, import_messages, open_bank
from isc.py.ens.bank import purge as purge_bank
from isc.py.ens.checkpoint import purge_checkpoints
from isc.py.ens.context_purge import purge_session_contexts
from isc.py.ens.search import moment

from . import screen
from .banked import bank_of
from .failures import CommandError
from .project import enter


def purge(before: str, folder: Path, *, pretend: bool, as_json: bool) -> None:
    """Delete whole sessions that ended before a time, their saved contexts, and checkpoints that were kept before it.

    Raises:
        CommandError: there is no bank.
        SearchError: it is no time.
    """
    when = moment(before)
    bank = bank_of(folder)
    enter(folder)
    try:
        gone = purge_bank(bank, when, pretend=pretend)
        contexts = purge_session_contexts(bank, pretend=pretend)
    finally:
        bank.close()
    checkpoints = 0 if pretend else purge_checkpoints(folder, when)
    if as_json:
        screen.show_json(asdict(gone) | {"checkpoints": checkpoints, "contexts": contexts, "pretend": pretend})
        return
    day = datetime.fromtimestamp(when).isoformat(" ", "seconds")
    word = "would go" if pretend else "are gone"
    screen.say(
        f"{gone.sessions} sessions that ended before {day} {word}: {gone.messages} messages, {gone.events} events"
    )
    if checkpoints:
        screen.say(f"{checkpoints} kept contexts are gone")
    if contexts:
        screen.say(f"{contexts} saved contexts of sessions {word}")


def export(file: Path, sessions: Sequence[int], folder: Path, *, as_json: bool) -> None:
    """Write sessions to a file (0600), or to stdout for ``-``.

    Raises:
        CommandError: there is no bank, or no such session.
    """
    bank = bank_of(folder)
    try:
        if str(file) == "-":
            export_messages(bank, sys.stdout, sessions or None)
            return
        if not file.parent.is_dir():
            raise CommandError(f"{file}: there is no folder {file.parent}")
        fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                moved = export_messages(bank, out, sessions or None)
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
    except LookupError as error:
        raise CommandError(f"{error.args[0]}: iscpy messages lists what there is") from error
    finally:
        bank.close()
    _show(moved, f"written to {file}", as_json=as_json)


def import_file(file: Path, folder: Path, *, resume: bool, as_json: bool) -> None:
    """Add the sessions of a file to the bank of the folder, which is made when there is none.

    Raises:
        BankError: the file is none of ours; nothing was added.
        ProductionError: a production runs here.
    """
    with file.open(encoding="utf-8") if str(file) != "-" else sys.stdin as source:
        bank = open_bank(bank_place(folder))  # after the file: a wrong name makes no bank
        try:
            moved = import_messages(bank, source, resume=resume)
        finally:
            bank.close()
    _show(moved, "added to the bank", as_json=as_json)


def _show(moved: Moved, what: str, *, as_json: bool) -> None:
    if as_json:
        screen.show_json(asdict(moved))
    else:
        screen.say(f"{moved.sessions} sessions with {moved.messages} messages and {moved.events} events are {what}")

"""``iscpy context save|diff|restore``: the context of an operation that runs in this folder, and its saved forms."""

import json
from pathlib import Path

from isc.py.data.context import Context
from isc.py.ens.control import ControlClient

from . import screen
from .project import enter

OPERATION = "isc.py.ens.Operation"


def save(target: str, mask: str, name: str, description: str, folder: Path, *, as_json: bool) -> None:
    """Save the context of an operation's worker.

    Raises:
        ProductionError: no production runs here.
        MessageFailedError: the operation could not save it.
    """
    body = json.dumps({"Mask": mask, "Name": name, "Description": description})
    with ControlClient(folder) as client:
        answer = client.send(target, "isc.py.msg.SaveRequest", body)
    context_id = json.loads(answer["body"])["StringValue"]
    if as_json:
        screen.show_json({"context": context_id, "session": answer["session"]})
    else:
        screen.say(f"context {context_id} is saved: iscpy context show {context_id}")


def restore(context_id: str, target: str, folder: Path, *, clear: bool, as_json: bool) -> None:
    """Restore a saved context into an operation's worker.

    Raises:
        ProductionError: no production runs here.
        MessageFailedError: there is no such context, or its signature fails.
    """
    body = json.dumps({"ContextId": context_id, "Clear": int(clear)})
    with ControlClient(folder) as client:
        answer = client.send(target, "isc.py.msg.RestoreRequest", body)
    if as_json:
        screen.show_json({"context": context_id, "session": answer["session"]})
    else:
        screen.say(f"context {context_id} is restored into {target}")


def diff(before: str, after: str, folder: Path, *, as_json: bool) -> None:
    """What changed from one saved context to another. Both are loaded in this process: their code may run.

    Raises:
        ContextError: there is none of an id, or its signature fails.
    """
    enter(folder)
    found = Context.DiffContexts(before, after)
    if as_json:
        screen.show_json([{"name": c.name, "kind": c.kind, "before": c.before, "after": c.after} for c in found])
        return
    screen.show_rows(["Name", "Change", "Before", "After"], [[c.name, c.kind, c.before, c.after] for c in found])

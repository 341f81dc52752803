"""``iscpy item``, ``reload`` and ``stop``: the production that runs in a folder is steered through its socket."""

import os
import select
from pathlib import Path

from isc.py.ens.control import ControlClient

from . import screen
from .failures import CommandError

_DONE = {"enable": "is enabled", "disable": "is disabled: what is sent to it waits", "restart": "has been restarted"}


def act(name: str, action: str, folder: Path) -> None:
    """Enable, disable or restart an item.

    Raises:
        ProductionError: no production runs here, it has no such item, or the item did not start.
    """
    with ControlClient(folder) as client:
        client.item(name, action)
        kinds = {item["name"]: item["kind"] for item in client.status()["items"]}
    done = "is disabled: it takes no inputs" if action == "disable" and kinds[name] == "service" else _DONE[action]
    screen.say(f"{name} {done}")


def reload(folder: Path, *, as_json: bool) -> None:
    """Take up changed classes and a changed production.

    Raises:
        ProductionError: no production runs here, or what changed does not fit.
    """
    with ControlClient(folder) as client:
        found = client.reload()
    if as_json:
        screen.show_json(found)
        return
    for name in found["classes"]:
        screen.say(f"changed: {name}")
    for name, what in found["items"].items():
        screen.say(f"{name}: {what}")
    if not found["items"]:
        screen.say("no item has changed")
        if found["classes"]:
            screen.say("workers keep what they have used of them: iscpy item restart ITEM gives an item a new one")


def stop(folder: Path, timeout: float) -> None:
    """Stop the production and wait until its process has ended.

    Raises:
        ProductionError: none runs here.
        CommandError: it has not ended after `timeout` seconds; it goes on stopping.
    """
    with ControlClient(folder) as client:
        found = client.status()
        process = os.pidfd_open(found["pid"])
        client.stop()
    try:
        if not select.select([process], [], [], timeout)[0]:
            raise CommandError(
                f"{found['production']} has not stopped after {timeout:g} s: what runs is finished first"
            )
    finally:
        os.close(process)
    screen.say(f"{found['production']} has stopped")

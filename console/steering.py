"""``iscpy item``, ``reload`` and ``stop``: the production that runs in a folder is steered through its socket."""

from pathlib import Path

from isc.py.ens.control import ControlClient

from . import screen

_DONE = {"enable": "is enabled", "disable": "is disabled: what is sent to it waits", "restart": "has been restarted"}


def act(name: str, action: str, folder: Path) -> None:
    """Enable, disable or restart an item.

    Raises:
        ProductionError: no production runs here, it has no such item, or the item did not start.
    """
    with ControlClient(folder) as client:
        client.item(name, action)
    screen.say(f"{name} {_DONE[action]}")


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


def stop(folder: Path) -> None:
    """Stop the production.

    Raises:
        ProductionError: none runs here.
    """
    with ControlClient(folder) as client:
        name = client.status()["production"]
        client.stop()
    screen.say(f"{name} stops when what is queued has ended")

"""``iscpy run``, ``iscpy status`` and what ``send`` shares with them: which production, and whether one runs here."""

import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.ens.control import ControlClient
from isc.py.ens.director import Director
from isc.py.ens.exceptions import ProductionError
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.names import python_name, similar

from . import screen
from .failures import CommandError
from .project import enter, read_project


def run(production: str, setups: list[str], folder: Path) -> None:
    """Start a production and serve until interrupted or asked to stop."""
    namespace = enter(folder)
    set_up(setups)
    director = director_of(namespace, production, folder)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _until_interrupted(director.request_stop, director.cut), director:
        found = director.status()
        names = ", ".join(item["name"] for item in found["items"]) or "nothing"
        screen.say(f"{director.production} runs (process {found['pid']}): {names}")
        screen.say("Its requests may run code. Interrupt (Ctrl-C) stops it.")
        director.wait_for_stop()
        screen.say("stopping: what is queued is finished first, for a minute at most; interrupt again to cut it off")
    screen.say(f"{director.production} has stopped")


def show_status(folder: Path, *, as_json: bool) -> None:
    """What runs in the folder."""
    client = running(folder)
    found: dict[str, Any] = {"production": None}
    if client is not None:
        with client:
            found = client.status()
    if as_json:
        screen.show_json(found)
    elif client is None:
        screen.say(f"no production runs in {folder.resolve()}")
    else:
        screen.say(f"{found['production']} runs (process {found['pid']})")
        rows = [
            [item["name"], item["class"], item["waiting"], ", ".join(map(str, item["workers"]))]
            for item in found["items"]
        ]
        screen.show_rows(["Item", "Class", "Waiting", "Workers"], rows)


def running(folder: Path) -> ControlClient | None:
    """A connection to the production that runs in a folder, None when none does."""
    try:
        return ControlClient(folder)
    except ProductionError:
        return None


def director_of(namespace: EmbeddedNamespace, production: str, folder: Path) -> Director:
    """The Director of the production that is named, in ``iscpy.toml``, or the only one that is loaded.

    Raises:
        CommandError: none is named, and not exactly one is loaded.
    """
    name = production or read_project(folder).production or only_production(namespace)
    return Director(name, folder, namespace=namespace.name)


def only_production(namespace: EmbeddedNamespace) -> str:
    """The only production that is loaded.

    Raises:
        CommandError: none is, or several are.
    """
    found = [name for name in namespace.classes.names() if _is_production(name)]
    if len(found) == 1:
        return found[0]
    there = f"there are {', '.join(found)}" if found else "none is loaded (iscpy load PATH)"
    raise CommandError(f"name a production: {there}")


def _is_production(name: str) -> bool:
    with contextlib.suppress(IscError):
        return find_xdata(dictionary.resolve(name), "ProductionDefinition") is not None
    return False


def set_up(setups: list[str]) -> None:
    """Call ``CLASS:METHOD[:ARG…]``, one after the other.

    Raises:
        CommandError: a text is not of that form, the class has no such method, or the method returned an error status.
    """
    for text in setups:
        class_name, method, *arguments = text.split(":") if text.count(":") else (text, "")
        if not class_name or not method:
            raise CommandError(f"--setup {text!r} is not of the form CLASS:METHOD or CLASS:METHOD:ARGUMENT")
        cls = dictionary.resolve(class_name)
        function: Callable[..., object] | None = getattr(cls, python_name(method), None)
        if not callable(function):
            known = [name for name in dir(cls) if not name.startswith("_")]
            raise CommandError(f"--setup {text}: {class_name} has no class method {method!r}{similar(method, known)}")
        result = function(*arguments)
        if isinstance(result, str) and result.startswith("0 ") and status.is_error(result):
            raise CommandError(f"--setup {text}: {status.text(result)}")


@contextlib.contextmanager
def _until_interrupted(*steps: Callable[[], None]) -> Iterator[None]:
    """Each SIGINT or SIGTERM takes the next of `steps`, the last one from then on."""
    left = list(steps)

    def asked(*_: object) -> None:
        (left.pop(0) if len(left) > 1 else left[0])()

    before = {name: signal.signal(name, asked) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)

"""``iscpy run`` and what ``send`` shares with it: which production, and whether one runs here."""

import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.names import python_name, similar

from . import screen
from .failures import CommandError
from .notifying import Notifier
from .project import enter, read_project

if TYPE_CHECKING:
    from isc.py.ens.director import Director


_log = logging.getLogger("isc.py.ens")


@dataclass(frozen=True, slots=True)
class Telling:
    """How a production that runs tells what happens: a port for Prometheus, JSON lines, a file of the event log."""

    metrics_port: int | None = None
    json_log: bool = False
    event_log: Path | None = None


def run(production: str, setups: list[str], folder: Path, telling: Telling) -> None:
    """Start a production and serve until interrupted or asked to stop."""
    notifier = Notifier()  # the first: what is started from here on does not speak in its name
    namespace = enter(folder)
    set_up(setups)
    director = director_of(namespace, production, folder)
    _log_to_stderr(as_json=telling.json_log)
    steps = director.request_stop, director.cut
    with contextlib.closing(notifier), _until_interrupted(*steps), director, _told(director, telling):
        found = director.status()
        names = ", ".join(item["name"] for item in found["items"]) or "nothing"
        screen.say(f"{director.production} runs (process {found['pid']}): {names}")
        screen.say("Its requests may run code. Interrupt (Ctrl-C) stops it.")
        for text in director.notices:
            _log.warning("item %s", text)
        notifier.ready(f"{director.production}: {names}", director.status)
        director.wait_for_stop()
        notifier.stopping()
        if not director.lost:
            screen.say(
                "stopping: what is queued is finished first, for a minute at most; interrupt again to cut it off"
            )
    if director.lost:
        raise CommandError(f"{director.production} has stopped: {director.lost}")
    screen.say(f"{director.production} has stopped")


def _log_to_stderr(*, as_json: bool) -> None:
    from isc.py.ens.event_log import JsonLines, RedactingFormatter

    handler = logging.StreamHandler()
    text = RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if as_json else text)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


@contextlib.contextmanager
def _told(director: "Director", telling: Telling) -> Iterator[None]:
    """Tells as `telling` says while the production runs."""
    with contextlib.ExitStack() as stack:
        if telling.event_log is not None:
            from isc.py.ens.event_log import EventLog

            stack.callback(EventLog(director.bank, telling.event_log, director.production).stop)
        if telling.metrics_port is not None:
            from isc.py.ens.metrics import MetricsServer, registry_of

            registry = registry_of(director.production, director.observer, director.status)
            try:
                server = MetricsServer(registry, telling.metrics_port)
            except OSError as error:
                raise CommandError(f"--metrics-port {telling.metrics_port} cannot be had: {error.strerror}") from error
            stack.callback(server.stop)
            screen.say(f"metrics for Prometheus: http://127.0.0.1:{server.port}/metrics (this machine only)")
        yield


def director_of(namespace: EmbeddedNamespace, production: str, folder: Path) -> "Director":
    """The Director of the production that is named, in ``iscpy.toml``, or the only one that is loaded.

    Raises:
        CommandError: none is named, and not exactly one is loaded.
    """
    name = production or read_project(folder).production or only_production(namespace)
    from isc.py.ens.workers import Zygote

    zygote = Zygote()  # loads what workers need while this process loads the engine and the bank
    from isc.py.ens.director import Director

    return Director(name, folder, namespace=namespace.name, zygote=zygote)


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

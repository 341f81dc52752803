"""What a `ProcessRunner` drives: the engine of a process, whatever the process is written in."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from isc.py.bpl.coverage import collecting
from isc.py.bpl.engine import Effect, Engine, Send
from isc.py.bpl.model import Head
from isc.py.bpl.program import program_of
from isc.py.bpl.state import Instance
from isc.py.msg import Message
from isc.py.objectscript.platform import Platform

from .hosts import BusinessProcessBPL
from .plain import PlainEngine
from .router import RouterEngine, RoutingEngine
from .telemetry import is_asked_for, tracing


class ProcessEngine(Protocol):
    """Runs the instances of a process; see `isc.py.bpl.engine.Engine`."""

    def begin(self, process: object, request: Message) -> Instance:
        """A new instance."""

    def restore(self, process: object, text_of_state: str) -> Instance:
        """The instance of a state that `Instance.to_json` gave."""

    def advance(self, instance: Instance) -> list[Effect]:
        """Run until it waits or ends."""

    def deliver(self, instance: Instance, number: int, response: Message) -> list[Effect]:
        """Bring an answer."""

    def fail(self, instance: Instance, number: int, reason: str) -> None:
        """Bring an error."""

    def elapsed(self, instance: Instance, number: int) -> bool:
        """The time of a timer is over; whether something waited for it."""

    def refuse(self, instance: Instance, send: Send, error: Exception) -> None:
        """A request could not be sent."""


def runs_in_worker(host: Any) -> bool:
    """Whether the steps of a process run in workers: as its `Isolation` says.

    Where it says nothing, code written as methods does. What is measured for coverage runs where it is counted.
    """
    if isinstance(host, BusinessProcessBPL) and collecting() is not None:
        return False
    if host.Isolation:
        return bool(host.Isolation == "worker")
    return not isinstance(host, BusinessProcessBPL | RoutingEngine)


#: Is told of an activity that an instance comes to: the instance's number, the activity's name and element.
Visited: TypeAlias = Callable[[int, str, str], None]


def engine_of(host: Any, platform: Platform, visited: Visited | None = None) -> ProcessEngine:
    """The engine of a process host; when traces are asked for, `visited` is told of its activities, else they are.

    Raises:
        BPLError: it is a BPL process that cannot be loaded.
    """
    if isinstance(host, RoutingEngine):
        return RouterEngine(host)
    if not isinstance(host, BusinessProcessBPL):
        return PlainEngine(host)
    coverage = collecting()
    watcher = coverage.watcher(type(host)) if coverage is not None else None
    watching = (watcher.activity, watcher.branch) if watcher is not None else ()
    engine = Engine(program_of(type(host)), platform, *watching)
    if is_asked_for():
        engine.on_activity = _telling(visited or tracing().activity, engine.on_activity)
    return engine


def _telling(visited: Visited, watcher: Callable[[Instance, Head], None] | None) -> Callable[[Instance, Head], None]:
    """Tells both of an activity."""

    def told(instance: Instance, head: Head) -> None:
        visited(vars(instance.process).get("_header_id", 0), head.name, head.element)
        if watcher is not None:
            watcher(instance, head)

    return told

"""What adapters have in common: those that are asked, those that listen, and those that go out."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from isc.py.objectscript import status

from ..settings import Configured, Setting

#: Writes a line of the event log: level and text.
Tell = Callable[[str, str], None]


class Take(Protocol):
    """Hands one input to the service."""

    def __call__(self, data: Any = "", hint: Any = None, key: str = "", /) -> Any:
        """The service's answer, once all it sent is committed; an input with a `key` is taken once.

        Raises:
            DuplicateInputError: an input with this key was taken before.
            Exception: what the service's code raised.
        """


class Adapter(Configured):
    """``Ens.Adapter``: belongs to the host `BusinessHost`."""

    BusinessHost: Any = None


class InboundAdapter(Adapter):
    """``Ens.InboundAdapter``: asked every CallInterval; of its own it gives the service an empty input."""

    waits_first = False
    #: Whether an error is told although it is the one of the look before: each look is an input of its own.
    tells_each = False

    CallInterval = Setting(float, 5, "Seconds between two looks for input.", minimum=0)

    def pause(self) -> float:
        """Seconds until the next look."""
        return self.CallInterval

    def on_task(self, take: Take, _tell: Tell) -> None:
        """Look for input and hand it on; here the class's ``OnTask`` does, when it has one."""
        if hasattr(self, "OnTask"):
            status.check(self.OnTask() or status.OK)
        else:
            take("", None)


@runtime_checkable
class Listens(Protocol):
    """An adapter that others connect to; it has threads of its own."""

    def listen(self, take: Take, tell: Tell, /) -> None:
        """Begin to listen.

        Raises:
            ProductionError: it cannot, as when the port is taken.
        """

    def close(self) -> None:
        """Take no more connections, finish what runs."""


class OutboundAdapter(Adapter):
    """``Ens.OutboundAdapter``: reaches out for an operation.

    Methods in PascalCase are those of class files and return a ``%Status``; the others raise.
    """


def as_status(call: Callable[[], object]) -> object:
    """Call it; OK, or the error status of what it raised."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  # it is the status of the caller, a class file
        return status.from_exception(error)
    return status.OK

"""Faults: what ``<throw>`` and failing activities raise inside a process, and what handlers catch."""

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ObjectScriptError, status
from isc.py.objectscript.errors import Thrown

from .exceptions import ActivityError


class Fault(ActivityError):
    """``<throw fault>``: a fault under a name of the process's own."""

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        super().__init__(f"{place}: fault {name!r} was thrown and no handler of a scope caught it")


def fault_name(error: BaseException) -> str:
    """What ``<catch fault>`` compares with: the fault's name, the language's name of an error, else its class."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if isinstance(found, Fault | ObjectScriptError):
            return found.name
        if isinstance(found, Thrown):
            name = getattr(found.exception, "Name", "")
            return str(name) or type(found.exception).__name__
        found = found.__cause__
    return type(error).__name__


def fault_status(error: Exception) -> object:
    """An error as the ``%Status`` that ``..%Context.%LastError`` holds."""
    if isinstance(error, status.StatusError):
        return status.from_exception(error)
    shown = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    return status.error(5001, shown)

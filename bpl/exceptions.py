"""Errors of the BPL room; each names process class, activity, element and line."""

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import status


class BPLError(IscError):
    """BPL that cannot be loaded."""


class TemplateError(IscError):
    """An annotation whose expression could not be filled in."""


class ActivityError(IscError):
    """An activity that failed; the reason is ``__cause__``."""


class EmulatorError(IscError):
    """The emulator was asked for what the process does not have."""


class TransformError(IscError):
    """A data transformation that cannot be loaded, or that failed."""


class RuleError(IscError):
    """A rule definition that cannot be loaded, or that failed."""


def told(place: str, error: Exception) -> str:
    """What an error says, with the place where it happened unless it says it already."""
    if isinstance(error, status.StatusError):
        shown = "; ".join(status.message(code, arguments) for code, arguments in status.entries(error.status))
    else:
        shown = str(error) if isinstance(error, IscError) else f"{type(error).__name__}: {error}"
    return shown if place in shown else f"{place}: {shown}"

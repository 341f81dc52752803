"""Errors of the BPL room; each names process class, activity, element and line."""

from isc.py.iscpython_c.exceptions import IscError


class BPLError(IscError):
    """BPL that cannot be loaded."""


class TemplateError(IscError):
    """An annotation whose expression could not be filled in."""


class ActivityError(IscError):
    """An activity that failed; the reason is ``__cause__``."""


class EmulatorError(IscError):
    """The emulator was asked for what the process does not have."""

"""Errors of the terminal API."""

from isc.py.iscpython_c.exceptions import IscError


class SerializationError(IscError, TypeError):
    """A variable that cannot be had in the form that was asked for; names variable, type, form and reason."""


class ArgumentsError(IscError, TypeError):
    """Arguments that a function does not take, or that are no list or object; tells the signature."""

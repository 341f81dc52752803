"""Errors of proxies."""

from isc.py.iscpython_c.exceptions import IscError


class ObjectGoneError(IscError, ReferenceError):
    """The object that a proxy stands for is no more: its worker was replaced."""

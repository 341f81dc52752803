"""Namespaces: globals, persistent classes, SQL, transfers to frames, saved contexts.

Names are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import Context
    from .exceptions import DataError, SQLError
    from .namespace import current, open_namespace, set_current, use
    from .persistent import ForeignKey, Index, Persistent, Property, SerialObject

_WHERE = {
    "Context": "context",
    "DataError": "exceptions",
    "ForeignKey": "persistent",
    "Index": "persistent",
    "Persistent": "persistent",
    "Property": "persistent",
    "SQLError": "exceptions",
    "SerialObject": "serial",
    "current": "namespace",
    "open_namespace": "namespace",
    "set_current": "namespace",
    "use": "namespace",
}
__all__ = [
    "Context",
    "DataError",
    "ForeignKey",
    "Index",
    "Persistent",
    "Property",
    "SQLError",
    "SerialObject",
    "current",
    "open_namespace",
    "set_current",
    "use",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'isc.py.data' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.data.{_WHERE[name]}"), name)

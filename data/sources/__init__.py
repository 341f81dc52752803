"""Namespaces that are other databases: what ADBC, SQLAlchemy, ODBC and JDBC reach, and IRIS.

Names are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .opening import open_source
    from .source import Driver, Source

__all__ = ["Driver", "Source", "open_source"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.data.sources' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"isc.py.data.sources.{'opening' if name == 'open_source' else 'source'}"), name)

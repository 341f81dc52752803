"""Initializers: what a worker imports and defines when it starts. Classes are imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .abstract import Abstract, InitializerError
    from .test import Test

__all__ = ["Abstract", "InitializerError", "Test"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.init' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module("isc.py.init.test" if name == "Test" else "isc.py.init.abstract"), name)

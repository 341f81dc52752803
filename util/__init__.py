"""The emulator's original face and small tools an integration engineer types. Names are imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isc.py.bpl.emulator import BPEmulator

    from .converter import Converter
    from .matcher import Matcher
    from .redirect import Redirect
    from .shell import Shell, zpy

__all__ = ["BPEmulator", "Converter", "Matcher", "Redirect", "Shell", "zpy"]

_WHERE = {"BPEmulator": "isc.py.bpl.emulator", "zpy": "isc.py.util.shell"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'isc.py.util' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_WHERE.get(name, f"isc.py.util.{name.lower()}")), name)

"""The emulator's original face and small tools an integration engineer types."""

from importlib import import_module

__all__ = ["BPEmulator"]


def __getattr__(name: str) -> object:
    if name == "BPEmulator":
        return import_module("isc.py.bpl.emulator").BPEmulator
    raise AttributeError(f"module 'isc.py.util' has no attribute {name!r}; it offers {', '.join(__all__)}")

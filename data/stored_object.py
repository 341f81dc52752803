"""What objects that stand in rows have in common: their properties as they are held, nothing being opened for it."""

from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import RegisteredObject

__all__ = ["StoredObject"]


class StoredObject(RegisteredObject):
    """An object with a row, or one inside a row."""

    def _raw(self, name: str) -> object:
        """What a property holds; nothing is opened for it."""
        key = python_name(name)
        held = vars(self)
        return held[key] if key in held else getattr(self, key, "")

    def _put_raw(self, name: str, value: object) -> None:
        vars(self)[python_name(name)] = value

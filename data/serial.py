"""``%SerialObject``: an object inside another's row."""

from typing import ClassVar, Self

from isc.py.iscpython_c.dollar_list import encode
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import ClassDefinition, PropertyDefinition
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import properties

from .attributes import Property
from .layout import make_stored, serial_positions
from .property_types import with_defaults
from .row_values import loaded, row_values, stored
from .stored_object import StoredObject
from .validation import validated


class SerialObject(StoredObject):
    """``%SerialObject``: its values are a ``$LIST`` at one position of the other's row."""

    _stored_as: ClassVar[tuple[dict[str, int], dict[str, PropertyDefinition]] | None] = None

    def __init_subclass__(cls, **keywords: object) -> None:
        super().__init_subclass__(**keywords)
        declared = tuple(item.definition for item in vars(cls).values() if isinstance(item, Property))
        if "_definition" not in vars(cls) and declared:
            name = f"{cls.__module__}.{cls.__qualname__.rpartition('<locals>.')[2]}"
            cls._definition = ClassDefinition(name, superclasses=("%SerialObject",), properties=declared)
            dictionary.register(name, cls)

    def __init__(self, **values: object) -> None:
        self._places()
        super().__init__(**values)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise no_property(type(self), name)
        object.__setattr__(self, name, value)

    def _set_property(self, name: str, value: object) -> None:
        if name not in self._places()[1] and not hasattr(type(self), f"{name}Set"):
            raise no_property(type(self), name)
        super()._set_property(name, value)

    def __repr__(self) -> str:
        return f"<{dictionary.name_of(type(self))}>"

    @classmethod
    def _places(cls) -> tuple[dict[str, int], dict[str, PropertyDefinition]]:
        """Positions and definitions of the properties."""
        if "_stored_as" not in vars(cls):
            found = {item.name: with_defaults(item) for item in properties(cls)}
            cls._stored_as = (serial_positions(cls), found)
            make_stored(cls)
        assert cls._stored_as is not None
        return cls._stored_as

    def _serial_row(self) -> bytes | str:
        """The values as a ``$LIST``; "" when there is none at all."""
        positions, found = self._places()
        row: list[object] = [None] * max(positions.values(), default=0)
        for name, position in positions.items():
            row[position - 1] = stored(found[name], self._raw(name))
        return encode(row) if any(value not in (None, "") for value in row) else ""

    @classmethod
    def _from_row(cls, row: bytes, stream_global: str) -> Self:
        """The object of a ``$LIST``."""
        positions, found = cls._places()
        values = row_values(row, f"the value of a {dictionary.name_of(cls)}")
        made = cls()
        for name, position in positions.items():
            value = values[position - 1] if position <= len(values) else None
            made._put_raw(name, loaded(found[name], value, stream_global))
        return made

    def _ValidateObject(self, *_: object) -> object:
        """``%ValidateObject``: OK, or a status naming each property that is wrong; nothing at all is right, too."""
        if not self._serial_row():
            return status.OK
        result = validated(self, self._places()[1])
        hook = getattr(self, "_OnValidateObject", None)
        return status.append(result, status.OK if hook is None else hook() or status.OK)


def no_property(cls: type, name: str) -> AttributeError:
    """That a class has no property of a name; tells similar ones, or all."""
    known = [item.name for item in properties(cls)]
    hint = similar(name, known) or f"; it has {', '.join(known) or 'none'}"
    return AttributeError(f"{dictionary.name_of(cls)} has no property {name!r}{hint}", name=name)


__all__ = ["SerialObject", "no_property"]

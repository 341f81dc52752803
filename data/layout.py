"""The storage definition of a class as columns: which value position of a row holds which property, read how."""

from dataclasses import dataclass

from isc.py.iscpython_c.dollar_list import Column
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition, StorageDefinition
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, SKIPPED, short
from isc.py.objectscript.objects import properties

from .exceptions import DataError

CLASSNAME = "%%CLASSNAME"


@dataclass(frozen=True)
class Layout:
    """Where a class's rows live and what their positions mean; `positions` counts from 1."""

    data_global: str
    id_global: str
    positions: dict[str, int]
    properties: dict[str, PropertyDefinition]

    def columns(self) -> list[Column]:
        """ID and every property that a column can hold, in the order of positions."""
        found = [Column("ID", "i", 0)]
        for name, position in sorted(self.positions.items(), key=lambda pair: pair[1]):
            definition = self.properties.get(name)
            if definition is not None and not definition.collection and short(definition.type) not in SKIPPED:
                found.append(Column(name, COLUMN_KINDS.get(short(definition.type), "s"), position))
        return found


def layout_of(cls: type) -> Layout:
    """The layout of a persistent class: its storage definition, or the default one when it has none.

    Raises:
        DataError: the class is not persistent, or its storage names no global.
    """
    held = cls.__dict__.get("_layout")
    if held is None:
        held = _layout(cls)
        cls._layout = held  # type: ignore[attr-defined]  # a cache on the class it describes
    found: Layout = held
    return found


def _layout(cls: type) -> Layout:
    name = dictionary.name_of(cls)
    if not hasattr(cls, "_OpenId"):
        raise DataError(f"{name} is not persistent: extend %Persistent")
    found = {definition.name: definition for definition in properties(cls)}
    definition = getattr(cls, "_definition", None)
    storage: StorageDefinition | None = definition.storage if definition is not None else None
    if storage is None or not storage.positions:
        return _default(name, found)
    data = (storage.data_location or _global_name(name, "D")).removeprefix("^")
    return Layout(
        data, (storage.id_location or data).removeprefix("^"), {k: v for k, v in storage.positions.items() if k}, found
    )


def _default(name: str, found: dict[str, PropertyDefinition]) -> Layout:
    stored = [item for item in found if not _flag(found[item], "Transient") and not _flag(found[item], "Calculated")]
    data = _global_name(name, "D")
    return Layout(data, data, {CLASSNAME: 1, **{item: at for at, item in enumerate(stored, start=2)}}, found)


def _flag(definition: PropertyDefinition, keyword: str) -> bool:
    return definition.keywords.get(keyword) == "1"


def _global_name(name: str, suffix: str) -> str:
    return f"{name}{suffix}"

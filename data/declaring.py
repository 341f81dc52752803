"""Classes that are written in Python: their definition as a class file would say it; the methods of unique indices."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isc.py.iscpython_c.globals import Subscript
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import ClassDefinition, IndexDefinition
from isc.py.objectscript.frame import ByRef
from isc.py.objectscript.names import language_name, python_name
from isc.py.objectscript.values import text

from . import foreign_keys, indices
from .attributes import ForeignKey, Index, Property
from .layout import layout_of
from .namespace import current

if TYPE_CHECKING:
    from .persistent import Persistent

_NOT_FOUND = 5809


def tell(place: object, value: object) -> None:
    """Give an argument a value that was passed by reference."""
    if isinstance(place, ByRef):
        place.set(value)


def declare(cls: "type[Persistent]", root: "type[Persistent]", sql_table_name: str) -> None:
    """The definition of a class that is written in Python, and its entry in the dictionary."""
    declared = [item.definition for item in vars(cls).values() if isinstance(item, Property)]
    found = [item.definition(language_name(name)) for name, item in vars(cls).items() if isinstance(item, Index)]
    above = any("_definition" in vars(item) for item in cls.__mro__[1:] if issubclass(item, root))
    keys = [item.definition(language_name(name)) for name, item in vars(cls).items() if isinstance(item, ForeignKey)]
    if not declared and not above and not found:
        return
    name = f"{cls.__module__}.{cls.__qualname__.rpartition('<locals>.')[2]}"
    base = next(item for item in cls.__mro__[1:] if issubclass(item, root))
    cls._definition = ClassDefinition(
        name,
        superclasses=(dictionary.name_of(base),),
        keywords={"SqlTableName": sql_table_name} if sql_table_name else {},
        properties=tuple(declared),
        indices=tuple(found),
        foreign_keys=tuple(keys),
    )
    dictionary.register(name, cls)
    if keys:
        foreign_keys.declared(cls)


def add_index_methods(cls: "type[Persistent]", index: IndexDefinition) -> None:
    """``SSNKeyOpen``, ``SSNKeyExists``, ``SSNKeyDelete`` of a unique index."""

    def found(owner: "type[Persistent]", values: Sequence[object]) -> Subscript | None:
        with current().store().read() as txn:
            ids = indices.find(txn, layout_of(owner), index.name, tuple(values[: len(index.properties)]))
        return ids[0] if ids else None

    def open_by(owner: "type[Persistent]", *values: object) -> object:
        row_id = found(owner, values)
        mode, result = (
            (*values[len(index.properties) :], -1, None)[:2] if len(values) > len(index.properties) else (-1, None)
        )
        if row_id is None:
            shown = ", ".join(map(text, values[: len(index.properties)]))
            tell(result, status.error(_NOT_FOUND, f"{dictionary.name_of(owner)}, {index.name}: {shown}"))
            return ""
        return owner._OpenId(row_id, mode, result)

    def exists_by(owner: "type[Persistent]", *values: object) -> int:
        row_id = found(owner, values)
        id_place = values[len(index.properties)] if len(values) > len(index.properties) else None
        tell(id_place, "" if row_id is None else row_id)
        return int(row_id is not None)

    def delete_by(owner: "type[Persistent]", *values: object) -> object:
        row_id = found(owner, values)
        if row_id is None:
            return status.error(
                _NOT_FOUND, f"{dictionary.name_of(owner)}, {index.name}: {', '.join(map(text, values))}"
            )
        return owner._DeleteId(row_id)

    for suffix, function in (("Open", open_by), ("Exists", exists_by), ("Delete", delete_by)):
        setattr(cls, python_name(f"{index.name}{suffix}"), classmethod(function))

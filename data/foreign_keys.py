"""Foreign keys: rows that refer to others by the values of a unique index, or by their ids.

A row must not refer to what is not there. What becomes of it when the other row is deleted or gets another key is said
by ``OnDelete`` and ``OnUpdate``: nothing, which keeps the other row as it is (``noaction``), the same (``cascade``), or
it refers to nothing (``setnull``) or to its default (``setdefault``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from weakref import WeakSet

from isc.py.iscpython_c.globals import Subscript, Transaction
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import ClassDefinition, ForeignKeyDefinition, IndexDefinition
from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import initial_value
from isc.py.objectscript.values import text

from . import indices
from .exceptions import DataError, ForeignKeyError
from .layout import Layout, layout_of
from .namespace import current
from .rows import is_of_class, read_row, row_ids

if TYPE_CHECKING:
    from .persistent import Persistent

INSERT, UPDATE, UPDATE_OTHER, DELETE_OTHER, CREATE = -121, -122, -123, -124, -127


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key of a class: `index` is the one of the other class that it refers to, None is the id."""

    layout: Layout
    definition: ForeignKeyDefinition
    target: "type[Persistent]"
    index: IndexDefinition | None

    @property
    def cls(self) -> "type[Persistent]":
        """The class that has it."""
        return cast("type[Persistent]", dictionary.resolve(self.layout.class_name))

    def own(self, values: Mapping[str, object]) -> tuple[str, ...] | None:
        """What a row of the class refers to; None when it refers to nothing."""
        found = tuple(text(values.get(name) or "") for name in self.definition.properties)
        return None if "" in found else found

    def others(self, values: Mapping[str, object], row_id: object) -> tuple[str, ...] | None:
        """By what a row of the other class is referred to; None when it has no value."""
        if self.index is None:
            return tuple(text(row_id).split("||"))
        found = tuple(text(values.get(name) or "") for name in self.index.properties)
        return None if "" in found else found

    def target_id(self, txn: Transaction, wanted: Sequence[str]) -> object | None:
        """The id of the row that has these values, None when there is none."""
        there = layout_of(self.target)
        if self.index is None:
            row_id = "||".join(wanted)
            return row_id if is_of_class(txn, there, row_id) else None
        found = indices.find(txn, there, self.index.name, tuple(wanted))
        return next((row_id for row_id in found if is_of_class(txn, there, row_id)), None)

    def rows(self, txn: Transaction, wanted: Sequence[str]) -> Iterator[Subscript]:
        """The rows that refer to these values: by an index on its properties when there is one."""
        own = next((item for item in self.layout.indices if item.properties == self.definition.properties), None)
        ids = (
            list(row_ids(txn, self.layout)) if own is None else indices.find(txn, self.layout, own.name, tuple(wanted))
        )
        same = self._compared(wanted)
        for row_id in ids:
            values = read_row(txn, self.layout, row_id) if is_of_class(txn, self.layout, row_id) else None
            held = self.own(values) if values is not None else None
            if held is not None and self._compared(held) == same:
                yield row_id

    def _compared(self, values: Sequence[str]) -> tuple[object, ...]:
        """Values as the index of the other class compares them."""
        if self.index is None:
            return tuple("||".join(values).split("||"))
        return indices.collated(layout_of(self.target), self.index, values)

    def refused(self, sqlcode: int, row_id: object, values: Sequence[str], other: object = "") -> ForeignKeyError:
        """The error of a row that does not fit."""
        shown = ", ".join(f"{name} = {value}" for name, value in zip(self.definition.properties, values, strict=False))
        return ForeignKeyError(
            sqlcode, self.layout.class_name, self.definition.name, row_id, shown, dictionary.name_of(self.target), other
        )


def keys_of(layout: Layout) -> list[Key]:
    """The foreign keys of a class that are checked.

    Raises:
        DataError: one names a property or an index that is not there, or an index that is not unique.
    """
    return [_key(layout, item) for item in layout.foreign_keys if item.keywords.get("NoCheck") != "1"]


def _key(layout: Layout, definition: ForeignKeyDefinition) -> Key:
    place = f"foreign key {definition.name} of {layout.class_name}"
    missing = [name for name in definition.properties if name not in layout.stored_names()]
    if missing:
        raise DataError(f"{place}: {missing[0]} is no property that is stored")
    target = dictionary.resolve(definition.references)
    if not hasattr(target, "_OpenId"):
        raise DataError(f"{place}: {definition.references} is not persistent")
    there = layout_of(target)
    index = next((item for item in there.indices if item.name.lower() == definition.index.lower()), None)
    if index is not None and index.keywords.get("IdKey") == "1":
        return Key(layout, definition, cast("type[Persistent]", target), None)
    if definition.index:
        known = ", ".join(item.name for item in there.indices if indices.is_unique(item)) or "none"
        if index is None or not indices.is_unique(index):
            raise DataError(f"{place}: {definition.references} has no unique index {definition.index}; it has {known}")
        if len(index.properties) != len(definition.properties):
            raise DataError(f"{place}: index {index.name} is on {', '.join(index.properties)}")
    return Key(layout, definition, cast("type[Persistent]", target), index)


def referring_to(layout: Layout) -> list[Key]:
    """The foreign keys, of all classes, that refer to rows of a class."""
    cls = dictionary.resolve(layout.class_name)
    return [key for key in _all_keys() if issubclass(cls, key.target)]


def _all_keys() -> list[Key]:
    found = []
    names = current().classes.with_foreign_keys()
    known = dictionary.registered() if _written_in_python else {}
    written = [cls for cls in _written_in_python if known.get(dictionary.name_of(cls)) is cls]  # others are forgotten
    for cls in [*(dictionary.resolve(name) for name in names if dictionary.exists(name)), *written]:
        if hasattr(cls, "_OpenId") and not _is_abstract(cls):
            found += keys_of(layout_of(cls))
    return found


def _is_abstract(cls: type) -> bool:
    definition: ClassDefinition | None = cls.__dict__.get("_definition")
    return definition is not None and definition.keywords.get("Abstract") == "1"


#: The classes that are written in Python and have foreign keys.
_written_in_python: WeakSet[type] = WeakSet()


def declared(cls: type) -> None:
    """A class that is written in Python has foreign keys."""
    _written_in_python.add(cls)


# --- rows that refer ---


def check(txn: Transaction, layout: Layout, row_id: object, values: Mapping[str, object], sqlcode: int) -> None:
    """See that what a row refers to is there.

    Raises:
        ForeignKeyError: it is not.
    """
    for key in keys_of(layout):
        wanted = key.own(values)
        if wanted is not None and key.target_id(txn, wanted) is None:
            raise key.refused(sqlcode, row_id, wanted)


def check_left(txn: Transaction, layout: Layout, row_id: object, before: Mapping[str, object]) -> None:
    """See that nothing refers to the key that a row had: it is deleted, or has another one.

    Raises:
        ForeignKeyError: something does.
    """
    for key in referring_to(layout):
        old = key.others(before, row_id)
        if old is not None and key.target_id(txn, old) is None:
            for referring in key.rows(txn, old):
                raise key.refused(DELETE_OTHER, referring, old, row_id)


def check_all(txn: Transaction, layout: Layout) -> Iterator[ForeignKeyError]:
    """The rows of a class that refer to what is not there."""
    for row_id in row_ids(txn, layout):
        values = read_row(txn, layout, row_id)
        try:
            check(txn, layout, row_id, values or {}, CREATE)
        except ForeignKeyError as error:
            yield error


# --- rows that are referred to ---


@dataclass(frozen=True, slots=True)
class Move:
    """A key that rows refer to becomes another one."""

    key: Key
    row_id: object
    old: tuple[str, ...]
    new: tuple[str, ...]


def moves(members: "Sequence[Persistent]", row_of: "Callable[[Persistent, Layout], dict[str, object]]") -> list[Move]:
    """What changes of the keys that others refer to when objects are saved.

    Raises:
        ForeignKeyError: something refers to a key that may not change.
    """
    found = []
    for item in members:
        layout = layout_of(type(item))
        if item._id is None or not layout.indices:
            continue
        keys = [key for key in referring_to(layout) if key.index is not None]
        if not keys:
            continue
        with current().store().read() as txn:
            before, after = read_row(txn, layout, item._id) or {}, row_of(item, layout)
            for key in keys:
                old, new = key.others(before, item._id), key.others(after, item._id) or ()
                if old is None or old == new:
                    continue
                referring = next(key.rows(txn, old), None)
                if referring is not None and key.definition.action("OnUpdate") == "noaction":
                    raise key.refused(UPDATE_OTHER, referring, old, item._id)
                found += [Move(key, item._id, old, new)] * (referring is not None)
    return found


def follow(move: Move) -> None:
    """Have the rows that referred to a key do what its foreign key says.

    Raises:
        DataError, StatusError: one of them cannot.
    """
    action = move.key.definition.action("OnUpdate")
    with current().store().read() as txn:
        ids = list(move.key.rows(txn, move.old))
    if action == "cascade" and move.new:
        _put(move.key, ids, lambda _name, at: move.new[at])
    else:
        _cleared(move.key, ids, action)


def let_go(layout: Layout, row_id: object) -> None:
    """Before a row is deleted: what refers to it does what its foreign key says.

    Raises:
        ForeignKeyError: something refers to it that shall not lose it.
        StatusError: a row refuses to be deleted.
    """
    for key in referring_to(layout):
        with current().store().read() as txn:
            values = read_row(txn, layout, row_id) or {}
            old = key.others(values, row_id)
            ids = [item for item in key.rows(txn, old) if not _is_itself(key, layout, item, row_id)] if old else []
        action = key.definition.action("OnDelete")
        if ids and old and action == "noaction":
            raise key.refused(DELETE_OTHER, ids[0], old, row_id)
        if action == "cascade":
            for item in ids:
                if key.layout.key(item) not in current().objects.deleting:
                    status.check(key.cls._DeleteId(item))
        else:
            _cleared(key, ids, action)


def _is_itself(key: Key, layout: Layout, item: object, row_id: object) -> bool:
    return key.layout.key(item) == layout.key(row_id)


def _cleared(key: Key, ids: Sequence[object], action: str) -> None:
    properties = key.layout.properties
    _put(key, ids, lambda name, _at: initial_value(properties[name], None) if action == "setdefault" else "")


def _put(key: Key, ids: Sequence[object], value: Callable[[str, int], object]) -> None:
    from .saving import save_all

    objects = []
    for row_id in ids:
        item = key.cls._fetch(row_id)
        for at, name in enumerate(key.definition.properties):
            given = value(name, at)
            setter = getattr(item, f"{name}SetObjectId", None) if hasattr(item._raw(name), "_id") else None
            if setter is not None:
                setter(given)
            elif given == "":
                item._put_raw(name, "")
            else:
                setattr(item, python_name(name), given)
        objects.append(item)
    if objects:
        save_all(objects, detached=True)

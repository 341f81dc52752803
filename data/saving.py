"""Saving objects: an object with the objects and streams it refers to, all in one transaction or nothing.

When code of the user runs meanwhile (callbacks), or a transaction is open, changes go through the write set of the
thread's transaction, so that no lock of the store is held; else they are written at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from isc.py.iscpython_c.globals import Transaction
from isc.py.objectscript import status
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import number, text

from . import computed, foreign_keys
from .concurrency import writing
from .exceptions import DataError, ForeignKeyError, LockedError, NotUniqueError, RowGoneError, VersionError
from .layout import CLASSNAME, Layout, layout_of
from .namespace import current
from .property_types import item_form
from .relationships import RelationshipObject, settle
from .row_values import Reference, References, StoredStream, stored, stored_item
from .rows import new_id, read_row, write_row
from .streams import GlobalCharacterStream, stream_class

if TYPE_CHECKING:
    from .persistent import Persistent

_BEFORE, _AFTER = "_OnBeforeSave", "_OnAfterSave"


def save_all(objects: "Sequence[Persistent]", *, detached: bool = False) -> None:
    """Save many objects, and what they refer to that is new or changed, in one transaction.

    `detached` objects are not those of their ids: SQL's own, of which nobody else knows.

    Raises:
        StatusError: one is not valid, or a callback refused; nothing was written.
        NotUniqueError: another row has the values of a unique index; nothing was written.
        LockedError: others hold a row; nothing was written.
        VersionError, RowGoneError: somebody else has changed or deleted a row; nothing was written.
        StoreError: the store refused; nothing was written.
    """
    members = save_set(objects)
    for item in members:
        if not vars(item).pop("_refreshed", False):
            computed.refresh(item)
        status.check(item._ValidateObject())
    namespace = current()
    known = [item for item in members if item._id is not None and item._concurrency]
    with writing((layout_of(type(item)), item._id) for item in known), _all_or_nothing(members):
        moves = foreign_keys.moves(members, row_of)
        if moves or namespace.tlevel() or any(_has_callbacks(item) for item in members):
            with namespace.transaction():
                _save_with_callbacks(members)
                for move in moves:
                    foreign_keys.follow(move)
        else:
            with namespace.store().write() as txn:
                write_members(txn, members)
    for item in members:
        layout = layout_of(type(item))
        item._kept_row = row_of(item, layout)
        if not detached:
            namespace.objects.keep(layout, item)
        if namespace.tlevel():
            namespace.objects.saved(item)
    settle(members)


def failed(error: Exception) -> str:
    """The status of what kept an object from being saved, opened or deleted."""
    if isinstance(error, NotUniqueError):
        return status.error(5808, str(error))
    if isinstance(error, ForeignKeyError):
        return status.error(5540, error.sqlcode, str(error))
    if isinstance(error, LockedError):
        return status.error(error.code, error.class_name, str(error))
    if isinstance(error, VersionError):
        return status.error(5800, error.class_name, str(error))
    if isinstance(error, RowGoneError):
        return status.error(5809, str(error))
    return status.from_exception(error)


def save_set(objects: "Iterable[Persistent]") -> "list[Persistent]":
    """Objects with those they refer to (in memory, new or changed), referred ones first, each once."""
    asked = list(objects)
    ordered: list[Persistent] = []
    seen: set[int] = set()

    wanted = {id(item) for item in asked}
    for item in asked:
        _visit(item, wanted, seen, ordered)
    return ordered


def _visit(item: "Persistent", wanted: set[int], seen: set[int], ordered: "list[Persistent]") -> None:
    # no closure: one that calls itself is a cycle, and would keep the objects until the garbage collector comes
    if id(item) in seen:
        return
    seen.add(id(item))
    for below in referred(item):
        _visit(below, wanted, seen, ordered)
    if item._id is None or id(item) in wanted or item._is_changed():
        ordered.append(item)


def row_of(item: "Persistent", layout: Layout) -> dict[str, object]:
    """The values of an object as its row has them; objects it refers to must have their ids by now."""
    values: dict[str, object] = {CLASSNAME: layout.tag}
    for name in layout.stored_names():
        values[name] = stored(layout.properties[name], item._raw(name))
    for name in layout.arrays:
        values[name] = _array_of(item, layout, name)
    return values


def _array_of(item: "Persistent", layout: Layout, name: str) -> dict[str, object]:
    held, definition = item._raw(name), layout.properties[name]
    if isinstance(held, References):
        return dict(zip(held.keys or (), held.ids, strict=True))
    if not isinstance(held, dict):
        return {}
    return {text(key): stored_item(definition, value) for key, value in held.items()}


def referred(item: "Persistent") -> "Iterator[Persistent]":
    """The persistent objects in memory that an object refers to, through objects inside of its row, too."""
    from .persistent import Persistent, SerialObject

    for value in list(vars(item).values()):
        for one in value if isinstance(value, ListOfDataTypes) else [value]:
            if isinstance(one, Persistent):
                yield one
            elif isinstance(one, RelationshipObject):
                yield from one.in_memory()
            elif isinstance(one, SerialObject):
                yield from referred(one)  # type: ignore[arg-type]  # it has attributes: that is all that is asked
        if isinstance(value, ArrayOfDataTypes):
            yield from (one for one in value.values() if isinstance(one, Persistent))


def _has_callbacks(item: "Persistent") -> bool:
    return hasattr(type(item), _BEFORE) or hasattr(type(item), _AFTER)


@contextmanager
def _all_or_nothing(members: "list[Persistent]") -> Iterator[None]:
    """Objects have the ids they had when the block fails."""
    before = [(item._id, _version_of(item)) for item in members]
    streams = [(stream, stream._id, stream._location) for item in members for stream in streams_of(item)]
    try:
        yield
    except BaseException:
        for item, held in zip(members, before, strict=True):
            item._id, version = held
            if version is not None:
                item._put_raw(*version)
        for stream, number, location in streams:
            stream._id, stream._location = number, location
        raise


def _save_with_callbacks(members: "list[Persistent]") -> None:
    new = {id(item) for item in members if item._id is None}
    for item in members:
        _called(item, _BEFORE, id(item) in new)
    with current().store().write() as txn:
        write_members(txn, members)
    for item in members:
        _called(item, _AFTER, id(item) in new)


def _called(item: "Persistent", name: str, is_new: bool) -> None:
    hook = getattr(item, name, None)
    if hook is not None:
        answer = hook(int(is_new))
        status.check(status.OK if answer in (None, "") else answer)


def write_members(txn: Transaction, members: "list[Persistent]") -> None:
    """Write the rows of objects, giving ids to those that have none.

    Raises:
        NotUniqueError: another row has the values of a unique index.
        ForeignKeyError: a row refers to what is not there.
        DataError: a value of an id key is missing, or has changed.
    """
    layouts = [layout_of(type(item)) for item in members]
    new = [item._id is None for item in members]
    for item, layout in zip(members, layouts, strict=True):  # all have ids before a row refers to one
        _identify(txn, item, layout)
    for item, layout, is_new in zip(members, layouts, new, strict=True):
        for stream in streams_of(item):
            stream.save_in(txn, layout.stream_global)
        if not is_new:
            _check_row(txn, item, layout)
        values = row_of(item, layout)
        if layout.id_key and not is_new and str(_key_of(item, layout)) != str(item._id):
            raise DataError(
                f"{layout.class_name} {item._id}: {', '.join(layout.id_key)} cannot change, for the id is made of it"
            )
        write_row(txn, layout, item._id, values, is_new=is_new and bool(layout.id_key))  # type: ignore[arg-type]
    for item, layout, is_new in zip(members, layouts, new, strict=True):  # all rows are there that one may refer to
        if layout.foreign_keys:
            code = foreign_keys.INSERT if is_new else foreign_keys.UPDATE
            foreign_keys.check(txn, layout, None if is_new else item._id, row_of(item, layout), code)


def _version_of(item: "Persistent") -> tuple[str, object] | None:
    """The property that counts how often the row was saved (``VERSIONPROPERTY``), with its value; None without one."""
    name = text(type(item)._parameters.get("VERSIONPROPERTY", ""))
    return (name, item._raw(name)) if name else None


def _check_row(txn: Transaction, item: "Persistent", layout: Layout) -> None:
    """See that the row of an object is there, and has the version that it was opened with; count the version.

    Raises:
        RowGoneError: the row was deleted meanwhile.
        VersionError: it was saved meanwhile.
    """
    kept, version = item._kept_row, _version_of(item)
    if kept is None:  # saved in a transaction that was rolled back: the row is written again
        return
    found = read_row(txn, layout, item._id)
    if found is None:
        raise RowGoneError(layout.class_name, item._id)
    if version is None:
        return
    name = version[0]
    if text(found.get(name) or "") != text(kept.get(name) or ""):
        raise VersionError(layout.class_name, item._id, text(kept.get(name) or ""), text(found.get(name) or ""))
    item._put_raw(name, int(number(found.get(name) or 0)) + 1)


def _identify(txn: Transaction, item: "Persistent", layout: Layout) -> None:
    """Give an object its id: behind the objects whose ids are part of it.

    Raises:
        DataError: a value that the id is made of is missing, or has changed.
    """
    held = item._raw(layout.parent) if layout.parent else ""
    for name in {*layout.id_key, layout.parent} - {""} if item._id is None and layout.id_key else ():
        other = item._raw(name)
        if item_form(layout.properties[name]) == "reference" and getattr(other, "_id", "") is None:
            _identify(txn, other, layout_of(type(other)))  # type: ignore[arg-type]  # a persistent object
    if not layout.parent or layout.id_key:
        if item._id is None:
            item._id = _key_of(item, layout) if layout.id_key else new_id(txn, layout)
        return
    if getattr(held, "_id", "") is None:
        _identify(txn, held, layout_of(type(held)))  # type: ignore[arg-type]  # a persistent object
    above = text(held.id if isinstance(held, Reference) else getattr(held, "_id", ""))
    if item._id is None:
        item._id = f"{above}||{new_id(txn, layout, above)}"
    elif text(item._id).rpartition("||")[0] != above:
        raise DataError(f"{layout.class_name} {item._id}: {layout.parent} cannot change, for the id is made of it")


def _key_of(item: "Persistent", layout: Layout) -> int | str:
    """The id that the values of the id key make.

    Raises:
        DataError: one of them is missing.
    """
    parts = []
    own = (layout.parent,) if layout.parent and layout.parent not in layout.id_key else ()
    for name in (*own, *layout.id_key):
        shown = text(stored(layout.properties[name], item._raw(name)))
        if not shown:
            raise DataError(f"{layout.class_name}: {name} has no value, and the id is made of it")
        parts.append(shown)
    joined = "||".join(parts)
    return int(joined) if joined.isdigit() and str(int(joined)) == joined else joined


def streams_of(item: "Persistent") -> Iterator[GlobalCharacterStream]:
    """The streams of an object, each of a class that can be saved where the class keeps its streams."""
    layout = layout_of(type(item))
    for name in (*layout.stored_names(), *layout.arrays):
        definition = layout.properties[name]
        if item_form(definition) != "stream" or definition.collection:
            continue
        held = item._raw(name)
        if isinstance(held, StoredStream) or held in (None, ""):
            continue
        if not isinstance(held, GlobalCharacterStream):
            made = stream_class(definition.type, layout.stream_global)()
            made.Write(str(held) if isinstance(held, CharacterStream) else text(held))
            held = made
            item._put_raw(name, held)
        if held._id is not None or str(held):
            yield held

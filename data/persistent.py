"""``%Persistent``: objects that are rows of a global, laid out by the storage definition of their class.

A class comes from a class file, or is written in Python::

    class Person(Persistent):
        Name = Property("%String", MAXLEN=30, required=True)
        Born = Property("%Date")
        ByName = Index("Name")
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import StoreError
from isc.py.iscpython_c.globals import Subscript, Transaction, encode_key
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.definitions import ClassDefinition
from isc.py.objectscript.names import python_name
from isc.py.objectscript.values import number, text

from . import concurrency, foreign_keys, indices
from .attributes import ForeignKey, Index, Property
from .declaring import add_index_methods, declare, tell
from .exceptions import DataError, LockedError, NotUniqueError, RowGoneError
from .layout import CLASSNAME, Layout, layout_of
from .locks import Lock
from .namespace import current
from .opening import fetched, opened, reloaded
from .property_types import item_form
from .related_rows import MANY, inverse_of, let_go
from .row_values import Reference
from .rows import delete_row, extent_keys, layout_of_row, plain_id, read_row, row_ids, row_key
from .saving import failed, referred, row_of, save_all, streams_of, write_members
from .serial import SerialObject, no_property
from .stored_object import StoredObject
from .validation import validated

_NOT_UNIQUE, _NOT_FOUND = 5808, 5809


class Persistent(StoredObject):
    """``%Persistent``: saved under an id that counts from 1, or is made of the properties of an id key."""

    _id: int | str | None = None
    _kept_row: dict[str, object] | None = None
    _concurrency: int = 1
    _retained: object = None
    _is_persistent: ClassVar[bool] = True

    def __init_subclass__(cls, sql_table_name: str = "", **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "_definition" not in vars(cls):
            declare(cls, Persistent, sql_table_name)
        definition: ClassDefinition | None = vars(cls).get("_definition")
        for index in definition.indices if definition is not None else ():
            if indices.is_unique(index):
                add_index_methods(cls, index)

    def __init__(self, **values: object) -> None:
        layout_of(type(self))
        super().__init__(**values)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise no_property(type(self), name)  # else the value would be lost without a word
        object.__setattr__(self, name, value)

    def _set_property(self, name: str, value: object) -> None:
        if name not in layout_of(type(self)).properties and not hasattr(type(self), f"{name}Set"):
            raise no_property(type(self), name)
        super()._set_property(name, value)

    def __getattr__(self, name: str) -> Callable[..., object]:
        for suffix, made in (("SetObjectId", self._put_reference), ("GetObjectId", self._reference)):
            if name.endswith(suffix) and name.removesuffix(suffix) in layout_of(type(self)).properties:
                return made(name.removesuffix(suffix))
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
            raise no_property(type(self), name) from None

    def __repr__(self) -> str:
        return f"<{dictionary.name_of(type(self))} {'new' if self._id is None else self._id}>"

    def _put_reference(self, name: str) -> Callable[..., object]:
        def put(id: object = "") -> object:
            kept = "" if text(id) == "" else Reference(layout_of(type(self)).properties[name].type, id)
            self._put_raw(name, kept)
            return status.OK

        return put

    def _reference(self, name: str) -> Callable[..., object]:
        def found() -> object:
            held = self._raw(name)
            return held.id if isinstance(held, Reference) else getattr(held, "_id", None) or ""

        return found

    def _Id(self) -> object:
        """``%Id``: "" before the first save."""
        return "" if self._id is None else self._id

    def _Oid(self) -> object:
        """``%Oid``: id and class as a ``$list``."""
        return "" if self._id is None else _oid(self._id, self._ClassName(1))

    def _ValidateObject(self, *_: object) -> object:
        """``%ValidateObject``: OK, or a status naming each property that is wrong; what is right is made canonical."""
        result = validated(self, layout_of(type(self)).properties)
        hook = getattr(self, "_OnValidateObject", None)
        return status.append(result, status.OK if hook is None else hook() or status.OK)

    def _Save(self, *_: object) -> object:
        """``%Save``: validates and stores; OK or an error status, and then nothing was written."""
        try:
            save_all([self])
        except (status.StatusError, DataError, StoreError) as error:
            return failed(error)
        return status.OK

    def save(self) -> int | str:
        """Save; the id.

        Raises:
            StatusError: validation failed, or a callback refused.
            NotUniqueError: another row has the values of a unique index.
            LockedError: others have locked the row.
            VersionError, RowGoneError: somebody else has changed or deleted the row.
        """
        save_all([self])
        assert self._id is not None
        return self._id

    def delete(self) -> None:
        """Delete the row of the object.

        Raises:
            LookupError: it has none.
            StatusError: others refer to it, have locked it, or ``%OnDelete`` refuses.
        """
        if self._id is None:
            raise LookupError(f"{self!r} was never saved: it has no row")
        if not type(self)._ExistsId(self._id):
            raise RowGoneError(dictionary.name_of(type(self)), self._id)
        status.check(type(self)._DeleteId(self._id))

    def _save_in(self, txn: Transaction) -> None:
        """Write the row in a transaction that the caller has; nothing is validated, no callback runs."""
        write_members(txn, [self])

    def _is_changed(self) -> bool:
        """Whether the object differs from its row as it was read or saved."""
        if self._kept_row is None or any(item._id is None for item in referred(self)) or any(streams_of(self)):
            return True
        return row_of(self, layout_of(type(self))) != self._kept_row

    def _ConstructClone(self, *arguments: object) -> Self:
        """``%ConstructClone``: a new object of the same values, with no row yet; rows it refers to are shared.

        Objects and streams inside its row are copied; the side of a relationship that has many is empty.
        """
        clone = super()._ConstructClone(*arguments)
        clone._id, clone._kept_row, clone._retained, clone._concurrency = None, None, None, 1
        layout = layout_of(type(self))
        for name in layout.relationships(MANY):
            vars(clone).pop(python_name(name), None)
        for name, definition in layout.properties.items():
            if not definition.collection and item_form(definition) in ("stream", "serial"):
                held = getattr(self, python_name(name))
                copied = getattr(held, "_ConstructClone", None)
                clone._put_raw(name, held if copied is None else copied(*arguments))
        return clone

    def _IsModified(self) -> int:
        """``%IsModified``."""
        return int(self._is_changed())

    def _Reload(self, *_: object) -> object:
        """``%Reload``: what the row has by now, unsaved changes are lost; OK, or an error status when it is gone."""
        if not reloaded(self):
            return status.error(_NOT_FOUND, f"{dictionary.name_of(type(self))} {self._Id()}")
        return status.OK

    @property
    def _Concurrency(self) -> int:
        """``%Concurrency``: that of the object."""
        return self._concurrency

    def _UpgradeConcurrency(self, mode: object) -> object:
        """``%UpgradeConcurrency``: a higher one from now on; OK, or an error status when others hold the row."""
        try:
            wanted = concurrency.mode_of(type(self), mode)
            if wanted > self._concurrency and self._id is not None:
                concurrency.retain(self, layout_of(type(self)), wanted)
        except DataError as error:
            return failed(error)
        return status.OK

    def _DowngradeConcurrency(self, mode: object) -> object:
        """``%DowngradeConcurrency``: a lower one; the row is free, in a transaction when that ends."""
        try:
            wanted = concurrency.mode_of(type(self), mode)
            if wanted < self._concurrency:
                concurrency.retain(self, layout_of(type(self)), wanted)
        except DataError as error:
            return failed(error)
        return status.OK

    @classmethod
    def _OpenId(cls, id: object = "", mode: object = -1, result: object = None, *_: object) -> Any:
        """``%OpenId``: the object, the same one as long as it is in memory; "" when there is none, or it is locked.

        `mode` is a concurrency of `isc.py.data.concurrency`; `result` gets the status, by reference.
        """
        try:
            made = opened(cls, id, concurrency.mode_of(cls, mode))
        except (LockedError, DataError) as error:
            if not isinstance(error, LockedError) and text(mode) in ("", "-1", "0", "1", "2", "3", "4"):
                raise
            tell(result, failed(error))
            return ""
        except status.StatusError as error:
            tell(result, error.status)
            return ""
        tell(result, status.OK)
        if made is None:
            tell(result, status.error(_NOT_FOUND, f"{dictionary.name_of(cls)} {text(id)}"))
            return ""
        return made

    @classmethod
    def _fetch(cls, id: object) -> Any:
        """An object of its own with the values of a row, "" when there is none: for SQL, which sees rows only."""
        return fetched(cls, id) or ""

    @classmethod
    def _LockId(cls, id: object, shared: object = 0, timeout: object = "") -> object:
        """``%LockId``: an exclusive or a shared lock of a row, until `_UnlockId`; OK, or an error status."""
        return _locked(cls, id, concurrency.row_lock(layout_of(cls), id, bool(number(shared))), timeout)

    @classmethod
    def _UnlockId(cls, id: object, shared: object = 0, immediate: object = 0) -> object:
        """``%UnlockId``: in a transaction the row is free when that ends, unless `immediate` is 1."""
        _unlocked(concurrency.row_lock(layout_of(cls), id, bool(number(shared))), immediate)
        return status.OK

    @classmethod
    def _LockExtent(cls, shared: object = 0, timeout: object = "") -> object:
        """``%LockExtent``: an exclusive or a shared lock of all rows, until `_UnlockExtent`; OK, or an error status."""
        return _locked(cls, None, concurrency.extent_lock(layout_of(cls), bool(number(shared))), timeout)

    @classmethod
    def _UnlockExtent(cls, shared: object = 0, immediate: object = 0) -> object:
        """``%UnlockExtent``: in a transaction they are free when that ends, unless `immediate` is 1."""
        _unlocked(concurrency.extent_lock(layout_of(cls), bool(number(shared))), immediate)
        return status.OK

    @classmethod
    def _Open(cls, oid: object = "", *more: object) -> Any:
        """``%Open``: as `_OpenId`, by what `_Oid` gives."""
        parts = decode(text(oid).encode("latin-1")) if text(oid) else [""]
        return cls._OpenId(parts[0], *more)

    @classmethod
    def open(cls, id: int | str, mode: int = -1) -> Self:
        """The object of an id: the same one as long as it is in memory; `mode` is its concurrency (0 to 4).

        Raises:
            LookupError: there is none.
            LockedError: others have locked it.
            StatusError: ``%OnOpen`` refused.
            DataError: its row is no ``$LIST``.
        """
        found = opened(cls, id, concurrency.mode_of(cls, mode))
        if found is None:
            raise LookupError(f"{dictionary.name_of(cls)} has no object with id {id}")
        return found

    @classmethod
    def _ExistsId(cls, id: object = "", *_: object) -> int:  # the language's own name
        """``%ExistsId``."""
        layout = layout_of(cls)
        if not text(id):
            return 0
        with current().store().read() as txn:
            if not layout.tag:
                return int(txn.get(row_key(layout, id)) is not None)
            values = read_row(txn, layout, id)
        return int(values is not None and f"~{layout.class_name}~" in text(values.get(CLASSNAME) or ""))

    @classmethod
    def _DeleteId(cls, id: object = "", mode: object = -1, *_: object) -> object:  # the language's own name
        """``%DeleteId``: OK, or an error status when there is none, others hold it, or ``%OnDelete`` refuses."""
        if not cls._ExistsId(id):
            return status.error(_NOT_FOUND, f"{dictionary.name_of(cls)} {text(id)}")
        layout = layout_of(cls)
        try:
            rows = [(layout, id)] if concurrency.mode_of(cls, mode) else []
            with concurrency.writing(rows):
                cls._deleted(layout, id)
        except (status.StatusError, DataError, StoreError) as error:
            return failed(error)
        current().objects.drop(layout, id)
        return status.OK

    @classmethod
    def _deleted(cls, layout: Layout, id: object) -> None:
        namespace = current()
        before, after = getattr(cls, "_OnDelete", None), getattr(cls, "_OnAfterDelete", None)
        with namespace.store().read() as txn:
            found = layout_of_row(txn, layout, id)
        referred = foreign_keys.referring_to(found)
        if before is None and after is None and not referred and not found.relationships(MANY):
            with namespace.store().write() as txn:
                _delete(txn, layout, plain_id(id))
            return
        oid = _oid(id, found.class_name) if before is not None or after is not None else ""
        with namespace.transaction():
            status.check(before(oid) or status.OK if before is not None else status.OK)
            with _going(layout.key(id)):
                let_go(found, id)
                if referred:
                    foreign_keys.let_go(found, id)
            with namespace.store().write() as txn:
                _delete(txn, layout, plain_id(id))
            status.check(after(oid) or status.OK if after is not None else status.OK)

    @classmethod
    def _Delete(cls, oid: object = "", *more: object) -> object:
        """``%Delete``: as `_DeleteId`, by what `_Oid` gives."""
        return cls._DeleteId(decode(text(oid).encode("latin-1"))[0] if text(oid) else "", *more)

    @classmethod
    def _DeleteExtent(cls, *_: object) -> object:
        """``%DeleteExtent``: every row is deleted as ``%DeleteId`` does; OK, or the first error."""
        with current().store().read() as txn:
            ids = list(row_ids(txn, layout_of(cls)))
        for row_id in ids:
            answer = cls._DeleteId(row_id)
            if status.is_error(answer):
                return answer
        return status.OK

    @classmethod
    def _extent_ids(cls) -> list[Subscript]:
        """The ids of all rows, those of subclasses with them."""
        with current().store().read() as txn:
            return list(row_ids(txn, layout_of(cls)))

    @classmethod
    def _KillExtent(cls, *_: object) -> int:
        """``%KillExtent``: every row goes with its entries and streams, and ids begin again; of a subclass its rows."""
        layout = layout_of(cls)
        for name in layout.relationships(("children",)):
            status.check(inverse_of(layout.class_name, layout.properties[name])[0]._KillExtent() or status.OK)
        current().objects.clear()
        with current().store().write() as txn:
            if layout.tag:
                for row_id in list(row_ids(txn, layout)):
                    _delete(txn, layout, row_id)
                return status.OK
            for key in extent_keys(txn, layout):
                txn.kill(key)
        return status.OK

    @classmethod
    def _BuildIndices(cls, *_: object) -> object:
        """``%BuildIndices``: every index of the class anew, from its rows; OK or an error status."""
        from .rebuild import rebuild

        try:
            with current().store().write() as txn:
                rebuild(txn, layout_of(cls))
        except NotUniqueError as error:
            return status.error(_NOT_UNIQUE, str(error))
        return status.OK

    @classmethod
    def _ValidateIndices(cls, *_: object) -> object:
        """``%ValidateIndices``: OK, or a status that names each entry that is missing, wrong or too much."""
        from .rebuild import differences

        result: object = status.OK
        with current().store().read() as txn:
            for line in differences(txn, layout_of(cls)):
                result = status.append(result, status.error(5001, line))
        return result


def _delete(txn: Transaction, layout: Layout, row_id: Subscript) -> None:
    values = read_row(txn, layout, row_id) or {}
    for name, definition in layout.properties.items():
        if item_form(definition) == "stream" and not definition.collection and values.get(name) not in (None, ""):
            txn.kill(encode_key(layout.stream_global, (text(values[name]),)))
    delete_row(txn, layout, row_id)


def _oid(id: object, class_name: str) -> str:
    return encode([text(id), class_name]).decode("latin-1")


@contextmanager
def _going(key: bytes) -> Iterator[None]:
    """While a row is deleted: others that refer to it in a circle do not delete it again."""
    deleting = current().objects.deleting
    deleting.add(key)
    try:
        yield
    finally:
        deleting.discard(key)


def _locked(cls: type, row_id: object, lock: Lock, timeout: object) -> object:
    try:
        concurrency.take(layout_of(cls), row_id, lock, float(number(timeout)) if text(timeout) else None)
    except LockedError as error:
        return failed(error)
    return status.OK


def _unlocked(lock: Lock, immediate: object) -> None:
    if number(immediate):
        current().release_now([lock])
    else:
        current().let_go([lock])


__all__ = ["ForeignKey", "Index", "Persistent", "Property", "SerialObject", "save_all"]

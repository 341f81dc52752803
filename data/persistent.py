"""``%Persistent``: objects that are rows of a global, laid out by the storage definition of their class."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.globals import Transaction, encode_key
from isc.py.objectscript import NotSupportedError, dictionary, status
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.collections import ArrayOfDataTypes, ListOfDataTypes
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, short
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.names import python_name
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.values import number, text

from .layout import CLASSNAME, Layout, layout_of
from .namespace import current


class SerialObject(RegisteredObject):
    """``%SerialObject``: an object inside another's row."""


class Persistent(RegisteredObject):
    """``%Persistent``: saved under an id that counts from 1."""

    _id: int | None = None
    _is_persistent: ClassVar[bool] = True

    def _Id(self) -> object:
        """``%Id``: "" before the first save."""
        return "" if self._id is None else self._id

    def _Save(self, *_: object) -> object:
        """``%Save``: validates and stores; OK or an error status, and then nothing was written."""
        wrong = self._ValidateObject()
        if status.is_error(wrong):
            return wrong
        with current().store().write() as txn:
            self._save_in(txn)
        return status.OK

    def save(self) -> int:
        """Save; the id.

        Raises:
            StatusError: validation failed.
        """
        status.check(self._Save())
        return int(self._id or 0)

    def _save_in(self, txn: Transaction) -> None:
        layout = layout_of(type(self))
        if self._id is None:
            self._id = int(txn.increment(encode_key(layout.id_global)))
        txn.set(encode_key(layout.data_global, (self._id,)), encode(self._row(layout)))

    def _row(self, layout: Layout) -> list[object]:
        row: list[object] = [None] * max(layout.positions.values(), default=1)
        for name, position in layout.positions.items():
            if name == CLASSNAME:
                row[position - 1] = ""
            elif name in layout.properties:
                value = getattr(self, python_name(name), "")
                row[position - 1] = _stored(layout.properties[name], value)
        return row

    @classmethod
    def _OpenId(cls, id: object, *_: object) -> Any:  # the language's own name
        """``%OpenId``: the object, "" when there is none."""
        layout = layout_of(cls)
        with current().store().read() as txn:
            row = txn.get(encode_key(layout.data_global, (text(id),))) if text(id) else None
        if row is None:
            return ""
        values = decode(row.encode("latin-1") if isinstance(row, str) else row if isinstance(row, bytes) else b"")
        made = cls.__new__(cls)
        made._id = int(number(id))
        for name, position in layout.positions.items():
            if name in layout.properties and position <= len(values):
                made.__dict__[python_name(name)] = _loaded(layout.properties[name], values[position - 1])
        return made

    @classmethod
    def open(cls, id: int) -> Self:  # the language's own name
        """The object of an id.

        Raises:
            LookupError: there is none.
        """
        found = cls._OpenId(id)
        if found == "":
            raise LookupError(f"{dictionary.name_of(cls)} has no object with id {id}")
        opened: Self = found
        return opened

    @classmethod
    def _ExistsId(cls, id: object) -> int:  # the language's own name
        """``%ExistsId``."""
        with current().store().read() as txn:
            return int(bool(text(id)) and txn.get(encode_key(layout_of(cls).data_global, (text(id),))) is not None)

    @classmethod
    def _DeleteId(cls, id: object, *_: object) -> object:  # the language's own name
        """``%DeleteId``: OK, or an error status when there is none."""
        if not cls._ExistsId(id):
            return status.error(5809, f"{dictionary.name_of(cls)} {text(id)}")
        with current().store().write() as txn:
            txn.kill(encode_key(layout_of(cls).data_global, (text(id),)))
        return status.OK

    @classmethod
    def _KillExtent(cls, *_: object) -> int:
        """``%KillExtent``: every row goes, and ids begin again."""
        layout = layout_of(cls)
        with current().store().write() as txn:
            txn.kill(encode_key(layout.data_global))
            txn.kill(encode_key(layout.id_global))
        return status.OK


def save_all(objects: list[Persistent]) -> None:
    """Save many objects in one transaction.

    Raises:
        StatusError: one is not valid; nothing was written.
    """
    for item in objects:
        status.check(item._ValidateObject())
    with current().store().write() as txn:
        for item in objects:
            item._save_in(txn)


def _stored(definition: PropertyDefinition, value: object) -> object:
    """What of a property stands in the row."""
    if isinstance(value, ListOfDataTypes):
        return encode([_plain(item) for item in value])
    if isinstance(value, ArrayOfDataTypes):
        if value:
            raise NotSupportedError(f"the array property {definition.name} cannot be stored yet: use a list")
        return ""
    if isinstance(value, CharacterStream):
        return str(value)
    if isinstance(value, Persistent):
        return value._id if value._id is not None else value.save()
    if value is None or value == "":
        return ""
    if short(definition.type) in COLUMN_KINDS and COLUMN_KINDS[short(definition.type)] != "m":
        return number(value)
    return _plain(value)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | Decimal | bytes) else text(value)


def _loaded(definition: PropertyDefinition, value: object) -> object:
    if definition.collection == "list":
        return ListOfDataTypes(decode(value.encode("latin-1")) if isinstance(value, str) and value else [])
    if definition.collection == "array":
        return ArrayOfDataTypes()
    if definition.type.startswith("%Stream."):
        return CharacterStream(text(value))
    if value is None:
        return ""
    target = definition.type
    if not target.startswith("%") and dictionary.exists(target) and hasattr(dictionary.resolve(target), "_OpenId"):
        return dictionary.resolve(target)._OpenId(value) if value != "" else ""  # type: ignore[attr-defined]  # checked
    return value

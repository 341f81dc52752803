"""``%Stream.GlobalCharacter`` and ``%Stream.GlobalBinary``: streams that are saved in a global of the namespace."""

from typing import Self

from isc.py.iscpython_c.globals import Transaction, decode_key, encode_key
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.library.streams import BinaryStream, CharacterStream
from isc.py.objectscript.values import text

from .exceptions import DataError
from .namespace import current

_GLOBAL = "isc.py.data.stream"
_CHUNK = 32000


class GlobalCharacterStream(CharacterStream):
    """Characters; ``%Save`` keeps them in pieces under an id that ``%OpenId`` takes.

    A stream of a row stands in the stream global of the row's class instead.
    """

    _id: int | None = None
    _location = _GLOBAL

    def _Save(self, *_: object) -> object:
        with current().store().write() as txn:
            self.save_in(txn, self._location)
        return status.OK

    def save_in(self, txn: Transaction, location: str) -> None:
        """Keep it in a global; one that was kept in another moves."""
        content = str(self)
        if self._id is None or self._location != location:
            self._id = int(txn.increment(encode_key(location)))
            self._location = location
        txn.kill(encode_key(location, (self._id,)))
        txn.set(encode_key(location, (self._id,)), len(content))
        for at in range(0, len(content), _CHUNK):
            txn.set(encode_key(location, (self._id, at // _CHUNK + 1)), content[at : at + _CHUNK])

    def _Id(self) -> object:
        return "" if self._id is None else self._id

    @classmethod
    def _OpenId(cls, id: object, *_: object) -> Self | str:  # the language's own name
        """``%OpenId``: the stream, "" when there is none."""
        return cls.open_at(_GLOBAL, id) if cls._ExistsId(id) else ""

    @classmethod
    def open_at(cls, location: str, id: object) -> Self:
        """The stream of an id in a global; an empty one when it is gone."""
        with current().store().read() as txn:
            made = cls(stream_text(txn, location, id))
        made._id = int(text(id)) if text(id).isdigit() else None
        made._location = location
        return made

    @classmethod
    def _ExistsId(cls, id: object, *_: object) -> int:  # the language's own name
        """``%ExistsId``."""
        with current().store().read() as txn:
            return int(text(id).isdigit() and txn.data(encode_key(_GLOBAL, (text(id),))) > 0)

    @classmethod
    def _DeleteId(cls, id: object, *_: object) -> object:  # the language's own name
        """``%DeleteId``: OK, or an error status when there is none."""
        if not cls._ExistsId(id):
            return status.error(5809, f"stream {text(id)}")
        with current().store().write() as txn:
            txn.kill(encode_key(_GLOBAL, (text(id),)))
        return status.OK


class GlobalBinaryStream(GlobalCharacterStream, BinaryStream):
    """Bytes, as characters 0 to 255."""


def stream_class(type_name: str, location: str) -> type[GlobalCharacterStream]:
    """The class of a stream property; a file stream cannot be part of a row.

    Raises:
        DataError: the type is no stream that a global keeps.
    """
    found = dictionary.resolve(type_name)
    if issubclass(found, GlobalCharacterStream):
        return found
    if issubclass(found, BinaryStream):
        return GlobalBinaryStream
    if "File" in found.__name__:
        raise DataError(f"a {type_name} cannot be kept in ^{location}: use %Stream.GlobalCharacter or GlobalBinary")
    return GlobalCharacterStream


def stream_text(txn: Transaction, location: str, id: object) -> str:
    """The content of a stream, "" when there is none."""
    if not text(id).isdigit():
        return ""
    parts = [
        value.decode("latin-1") if isinstance(value, bytes) else text(value)
        for key, value in txn.scan(encode_key(location, (text(id),)))
        if decode_key(key)[1][1:] > (0,)  # the node itself says how many pieces, or, like 0, how long they are
    ]
    return "".join(parts)

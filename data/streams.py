"""``%Stream.GlobalCharacter`` and ``%Stream.GlobalBinary``: streams that are saved in a global of the namespace."""

from typing import Self

from isc.py.iscpython_c.globals import encode_key
from isc.py.objectscript import status
from isc.py.objectscript.library.streams import BinaryStream, CharacterStream
from isc.py.objectscript.values import text

from .namespace import current

_GLOBAL = "isc.py.data.stream"
_CHUNK = 32000


class GlobalCharacterStream(CharacterStream):
    """Characters; ``%Save`` keeps them in pieces under an id that ``%OpenId`` takes."""

    _id: int | None = None

    def _Save(self, *_: object) -> object:
        content = str(self)
        with current().store().write() as txn:
            if self._id is None:
                self._id = int(txn.increment(encode_key(_GLOBAL)))
            txn.kill(encode_key(_GLOBAL, (self._id,)))
            txn.set(encode_key(_GLOBAL, (self._id,)), len(content))
            for at in range(0, len(content), _CHUNK):
                txn.set(encode_key(_GLOBAL, (self._id, at // _CHUNK + 1)), content[at : at + _CHUNK])
        return status.OK

    def _Id(self) -> object:
        return "" if self._id is None else self._id

    @classmethod
    def _OpenId(cls, id: object, *_: object) -> Self | str:  # the language's own name
        """``%OpenId``: the stream, "" when there is none."""
        if not cls._ExistsId(id):
            return ""
        parts = []
        with current().store().read() as txn:
            for _key, value in txn.scan(encode_key(_GLOBAL, (text(id),))):
                parts.append(value.decode("latin-1") if isinstance(value, bytes) else text(value))
        made = cls("".join(parts[1:]))
        made._id = int(text(id))
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

"""``%Stream.FileCharacter`` and ``%Stream.FileBinary``: streams whose content is a file.

The file is read when something is first asked of it and written when the stream is saved, as a whole.
"""

import os
from pathlib import Path
from typing import ClassVar

from .. import status
from ..errors import ObjectScriptError
from ..values import text
from .confinement import path_of
from .encryption import octets
from .files import File
from .streams import CharacterStream

_TABLES = {
    "": "utf-8", "UTF8": "utf-8", "UTF-8": "utf-8", "RAW": "latin-1", "SAME": "latin-1", "LATIN1": "latin-1",
    "8859-1": "latin-1", "CP1252": "cp1252", "CP1250": "cp1250", "UNICODELITTLE": "utf-16-le",
    "UNICODEBIG": "utf-16-be", "UNICODE": "utf-16", "ASCII": "ascii",
}  # fmt: skip


class FileCharacterStream(CharacterStream):
    """Characters of a file, by TranslateTable (UTF-8 unless set)."""

    _default_table: ClassVar[str] = ""

    def __init__(self, content: str = "") -> None:
        super().__init__(content)
        self._path: Path | None = None
        self._loaded = True  # whether what is in memory is the content
        self._changed = bool(content)
        self.TranslateTable = self._default_table
        self.RemoveOnClose = 0

    @classmethod
    def _property_names(cls) -> list[str]:
        return [*super()._property_names(), "Filename", "TranslateTable", "RemoveOnClose"]

    @property
    def Filename(self) -> str:
        """The file's path; a new temporary one when nothing was set."""
        if self._path is None:
            self._path = path_of(File.TempFilename("stream"))
        return str(self._path)

    @Filename.setter
    def Filename(self, name: object) -> None:
        self.LinkToFile(name)

    def LinkToFile(self, name: object) -> object:
        """The content is this file's, which may not be there yet."""
        self._path = path_of(name)
        self.Clear()
        self._loaded, self._changed = False, False
        return status.OK

    NewFileName = LinkToFile

    def FilenameSet(self, name: object) -> object:
        """`LinkToFile`."""
        return self.LinkToFile(name)

    def _codec(self) -> str:
        table = text(self.TranslateTable).upper()
        if table not in _TABLES:
            known = ", ".join(name for name in _TABLES if name)
            raise ObjectScriptError("<TRANSLATE>", f"there is no table {table}: use one of {known}")
        return _TABLES[table]

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        if self._path is None or not self._path.exists():
            return
        try:
            content = self._path.read_bytes().decode(self._codec())
        except OSError as error:
            raise ObjectScriptError("<NOTOPEN>", f"{self._path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            told = f"{self._path}, byte {error.start}: not {error.encoding}; set TranslateTable before"
            raise ObjectScriptError("<TRANSLATE>", told) from error
        self._parts = [content] if content else []

    def __str__(self) -> str:
        self._load()
        return super().__str__()

    __hash__ = CharacterStream.__hash__

    @property
    def Size(self) -> int:
        """How many characters."""
        self._load()
        return super().Size

    def Write(self, data: object = "") -> int:
        """Append to what was written; the first writing replaces the file's content, unless `MoveToEnd` was called."""
        self._loaded, self._changed = True, True
        return super().Write(data)

    def Clear(self) -> int:
        """Empty it."""
        self._loaded, self._changed = True, True
        return super().Clear()

    def _Save(self, *_: object) -> object:
        """``%Save``: writes the file; OK, or the status that says why it could not be written."""
        if not self._changed:
            return status.OK
        target = Path(self.Filename)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            fresh.write_bytes(str(self).encode(self._codec()))
            fresh.replace(target)
        except (OSError, UnicodeEncodeError) as error:
            fresh.unlink(missing_ok=True)
            return status.error(5005, f"{target}: {error}")
        self._changed = False
        return status.OK

    Flush = Close = _Save


class FileBinaryStream(FileCharacterStream):
    """Bytes of a file, as characters 0 to 255."""

    _default_table = "RAW"

    def Write(self, data: object = "") -> int:
        """Append bytes.

        Raises:
            ObjectScriptError: ``<WIDE CHAR>``: a character is no byte.
        """
        octets(data)
        return super().Write(data)

"""``%File``: what code asks of the file system by class methods, and files that are open."""

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from .. import status
from ..errors import ObjectScriptError
from ..frame import ByRef
from ..functions.dates import horolog_text
from ..objects import RegisteredObject
from ..values import number, text
from .confinement import base, path_of


def _done(action: Callable[[], object], code: object = None) -> int:
    """1, or 0 when the system refuses; `code` gets the negative number of its reason."""
    try:
        action()
    except OSError as error:
        if isinstance(code, ByRef):
            code.set(-(error.errno or 1))
        return 0
    return 1


class File(RegisteredObject):
    """``%File`` and ``%Library.File``: class methods over paths; an object is one file, opened by `Open`."""

    def __init__(self) -> None:
        super().__init__()
        self._file: IO[bytes] | None = None
        self._name = ""
        self.LineTerminator = "\n"

    def _OnNew(self, name: object = "") -> object:
        self._name = text(name)
        return status.OK

    @classmethod
    def _property_names(cls) -> list[str]:
        return ["Name", "AtEnd", "Size", "IsOpen", "LineTerminator"]

    def _set_property(self, name: str, value: object) -> None:
        if name != "LineTerminator":
            raise AttributeError(name)
        self.LineTerminator = text(value)

    # --- an open file ---

    @property
    def Name(self) -> str:
        """Its path."""
        return self._name

    @property
    def IsOpen(self) -> int:
        """Whether it is open."""
        return int(self._file is not None)

    @property
    def Size(self) -> object:
        """Its bytes, -1 when it does not exist."""
        if self._file is not None:
            self._file.flush()
        return File.GetFileSize(self._name)

    @property
    def AtEnd(self) -> int:
        """Whether all was read."""
        return int(self._file is None or not self._file.readable() or not self._file.peek(1))  # type: ignore[attr-defined]  # a buffered reader

    def Open(self, modes: object = "WSN", timeout: object = 10, code: object = None) -> object:
        """Open for reading (R), writing at the end (W) or anew (WN); OK or an error status."""
        wanted = text(modes).upper()
        mode = "rb" if "R" in wanted and "W" not in wanted else "wb" if "N" in wanted else "ab"
        try:
            self._file = path_of(self._name).open(mode)
        except OSError as error:
            if isinstance(code, ByRef):
                code.set(-(error.errno or 1))
            return status.error(5005, f"{self._name}: {error.strerror}")
        return status.OK

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise ObjectScriptError("<NOTOPEN>", f"the file {self._name} is not open: call Open before")
        return self._file

    def Close(self) -> int:
        """Close it."""
        if self._file is not None:
            self._file.close()
        self._file = None
        return status.OK

    def Read(self, length: object = 32656, *_: object) -> str:
        """The next bytes, as characters."""
        size = length.get() if isinstance(length, ByRef) else length
        found = self._opened().read(int(number(size or 32656)))
        if isinstance(length, ByRef):
            length.set(len(found) or -1)
        return found.decode("latin-1")

    def ReadLine(self, length: object = "", *_: object) -> str:
        """The next line without its end."""
        found = self._opened().readline()
        if isinstance(length, ByRef):
            length.set(len(found) or -1)
        return found.rstrip(b"\n").rstrip(b"\r").decode("latin-1")

    def Write(self, data: object = "") -> int:
        """Append."""
        self._opened().write(text(data).encode("latin-1", "replace"))
        return status.OK

    def WriteLine(self, data: object = "") -> int:
        """Append with a line end."""
        return self.Write(text(data) + self.LineTerminator)

    def Rewind(self) -> int:
        """Read from the start again."""
        self._opened().seek(0)
        return status.OK

    def Clear(self) -> int:
        """Delete the file."""
        self.Close()
        return self.Delete(self._name)

    # --- paths ---

    @staticmethod
    def Exists(path: object) -> int:
        """Whether a file or folder is there."""
        return int(path_of(path).exists())

    @staticmethod
    def DirectoryExists(path: object) -> int:
        """Whether a folder is there."""
        return int(path_of(path).is_dir())

    @staticmethod
    def NormalizeDirectory(path: object = "", *_: object) -> str:
        """Absolute, with a slash at the end."""
        return f"{str((base() / path_of(text(path) or '.')).resolve()).rstrip('/')}/"

    @staticmethod
    def NormalizeFilename(path: object, folder: object = "") -> str:
        """Absolute."""
        return str((base() / path_of(text(folder) or ".") / text(path)).resolve())

    NormalizeFilenameWithSpaces = NormalizeFilename

    @staticmethod
    def SubDirectoryName(folder: object, name: object, slash: object = 0) -> str:
        """The path of something in a folder."""
        return str(Path(text(folder)) / text(name)) + ("/" if number(slash) else "")

    @staticmethod
    def Construct(*parts: object) -> str:
        """Parts joined to one path."""
        return str(Path(*map(text, parts)))

    @staticmethod
    def GetDirectory(path: object, *_: object) -> str:
        """The folder of a file, with a slash at the end."""
        return f"{str(Path(text(path)).parent).rstrip('/')}/"

    ParentDirectoryName = staticmethod(lambda path: f"{str(Path(text(path)).parent).rstrip('/')}/")

    @staticmethod
    def GetFilename(path: object) -> str:
        """The name of a file."""
        return Path(text(path)).name

    @staticmethod
    def GetFileSize(path: object) -> int:
        """The bytes of a file, -1 when there is none."""
        found = path_of(path)
        return found.stat().st_size if found.exists() else -1

    @staticmethod
    def GetFileDateModified(path: object, *_: object) -> str:
        """When it was changed, as $horolog; "" when there is none."""
        found = path_of(path)
        return horolog_text(datetime.fromtimestamp(int(found.stat().st_mtime))) if found.exists() else ""

    GetFileDateCreated = GetFileDateModified

    @staticmethod
    def CreateDirectory(path: object, code: object = None) -> int:
        """Make a folder; 0 when it could not be."""
        return _done(lambda: path_of(path).mkdir(), code)

    @staticmethod
    def CreateDirectoryChain(path: object, code: object = None) -> int:
        """Make a folder and those above it."""
        return _done(lambda: path_of(path).mkdir(parents=True, exist_ok=True), code)

    @staticmethod
    def RemoveDirectory(path: object, code: object = None) -> int:
        """Delete an empty folder; 0 when it could not be."""
        return _done(lambda: path_of(path).rmdir(), code)

    @staticmethod
    def RemoveDirectoryTree(path: object) -> int:
        """Delete a folder and all in it; 0 when it could not be."""
        return _done(lambda: shutil.rmtree(path_of(path)))

    @staticmethod
    def CopyDir(source: object, target: object, *_: object) -> int:
        """Copy a folder and all in it; 0 when it could not be."""
        return _done(lambda: shutil.copytree(path_of(source), path_of(target), dirs_exist_ok=True))

    @staticmethod
    def CopyFile(source: object, target: object, _overwrite: object = 0, code: object = None) -> int:
        """Copy a file; 0 when it could not be."""
        return _done(lambda: shutil.copyfile(path_of(source), path_of(target)), code)

    @staticmethod
    def Rename(source: object, target: object, code: object = None) -> int:
        """Give a file another name; 0 when it could not be."""
        return _done(lambda: path_of(source).rename(path_of(target)), code)

    @staticmethod
    def Delete(path: object, code: object = None) -> int:
        """Delete a file; 0 when it could not be."""
        return _done(lambda: path_of(path).unlink(), code)

    @staticmethod
    def TempFilename(extension: object = "", *_: object) -> str:
        """The name of a new temporary file."""
        folder = str(base()) if path_of(".") != Path() else None
        handle, name = tempfile.mkstemp(f".{text(extension)}" if text(extension) else "", dir=folder)
        os.close(handle)
        return name

    @staticmethod
    def GetDirectorySpace(path: object, free: Any = None, total: Any = None, *_: object) -> int:
        """The free and the whole space of a disk in megabytes, by reference."""
        found = shutil.disk_usage(path_of(path))
        for place, size in ((free, found.free), (total, found.total)):
            if isinstance(place, ByRef):
                place.set(size // 2**20)
        return status.OK

    @staticmethod
    def ReadOnly(path: object) -> int:
        """Whether it cannot be written."""
        return int(not os.access(path_of(path), os.W_OK))

    @staticmethod
    def Writeable(path: object) -> int:
        """Whether it can be written."""
        return int(os.access(path_of(path), os.W_OK))

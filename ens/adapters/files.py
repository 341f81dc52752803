"""Files as input and output.

A file that was found is read, given to the service, and archived or deleted only after what the service sent is
committed. When the Director dies in between, the next one finds the file again and knows that it was taken.
"""

import os
import time
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from isc.py.msg.ens import StreamContainer
from isc.py.objectscript import ByRef, dictionary
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.values import text

from ..exceptions import DuplicateInputError, ProductionError, UnreachableError
from ..settings import Setting
from .base import InboundAdapter, OutboundAdapter, Take, Tell, as_status
from .names import file_name, file_names, free_path

_CODECS = {"": "utf-8", "native": "utf-8", "default": "utf-8", "binary": "latin-1", "ascii": "ascii"}


def codec(charset: str) -> str:
    """The Python codec of a Charset setting.

    Raises:
        ProductionError: there is none of that name.
    """
    name = _CODECS.get(charset.strip().lower(), charset.strip())
    try:
        "".encode(name)
    except LookupError as error:
        raise ProductionError(f"setting Charset: {charset!r} is unknown: use UTF-8, Latin1 or Binary") from error
    return name


def checked_folder(setting: str, value: str) -> Path:
    """The folder that a setting names.

    Raises:
        ProductionError: it is not there, or no folder.
    """
    path = Path(value)
    if not path.is_dir():
        raise ProductionError(f"setting {setting}: there is no folder {value!r}: make it first")
    return path


class FileInboundAdapter(InboundAdapter):
    """``EnsLib.File.InboundAdapter``: gives the service each file of a folder as a stream, the oldest first."""

    FilePath = Setting(str, "", "The folder that is watched.", required=True)
    FileSpec = Setting(str, "*", "Which files, as `*.txt;*.csv`.")
    ArchivePath = Setting(str, "", "The folder that a file is moved to once it is taken; empty: it is deleted.")
    WorkPath = Setting(str, "", "A folder for files while they are worked on; they stay where they are here.")
    ErrorPath = Setting(str, "", "The folder for files that failed; empty: they stay until they are changed.")
    SubdirectoryLevels = Setting(int, 0, "How many folders deep it looks.", minimum=0)
    Charset = Setting(str, "UTF-8", "How characters are read: UTF-8, Latin1, Binary (a character a byte), …")
    AppendTimestamp = Setting(str, "1", "A template for names in the archive; `1` is `%f_%Q`, `0` the same name.")
    FileAccessTimeout = Setting(float, 2, "Seconds a file must be unchanged before it is taken.", minimum=0)
    ConfirmComplete = Setting(int, 1, "Kept for other products; FileAccessTimeout does it here.")
    DeleteFromServer = Setting(bool, True, "Whether a file is deleted when there is no ArchivePath.")

    def OnInit(self) -> object:
        """Check the folders.

        Raises:
            ProductionError: one is not there, or the Charset is unknown.
        """
        checked_folder("FilePath", self.FilePath)
        for name in ("ArchivePath", "ErrorPath"):
            if getattr(self, name):
                checked_folder(name, getattr(self, name))
                if self._watches(getattr(self, name)):
                    raise ProductionError(f"setting {name} is a folder that is watched: its files would come again")
        codec(self.Charset)
        vars(self).update(_seen={}, _unchanged={}, _told=set())
        return 1

    def _watches(self, folder: str) -> bool:
        """Whether files of a folder are found, too."""
        place, top = Path(folder).resolve(), Path(self.FilePath).resolve()
        return place.is_relative_to(top) and len(place.relative_to(top).parts) <= self.SubdirectoryLevels

    def on_task(self, take: Take, tell: Tell) -> None:
        """Hand on what is there; a file that fails is told of once and tried again when it has changed.

        Raises:
            ProductionError: the folder cannot be read.
        """
        for path in self._found(tell):
            try:
                stamp = _stamp(path)
                if self._is_settled(path, stamp):
                    self._handle(path, stamp, take, tell)
            except FileNotFoundError:  # somebody took it away
                continue

    def _found(self, tell: Tell) -> list[Path]:
        specs = [spec.strip() for spec in self.FileSpec.replace(",", ";").split(";") if spec.strip()] or ["*"]
        found, unread = _walk(Path(self.FilePath), self.SubdirectoryLevels)
        for folder in unread - vars(self)["_told"]:
            tell("error", f"folder {folder} cannot be read: what is in it is not taken")
        vars(self)["_told"] = unread
        files = [path for path in found if _fits(path, specs)]
        for known in (vars(self)["_seen"], vars(self)["_unchanged"]):
            for gone in known.keys() - set(files):
                del known[gone]
        ages = {}
        for path in files:
            try:
                ages[path] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
        return sorted(ages, key=lambda path: (ages[path], path.name))

    def _is_settled(self, path: Path, stamp: tuple[int, int, int]) -> bool:
        if vars(self)["_seen"].get(path) == stamp:  # it failed, and is as it was
            return False
        if time.time() - path.stat().st_mtime >= self.FileAccessTimeout:
            return True
        held, since = vars(self)["_unchanged"].get(path, (None, 0.0))  # another machine's clock may be ahead of ours
        if held != stamp:
            vars(self)["_unchanged"][path] = (stamp, time.monotonic())
            return False
        return bool(time.monotonic() - since >= self.FileAccessTimeout)

    def _handle(self, path: Path, stamp: tuple[int, int, int], take: Take, tell: Tell) -> None:
        key = f"{path.resolve()}:{':'.join(map(str, stamp))}"
        try:
            data = path.read_bytes()
            if _stamp(path) != stamp:  # somebody writes it: it is not settled yet
                return
            take(FileStream(data.decode(codec(self.Charset)), str(path)), None, key)
        except FileNotFoundError:
            raise  # somebody took it away
        except DuplicateInputError as error:
            tell("info", f"file {path}: {error}; it is put away only")
        except Exception as error:  # noqa: BLE001  # user code, or bytes that do not fit: the next file must come
            vars(self)["_seen"][path] = stamp
            tell("error", f"file {path}: {_said(error)}")
            if self.ErrorPath:
                self._put_away(path, stamp, self.ErrorPath, "%f", tell)
            return
        if self.ArchivePath:
            template = {"1": "%f_%Q", "0": "%f", "": "%f"}.get(self.AppendTimestamp, self.AppendTimestamp)
            self._put_away(path, stamp, self.ArchivePath, template, tell)
        elif self.DeleteFromServer:
            self._put_away(path, stamp, "", "", tell)
        else:
            vars(self)["_seen"][path] = stamp

    def _put_away(self, path: Path, stamp: tuple[int, int, int], folder: str, template: str, tell: Tell) -> None:
        """Move it to a folder, or delete it; when that cannot be done it stays, is told of, and is not taken again."""
        try:
            if folder:
                _move(path, free_path(Path(folder), file_name(template, path.name)))
            else:
                path.unlink()
        except OSError as error:
            vars(self)["_seen"][path] = stamp
            what = f"moved to {folder}" if folder else "deleted"
            tell("error", f"file {path} was taken and cannot be {what}: {error.strerror}; it stays where it is")


class FileStream(CharacterStream):
    """The content of a file, and where it is."""

    def __init__(self, content: str = "", filename: str = "") -> None:
        super().__init__(content)
        self.Filename = filename

    @classmethod
    def _property_names(cls) -> list[str]:
        return [*super()._property_names(), "Filename"]

    def Attributes(self, name: object = "") -> str:
        """``Attributes("Filename")``: the path."""
        return self.Filename if text(name) == "Filename" else ""


def _walk(top: Path, levels: int) -> tuple[list[Path], set[Path]]:
    """The files of a folder and of those below it, and the folders that could not be read.

    Raises:
        ProductionError: the folder itself cannot be read.
    """
    files: list[Path] = []
    unread: set[Path] = set()
    folders = [(top, levels)]
    while folders:
        folder, left = folders.pop()
        try:
            for entry in os.scandir(folder):
                if entry.is_file() and not entry.name.startswith("."):
                    files.append(Path(entry.path))
                elif left > 0 and entry.is_dir(follow_symlinks=False):
                    folders.append((Path(entry.path), left - 1))
        except OSError as error:
            if folder == top:
                raise ProductionError(f"folder {top} cannot be read: {error.strerror}") from error
            unread.add(folder)
    return files, unread


def _said(error: Exception) -> str:
    """An error without the path, which stands before it."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _fits(path: Path, specs: list[str]) -> bool:
    return any(fnmatch(path.name, spec) for spec in specs)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _move(source: Path, target: Path) -> None:
    """Rename, or across file systems copy to a temporary name, rename and unlink."""
    try:
        source.rename(target)
    except OSError:
        _write(target, source.read_bytes())
        source.unlink()


def _write(path: Path, data: bytes, *, only_new: bool = False) -> None:
    """All of the file or nothing, on disk when this returns.

    Raises:
        FileExistsError: only a new one is wanted, and there is one.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if not only_new:
        partial.replace(path)
        return
    try:
        os.link(partial, path)  # of two that write at once one fails
    finally:
        partial.unlink()


class FileOutboundAdapter(OutboundAdapter):
    """``EnsLib.File.OutboundAdapter``: writes files; a file appears whole, or not at all."""

    FilePath = Setting(str, "", "The folder that files are written to.", required=True)
    Overwrite = Setting(bool, True, "Whether a file that is there is replaced; else text is put behind what it has.")
    Charset = Setting(str, "UTF-8", "How characters are written: UTF-8, Latin1, Binary (a byte a character), …")
    OpenTimeout = Setting(float, 5, "Kept for other products.")

    def OnInit(self) -> object:
        """Check folder and Charset.

        Raises:
            ProductionError: one does not fit.
        """
        checked_folder("FilePath", self.FilePath)
        codec(self.Charset)
        return 1

    def path(self, name: str) -> Path:
        """The path of a name in the folder.

        Raises:
            ValueError: the name leads out of it.
        """
        path = (Path(self.FilePath) / name).resolve()
        if not path.is_relative_to(Path(self.FilePath).resolve()):
            raise ValueError(f"file name {name!r} leads out of {self.FilePath}")
        return path

    def put(self, name: str, content: str, *, overwrite: bool | None = None) -> Path:
        """Write a file.

        Raises:
            UnreachableError: the folder cannot be written now.
            ValueError: the name leads out of the folder, or the Charset lacks a character.
        """
        path = self.path(name)
        data = content.encode(codec(self.Charset))
        replace = self.Overwrite if overwrite is None else overwrite
        try:
            _write(path, data if replace or not path.exists() else path.read_bytes() + data)
        except OSError as error:
            raise UnreachableError(f"{path} cannot be written: {error.strerror}") from error
        return path

    def put_named(self, template: str, original: str, content: str) -> Path:
        """Write a file that a template names; one that counts (``%!+(_a)``) never touches a file that is there.

        Raises:
            UnreachableError: the folder cannot be written now.
            ValueError: the name leads out of the folder, or the Charset lacks a character.
        """
        if "%!+(" not in template and "%+(" not in template:
            return self.put(file_name(template, original), content)
        data = content.encode(codec(self.Charset))
        for name in file_names(template, original):
            path = self.path(name)
            try:
                _write(path, data, only_new=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise UnreachableError(f"{path} cannot be written: {error.strerror}") from error
            return path
        raise ValueError(f"template {template!r} gives no name that is free")

    def PutString(self, name: object, content: object = "") -> object:
        """Write a text to a file."""
        return as_status(lambda: self.put(text(name), text(content)))

    def PutLine(self, name: object, content: object = "") -> object:
        """Write a text and a line end to a file."""
        return as_status(lambda: self.put(text(name), f"{text(content)}\n"))

    def PutStream(self, name: object, stream: object, done: ByRef[Any] | None = None) -> object:
        """Write a stream to a file."""
        if done is not None:
            done.value = 1
        return as_status(lambda: self.put(text(name), str(stream)))

    def GetStringFile(self, name: object, *_: object) -> str:
        """The text of a file."""
        return self.path(text(name)).read_bytes().decode(codec(self.Charset))

    def Exists(self, name: object) -> int:
        """Whether a file is there."""
        return int(self.path(text(name)).exists())

    def Delete(self, name: object) -> object:
        """Delete a file."""
        return as_status(self.path(text(name)).unlink)

    def CreateTimestamp(self, name: object = "", template: object = "%f_%Q") -> str:
        """A file name by a template."""
        return file_name(text(template), Path(text(name)).name, datetime.now())


def content_of(message: Any) -> str | None:
    """What a message would be as a file: its stream, text or raw content; None when it has none of these."""
    if isinstance(message, StreamContainer):
        return str(message.Stream)
    for name in ("RawContent", "StringValue", "Stream"):
        if name in message._property_names():
            return str(message._get_property(name))
    return None


def described(message: Any) -> str:
    """The class of a message, for an error's text."""
    return dictionary.name_of(type(message))

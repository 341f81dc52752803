"""``$system``: the tools of ``%SYSTEM.Status``, ``.Util``, ``.Encryption`` and ``%File`` that processes use."""

import base64
import hashlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

from .. import status
from ..frame import ByRef
from ..values import number, text


class SystemStatus:
    """``$system.Status``."""

    @staticmethod
    def OK() -> int:
        """The OK status."""
        return status.OK

    @staticmethod
    def Error(code: object, *arguments: object) -> str:
        """An error status."""
        return status.error(int(number(code)), *arguments)

    @staticmethod
    def IsOK(value: object) -> int:
        """1 for OK."""
        return int(status.is_ok(value))

    @staticmethod
    def IsError(value: object) -> int:
        """1 for an error."""
        return int(status.is_error(value))

    @staticmethod
    def GetErrorText(value: object, *_: object) -> str:
        """The texts of a status."""
        return status.text(value)

    @staticmethod
    def GetOneErrorText(value: object, position: object = 1) -> str:
        """The text of one error of a status."""
        lines = status.text(value).split("\n")
        at = int(number(position))
        return lines[at - 1] if 0 < at <= len(lines) else ""

    @staticmethod
    def GetErrorCodes(value: object) -> str:
        """The codes of a status, with commas."""
        return ",".join(str(code) for code, _ in status.entries(value))

    @staticmethod
    def AppendStatus(first: object, second: object) -> object:
        """Both in one."""
        return status.append(first, second)

    @staticmethod
    def DisplayError(value: object) -> int:
        """The text goes to the log."""
        import logging

        logging.getLogger("isc.py.objectscript").error("%s", status.text(value))
        return 1


class SystemUtil:
    """``$system.Util``."""

    @staticmethod
    def GetEnviron(name: object) -> str:
        """An environment variable."""
        return os.environ.get(text(name), "")

    @staticmethod
    def ManagerDirectory() -> str:
        """Where a process may put files: the folder for temporary files."""
        return f"{tempfile.gettempdir()}/"


class SystemInternetAddress:
    """``$system.INetInfo``."""

    @staticmethod
    def LocalHostName() -> str:
        """This machine's name."""
        return socket.gethostname()


class Encryption:
    """``$system.Encryption``: hashes and Base64."""

    @staticmethod
    def Base64Encode(value: object, flags: object = 0) -> str:
        """Base64 without line ends."""
        return base64.b64encode(text(value).encode("latin-1")).decode()

    @staticmethod
    def Base64Decode(value: object) -> str:
        """The bytes as characters."""
        return base64.b64decode(text(value)).decode("latin-1")

    @staticmethod
    def MD5Hash(value: object) -> str:
        """The digest as characters."""
        return hashlib.md5(text(value).encode("latin-1"), usedforsecurity=False).digest().decode("latin-1")

    @staticmethod
    def SHA1Hash(value: object) -> str:
        """The digest as characters."""
        return hashlib.sha1(text(value).encode("latin-1"), usedforsecurity=False).digest().decode("latin-1")

    @staticmethod
    def SHAHash(bits: object, value: object) -> str:
        """The digest as characters; bits 160, 224, 256, 384 or 512."""
        name = {160: "sha1"}.get(int(number(bits)), f"sha{int(number(bits))}")
        return hashlib.new(name, text(value).encode("latin-1")).digest().decode("latin-1")


class File:
    """``%File``: class methods over paths."""

    @staticmethod
    def Exists(path: object) -> int:
        """Whether a file is there."""
        return int(Path(text(path)).exists())

    @staticmethod
    def DirectoryExists(path: object) -> int:
        """Whether a folder is there."""
        return int(Path(text(path)).is_dir())

    @staticmethod
    def NormalizeDirectory(path: object = "", *_: object) -> str:
        """Absolute, with a slash at the end."""
        return f"{str(Path(text(path) or '.').resolve()).rstrip('/')}/"

    @staticmethod
    def NormalizeFilename(path: object, folder: object = "") -> str:
        """Absolute."""
        return str((Path(text(folder) or ".") / text(path)).resolve())

    @staticmethod
    def GetDirectory(path: object) -> str:
        """The folder of a file, with a slash at the end."""
        return f"{Path(text(path)).parent}/"

    @staticmethod
    def GetFilename(path: object) -> str:
        """The name of a file."""
        return Path(text(path)).name

    @staticmethod
    def CreateDirectoryChain(path: object) -> int:
        """Make a folder and those above it."""
        Path(text(path)).mkdir(parents=True, exist_ok=True)
        return 1

    @staticmethod
    def TempFilename(extension: object = "", *_: object) -> str:
        """The name of a new temporary file."""
        suffix = f".{text(extension)}" if extension else ""
        handle, name = tempfile.mkstemp(suffix)
        os.close(handle)
        return name

    @staticmethod
    def Delete(path: object, returned: ByRef[object] | None = None) -> int:
        """Delete a file; 0 when it could not be."""
        try:
            Path(text(path)).unlink()
        except OSError as error:
            if returned is not None:
                returned.value = -(error.errno or 1)
            return 0
        return 1

    @staticmethod
    def CopyFile(source: object, target: object, *_: object) -> int:
        """Copy a file; 0 when it could not be."""
        try:
            shutil.copyfile(text(source), text(target))
        except OSError:
            return 0
        return 1

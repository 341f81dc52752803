"""``$system``: the process, the machine, Python, loading of class files.

Status, hashes and SQL have modules of their own.
"""

import getpass
import importlib
import os
import platform
import socket
import tempfile
import zlib
from typing import Protocol, runtime_checkable
from uuid import uuid4

from isc.py.iscpython_c.exceptions import IscError

from .. import builder, status
from ..frame import ByRef
from ..values import text
from ..variables import LocalByRef
from . import confinement
from .concurrency_mode import concurrency_mode, set_concurrency_mode
from .encryption import octets


class SystemUtil:
    """``$system.Util``."""

    @staticmethod
    def GetEnviron(name: object) -> str:
        """An environment variable."""
        return os.environ.get(text(name), "")

    @staticmethod
    def CreateGUID() -> str:
        """A new identifier, in capitals."""
        return str(uuid4()).upper()

    @staticmethod
    def NumberOfCPUs(*_: object) -> int:
        """How many processors this machine has."""
        return os.cpu_count() or 1

    @staticmethod
    def ManagerDirectory() -> str:
        """Where a process may put files: the folder for temporary files."""
        return f"{tempfile.gettempdir()}/"

    DataDirectory = BinaryDirectory = InstallDirectory = ManagerDirectory

    @staticmethod
    def Compress(value: object, *_: object) -> str:
        """The bytes, shortened by zlib."""
        return zlib.compress(octets(value)).decode("latin-1")

    @staticmethod
    def Decompress(value: object, *_: object) -> str:
        """The other way round."""
        return zlib.decompress(octets(value)).decode("latin-1")


class SystemInternetAddress:
    """``$system.INetInfo``."""

    @staticmethod
    def LocalHostName() -> str:
        """This machine's name."""
        return socket.gethostname()

    @staticmethod
    def HostNameToAddr(name: object, *_: object) -> str:
        """The address of a host, "" when it has none."""
        try:
            return socket.gethostbyname(text(name))
        except OSError:
            return ""


class SystemProcess:
    """``$system.Process``."""

    @staticmethod
    def UserName(*_: object) -> str:
        """Who runs this process."""
        return getpass.getuser()

    OSUserName = UserName

    @staticmethod
    def ProcessID(*_: object) -> int:
        """The process's number."""
        return os.getpid()

    @staticmethod
    def NameSpace(*_: object) -> str:
        """The current namespace."""
        return text(getattr(builder.current_platform(), "name", "USER"))

    @staticmethod
    def CurrentDirectory(*_: object) -> str:
        """Where relative file names begin."""
        return f"{confinement.base()}/"

    @staticmethod
    def ClientNodeName(*_: object) -> str:
        """This machine's name."""
        return socket.gethostname()

    @staticmethod
    def ClientIPAddress(*_: object) -> str:
        """Nobody is connected from elsewhere."""
        return "127.0.0.1"

    @staticmethod
    def SetZEOF(on: object = 1, *_: object) -> int:
        """Whether a read at the end of a file sets ``$zeof``, in place of ``<ENDOFFILE>``; what it was."""
        from ..file_devices import end_quietly

        return int(end_quietly(text(on) not in ("", "0")))

    @staticmethod
    def Undefined(*_: object) -> int:
        """An undefined variable is an error here, always: 0."""
        return 0


class SystemVersion:
    """``$system.Version``."""

    @staticmethod
    def GetVersion() -> str:
        """What this is."""
        from importlib.metadata import version

        return f"isc-py {version('isc-py')}"

    @staticmethod
    def GetNumber() -> str:
        """Its number."""
        return SystemVersion.GetVersion().partition(" ")[2]

    GetMajor = staticmethod(lambda: int(SystemVersion.GetNumber().split(".")[0]))
    GetMinor = staticmethod(lambda: int(SystemVersion.GetNumber().split(".")[1]))

    @staticmethod
    def GetOS() -> str:
        """The operating system."""
        return platform.system()


class SysSystem:
    """``%SYS.System``."""

    @staticmethod
    def TempDirectory() -> str:
        """The folder for temporary files."""
        return f"{tempfile.gettempdir()}/"

    @staticmethod
    def GetNodeName(*_: object) -> str:
        """This machine's name."""
        return socket.gethostname()

    @staticmethod
    def GetInstanceName(*_: object) -> str:
        """There is no server behind this: what it is."""
        return "ISCPY"

    @staticmethod
    def GetUniqueInstanceName(*_: object) -> str:
        """Machine and instance."""
        return f"{socket.gethostname()}:ISCPY"


class SysPython:
    """``%SYS.Python``: objects of Python for code of the language."""

    @staticmethod
    def Import(name: object) -> object:
        """A module."""
        return importlib.import_module(text(name))

    @staticmethod
    def Builtins() -> object:
        """Python's own functions."""
        return importlib.import_module("builtins")

    @staticmethod
    def List() -> object:
        """A new list."""
        return []

    @staticmethod
    def Dict() -> object:
        """A new dictionary."""
        return {}

    @staticmethod
    def Bytes(value: object) -> bytes:
        """The bytes of characters 0 to 255."""
        return octets(value)

    @staticmethod
    def ToString(value: object) -> str:
        """What ``str()`` gives."""
        return str(value)


class LoadedFile(Protocol):
    """What became of a file."""

    @property
    def class_name(self) -> str:
        """The class it holds."""

    @property
    def error(self) -> str:
        """Why it was not loaded, "" when it was."""


@runtime_checkable
class LoadingPlatform(Protocol):
    """A platform that keeps class files."""

    def load_path(self, path: str) -> list[LoadedFile]:
        """Load a file, or every one below a folder."""


@runtime_checkable
class ForgettingPlatform(Protocol):
    """A platform that removes class files, too."""

    def remove_class(self, name: str, *, rows: bool) -> None:
        """Remove a class file, and the rows of the class when `rows` says so."""


class SystemObjects:
    """``$system.OBJ``: loads class files into the current namespace; the concurrency of the process."""

    @staticmethod
    def Load(
        path: object, _flags: object = "", errors: ByRef[object] | None = None, loaded: ByRef[object] | None = None,
        *_: object,
    ) -> object:  # fmt: skip
        """Load a file: OK, or a status that says what is wrong with it; the arrays get texts and class names."""
        found = confinement.path_of(path)
        platform = builder.current_platform()
        if not isinstance(platform, LoadingPlatform):
            return status.error(5001, "class files need a namespace to be loaded into: none is open here")
        if not found.exists():
            return status.error(5012, str(found))
        result: object = status.OK
        wrong, classes = [], []
        try:
            reports = platform.load_path(str(found))
        except IscError as error:
            return status.from_exception(error)
        for report in reports:
            if report.error:
                wrong.append(report.error)
                result = status.append(result, status.error(5001, report.error))
            else:
                classes.append(report.class_name)
        _fill(errors, {str(at): error for at, error in enumerate(wrong, start=1)})
        _fill(loaded, {f"{name}.cls": "" for name in classes})
        return result

    @staticmethod
    def LoadDir(
        path: object, flags: object = "", errors: ByRef[object] | None = None, _recurse: object = 0,
        loaded: ByRef[object] | None = None, *_: object,
    ) -> object:  # fmt: skip
        """Load every class file below a folder."""
        return SystemObjects.Load(path, flags, errors, loaded)

    ImportDir = LoadDir

    @staticmethod
    def Delete(names: object, flags: object = "", *_: object) -> object:
        """Remove classes (with commas); their rows stay unless the flags have an ``e``."""
        platform = builder.current_platform()
        if not isinstance(platform, ForgettingPlatform):
            return status.error(5001, "classes are kept by a namespace: none is open here")
        try:
            for name in text(names).split(","):
                platform.remove_class(name.strip().removesuffix(".cls"), rows="e" in text(flags))
        except IscError as error:
            return status.from_exception(error)
        return status.OK

    @staticmethod
    def Compile(name: object = "", *_: object) -> object:
        """A class is compiled when it is first used: OK when it can be."""
        from ..dictionary import resolve

        try:
            for part in text(name).split(","):
                resolve(part.strip().removesuffix(".cls"))
        except IscError as error:
            return status.from_exception(error)
        return status.OK

    @staticmethod
    def CompilePackage(*_: object) -> int:
        """Classes are compiled when they are first used."""
        return status.OK

    CompileAll = CompilePackage

    @staticmethod
    def GetConcurrencyMode(*_: object) -> int:
        """The concurrency that objects of this process are opened with when neither code nor class says one."""
        return concurrency_mode()

    @staticmethod
    def SetConcurrencyMode(mode: object = "", *_: object) -> int:
        """Another one from now on, 0 to 4; what it was."""
        return set_concurrency_mode(mode)


def _fill(place: object, items: dict[str, str]) -> None:
    if not isinstance(place, ByRef):
        return
    place.set(len(items))
    if isinstance(place, LocalByRef):
        place.array().clear()
        for key, value in items.items():
            place.array().make((key,)).value = value

"""The callout with its original names: what a host calls to run Python in this process (contract, section 1).

Errors are raised as values of `CodeError`, never printed. The class holds the one stream that `StreamInit` begins.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from . import _native
from .context import Context, free
from .exceptions import IscError

#: Serialization by ``str()`` and by ``repr()``.
SERIALIZATION_STR, SERIALIZATION_REPR = 0, 1

GlobalReader = Callable[[str, object, object, str], Iterable[tuple[object, ...]]]


class Callout:
    """The callout of this process; every method is static."""

    SerializationStr = SERIALIZATION_STR
    SerializationRepr = SERIALIZATION_REPR
    _objectscript_face = "isc.py.callout_face:CalloutFace"

    #: Reads rows of a host's global (name, start, end, mask); set by the room that has a store.
    global_reader: GlobalReader | None = None
    _stream: list[str] | None = None

    @staticmethod
    def GetLib() -> str:
        """The path of the shared library for foreign hosts.

        Raises:
            IscError: it is not there: the installation is broken.
        """
        from .library import get_library

        return str(get_library())

    @staticmethod
    def Setup() -> None:
        """Register this Python in the library, so that hosts start it when no other is named; idempotent.

        Raises:
            IscError: the folder of the library cannot be written to.
        """
        from .library import write_record

        write_record()

    @staticmethod
    def Unload() -> None:
        """Free the library in the host: its contexts go, the interpreter stays; idempotent."""
        Callout.Finalize()

    @staticmethod
    def Initialize(file: str = "") -> None:
        """Attach to the Python of this process; idempotent.

        Raises:
            IscError: `file` names a libpython that does not exist.
        """
        if file and "/" in file and not Path(file).exists():
            raise IscError(f"PythonLib {file!r} does not exist: leave the setting empty or name a libpython")
        Context()

    @staticmethod
    def SimpleString(code: str, variable: str = "", serialization: int = SERIALIZATION_STR) -> str:
        """Run code; ``str()`` (0) or ``repr()`` (1) of `variable` afterwards, "" without one.

        Raises:
            CodeError: the code raised, or the variable is not there.
        """
        return Context().run(code, variable, serialization)

    @staticmethod
    def StreamInit(length: int = 0) -> None:
        """Begin code that comes in pieces; `length` in characters is a hint, the code may be longer."""
        Callout._stream = []

    @staticmethod
    def StreamWrite(piece: str) -> None:
        """Append a piece.

        Raises:
            IscError: no stream was begun.
        """
        if Callout._stream is None:
            raise IscError("StreamWrite without a stream: call StreamInit first")
        Callout._stream.append(piece)

    @staticmethod
    def StreamExecute() -> None:
        """Run what was written, and end the stream.

        Raises:
            IscError: no stream was begun.
            CodeError: the code raised.
        """
        if Callout._stream is None:
            raise IscError("StreamExecute without a stream: call StreamInit first")
        code, Callout._stream = "".join(Callout._stream), None
        Context().execute(code)

    @staticmethod
    def EscapeString(string: str) -> str:
        """A Python literal of a string, in ASCII."""
        return _native.escape(string)

    @staticmethod
    def GetGlobalOrder(
        global_name: str, start: object = "", end: object = "", mask: str = "", name: str = ""
    ) -> list[tuple[object, ...]]:
        """Rows of a global as a list of tuples, bound to variable `name` when one is given.

        Raises:
            IscError: this process has no store to read from.
        """
        if Callout.global_reader is None:
            raise IscError(f"^{global_name} cannot be read: this process has opened no namespace")
        rows = list(Callout.global_reader(global_name, start, end, mask))
        if name:
            Context().namespace[name] = rows
        return rows

    @staticmethod
    def Finalize() -> None:
        """Free all contexts; the interpreter and loaded modules stay, so `Initialize` works again. Idempotent."""
        Callout._stream = None
        free()

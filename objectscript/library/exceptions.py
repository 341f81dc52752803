"""``%Exception.*``: what ``catch`` binds and ``throw`` takes, and the way from errors of Python to them and back."""

from typing import Self

from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.exceptions import IscError

from .. import status
from ..definitions import PropertyDefinition
from ..errors import ObjectScriptError, Thrown
from ..objects import RegisteredObject, with_properties
from ..origins import locate
from ..values import is_object, number, text

_DIVIDE, _STATUS, _PYTHON = 18, 5002, 230
#: Error codes that have a name in the vendor's include file.
_NAMES = {5001: "GeneralError", 5002: "ObjectScriptError", 5540: "SQLCode"}


@with_properties(*(PropertyDefinition(name) for name in ("Name", "Code", "Location", "Data", "InnerException")))
class AbstractException(RegisteredObject):
    """``%Exception.AbstractException``: code may extend it; ``%New(name, code, location, data, inner)``."""

    Name: object
    Code: object
    Location: object
    Data: object
    InnerException: object
    #: The error of Python that it stands for.
    _error: Exception | None = None

    def _OnNew(
        self, name: object = "", code: object = "", location: object = "", data: object = "", inner: object = ""
    ) -> object:
        self.Name, self.Code, self.Location, self.Data, self.InnerException = name, code, location, data, inner
        return status.OK

    def AsStatus(self) -> str:
        """The error as a ``%Status``."""
        converted = getattr(self, "_OnAsStatus", None)
        return text(converted()) if converted is not None else self._status()

    def _status(self) -> str:
        return status.error(5035, self.Name, self.Code, self.Data)

    def AsSystemError(self) -> str:
        """As ``$zerror`` has it: ``<NAME>place data``."""
        return f"{text(self.Name)}{text(self.Location)} {text(self.Data)}".rstrip()

    def AsSQLCODE(self) -> int:
        """The SQLCODE it stands for."""
        return -400

    def AsSQLMessage(self) -> str:
        """What SQL would say."""
        return self.DisplayString()

    def DisplayString(self, level: object = 0) -> str:
        """The error in words, inner ones below."""
        parts = [text(part) for part in (self.Name, self.Code, self.Location, self.Data)]
        shown = " ".join(part for part in parts if part)
        return shown + _inner(self.InnerException, level)

    def OutputToStream(self, stream: object, level: object = 0) -> None:
        """Write the words to a stream."""
        writer = getattr(stream, "WriteLine", None)
        if writer is None:
            raise ObjectScriptError("<INVALID OREF>", "OutputToStream needs a stream")
        writer(self.DisplayString(level))

    def Log(self) -> int:
        """The words go to the log."""
        import logging

        logging.getLogger("isc.py.objectscript").error("%s", self.DisplayString())
        return status.OK


def _inner(inner: object, level: object) -> str:
    shown = getattr(inner, "DisplayString", None)
    depth = int(number(level)) + 1
    return "\n" + "  " * depth + text(shown(depth)) if callable(shown) else ""


class SystemException(AbstractException):
    """``%Exception.SystemException``: an error of the language, ``<UNDEFINED>`` for one."""

    def _status(self) -> str:
        if isinstance(self._error, ObjectScriptError):
            return status.from_exception(self._error)
        return status.error(_STATUS, self.AsSystemError())


class PythonException(AbstractException):
    """``%Exception.PythonException``: an exception of Python that is none of ours."""

    def _status(self) -> str:
        return status.from_exception(self._error) if self._error is not None else super()._status()


class GeneralException(AbstractException):
    """``%Exception.General``."""


def _named(code: int | str) -> str:
    if isinstance(code, str):
        return code
    return _NAMES.get(code, f"#{code}")


class StatusException(AbstractException):
    """``%Exception.StatusException``: an error status; Data is the list of its arguments."""

    _held: str = ""

    @classmethod
    def CreateFromStatus(cls, value: object, inner: object = "") -> Self:
        """The exception of a status; of the first error when there are several."""
        code, arguments = next(iter(status.entries(value)), (0, []))
        made = cls._New(_named(code), code, "", encode(arguments).decode("latin-1"), inner)
        made._held = text(value)
        return made

    @classmethod
    def ThrowIfInterrupt(cls, value: object) -> None:
        """Nothing interrupts code here but its end."""

    def _status(self) -> str:
        return self._held or super()._status()

    def DisplayString(self, level: object = 0) -> str:
        """The text of the status."""
        shown = status.text(self._held) if self._held else super().DisplayString(level)
        return shown + (_inner(self.InnerException, level) if self._held else "")


class SQLException(AbstractException):
    """``%Exception.SQL``: Code is the SQLCODE, Data the message."""

    @classmethod
    def CreateFromSQLCODE(cls, sqlcode: object, message: object = "") -> Self:
        """The exception of an SQLCODE."""
        return cls._New("SQLERROR", number(sqlcode), "", message)

    @property
    def SQLCODE(self) -> object:
        """The SQLCODE."""
        return self.Code

    def AsSQLCODE(self) -> int:
        """The SQLCODE."""
        return int(number(self.Code))

    def AsSQLMessage(self) -> str:
        """What SQL said."""
        return text(self.Data)

    def _status(self) -> str:
        return status.error(5540, self.Code, self.Data)


def exception_object(error: BaseException) -> object:
    """What ``catch`` binds for an error of Python: the thrown object itself, or the exception that stands for it."""
    if isinstance(error, Thrown):
        return error.exception
    made = _made(error)
    made._error = error if isinstance(error, Exception) else None
    return made


def _made(error: BaseException) -> AbstractException:
    if isinstance(error, status.StatusError):
        return StatusException.CreateFromStatus(error.status)
    if isinstance(error, ObjectScriptError):
        locate(error)
        code = _DIVIDE if error.name == "<DIVIDE>" else _STATUS
        return SystemException._New(error.name, code, error.location, error.detail)
    sqlcode = getattr(error, "sqlcode", None)
    if isinstance(error, IscError) and sqlcode is not None:
        return SQLException.CreateFromSQLCODE(sqlcode, getattr(error, "message", str(error)))
    if isinstance(error, IscError):
        return StatusException.CreateFromStatus(status.from_exception(error))
    return PythonException._New("<PYTHON EXCEPTION>", _PYTHON, "", f"{type(error).__name__}: {error}")


def throw(exception: object) -> None:
    """``throw``: raises the error that an exception stands for, or the object itself.

    Raises:
        ObjectScriptError: ``<THROW>``: it is no object; a status is thrown by ``$$$ThrowStatus``.
    """
    if not is_object(exception):
        raise ObjectScriptError("<THROW>", f"an exception object was expected, found {text(exception)!r}")
    error = getattr(exception, "_error", None)
    if isinstance(error, Exception):
        raise error
    raise Thrown(exception)

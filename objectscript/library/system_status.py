"""``$system.Status``: what code asks of a ``%Status``."""

import logging

from .. import status
from ..frame import ByRef
from ..values import number
from ..variables import LocalByRef


class SystemStatus:
    """``$system.Status``."""

    @staticmethod
    def OK() -> int:
        """The OK status."""
        return status.OK

    @staticmethod
    def Error(code: object, *arguments: object) -> str:
        """An error status."""
        return status.error(status.code_of(code), *arguments)

    @staticmethod
    def IsOK(value: object = "") -> int:
        """1 for OK."""
        return int(status.is_ok(value))

    @staticmethod
    def IsError(value: object = "") -> int:
        """1 for an error."""
        return int(status.is_error(value))

    @staticmethod
    def GetErrorText(value: object = "", *_: object) -> str:
        """The texts of a status."""
        return status.text(value)

    @staticmethod
    def GetOneErrorText(value: object, position: object = 1, *_: object) -> str:
        """The text of one error of a status."""
        found, at = status.entries(value), int(number(position or 1))
        if not 0 < at <= len(found):
            return ""
        code, arguments = found[at - 1]
        return status.headed(code, arguments)

    GetOneStatusText = GetOneErrorText

    @staticmethod
    def GetErrorCodes(value: object = "") -> str:
        """The codes of a status, with commas."""
        return ",".join(str(code) for code, _ in status.entries(value))

    @staticmethod
    def AppendStatus(first: object = "", second: object = "") -> object:
        """Both in one."""
        return status.append(first, second)

    @staticmethod
    def DecomposeStatus(value: object, errors: ByRef[object] | None = None, _flag: object = "", *_: object) -> int:
        """Fills an array: the count, ``e(n)`` the text, ``e(n,"code")``, ``e(n,"param",k)`` the arguments."""
        found = status.entries(value)
        if errors is None:
            return status.OK
        errors.set(len(found))
        if not isinstance(errors, LocalByRef):
            return status.OK
        array = errors.array()
        array.clear()
        for at, (code, arguments) in enumerate(found, start=1):
            array.make((str(at),)).value = f"ERROR #{code}: {status.message(code, arguments)}"
            array.make((str(at), "code")).value = code
            array.make((str(at), "param")).value = len(arguments)
            for position, argument in enumerate(arguments, start=1):
                array.make((str(at), "param", str(position))).value = argument
        return status.OK

    @staticmethod
    def StatusToSQLCODE(value: object, message: ByRef[object] | None = None) -> object:
        """0 for OK, the SQLCODE that the status holds, else -400; `message` gets the text."""
        found = status.entries(value)
        if not found:
            return 0
        code, arguments = found[0]
        if message is not None:
            message.set(status.message(code, arguments))
        return number(arguments[0]) if code == 5540 and arguments else -400

    @staticmethod
    def DisplayError(value: object = "", *_: object) -> int:
        """The text goes to the log."""
        logging.getLogger("isc.py.objectscript").error("%s", status.text(value))
        return status.OK

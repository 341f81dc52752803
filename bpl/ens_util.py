"""``Ens.Util.Log``, ``Ens.Util.Time`` and ``Ens.Util.File``: what code of hosts calls beside its own methods."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from isc.py.objectscript import status
from isc.py.objectscript.library.files import File
from isc.py.objectscript.output import log_sink
from isc.py.objectscript.values import text

from .function_set import FunctionSet

_log = logging.getLogger("isc.py.ens.log")
_LEVELS = {
    "Info": logging.INFO, "Warning": logging.WARNING, "Error": logging.ERROR, "Alert": logging.ERROR,
    "Trace": logging.DEBUG, "Assert": logging.ERROR, "Status": logging.ERROR,
}  # fmt: skip


def _logger(kind: str) -> Callable[..., object]:
    def write(class_name: object = "", method: object = "", *told: object) -> object:
        shown = status.text(told[0]) if kind == "Status" and told else " ".join(map(text, told))
        if kind == "Status" and not (told and status.is_error(told[0])):
            return told[0] if told else status.OK
        if (sink := log_sink()) is not None:
            sink(kind.lower(), shown)
        else:
            _log.log(_LEVELS[kind], "%s.%s: %s", text(class_name), text(method), shown)
        return told[0] if kind == "Status" and told else status.OK

    return write


class Log:
    """``Ens.Util.Log``: class methods ``(class, method, text)``; events of the host whose code runs, else the log."""

    LogInfo = staticmethod(_logger("Info"))
    LogWarning = staticmethod(_logger("Warning"))
    LogError = staticmethod(_logger("Error"))
    LogAlert = staticmethod(_logger("Alert"))
    LogTrace = staticmethod(_logger("Trace"))
    LogAssert = staticmethod(_logger("Assert"))
    LogStatus = staticmethod(_logger("Status"))


class Time:
    """``Ens.Util.Time``."""

    @staticmethod
    def ConvertDateTime(
        value: object = "", form: object = "%Q", target: object = "%Q", _file: object = "", result: object = None
    ) -> object:
        """A date and time from one format to another, as the function of rules does; `result` gets a status."""
        return FunctionSet.ConvertDateTime(value, form, target, "", result)

    @staticmethod
    def FormatDateTime(form: object = "%Q", *_: object) -> object:
        """Now, in a format."""
        return FunctionSet.CurrentDateTime(form)

    @staticmethod
    def UTCNow() -> str:
        """Now in UTC, ``YYYY-MM-DD HH:MM:SS.mmm``."""
        return datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")


class FileTools:
    """``Ens.Util.File``."""

    @staticmethod
    def CreateDirectoryChain(path: object, code: object = None) -> int:
        """Make a folder and those above it."""
        return File.CreateDirectoryChain(path, code)

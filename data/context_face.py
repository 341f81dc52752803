"""`Context` as ObjectScript calls it: a ``%Status`` back, the saved context by reference, shown on standard output."""

import sys
from collections.abc import Callable

from isc.py.objectscript import ByRef, status
from isc.py.objectscript.values import number, text

from .context import Context
from .context_rows import SavedContext


class ContextFace:
    """The class that ``##class(isc.py.data.Context)`` means in ObjectScript, with the original's argument order."""

    @staticmethod
    def SaveContext(
        context: object = "",
        maxLength: object = 0,
        mask: object = "*",
        verbose: object = 0,
        name: object = "",
        description: object = "",
    ) -> object:
        """`Context.SaveContext`; the saved row by reference in `context`, whose ``%Id()`` is the id."""

        def save() -> None:
            limit = int(number(maxLength or 0))
            report = Context.SaveContext(limit, text(mask) or "*", 0, text(name), text(description))
            if isinstance(context, ByRef):
                context.set(SavedContext._OpenId(report.context_id))
            if number(verbose or 0):
                _show(Context.DisplayContext(report.context_id))

        return _status(save)

    @staticmethod
    def RestoreContext(id: object, verbose: object = 0, clear: object = 0) -> object:
        """`Context.RestoreContext`."""

        def restore() -> None:
            Context.RestoreContext(id, 0, int(number(clear or 0)))
            if number(verbose or 0):
                _show(Context.DisplayContext())

        return _status(restore)

    @staticmethod
    def DisplayContext(id: object = "") -> object:
        """`Context.DisplayContext`."""
        return _status(lambda: _show(Context.DisplayContext(id)))


def _show(lines: str) -> None:
    sys.stdout.write(f"{lines}\n")


def _status(work: Callable[[], None]) -> object:
    try:
        work()
    except Exception as error:  # noqa: BLE001  # a status is how this face reports
        return status.from_exception(error)
    return status.OK

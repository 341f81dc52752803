"""The root of every error of isc-py, and the errors of the C core."""


class IscError(Exception):
    """The root of every error that isc-py raises."""


class CodeError(IscError):
    """Python code that was asked to run raised.

    The exception itself is ``__cause__``.
    """

    def __init__(self, type_name: str, message: str, traceback: str) -> None:
        self.type = type_name
        self.message = message
        self.traceback = traceback
        super().__init__(f"{type_name}: {message}" if message else type_name)

    def __reduce__(self) -> tuple[type["CodeError"], tuple[str, str, str]]:
        return type(self), (self.type, self.message, self.traceback)


class ListError(IscError, ValueError):
    """Bytes that are not a ``$LIST``; ``offset`` is where they stop being one."""

    def __init__(self, reason: str, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(f"<LIST ERROR> at byte {offset}: {reason}")

    def __reduce__(self) -> tuple[type["ListError"], tuple[str, int]]:
        return type(self), (self.reason, self.offset)


class StoreError(IscError, OSError):
    """The embedded store refused: the message names what and why."""


class ContextNotFoundError(IscError, KeyError):
    """No context of that name lives in this process."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

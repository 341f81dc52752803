"""``%Status``: 1 is OK, an error is a string that begins with ``0 `` and carries code and arguments."""

from decimal import Decimal

from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import IscError

from .errors import ObjectScriptError, Thrown
from .values import number
from .values import text as text_of

OK = 1

_GENERAL = 5001
#: The codes our own code uses, with the vendor's published texts in our words; %1 … are the arguments.
MESSAGES = {
    5001: "%1",
    5002: "ObjectScript error: %1",
    5005: "File '%1' could not be opened",
    5007: "Directory name '%1' is not valid",
    5012: "File '%1' does not exist",
    5019: "Directory '%1' does not exist",
    5035: "General exception: name '%1', code '%2', data '%3'",
    5351: "Class '%1' does not exist",
    5540: "SQLCODE: %1, message: %2",
    5659: "Property '%1' is required",
    5800: "Concurrency failure on update: object versions not the same for '%1'",
    5803: "Failed to acquire exclusive lock on instance of '%1'",
    5804: "Failed to acquire shared lock on instance of '%1'",
    5805: "Id key not unique for extent '%1'",
    5808: "Key not unique: %1",
    5809: "Object to open not found, '%1'",
    6237: "XML: %1",
    6301: "XML could not be read: %1",
    6302: "XSLT: %1",
    7201: "Value '%1' is longer than MAXLEN %2",
    7202: "Value '%1' is shorter than MINLEN %2",
    7203: "Value '%1' is less than MINVAL %2",
    7204: "Value '%1' is greater than MAXVAL %2",
    7205: "Value '%1' is not in VALUELIST %2",
    7206: "Value '%1' does not match PATTERN %2",
    7207: "Value '%1' is not a valid %2",
}


class StatusError(IscError):
    """An error ``%Status`` as a Python exception."""

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(status)

    def __str__(self) -> str:
        return text(self.status)


def error(code: int | str, *arguments: object) -> str:
    """An error status."""
    return "0 " + encode([code, *map(text_of, arguments)]).decode("latin-1")


def code_of(value: object) -> int | str:
    """An error code as code gives it: a number, or a name in angle brackets."""
    shown = text_of(value)
    return shown if shown.startswith("<") else int(number(value))


def is_error(status: object) -> bool:
    """Whether a status is an error; 1 and the empty string's number tell."""
    return not (status == OK or (isinstance(status, int | Decimal) and status != 0) or text_of(status)[:1] == "1")


def is_ok(status: object) -> bool:
    """The other way round."""
    return not is_error(status)


def entries(status: object) -> list[tuple[int | str, list[str]]]:
    """Code (a number, or ``<Ens>ErrGeneral``) and arguments of every error in a status."""
    if is_ok(status):
        return []
    found: list[tuple[int | str, list[str]]] = []
    for part in text_of(status).split("\x000 "):
        body = part.removeprefix("0 ").encode("latin-1", "replace")
        try:
            code, *arguments = decode(body)
        except ValueError:
            code, arguments = _GENERAL, [part.removeprefix("0 ").removeprefix("0")]
        shown = text_of(code)
        found.append((int(shown) if shown.isdigit() else shown, [text_of(item) for item in arguments]))
    return found


def text(status: object) -> str:
    """``ERROR #5001: …``, one line an error; nothing for an OK status."""
    return "\n".join(headed(code, arguments) for code, arguments in entries(status))


def headed(code: int | str, arguments: list[str]) -> str:
    """``ERROR #5001: …``, or ``ERROR <Ens>ErrGeneral: …``."""
    return f"ERROR {f'#{code}' if isinstance(code, int) else code}: {message(code, arguments)}"


def message(code: int | str, arguments: list[str]) -> str:
    """The text of one error."""
    template = MESSAGES.get(code) if isinstance(code, int) else None
    if template is None:
        return ", ".join(arguments) or "error"
    for at, argument in enumerate(arguments, start=1):
        template = template.replace(f"%{at}", argument, 1)
    return template


def append(first: object, second: object) -> object:
    """Both errors in one status; an OK one adds nothing."""
    if is_ok(first):
        return second
    return first if is_ok(second) else f"{text_of(first)}\x00{text_of(second)}"


def from_exception(exception: BaseException) -> str:
    """The error status of an exception."""
    if isinstance(exception, StatusError):
        return exception.status
    if isinstance(exception, Thrown):
        return exception.as_status() or error(_GENERAL, str(exception))
    if isinstance(exception, ObjectScriptError):
        return error(5002, str(exception))
    if isinstance(exception, IscError):
        return error(_GENERAL, str(exception))
    return error(_GENERAL, f"{type(exception).__name__}: {exception}")


def check(status: object) -> None:
    """Raise an error status.

    Raises:
        StatusError: the status is an error.
    """
    if is_error(status):
        raise StatusError(text_of(status))

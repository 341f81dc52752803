"""Errors of the language and of its compiler."""

from isc.py.iscpython_c.exceptions import IscError


class ObjectScriptError(IscError):
    """A run-time error under its language name, ``<UNDEFINED>`` for one; `detail` says of what.

    `place` is a method (``Package.Class.Method``) or ``label^routine``; `line` counts its lines from 1, 0 is not known.
    """

    def __init__(self, name: str, detail: str = "", place: str = "") -> None:
        self.name = name
        self.detail = detail
        self.place = place
        self.line = 0
        super().__init__(name, detail, place)

    def __str__(self) -> str:
        text = f"{self.name} {self.detail}".rstrip()
        return f"{text} in {self.location}" if self.place else text

    @property
    def location(self) -> str:
        """``place+line``."""
        return f"{self.place}+{self.line}" if self.line and self.place else self.place

    def at(self, place: str) -> "ObjectScriptError":
        """The same error, placed unless it has a place already."""
        if not self.place:
            self.place = place
        return self


class ClassNotFoundError(ObjectScriptError, LookupError):
    """The class dictionary has no class of that name."""

    def __init__(self, class_name: str, hint: str = "", place: str = "") -> None:
        self.class_name = class_name
        self.hint = hint
        super().__init__("<CLASS DOES NOT EXIST>", class_name + hint, place)

    def __reduce__(self) -> tuple[type["ClassNotFoundError"], tuple[str, str, str]]:
        return type(self), (self.class_name, self.hint, self.place)


class CompileError(IscError, ValueError):
    """Text that is not the language; `line` and `column` count from 1 in the text."""

    def __init__(self, reason: str, text: str, line: int, column: int, place: str = "") -> None:
        self.reason = reason
        self.text = text
        self.line = line
        self.column = column
        self.place = place
        super().__init__(reason, text, line, column, place)

    def __str__(self) -> str:
        lines = self.text.splitlines() or [""]
        shown = lines[min(self.line, len(lines)) - 1].strip()
        position = f"line {self.line}, column {self.column}" if len(lines) > 1 else f"column {self.column}"
        where = f" in {self.place}" if self.place else ""
        return f"<SYNTAX> {self.reason} at {position} of `{shown}`{where}"


class NotSupportedError(IscError, NotImplementedError):
    """A thing that exists where the code comes from and not here; the text names it and says what to do."""


class Thrown(IscError):
    """Carries an exception object of the language through Python."""

    def __init__(self, exception: object) -> None:
        self.exception = exception
        super().__init__(exception)

    def __str__(self) -> str:
        shown = getattr(self.exception, "DisplayString", None)
        return str(shown()) if callable(shown) else f"an object of class {type(self.exception).__name__} was thrown"

    def as_status(self) -> str:
        """The status of the object when it has one, else ""."""
        made = getattr(self.exception, "AsStatus", None)
        return str(made()) if callable(made) else ""

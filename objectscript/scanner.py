"""The cursor over source text that the expression and command compilers share."""

import re

from .errors import CompileError

NAME = re.compile(r"%[A-Za-z0-9\u0080-\uffff]*|[A-Za-z\u0080-\uffff][A-Za-z0-9\u0080-\uffff]*")
CLASS_NAME = re.compile(r"%?[A-Za-z\u0080-\uffff][\w]*(?:\.[A-Za-z\u0080-\uffff%][\w]*)*")
NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?")
BLANK = re.compile(r"[ \t]*")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Scanner:
    """Text and a position in it; errors know line and column."""

    def __init__(self, text: str, place: str = "") -> None:
        self.text = text
        self.place = place
        self.at = 0

    def peek(self, size: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.at : self.at + size]

    def take(self, literal: str) -> bool:
        """Step over `literal` when it is next."""
        if self.text.startswith(literal, self.at):
            self.at += len(literal)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Step over what `pattern` matches here, and return it."""
        found = pattern.match(self.text, self.at)
        if found is None or not found.group():
            return None
        self.at = found.end()
        return found.group()

    def blanks(self) -> None:
        """Step over blanks and ``/* … */`` comments."""
        while True:
            self.at = BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]  # matches nothing at least
            comment = COMMENT.match(self.text, self.at)
            if comment is None:
                return
            self.at = comment.end()

    def space(self) -> None:
        """Step over blanks and line ends: inside parentheses and braces both are blank."""
        while True:
            self.blanks()
            if self.peek() in ("\n", "\r") and self.peek():
                self.at += 1
            elif self.peek(2) == "//" or self.peek() == ";":
                self.line_end()
            else:
                return

    def line_end(self) -> None:
        """Step to the end of the line."""
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def expect(self, literal: str, after: str) -> None:
        """Step over `literal`.

        Raises:
            CompileError: something else stands there.
        """
        if not self.take(literal):
            self.fail(f"{literal!r} expected after {after}, found {self.found()}")

    def found(self) -> str:
        """What stands here, in words."""
        return repr(self.peek()) if self.peek() else "the end"

    def fail(self, reason: str, at: int | None = None) -> None:
        """Raise the error of this position.

        Raises:
            CompileError: always.
        """
        at = min(self.at if at is None else at, len(self.text))
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        raise CompileError(reason, self.text, line, column, self.place)

"""What the parts of the command compiler share: the scanner, and the lines of Python with their origins."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable

from .expressions import ExpressionCompiler
from .scanner import NAME, Scanner

WORD = re.compile(r"#?[A-Za-z]+")
_SKIPPED = ("#;", "##;", "#dim ", "#Dim ", "#DIM ")


class Emitter(ABC):
    """Reads at a scanner's position and gathers lines of Python; `origins` has the line of the text of each."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.expressions = ExpressionCompiler(scanner)
        self.lines: list[str] = []
        self.origins: list[int] = []
        self.notes = self.expressions.notes  # what runs, but not all of it
        self._depth = 1
        self._within: list[str] = []  # what quit leaves: "loop" or "try", innermost last
        self._names = 0
        self._news = False
        self._dots = 0  # of the legacy line that is read
        self._counted = (0, 1)  # a position and the line it is on

    @abstractmethod
    def _command(self) -> None:
        """One command: what `CommandCompiler` adds."""

    def line_number(self) -> int:
        """The line of the scanner's position, from 1."""
        at, line = self._counted
        if self.scanner.at < at:
            at, line = 0, 1
        self._counted = (self.scanner.at, line + self.scanner.text.count("\n", at, self.scanner.at))
        return self._counted[1]

    def _emit(self, line: str) -> None:
        self.lines.append("    " * self._depth + line)
        self.origins.append(self.line_number())

    def _fresh(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _commands(self, until: str) -> None:
        """Commands until `until` ("}" or the end) stands next."""
        while True:
            self._space()
            if not self.scanner.peek() or (until and self.scanner.peek() == until):
                return
            self._command()

    def _line(self) -> None:
        """The commands up to the end of the line: what an `if` or `for` without braces governs."""
        self._indented(self._rest_of_line)

    def _rest_of_line(self) -> None:
        while True:
            self.scanner.blanks()
            if self.scanner.peek() in ("", "\n", "\r", "}"):
                return
            if self.scanner.peek() == ";" or self.scanner.peek(2) == "//":
                self.scanner.line_end()
                return
            self._command()

    def _indented(self, body: Callable[[], None]) -> None:
        self._depth += 1
        before = len(self.lines)
        body()
        if len(self.lines) == before:
            self._emit("pass")
        self._depth -= 1

    def _braced(self) -> None:
        self.scanner.space()
        self.scanner.expect("{", "the head of a block")
        self._indented(lambda: self._commands(until="}"))
        self._space()
        self.scanner.expect("}", "a block")

    def _space(self) -> None:
        """Step over blanks, comments and what declares only."""
        scanner = self.scanner
        while True:
            scanner.space()
            if not scanner.text.startswith(_SKIPPED, scanner.at):
                return
            if scanner.text[scanner.at + 1 : scanner.at + 4].lower() == "dim":
                self._dim()
            else:
                scanner.line_end()

    def _dim(self) -> None:
        scanner = self.scanner
        scanner.at += 4
        scanner.blanks()
        name = scanner.match(NAME)
        end = scanner.text.find("\n", scanner.at)
        rest = scanner.text[scanner.at : len(scanner.text) if end < 0 else end].partition("//")[0]
        if name is not None and "=" in rest:
            scanner.at += rest.index("=") + 1
            scanner.blanks()
            self._emit(f"o.local_set(f, {name!r}, (), {self.expressions.expression()})")
        else:
            scanner.line_end()

    def _each(self, one: Callable[[], None]) -> None:
        """`one` for each of the arguments that commas separate."""
        while True:
            one()
            at = self.scanner.at
            self.scanner.blanks()
            if not self.scanner.take(","):
                self.scanner.at = at
                return
            self.scanner.space()

    def _on_condition(self, body: Callable[[], None]) -> None:
        """`body`, governed by the postconditional that stands here, if one does."""
        if not self.scanner.take(":"):
            body()
            return
        self._emit(f"if o.truth({self.expressions.postconditional()}):")
        self._indented(body)


def braces(source: str) -> str:
    """The source with its braces kept through ``str.format``."""
    return source.replace("{", "{{").replace("}", "}}")

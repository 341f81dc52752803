"""`Shell`: the ``PY>`` prompt on a context, and `zpy`, one line of it."""

import codeop
import sys
from collections.abc import Callable

from isc.py.iscpython_c.context import DEFAULT, Context
from isc.py.iscpython_c.exceptions import CodeError

PROMPT, MORE = "PY> ", "... "

Reader = Callable[[str], str]
Writer = Callable[[str], object]


def zpy(line: str, context: str = DEFAULT) -> str:
    """Run one line; the ``repr()`` of its value when it is an expression that has one, else "".

    Raises:
        CodeError: it raised.
    """
    target = Context(context)
    if not is_expression(line):
        target.execute(line, "<shell>")
        return ""
    value = target.evaluate(line.strip(), "<shell>")
    return "" if value is None else repr(value)


def is_expression(code: str) -> bool:
    """Whether code is one expression."""
    try:
        compile(code.strip(), "<shell>", "eval")
    except (SyntaxError, ValueError, OverflowError):
        return False
    return True


class Shell:
    """A prompt that reads statements, over several lines where Python needs them; an empty line ends it."""

    def __init__(
        self, run: Callable[[str], str] | None = None, read: Reader = input, write: Writer = sys.stdout.write
    ) -> None:
        self._run = run or zpy
        self._read = read
        self._write = write

    @classmethod
    def Shell(cls) -> None:
        """Open the shell on the default context at this terminal."""
        cls().loop()

    def loop(self) -> None:
        """Read and run until an empty line or the end of input."""
        while True:
            try:
                code = self._statement()
            except EOFError:
                self._write("\n")
                return
            except KeyboardInterrupt:
                self._write("\nKeyboardInterrupt\n")
                continue
            if not code.strip():
                return
            try:
                shown = self._run(code)
            except CodeError as error:
                self._write(error.traceback)
                continue
            if shown:
                self._write(f"{shown}\n")

    def _statement(self) -> str:
        lines = [self._read(PROMPT)]
        while True:
            code = "\n".join(lines)
            try:
                complete = codeop.compile_command(code, "<shell>", "single") is not None
            except (SyntaxError, ValueError, OverflowError):
                return code
            if complete or not code.strip():
                return code
            lines.append(self._read(MORE))

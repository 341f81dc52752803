"""What the parts of the expression compiler share: the scanner, and what each part reads through the others."""

from collections.abc import Callable

from .scanner import Scanner


class ExpressionParts:
    """Reads at a scanner's position; `notes` tell what will fail when it is reached."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.notes: list[str] = []
        self._in_group = 0  # parentheses and literals that are open: within them line ends are blank
        self._tight = False  # a blank ends the expression: a postconditional
        self._in_json = -1  # how many were open when the innermost JSON literal began

    def expression(self) -> str:
        """One expression."""
        raise NotImplementedError

    def postconditional(self) -> str:
        """The expression behind a ``:``, which a blank ends."""
        self._tight = True
        try:
            return self.expression()
        finally:
            self._tight = False

    def operand(self) -> str:
        """An operand with what is chained to it."""
        raise NotImplementedError

    def reference(self) -> str:
        """A variable, global or property as an ``o.Reference``."""
        raise NotImplementedError

    def arguments(self) -> str:
        """The arguments of a call as a tuple."""
        raise NotImplementedError

    def _argument(self) -> str:
        raise NotImplementedError

    def _list(self, item: Callable[[], str]) -> list[str]:
        raise NotImplementedError

    def _member(self) -> str:
        raise NotImplementedError

    def _string(self) -> str:
        raise NotImplementedError

    def _group(self, closing: str, after: str) -> str:
        raise NotImplementedError

"""What the parts of the expression compiler share: the scanner, and what each part reads through the others."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from .scanner import Scanner


class ExpressionParts(ABC):
    """Reads at a scanner's position; `notes` tell what will fail when it is reached."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.notes: list[str] = []
        self._in_group = 0  # parentheses and literals that are open: within them line ends are blank
        self._tight = False  # a blank ends the expression: a postconditional
        self._in_json = -1  # how many were open when the innermost JSON literal began

    @abstractmethod
    def expression(self) -> str:
        """One expression."""

    def postconditional(self) -> str:
        """The expression behind a ``:``, which a blank ends."""
        self._tight = True
        try:
            return self.expression()
        finally:
            self._tight = False

    @abstractmethod
    def operand(self) -> str:
        """An operand with what is chained to it."""

    @abstractmethod
    def reference(self) -> str:
        """A variable, global or property as an ``o.Reference``."""

    @abstractmethod
    def arguments(self) -> str:
        """The arguments of a call as a tuple."""

    @abstractmethod
    def _argument(self) -> str:
        """One argument of a call."""

    @abstractmethod
    def _list(self, item: Callable[[], str]) -> list[str]:
        """What `item` reads, in parentheses and separated by commas."""

    @abstractmethod
    def _member(self) -> str:
        """The name of a property or method, quoted or not."""

    @abstractmethod
    def _string(self) -> str:
        """A string literal."""

    @abstractmethod
    def _group(self, closing: str, after: str) -> str:
        """One expression up to `closing`; an error says that it was expected behind `after`."""

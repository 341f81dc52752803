"""Expressions of business rules as expressions of the language.

They differ in three things: operators have ranks (``2+3*4`` is 14), a name is a property of the rule's context, and a
name with arguments is a function of ``Ens.Util.FunctionSet`` or of a class that extends ``Ens.Rule.FunctionSet``.
"""

import re
from dataclasses import dataclass

from isc.py.objectscript.scanner import NAME, NUMBER, Scanner

#: The variables that the expressions that are made here speak of.
CONTEXT, FUNCTIONS, TEMPORARY = "context", "zzfunctions", "zztemporary"

_WORDS = {"AND": "&&", "OR": "||", "CONTAINS": "["}
_SPELT = {"!=": "'=", "<>": "'=", "<=": "'>", ">=": "'<"}
_RANKS = (
    ("||",),
    ("&&",),
    ("!=", "<>", "<=", ">=", "=", "<", ">", "["),
    ("_",),
    ("+", "-"),
    ("*", "/", "\\", "#"),
)
_STRING = re.compile(r'"(?:[^"]|"")*"')
_CLASS = re.compile(r"##class\([^()]*\)", re.IGNORECASE)
_FUNCTION = re.compile(r"\$[A-Za-z.]+")


@dataclass(slots=True)
class _Parser:
    scanner: Scanner
    locals: frozenset[str] = frozenset()

    def whole(self) -> str:
        self.scanner.space()
        if not self.scanner.peek():
            self.scanner.fail("an expression was expected, found nothing")
        made = self.ranked(0)
        self.scanner.space()
        if self.scanner.peek():
            self.scanner.fail(f"an operator or the end was expected, found {self.scanner.found()}")
        return made

    def ranked(self, rank: int) -> str:
        if rank == len(_RANKS):
            return self.unary()
        left = self.ranked(rank + 1)
        while (operator := self.operator(_RANKS[rank])) is not None:
            left = f"({left}{_SPELT.get(operator, operator)}{self.ranked(rank + 1)})"
        return left

    def operator(self, known: tuple[str, ...]) -> str | None:
        scanner = self.scanner
        scanner.space()
        at = scanner.at
        word = scanner.match(NAME)
        if word is not None:
            meant = _WORDS.get(word.upper())
            if meant in known:
                return meant
            scanner.at = at
            return None
        for operator in known:
            longer = scanner.peek(2) in ("!=", "<>", "<=", ">=", "&&", "||")
            if (len(operator) == 2 or not longer) and scanner.take(operator):
                return operator
        return None

    def unary(self) -> str:
        scanner = self.scanner
        scanner.space()
        if scanner.peek(2) != "!=" and (scanner.take("!") or scanner.take("'")):
            return f"('{self.unary()})"
        at = scanner.at
        word = scanner.match(NAME)
        if word is not None and word.upper() == "NOT":
            scanner.space()
            return f"('{self.unary()})"
        scanner.at = at
        for sign in "+-":
            if scanner.take(sign):
                return f"({sign}{self.unary()})"
        return self.operand()

    def operand(self) -> str:
        scanner = self.scanner
        if scanner.take("("):
            inner = self.ranked(0)
            scanner.space()
            scanner.expect(")", "an expression in parentheses")
            return f"({inner})"
        literal = scanner.match(_STRING) or scanner.match(NUMBER)
        if literal is not None:
            return literal
        if scanner.take("@"):
            return self.chain(f"{TEMPORARY}.{self.name()}")
        found = scanner.match(_CLASS)
        if found is not None:
            return self.chain(found)
        found = scanner.match(_FUNCTION)
        if found is not None:
            return self.chain(f"{found}{self.arguments()}" if scanner.peek() == "(" else found)
        if scanner.peek(2) == "..":
            scanner.at += 2
            return self.chain(f"{FUNCTIONS}.{self.name()}{self.arguments()}")
        name = self.name()
        if scanner.peek() == "(":
            return self.chain(f"{FUNCTIONS}.{name}{self.arguments()}")
        return self.chain(name if name == CONTEXT or name in self.locals else f"{CONTEXT}.{name}")

    def name(self) -> str:
        name = self.scanner.match(NAME)
        if name is None:
            self.scanner.fail(f"a value was expected, found {self.scanner.found()}")
        return str(name)

    def arguments(self) -> str:
        scanner = self.scanner
        scanner.expect("(", "the name")
        made: list[str] = []
        scanner.space()
        while not scanner.take(")"):
            if made:
                scanner.expect(",", "an argument")
            made.append(self.ranked(0))
            scanner.space()
        return f"({','.join(made)})"

    def chain(self, made: str) -> str:
        """What stands behind a value: ``.Name``, ``.Method(…)``, ``.{PID:5}``, ``.[PV1:2]``, ``.(NK1():3)``."""
        scanner = self.scanner
        while scanner.peek() == ".":
            opening = scanner.peek(2)[1:]
            scanner.at += 1
            if opening == "{":
                made += f".{{{self.until('{', '}')}}}"
            elif opening == "[":
                made += f'.FindSegmentValues("{self.until("[", "]")}")'
            elif opening == "(":
                made += f'.GetValueAt("{self.until("(", ")")}")'
            else:
                made += f".{self.name()}"
                if scanner.peek() == "(":
                    made += self.arguments()
        return made

    def until(self, opening: str, closing: str) -> str:
        """What stands in brackets that may be nested."""
        scanner = self.scanner
        start = scanner.at
        depth = 0
        for at in range(start, len(scanner.text)):
            depth += (scanner.text[at] == opening) - (scanner.text[at] == closing)
            if depth == 0:
                scanner.at = at + 1
                return scanner.text[start + 1 : at]
        scanner.fail(f"a virtual property path has no closing {closing!r}")
        return ""


def translated(text: str, place: str = "", names: frozenset[str] = frozenset()) -> str:
    """An expression of a rule as one of the language; `names` are the keys of the loops around it.

    Raises:
        CompileError: it is none; names text, line and column.
    """
    return _Parser(Scanner(text, place), names).whole()

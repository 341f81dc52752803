"""Nodes of globals as text, a line a node, as ``zwrite`` shows them: ``^Name(1,"a")="text"_$c(10)``, ``=$lb(1,"b")``.

What is written here is read back as the same values. Files of GT.M and YottaDB (``mupip extract -format=zwr``) can be
read, too: their two lines of heading are left out.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from isc.py.iscpython_c._native import is_canonical
from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.iscpython_c.exceptions import ListError
from isc.py.iscpython_c.globals import Subscript, Value
from isc.py.objectscript.values import number, text

from .exceptions import DataError

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"]|"")*")|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)"""
    r"""|(?P<function>\$[A-Za-z]+)\s*\(|(?P<sign>[_,()=]))""",
    re.I,
)
_BLANKS = re.compile(r"\s*")
_EXACT = 18  # characters of a number that surely keep all its digits
_NAME = re.compile(r"\^?(%?[A-Za-z][\w.]*|%)")
_CHARS, _LISTS, _DOUBLES = {"$c", "$char", "$wc", "$zch", "$zchar"}, {"$lb", "$listbuild"}, {"$double", "$zdouble"}


class ZWriteError(DataError, ValueError):
    """Text that is no node; has line and column (from 1) where it is known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(message, line, column)

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        return f"{place}column {self.column}: {self.message}" if self.column else f"{place}{self.message}"


def reference(name: str, subscripts: Iterable[Subscript]) -> str:
    """``^Name(1,"a")``."""
    listed = ",".join(_subscript(item) for item in subscripts)
    return f"^{name.removeprefix('^')}({listed})" if listed else f"^{name.removeprefix('^')}"


def line_of(name: str, subscripts: Iterable[Subscript], value: Value) -> str:
    """A node as a line, without its end."""
    return f"{reference(name, subscripts)}={shown(value)}"


def shown(value: object) -> str:
    """A value as an expression of the language."""
    if isinstance(value, bytes):
        try:
            items = decode(value)
        except ListError:
            items = []
        if items and encode(items) == value:
            return f"$lb({','.join('' if item is None else shown(item) for item in items)})"
        return _string(value.decode("latin-1"))
    if isinstance(value, float):
        return f'$double("{value!r}")'
    return text(value) if isinstance(value, int | Decimal) else _string(str(value))


def _subscript(item: Subscript) -> str:
    if isinstance(item, str):
        return item if is_canonical(item) and len(item) <= _EXACT else _string(item)
    shown_number = text(item)
    return shown_number if len(shown_number) <= _EXACT or isinstance(item, int) else _string(shown_number)


def _string(value: str) -> str:
    parts, at = [], 0
    for found in _UNPRINTABLE.finditer(value):
        if found.start() > at:
            parts.append(_quoted(value[at : found.start()]))
        parts.append(f"$c({','.join(str(ord(char)) for char in found.group())})")
        at = found.end()
    if at < len(value) or not parts:
        parts.append(_quoted(value[at:]))
    return "_".join(parts)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def parse_reference(written: str) -> tuple[str, tuple[Subscript, ...]]:
    """Name and subscripts of ``^Name(1,"a")``; the ``^`` may be left out.

    Raises:
        ZWriteError: it is none; tells the column.
    """
    reader = _Reader(written)
    name, subscripts = reader.reference()
    reader.end()
    return name, subscripts


def parse_line(written: str) -> tuple[str, tuple[Subscript, ...], Value]:
    """Name, subscripts and value of a line.

    Raises:
        ZWriteError: it is no node; tells the column.
    """
    reader = _Reader(written)
    name, subscripts = reader.reference()
    reader.sign("=")
    value = reader.expression()
    reader.end()
    return name, subscripts, value


def parse_lines(lines: Iterable[str]) -> Iterator[tuple[int, str, tuple[Subscript, ...], Value]]:
    """The nodes of a file, each with its line, from 1; blank lines and comments (``;``) are left out.

    Raises:
        ZWriteError: a line is no node; tells line and column.
    """
    pending: list[tuple[int, str]] = []
    for number_of_line, line in enumerate(lines, start=1):
        bare = line.rstrip("\r\n")
        if number_of_line <= 2 and not bare.lstrip().startswith("^"):
            pending.append((number_of_line, bare))
            if number_of_line == 2 and bare.rstrip().upper().endswith("ZWR"):
                pending.clear()
            continue
        yield from _nodes(pending)
        pending = []
        yield from _nodes([(number_of_line, bare)])
    yield from _nodes(pending)


def _nodes(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str, tuple[Subscript, ...], Value]]:
    for number_of_line, line in lines:
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        try:
            yield number_of_line, *parse_line(line)
        except ZWriteError as error:
            raise ZWriteError(f"{error.message} in: {line[:80]}", number_of_line, error.column) from None


class _Reader:
    """A line, read from left to right."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def _fail(self, wanted: str) -> ZWriteError:
        found = self._line[self._at :].strip()[:20]
        return ZWriteError(f"expected {wanted}, found {found!r}" if found else f"expected {wanted}", 0, self._at + 1)

    def reference(self) -> tuple[str, tuple[Subscript, ...]]:
        found = _NAME.match(self._line, self._behind_blanks())
        if found is None:
            raise self._fail("the name of a global, as ^Name")
        self._at = found.end()
        if not self._peek("("):
            return found.group(1), ()
        self.sign("(")
        subscripts: list[Subscript] = []
        while True:
            start = self._at
            item = self.expression()
            if item == "" or isinstance(item, bytes):
                self._at = start
                raise self._fail("a subscript that is not empty")
            subscripts.append(item)
            if not self._peek(","):
                break
            self.sign(",")
        self.sign(")")
        return found.group(1), tuple(subscripts)

    def expression(self) -> Value:
        value = self._term()
        while self._peek("_"):
            self.sign("_")
            value = _joined(value) + _joined(self._term())
        return value

    def _term(self) -> Value:
        found = _TOKEN.match(self._line, self._at)
        if found is None and self._peek('"'):
            self._at = self._behind_blanks()
            raise ZWriteError("the string that begins here has no end: a quote is missing", 0, self._at + 1)
        if found is None or found["sign"]:
            raise self._fail("a string, a number, $c(…) or $lb(…)")
        if found["string"] is not None:
            self._at = found.end()
            return found["string"][1:-1].replace('""', '"')
        if found["number"] is not None:
            self._at = found.end()
            digits = found["number"]
            return int(digits) if digits.lstrip("+-").isdigit() else number(digits.upper())  # integers stay exact
        return self._function(found)

    def _function(self, found: re.Match[str]) -> Value:
        name, start = found["function"].lower(), self._at
        self._at = found.end()
        arguments: list[Value | None] = []
        while not self._peek(")"):
            if self._at_end():
                raise self._fail("')'")
            if self._peek(","):
                arguments.append(None)
            else:
                arguments.append(self.expression())
            if not self._peek(")"):
                self.sign(",", "',' or ')'")
                if self._peek(")"):
                    arguments.append(None)
        self.sign(")")
        try:
            if name in _LISTS:
                return encode(arguments or [None])
            if name in _DOUBLES and len(arguments) == 1:
                return float(str(arguments[0]))
            if name in _CHARS:
                return "".join(chr(int(str(item))) for item in arguments)
        except (ValueError, OverflowError):
            pass
        self._at = start
        raise self._fail("a string, a number, $c(…) or $lb(…)")

    def _behind_blanks(self) -> int:
        found = _BLANKS.match(self._line, self._at)
        return found.end() if found is not None else self._at

    def _at_end(self) -> bool:
        return self._behind_blanks() == len(self._line)

    def _peek(self, sign: str) -> bool:
        return self._line.startswith(sign, self._behind_blanks())

    def sign(self, sign: str, wanted: str = "") -> None:
        if not self._peek(sign):
            raise self._fail(wanted or repr(sign))
        self._at = self._behind_blanks() + len(sign)

    def end(self) -> None:
        if not self._at_end():
            raise self._fail("the end of the line")


def _joined(value: Value) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else text(value)

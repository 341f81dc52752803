"""``&sql(…)`` and BPL's ``<sql>``: statements with host variables (``:x``, ``:context.Name``), and cursors.

What a statement did stands in ``SQLCODE`` (0, 100 when there is no row, negative for an error) and ``%ROWCOUNT``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from isc.py.iscpython_c.exceptions import IscError

from .errors import CompileError, ObjectScriptError
from .frame import Frame
from .platform import SQLPlatform

if TYPE_CHECKING:
    from .compiler import Expression, Target

_HOST = r":(?:\.\.)?[A-Za-z%][A-Za-z0-9]*(?:\([^()]*\))?(?:\.%?[A-Za-z]\w*)*"
_TOKEN = re.compile(rf"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|{_HOST}", re.S)
_INTO = re.compile(rf"\bINTO\s+({_HOST}(?:\s*,\s*{_HOST})*)", re.I)
_DECLARE = re.compile(r"DECLARE\s+(%?\w+)\s+CURSOR\s+FOR\s+", re.I)
_CURSOR = re.compile(r"(OPEN|FETCH|CLOSE)\s+(%?\w+)\s*", re.I)
_NO_ROW = 100


@dataclass(slots=True)
class Cursor:
    """A declared cursor: its statement, and the rows that are left once it is open."""

    statement: "Statement"
    rows: list[tuple[object, ...]] | None = None
    fetched: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement: text with ``?``, the expressions for them, the targets of ``INTO``."""

    verb: str
    sql: str = ""
    cursor: str = ""
    parameters: "tuple[Expression, ...]" = ()
    into: "tuple[Target, ...]" = ()
    inner: "Statement | None" = field(default=None)

    def run(self, frame: Frame) -> None:
        """Run it in a frame; what went wrong is in ``SQLCODE`` and ``%msg``.

        Raises:
            ObjectScriptError: ``<NAMESPACE>``: no namespace with SQL is open.
        """
        platform = frame.platform
        if not isinstance(platform, SQLPlatform):
            raise ObjectScriptError("<NAMESPACE>", "SQL needs a namespace: none is open here", frame.place)
        variables = frame.variables
        try:
            variables["SQLCODE"] = self._done(frame, platform)
            variables["%msg"] = ""
        except ObjectScriptError:
            raise
        except IscError as error:
            variables["SQLCODE"] = getattr(error, "sqlcode", -400)
            variables["%msg"] = str(error)
            variables["%ROWCOUNT"] = 0

    def _done(self, frame: Frame, platform: SQLPlatform) -> int:
        name = f"%sqlcursor.{self.cursor}"
        if self.verb == "DECLARE":
            assert self.inner is not None  # `compile_sql` gives a declaration its statement
            frame.variables[name] = Cursor(self.inner)
            return 0
        if self.verb in ("OPEN", "FETCH", "CLOSE"):
            held = frame.variables.get(name)
            if not isinstance(held, Cursor):
                raise ObjectScriptError("<SQL>", f"cursor {self.cursor} is not declared", frame.place)
            return self._on_cursor(frame, platform, held)
        found = platform.sql(self.sql, self._values(frame))
        if self.verb != "SELECT":
            frame.variables["%ROWCOUNT"] = found.count
            return 0 if found.count else _NO_ROW
        rows = found.rows
        frame.variables["%ROWCOUNT"] = min(len(rows), 1)
        return self._given(frame, rows[0]) if rows else _NO_ROW

    def _values(self, frame: Frame) -> list[object]:
        return [parameter.evaluate(frame) for parameter in self.parameters]

    def _given(self, frame: Frame, row: Sequence[object]) -> int:
        for target, value in zip(self.into, row, strict=False):
            target.assign(frame, value)
        return 0

    def _on_cursor(self, frame: Frame, platform: SQLPlatform, cursor: Cursor) -> int:
        if self.verb == "OPEN":
            cursor.rows = list(platform.sql(cursor.statement.sql, cursor.statement._values(frame)).rows)
            cursor.fetched = 0
            return 0
        if self.verb == "CLOSE":
            cursor.rows = None
            return 0
        if cursor.rows is None:
            raise ObjectScriptError("<SQL>", f"cursor {self.cursor} is not open", frame.place)
        if not cursor.rows:
            frame.variables["%ROWCOUNT"] = cursor.fetched
            return _NO_ROW
        row = cursor.rows.pop(0)
        cursor.fetched += 1
        frame.variables["%ROWCOUNT"] = cursor.fetched
        for target, value in zip(self.into or cursor.statement.into, row, strict=False):
            target.assign(frame, value)
        return 0


def embedded_sql(frame: Frame, text: str) -> None:
    """``&sql(…)``."""
    compile_sql(text, frame.place).run(frame)


@lru_cache(maxsize=1024)
def compile_sql(text: str, place: str = "") -> Statement:
    """The statement of a text.

    Raises:
        CompileError: it is empty, or a host variable is none.
    """
    stripped = text.strip().rstrip(";").strip()
    if not stripped:
        raise CompileError("an SQL statement was expected", text, 1, 1, place)
    declared = _DECLARE.match(stripped)
    if declared is not None:
        inner = compile_sql(stripped[declared.end() :], place)
        return Statement("DECLARE", cursor=declared.group(1), inner=inner)
    cursor = _CURSOR.match(stripped)
    targets, rest = _into(stripped, place)
    if cursor is not None:
        return Statement(cursor.group(1).upper(), cursor=cursor.group(2), into=targets)
    from .compiler import compile_expression

    parameters: list[Expression] = []

    def one(found: re.Match[str]) -> str:
        if not found.group().startswith(":"):
            return found.group()
        parameters.append(compile_expression(found.group()[1:], place))
        return "?"

    sql = _TOKEN.sub(one, rest)
    return Statement(sql.split(None, 1)[0].upper(), sql, parameters=tuple(parameters), into=targets)


def _into(text: str, place: str) -> "tuple[tuple[Target, ...], str]":
    """The targets of ``INTO`` and the statement without it."""
    from .compiler import compile_target

    plain = _TOKEN.sub(lambda found: found.group() if found.group()[0] == ":" else " " * len(found.group()), text)
    found = _INTO.search(plain)
    if found is None:
        return (), text
    names = [part.strip()[1:] for part in _split(text[found.start(1) : found.end(1)])]
    return tuple(compile_target(name, place) for name in names), f"{text[: found.start()]}{text[found.end() :]}"


def _split(text: str) -> list[str]:
    from .signatures import split

    return split(text)

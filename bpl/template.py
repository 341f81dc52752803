"""Annotation templates: ``${class:method:args}`` and ``#{expression}`` in a text, compiled once (contract, section 5).

``$<…>`` and ``#<…>`` are the same two forms. `holes` splits text from expressions; here each is compiled, and
a result is never read again. The filter ``|py`` gives a Python literal, ``|sql`` an SQL literal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import isfinite

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Frame, compile_expression
from isc.py.objectscript.operations import class_call
from isc.py.objectscript.values import number, text

from .holes import Hole, call_parts, hole_error, inner_calls, pieces


def py_literal(value: object) -> str:
    """A safe Python literal of a value: numbers as numbers, all else as strings."""
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, float) and not isfinite(value):
        return f"float('{value}')"
    return repr(value) if isinstance(value, str | int | float) else repr(text(value))


def sql_literal(value: object) -> str:
    """A safe SQL literal of a value: numbers bare, strings quoted."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return text(number(value)) if not hasattr(value, "_ClassName") else sql_literal(text(value))


_FILTERS: dict[str, Callable[[object], str]] = {"": text, "py": py_literal, "sql": sql_literal}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An expression: as written, what it computes, how the value is written, its line, and the text after it."""

    source: str
    compute: Callable[[Frame], object]
    written: Callable[[object], str]
    line: int
    after: str


class Template:
    """A compiled annotation.

    Raises:
        TemplateError: an expression has no end or is not the language; names place, line and expression.
    """

    def __init__(self, source: str, place: str = "", line: int = 1) -> None:
        self.place = place
        self._before = ""
        self._holes: list[_Compiled] = []
        hole: Hole | None = None
        for piece in pieces(source, place, line):
            if isinstance(piece, Hole):
                hole = piece
            elif hole is None:
                self._before = piece
            else:
                self._holes.append(self._compiled(hole, piece))

    def render(self, frame: Frame) -> str:
        """The text with its expressions filled in.

        Raises:
            TemplateError: a name is missing or a method failed; names place, line and expression.
        """
        parts = [self._before]
        for hole in self._holes:
            try:
                parts.append(hole.written(hole.compute(frame)))
            except Exception as error:
                raise hole_error(self.place, hole.line, hole.source, str(error)) from error
            parts.append(hole.after)
        return "".join(parts)

    def _compiled(self, hole: Hole, after: str) -> _Compiled:
        try:
            compute = _method_call(hole.inside) if hole.form == "$" else _expression(hole.inside)
        except IscError as error:
            raise hole_error(self.place, hole.line, hole.source, str(error)) from error
        return _Compiled(hole.source, compute, _FILTERS[hole.filter], hole.line, after)


def _method_call(inside: str) -> Callable[[Frame], object]:
    """``class:method:arg1:…``."""
    name, method, *arguments = call_parts(inside)
    computed = [_argument(argument) for argument in arguments]

    def call(frame: Frame) -> object:
        return class_call(frame, name.strip(), method.strip(), tuple(item(frame) for item in computed))

    return call


def _argument(source: str) -> Callable[[Frame], object]:
    if len(source) > 1 and source[0] == source[-1] == '"':
        literal = source[1:-1].replace('""', '"')
        return lambda frame: literal
    if "${" in source or "#{" in source:
        inner = Template(source)
        return inner.render
    return lambda frame: source


def _expression(inside: str) -> Callable[[Frame], object]:
    """An expression; each ``${…}`` in it becomes a variable that holds its value."""
    calls: dict[str, Callable[[Frame], object]] = {}
    plain = ""
    for piece in inner_calls(inside):
        if isinstance(piece, str):
            plain += piece
            continue
        name = f"zTemplate{len(calls)}"
        calls[name] = _method_call(piece.inside)
        plain += name
    compiled = compile_expression(plain)
    if not calls:
        return compiled.evaluate

    def evaluate(frame: Frame) -> object:
        values = {name: call(frame) for name, call in calls.items()}
        inner = Frame(
            {**frame.variables, **values}, frame.this, frame.platform, frame.place, frame.arrays, frame.output
        )
        return compiled.evaluate(inner)

    return evaluate


@lru_cache(maxsize=1024)
def compile_template(source: str, place: str = "", line: int = 1) -> Template:
    """The template of a text, compiled once. Raises like `Template`."""
    return Template(source, place, line)

"""Annotation templates: ``${class:method:args}`` and ``#{expression}`` in a text, compiled once (contract, section 5).

``$<…>`` and ``#<…>`` are the same two forms. Our own lexer splits text from expressions and builds Jinja2 nodes; Jinja
never reads the user's text, and a result is never read again. The filter ``|py`` gives a Python literal, ``|sql`` an
SQL literal.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import Frame, compile_expression
from isc.py.objectscript.operations import class_call
from isc.py.objectscript.values import number, text
from jinja2 import Environment, StrictUndefined, nodes

from .exceptions import TemplateError

_FILTER = re.compile(r"(?<!\|)\|\s*([A-Za-z_]\w*)\s*$")
_CLOSING = {"{": "}", "<": ">"}


def py_literal(value: object) -> str:
    """A safe Python literal of a value."""
    return repr(value) if isinstance(value, str | int | float) else repr(text(value))


def sql_literal(value: object) -> str:
    """A safe SQL literal of a value: numbers bare, strings quoted."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return text(number(value)) if not hasattr(value, "_ClassName") else sql_literal(text(value))


_FILTERS: dict[str, Callable[[object], str]] = {"py": py_literal, "sql": sql_literal}
_environment = Environment(undefined=StrictUndefined, autoescape=False, finalize=text)  # text, not HTML
_environment.filters.update(_FILTERS)


@dataclass(frozen=True, slots=True)
class _Hole:
    """An expression of a template: its source as written, what it computes, its filter and line."""

    source: str
    compute: Callable[[Frame], object]
    filter: str
    line: int


class Template:
    """A compiled annotation.

    Raises:
        TemplateError: an expression has no end or is not the language; names place, line and expression.
    """

    def __init__(self, source: str, place: str = "", line: int = 1) -> None:
        self.place = place
        self._line = line
        self._holes: list[_Hole] = []
        self._template = self._compiled(source)

    def render(self, frame: Frame) -> str:
        """The text with its expressions filled in.

        Raises:
            TemplateError: a name is missing or a method failed; names place, line and expression.
        """
        rendered: str = self._template.render(value=lambda index: self._value(index, frame))
        return rendered

    def _value(self, index: int, frame: Frame) -> object:
        hole = self._holes[index]
        try:
            return hole.compute(frame)
        except Exception as error:
            raise self._error(hole.line, hole.source, str(error)) from error

    def _error(self, line: int, source: str, reason: str) -> TemplateError:
        where = f"{self.place}, line {line}" if self.place else f"line {line}"
        return TemplateError(f"`{source}` in {where}: {reason}")

    def _compiled(self, source: str) -> Any:
        parts: list[nodes.Expr] = []
        for piece in self._pieces(source):
            if isinstance(piece, str):
                parts.append(nodes.TemplateData(piece))
                continue
            index = nodes.Const(len(self._holes))
            self._holes.append(piece)
            call: nodes.Expr = nodes.Call(nodes.Name("value", "load"), [index], [], None, None)
            if piece.filter:
                call = nodes.Filter(call, piece.filter, [], [], None, None)
            parts.append(call)
        tree = nodes.Template([nodes.Output(parts)], lineno=1)
        for node in tree.find_all(nodes.Node):
            node.set_lineno(1)
            node.set_environment(_environment)
        tree.set_environment(_environment)
        code = _environment.compile(tree)
        return _environment.template_class.from_code(_environment, code, _environment.make_globals(None))

    def _pieces(self, source: str) -> Iterator[str | _Hole]:
        at = start = 0
        while at < len(source):
            if source[at] in "$#" and source[at + 1 : at + 2] in _CLOSING:
                end = _closing(source, at + 1)
                if end is not None:
                    yield source[start:at]
                    line = self._line + source.count("\n", 0, at)
                    yield self._hole(source[at], source[at + 2 : end], source[at : end + 1], line)
                    at = start = end + 1
                    continue
                if source[at + 1] == "{":
                    line = self._line + source.count("\n", 0, at)
                    raise self._error(line, source[at : at + 40].splitlines()[0], "the closing '}' is missing")
            at += 1
        yield source[start:]

    def _hole(self, form: str, inside: str, source: str, line: int) -> _Hole:
        found = _FILTER.search(inside)
        name = ""
        if found is not None and not _in_string(inside, found.start()):
            name, inside = found.group(1), inside[: found.start()]
            if name not in _FILTERS:
                raise self._error(line, source, f"the filter {name!r} is unknown: use {' or '.join(_FILTERS)}")
        try:
            compute = _method_call(inside) if form == "$" else _expression(inside)
        except IscError as error:
            raise self._error(line, source, str(error)) from error
        return _Hole(source, compute, name, line)


def _closing(source: str, at: int) -> int | None:
    """Where the bracket at `at` closes; brackets of its kind nest, those in strings do not count."""
    opening, closing = source[at], _CLOSING[source[at]]
    depth, quoted = 0, False
    for index in range(at, len(source)):
        char = source[index]
        if char == "\n" and opening == "<":
            return None
        if char == '"':
            quoted = not quoted
        elif not quoted and (opening == "{" or char == closing or index == at or source[index - 1] in "$#"):
            depth += (char == opening) - (char == closing)
            if depth == 0:
                return index
    return None


def _in_string(text_: str, at: int) -> bool:
    return text_.count('"', 0, at) % 2 == 1


def _method_call(inside: str) -> Callable[[Frame], object]:
    """``class:method:arg1:…``."""
    parts = _split(inside)
    if len(parts) < 2 or not parts[0].strip() or not parts[1].strip():
        raise TemplateError("a method call is ${class:method:arg1:…}")
    name, method, *arguments = parts
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


def _split(source: str) -> list[str]:
    """At colons outside of strings and braces."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(source):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "{<") - (char in "}>")
            if char == ":" and depth == 0:
                parts.append(source[start:at])
                start = at + 1
    return [*parts, source[start:]]


def _expression(inside: str) -> Callable[[Frame], object]:
    """An expression; each ``${…}`` in it becomes a variable that holds its value."""
    calls: dict[str, Callable[[Frame], object]] = {}
    plain, start, at = "", 0, 0
    while (at := inside.find("${", at)) >= 0:
        end = _closing(inside, at + 1)
        if end is None or _in_string(inside, at):
            at += 2
            continue
        name = f"zTemplate{len(calls)}"
        calls[name] = _method_call(inside[at + 2 : end])
        plain += inside[start:at] + name
        start = at = end + 1
    compiled = compile_expression(plain + inside[start:])
    if not calls:
        return compiled.evaluate

    def evaluate(frame: Frame) -> object:
        values = {name: call(frame) for name, call in calls.items()}
        inner = Frame({**frame.variables, **values}, frame.this, frame.platform, frame.place, frame.arrays)
        return compiled.evaluate(inner)

    return evaluate


@lru_cache(maxsize=1024)
def compile_template(source: str, place: str = "", line: int = 1) -> Template:
    """The template of a text, compiled once. Raises like `Template`."""
    return Template(source, place, line)

"""Checks of annotations: the names in their expressions, strings that stand unquoted, and whether they are Python."""

import io
import itertools
import textwrap
import token
import tokenize
from collections.abc import Iterator

from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import ClassNotFoundError

from .holes import Hole, call_parts, inner_calls, pieces
from .model import Annotation
from .names_used import Use, names_used
from .scope import Problem, Scope

PYTHON, SQL = "py", "sql"
Located = tuple[int, Problem]
_PLACEHOLDER = "zPlaceholder{}z"


def check_annotation(annotation: Annotation, language: str, scope: Scope) -> Iterator[Located]:
    """Problems with their lines. `language` is ``py``, ``sql`` or "" when nothing is known about it."""
    first, text = annotation.line, annotation.text
    while text.partition("\n")[0].strip() == "" and "\n" in text:
        text = text.partition("\n")[2]
        first += 1
    text = textwrap.dedent(text).rstrip()
    try:
        parts = list(pieces(text, "", first))
    except IscError as error:
        yield first, Problem("syntax", str(error))
        return
    holes = [part for part in parts if isinstance(part, Hole)]
    for hole in holes:
        yield from ((hole.line, problem) for problem in hole_problems(hole, scope))
    if language == PYTHON:
        yield from _python(parts, first)
    if language:
        quoted = _in_python_strings(parts) if language == PYTHON else _in_sql_strings(parts)
        for number, hole in enumerate(holes):
            problem = _unquoted(hole, language, _PLACEHOLDER.format(number) in quoted, scope)
            if problem is not None:
                yield hole.line, problem


def hole_problems(hole: Hole, scope: Scope) -> Iterator[Problem]:
    """The names of an expression that cannot work."""
    try:
        if hole.form == "$":
            name, method, *arguments = (part.strip() for part in call_parts(hole.inside))
            yield from scope.problems_of(Use("class method", method, name))
            for argument in arguments:
                if not argument.startswith('"'):
                    for inner in pieces(argument):
                        if isinstance(inner, Hole):
                            yield from hole_problems(inner, scope)
            return
        yield from scope.problems(names_used(_without_calls(hole)))
        for inner in inner_calls(hole.inside):
            if isinstance(inner, Hole):
                yield from hole_problems(inner, scope)
    except ClassNotFoundError:
        raise
    except IscError as error:
        yield Problem("syntax", f"`{hole.source}`: {error}")


def _without_calls(hole: Hole) -> str:
    """The expression with each ``${…}`` in it as an empty string: any value."""
    return "".join(part if isinstance(part, str) else '""' for part in inner_calls(hole.inside))


def _filled(parts: list[str | Hole], value: str) -> str:
    """The text with a value in each hole; its number goes into the value."""
    numbers = itertools.count()
    return "".join(part if isinstance(part, str) else value.format(next(numbers)) for part in parts)


def _python(parts: list[str | Hole], first: int) -> Iterator[Located]:
    """Whether it is Python with a name, or with a number, in each place of an expression."""
    failed: SyntaxError | None = None
    for value in (_PLACEHOLDER, "1"):
        try:
            compile(_filled(parts, value), "<annotation>", "exec", dont_inherit=True)
            return
        except (SyntaxError, ValueError) as error:
            failed = failed or (error if isinstance(error, SyntaxError) else SyntaxError(str(error)))
    if failed is not None:
        line = first + (failed.lineno or 1) - 1
        shown = (failed.text or "").strip()
        yield line, Problem("annotation-python", f"no valid Python: {failed.msg}" + (f" at `{shown}`" if shown else ""))


def _in_python_strings(parts: list[str | Hole]) -> str:
    """What stands inside string literals, with placeholders for expressions."""
    inside = ""
    try:
        for found in tokenize.generate_tokens(io.StringIO(_filled(parts, _PLACEHOLDER)).readline):
            if found.type == token.STRING or "FSTRING" in token.tok_name[found.type]:
                inside += found.string
    except (tokenize.TokenError, SyntaxError):
        pass  # what is no Python has its own finding
    return inside


def _in_sql_strings(parts: list[str | Hole]) -> str:
    return " ".join(_filled(parts, _PLACEHOLDER).split("'")[1::2])


def _unquoted(hole: Hole, language: str, in_quotes: bool, scope: Scope) -> Problem | None:
    """A text that is written into code as it is: a quote in it ends the string, or it is code itself."""
    if hole.filter or hole.form == "$":
        return None
    try:
        gives = scope.gives(names_used(_without_calls(hole)))
    except IscError:
        return None
    if gives != "string":
        return None
    where = "inside quotes: a quote in the data ends it" if in_quotes else "unquoted: the data becomes code"
    mend = f"write {hole.source[:2]}{hole.inside.strip()}|{language}{'}' if hole.source[1] == '{' else '>'}"
    mend += " without the quotes" if in_quotes else ""
    return Problem("unquoted", f"the string `{hole.source}` stands {where}", mend)

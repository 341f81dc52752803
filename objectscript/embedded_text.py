"""Text of other languages between commands: ``&sql(…)``, ``&html<…>``, and their forms with a marker."""

import re
from collections.abc import Iterator

from .scanner import Scanner
from .signatures import balanced

_HEAD = re.compile(r"(?:&|##)(?:sql|html|javascript|jscript|js)(\w*)([(<])", re.I)
_BRACKET = re.compile(r"[<>]")
_AFTER_TEXT = re.compile(r"\s*(?:$|//|;|\}|[ \t][A-Za-z]+[ :])", re.M)
_LAST = re.compile(r">>[ \t]*$", re.M)
_EXPRESSION = re.compile(r"#\(")


def embedded_text(scanner: Scanner) -> str:
    """Step over an embedded text; what is between its brackets.

    Raises:
        CompileError: it has no end.
    """
    start, text = scanner.at, scanner.text
    head = _HEAD.match(text, start)
    assert head is not None  # the caller has seen it
    marker, opening = head.groups()
    if marker:  # &sqlXX( … )XX: the marker behind the bracket, mirrored in front of it
        end = text.find({"(": ")", "<": ">"}[opening] + marker[::-1], head.end())
        behind = end + 1 + len(marker)
    elif opening == "(":
        inside, _ = balanced(text[head.end() - 1 :])
        end = head.end() + len(inside)
        behind = end + 1
        end = end if behind <= len(text) else -1
    else:
        end = _closing(text, head.end())
        behind = end + 1
    if end < 0:
        scanner.fail("the embedded text has no end", start)
    scanner.at = behind
    return text[head.end() : end]


def _closing(text: str, start: int) -> int:
    """The ``>`` that ends an HTML text.

    Brackets in it are pairs, and a command, a comment or nothing stands behind. Scripts in it may have brackets that
    are no pairs: then the first line that ends with ``>>`` ends the text.
    """
    depth = 1
    for found in _BRACKET.finditer(text, start):
        depth += 1 if found.group() == "<" else -1
        if depth == 0 and _AFTER_TEXT.match(text, found.end()) is not None:
            return found.start()
        if _LAST.match(text, found.start() - 1) is not None:
            return found.start()
    return -1


def html_parts(inside: str, place: str) -> Iterator[str]:
    """Python source for each part of an HTML text: literals, and the values of ``#(expression)#``.

    Raises:
        CompileError: an expression is none.
    """
    from .expressions import ExpressionCompiler

    at = 0
    for found in _EXPRESSION.finditer(inside):
        if found.start() < at:
            continue
        expression, _ = balanced(inside[found.end() - 1 :])
        end = found.end() + len(expression) + 1
        if not inside.startswith("#", end):
            continue
        yield repr(inside[at : found.start()])
        scanner = Scanner(expression.strip(), place)
        yield ExpressionCompiler(scanner).expression()
        at = end + 1
    yield repr(inside[at:])

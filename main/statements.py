"""Code as its top-level statements, split by Python's own grammar and never inside a block."""

import ast
import re

#: What ends a line for the grammar; `str.splitlines` knows more, which may stand in a text.
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def statements(code: str) -> list[str]:
    """The statements of `code`, each with empty lines in front so that its line numbers stay.

    Code that does not parse comes back whole: running it gives Python's own error.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):
        return [code]
    lines = _LINES.findall(code)
    found: list[str] = []
    for node in body:
        first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        if found and first <= _end(found[-1]):  # `a = 1; b = 2`: both stand on one line
            found[-1] = "\n" * (_start(found[-1]) - 1) + "".join(lines[_start(found[-1]) - 1 : last])
        else:
            found.append("\n" * (first - 1) + "".join(lines[first - 1 : last]))
    return found


def _start(statement: str) -> int:
    return len(statement) - len(statement.lstrip("\n")) + 1


def _end(statement: str) -> int:
    return statement.rstrip("\n").count("\n") + 1

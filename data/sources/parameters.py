"""Parameters of a statement in the form that a driver takes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import sqlglot

from ..exceptions import SQLError

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


def bound(sql: str, parameters: Parameters, mark: str) -> tuple[str, list[object]]:
    """A statement with ``?`` (a sequence) or ``:name`` (a mapping) as one with `mark`, and its values in their order.

    `mark` is ``?``, or a text in which ``{}`` is the number of the parameter, from 1 (``${}``).

    Raises:
        SQLError: the number of values does not fit (-400), or a name has no value (-400).
    """
    if not parameters:
        return sql, []
    values = list(_values(sql, parameters))
    parts, at = [], 0
    for number, (start, end, _) in enumerate(values, start=1):
        parts += [sql[at:start], mark.format(number)]
        at = end
    return "".join([*parts, sql[at:]]), [value for _, _, value in values]


def _values(sql: str, parameters: Parameters) -> Iterator[tuple[int, int, object]]:
    """Start, end and value of each parameter in the text."""
    tokens = sqlglot.tokenize(sql)
    if isinstance(parameters, Mapping):
        for colon, name in pairwise(tokens):
            if colon.token_type.name != "COLON" or name.start != colon.end + 1 or not name.text.isidentifier():
                continue
            if name.text not in parameters:
                raise SQLError(-400, f"no value for :{name.text}; there are {', '.join(parameters) or 'none'}")
            yield colon.start, name.end + 1, parameters[name.text]
        return
    marks = [token for token in tokens if token.token_type.name == "PLACEHOLDER"]
    if len(marks) != len(parameters):
        raise SQLError(-400, f"the statement has {len(marks)} parameter(s) ?, {len(parameters)} value(s) were given")
    for token, value in zip(marks, parameters, strict=True):
        yield token.start, token.end + 1, value

"""What an ``SQLRequest`` names: a statement, ``Class:Query``, or ``Class:XData`` whose block is the SQL."""

import re
from collections.abc import Sequence

from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import find_xdata

from .class_queries import class_query
from .exceptions import SQLError
from .sql_result import StatementResult, run

__all__ = ["run_named"]

_NAMED = re.compile(r"(%?\w+(?:\.\w+)*):(\w+)")


def run_named(query: str, arguments: Sequence[object] = ()) -> StatementResult:
    """Run it; statements of an XData block are divided by ``GO`` on a line of its own, the last one's result is given.

    Raises:
        SQLError: it could not be run; has the SQLCODE.
    """
    found = _NAMED.fullmatch(query.strip())
    if found is None:
        return _checked(run(query, list(arguments)))
    name, part = found.groups()
    cls = dictionary.resolve(name)
    block = find_xdata(cls, part)
    if block is None:
        return _checked(class_query(name, part)(*arguments))
    statements = [item for item in re.split(r"^\s*GO\s*$", block[1].text, flags=re.M | re.I) if item.strip()]
    if not statements:
        raise SQLError(-400, f"XData {part} of {name} holds no SQL")
    result = None
    for statement in statements:
        result = _checked(run(statement, list(arguments) if "?" in statement else []))
    assert result is not None
    return result


def _checked(result: StatementResult) -> StatementResult:
    if result._SQLCODE < 0:
        raise SQLError(result._SQLCODE, result._Message)
    return result

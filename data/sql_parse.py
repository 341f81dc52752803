"""SQL text to a tree of sqlglot, with errors as users of InterSystems SQL know them: a number, and the place."""

import logging
import re
from collections.abc import Sequence
from functools import lru_cache

import sqlglot
from isc.py.objectscript import NotSupportedError
from sqlglot import exp

from .exceptions import SQLError
from .sql_dialect import Iris
from .sql_forms import calls, readable

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it does not know is refused here, by name

__all__ = ["TRANSACTIONS", "WRITES", "forget_trees", "is_write", "parsed", "parsed_query", "verb_of"]

#: The statements that change rows or tables.
WRITES = frozenset("insert update delete truncate create drop alter".split())
#: Those that begin and end transactions.
TRANSACTIONS = frozenset("start commit rollback savepoint set".split())

_LONGEST = 10_000  # characters of a statement whose tree is kept
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*\n|/\*.*?\*/|#[^\n]*\n)*", re.S)
_VERBS = WRITES | {"select", "with", "values", "call"}
_ABSENT = {
    **dict.fromkeys(("grant", "revoke"), "the tables of a namespace have no users and privileges"),
    **dict.fromkeys(("declare", "open", "fetch", "close"), "a cursor is of embedded SQL: walk the rows of the SELECT"),
    **dict.fromkeys(("lock", "unlock"), "rows are locked by concurrency, and by lock of the language"),
    **dict.fromkeys(("tune", "freeze", "purge", "build", "validate"), "tables keep no statistics and plans"),
    **dict.fromkeys(("explain", "show"), "plans are DuckDB's own"),
    **dict.fromkeys(("use", "merge", "load", "unload", "begin", "prepare", "execute", "exec"), ""),
}


def verb_of(sql: str) -> str:
    """The first word of a statement, in lower case."""
    found = re.match(r"[(\s]*([A-Za-z%]+)", sql[_end_of_comments(sql) :])
    return found.group(1).lower() if found is not None else ""


def is_write(sql: str) -> bool:
    """Whether a statement changes rows or tables, or is of transactions: what gives no rows."""
    verb = verb_of(sql)
    return verb in WRITES or verb in TRANSACTIONS


def _end_of_comments(sql: str) -> int:
    found = _COMMENTS.match(sql)
    return found.end() if found is not None else 0


def parsed(sql: str) -> exp.Expr:
    """The tree of a statement, of which the caller may change what it likes.

    Raises:
        SQLError: a syntax error; it tells line and column.
    """
    found: exp.Expr = (_tree if len(sql) <= _LONGEST else _tree.__wrapped__)(sql).copy()
    return found


def forget_trees() -> None:
    """Parse every statement anew."""
    _tree.cache_clear()


@lru_cache(256)
def _tree(sql: str) -> exp.Expr:
    text = readable(sql)[0].rstrip().rstrip(";")
    verb = verb_of(text)
    if not text.strip():
        raise SQLError(-1, "there is no statement")
    if verb in _ABSENT:
        reason = f": {_ABSENT[verb]}" if _ABSENT[verb] else ""
        raise NotSupportedError(f"SQL {verb.upper()}{reason}")
    if verb == "call":
        text = calls(text)
    if verb not in _VERBS:
        raise SQLError(-1, f"{text.split(None, 1)[0]!r} begins no SQL statement{_at(1, 1)}: {_short(sql)}")
    try:
        found = Iris().parse(text)
    except sqlglot.ParseError as error:
        raise _syntax_error(error, sql) from error
    except sqlglot.TokenError as error:
        raise SQLError(-3, f"a closing quote is missing{_open_quote(text)} in: {_short(sql)}") from error
    except (ValueError, IndexError, AttributeError, TypeError) as error:  # a function with too few arguments
        raise SQLError(-1, f"{error} in: {_short(sql)}") from error
    trees: Sequence[exp.Expr | None] = [item for item in found if item is not None]
    if len(trees) != 1 or trees[0] is None:
        raise SQLError(-25, f"input encountered after the end of the statement in: {_short(sql)}")
    return trees[0]


def parsed_query(sql: str) -> exp.Query:
    """The tree of a SELECT.

    Raises:
        SQLError: a syntax error; it tells line and column.
        NotSupportedError: another statement.
    """
    tree = parsed(sql)
    while isinstance(tree, exp.Paren | exp.Subquery) and isinstance(tree.this, exp.Query) and not tree.alias:
        tree = tree.this
    if not isinstance(tree, exp.Query):
        raise NotSupportedError(f"SQL {tree.key.upper()} gives no rows: a SELECT was expected")
    for select in tree.find_all(exp.Select):
        if not select.expressions:
            raise SQLError(-12, f"a term was expected behind SELECT in: {_short(sql)}")
    return tree


def _syntax_error(error: sqlglot.ParseError, sql: str) -> SQLError:
    found = error.errors[0] if error.errors else {}
    reason = str(found.get("description") or str(error).splitlines()[0])
    seen = str(found.get("highlight") or "")
    line, column = int(found.get("line") or 1), int(found.get("col") or 1)
    place = _at(line, max(column - len(seen) + 1, 1))
    if "Expected table name" in reason or "Expected identifier" in reason:
        return SQLError(-1, f"a name was expected{place}, found {seen!r}, in: {_short(sql)}")
    if any(item in reason for item in ("Required keyword", "Expected a term", "Expected expression")):
        return SQLError(-12, f"a term was expected{place}, near {seen!r}, in: {_short(sql)}")
    if "Unexpected token" in reason:
        return SQLError(-25, f"input that cannot be understood{place}: {seen!r} in: {_short(sql)}")
    return SQLError(-1, f"syntax error{place}: {reason}, near {seen!r}, in: {_short(sql)}")


def _open_quote(sql: str) -> str:
    """Where the quote stands that is not closed."""
    closed = re.match(r"(?:[^'\"]|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")*", sql)
    before = sql[: closed.end()] if closed is not None else ""
    return _at(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _at(line: int, column: int) -> str:
    return f" at line {line}, column {column}"


def _short(sql: str) -> str:
    return " ".join(sql.split())[:200]

"""SELECT over the rows of classes: what a plan needs is decoded once, DuckDB answers.

Dates and times are dates and times (as ODBC has them), flags are booleans; the language's own values are `logical`'s.
"""

import os
import re
import threading
from collections.abc import Sequence

import duckdb
import pyarrow as pa
from isc.py.objectscript.names import similar
from sqlglot import exp

from .exceptions import SQLError
from .fields import is_exact
from .namespace import EmbeddedNamespace
from .sql_dialect import FUNCTIONS
from .sql_functions import install
from .sql_ids import id_range
from .sql_lists import with_lists_shown
from .sql_plan import Parameters, Plan, given, planned, planned_text, values_of

__all__ = ["Parameters", "check", "database", "given", "refused", "select", "select_tree"]

_databases: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = threading.Lock()


def select(
    namespace: EmbeddedNamespace,
    sql: str,
    parameters: Parameters = (),
    path: Sequence[str] = (),
    *,
    decimals: str = "float",
    logical: bool = False,
) -> pa.Table:
    """The rows of a SELECT; `parameters` are those of ``?`` in their order, or of ``:name`` by name.

    `path` lists the schemas that a table without one is looked for in, before ``SQLUser``. `decimals` is ``float`` or
    ``exact``: what the values of ``%Numeric`` and ``%Decimal`` properties are. Lists are their elements with commas
    between, `logical` ones their ``$LIST``.

    Raises:
        SQLError: syntax (-1, -12, -25), a missing table (-30), field (-29) or label (-23), or what DuckDB refused.
        NotSupportedError: another statement.
        DataError: `decimals` is another word.
    """
    plan = planned_text(namespace, sql, path, exact=is_exact(decimals))
    found = _answer(plan, parameters, sql)
    return found if logical else with_lists_shown(found, plan.lists)


def select_tree(
    namespace: EmbeddedNamespace, tree: exp.Query, parameters: Parameters, path: Sequence[str], sql: str
) -> pa.Table:
    """As `select`, of a tree that is part of the statement `sql`; decimals are exact, lists logical."""
    return _answer(planned(namespace, tree, path, exact=True), parameters, sql)


def _answer(plan: Plan, parameters: Parameters, sql: str) -> pa.Table:
    values = values_of(plan, parameters, sql)
    if plan.direct is not None:
        ((use, fields),) = plan.tables
        ids = id_range(use, values)
        if ids.exact:
            table = use.relation.load(fields, ids.low, ids.high).select([name for name, _ in plan.direct])
            table = table.rename_columns([shown for _, shown in plan.direct])
            return table if plan.top is None else table.slice(0, plan.top)
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            ids = id_range(use, values)
            connection.register(f"iscpy_t{number}", use.relation.load(fields, ids.low, ids.high))
        return connection.sql(plan.sql, params=values).to_arrow_table()
    except duckdb.Error as error:
        raise refused(error, sql) from error
    finally:
        connection.close()


def check(namespace: EmbeddedNamespace, sql: str, path: Sequence[str] = ()) -> list[str]:
    """The names of the columns of a SELECT that is not run.

    Raises:
        SQLError: as `select`, whatever the parameters are.
    """
    plan = planned_text(namespace, sql, path)
    if plan.direct is not None:
        return [shown for _, shown in plan.direct]
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            connection.register(f"iscpy_t{number}", use.relation.load(fields, 0, -1).slice(0, 0))
        found = connection.sql(f"select * from ({plan.sql}) limit 0", params=values_of(plan, None, sql))
        return list(found.columns)
    except duckdb.Error as error:
        raise refused(error, sql) from error
    finally:
        connection.close()


def database() -> duckdb.DuckDBPyConnection:
    """The in-memory database of this process; a query takes a cursor of it."""
    with _lock:
        found = _databases.get(os.getpid())
        if found is None:
            _databases.clear()  # a forked child: the parent's threads are not here
            found = duckdb.connect(":memory:")
            found.execute("set global ieee_floating_point_ops = false")  # a quotient by zero is an error, no infinity
            install(found)
            _databases[os.getpid()] = found
        return found


# --- errors ---


def refused(error: duckdb.Error, sql: str) -> SQLError:
    """What DuckDB refused, with the number that comes nearest."""
    first = str(error).splitlines()[0]
    code = -400
    if isinstance(error, duckdb.ParserException):
        code = -1
    unknown = _UNKNOWN.search(first)
    if unknown is not None:
        return SQLError(-359, _unknown_function(unknown.group(1), sql))
    wrong = _ARGUMENTS.search(first)
    if wrong is not None:
        called = _function_at(wrong.group(1) or wrong.group(2), sql)
        return SQLError(-400, f"{called} cannot take such arguments in: {_short(sql)}")
    odd = next((name for name in _DOLLAR.findall(sql) if name.upper() not in FUNCTIONS), None)
    if code == -1 and odd is not None:
        return SQLError(-359, _unknown_function(odd, sql))
    first = first.partition(" Use TRY(")[0].replace("iscpy_", "").removeprefix("Invalid Input Error: ")
    return SQLError(code, f"{first} in: {_short(sql)}")


_UNKNOWN = re.compile(r"Function with name (\S+) does not exist")
_DOLLAR = re.compile(r"[$%]\w+(?=\s*\()")
_ARGUMENTS = re.compile(r"(?:Macro (\w+)\(\)|function matches the given name and argument types '(\w+)\()")


def _short(sql: str) -> str:
    return " ".join(sql.split())[:200]


def _function_at(name: str, sql: str) -> str:
    """A function as it was written, with its place."""
    bare = name.removeprefix("iscpy_").strip('"$%')
    found = re.search(rf"[$%]?\b{re.escape(bare)}\s*\(", sql, re.I)
    if found is None:
        return f"function '{bare}'"
    before = sql[: found.start()]
    line, column = before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1
    return f"function '{found.group()[:-1].rstrip()}' at line {line}, column {column}"


def _unknown_function(name: str, sql: str) -> str:
    shown = _function_at(name, sql)
    written = shown.split("'")[1]
    hint = similar(written.upper(), sorted(FUNCTIONS)) or ": it is none of SQL's, and methods of classes are not called"
    return f"{shown} does not exist{hint}"

"""SELECT over the rows of classes: sqlglot finds tables and columns, the codec decodes them, DuckDB answers.

A table that was decoded stays until something in its store is committed.
"""

import os
import re
import threading
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import sqlglot
from isc.py.objectscript import NotSupportedError
from isc.py.objectscript.names import similar
from sqlglot import exp

from .exceptions import SQLError
from .fields import Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .table_rows import read_fields
from .tables import table_class

_TOP = re.compile(r"^(\s*select\s+(?:distinct\s+|all\s+)?)top\s+(\d+|\(\s*\d+\s*\))\s", re.I)
_CACHE_LIMIT = 32

_local = threading.local()


def select(namespace: EmbeddedNamespace, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
    """The rows of a SELECT.

    Raises:
        SQLError: syntax (-1), a missing table (-30) or field (-29), or what DuckDB refused.
        NotSupportedError: another statement.
    """
    tree = _parsed(sql)
    known: list[str] = []
    connection = _connection()
    try:
        for number, table in enumerate(_tables(tree)):
            known += _bind(namespace, tree, table, number, connection)
        return connection.sql(tree.sql(dialect="duckdb"), params=list(parameters)).to_arrow_table()
    except duckdb.BinderException as error:
        raise _unknown_field(str(error), known) from error
    except duckdb.Error as error:
        raise SQLError(-400, f"{str(error).splitlines()[0]} in: {sql.strip()[:200]}") from error
    finally:
        connection.close()


def _connection() -> duckdb.DuckDBPyConnection:
    """A cursor of its own for each query, on the in-memory database of this thread."""
    if getattr(_local, "owner", None) != os.getpid():
        _local.database = duckdb.connect(":memory:")
        _local.tables = {}
        _local.owner = os.getpid()
    cursor: duckdb.DuckDBPyConnection = _local.database.cursor()
    return cursor


def _parsed(sql: str) -> exp.Query:
    text = sql.strip().rstrip(";")
    top = _TOP.match(text)
    if top is not None:
        text = top.group(1) + text[top.end() :]
    text = re.sub(r"(?<![\w%'])%ID\b", "ID", text, flags=re.I)
    try:
        tree = sqlglot.parse_one(text, error_level=sqlglot.ErrorLevel.RAISE)
    except (sqlglot.ParseError, sqlglot.TokenError) as error:
        place = getattr(error, "errors", None) or [{}]
        line, column = place[0].get("line", 1), place[0].get("col", 0)
        reason = place[0].get("description") or str(error).splitlines()[0]
        raise SQLError(-1, f"syntax error at line {line}, column {column}: {reason} in: {sql.strip()[:200]}") from error
    if not isinstance(tree, exp.Query):
        kind = tree.key.upper() if tree is not None else "nothing"
        raise NotSupportedError(f"SQL {kind} is not supported yet: only SELECT is")
    if top is not None and isinstance(tree, exp.Select):
        tree = tree.limit(int(top.group(2).strip("() ")))
    return tree


def _tables(tree: exp.Query) -> list[exp.Table]:
    shadowed = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    found = [table for table in tree.find_all(exp.Table) if table.db or table.name.lower() not in shadowed]
    return [table for table in found if isinstance(table.this, exp.Identifier)]


def _bind(
    namespace: EmbeddedNamespace,
    tree: exp.Query,
    table: exp.Table,
    number: int,
    connection: duckdb.DuckDBPyConnection,
) -> list[str]:
    """Puts the rows of a table in the place of its name; the names of its fields."""
    name = f"{table.db}.{table.name}" if table.db else table.name
    layout = layout_of(table_class(namespace, name))
    columns = layout.fields()
    wanted = {column.name.lower() for column in tree.find_all(exp.Column)}
    if tree.find(exp.Star) is None or _only_counts(tree):
        picked = [column for column in columns if column.sql_name.lower() in wanted or column.position == 0]
    else:
        picked = columns
    view = f"iscpy_t{number}"
    connection.register(view, _rows(namespace, layout, picked))
    alias = table.alias or table.name
    table.replace(exp.alias_(exp.to_table(view), alias, table=True))
    return [column.sql_name for column in columns]


def _only_counts(tree: exp.Query) -> bool:
    return all(isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))


def _rows(namespace: EmbeddedNamespace, layout: Layout, fields: list[Field]) -> pa.Table:
    store = namespace.store()
    key = (str(namespace.path), layout.class_name, tuple(fields))
    stamp = store.stamp()
    held = _local.tables.get(key)
    if held is not None and held[0] == stamp:
        table: pa.Table = held[1]
        return table
    with store.read() as txn:
        found = read_fields(txn, layout, fields).rename_columns([field.sql_name for field in fields])
    if len(_local.tables) >= _CACHE_LIMIT:
        _local.tables.clear()
    _local.tables[key] = (stamp, found)
    return found


def _unknown_field(message: str, known: list[str]) -> SQLError:
    found = re.search(r'[Cc]olumn (?:named )?"?([^"\s]+)"? (?:not found|does not)', message)
    if found is None:
        found = re.search(r'does not have a column named "([^"]+)"', message)
    if found is None:
        return SQLError(-1, message.splitlines()[0])
    name = found.group(1)
    hint = similar(name, known) or f"; the fields are {', '.join(known)}"
    return SQLError(-29, f"field {name!r} not found in the applicable tables{hint}")

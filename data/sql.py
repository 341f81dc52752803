"""SELECT over the rows of classes: names are resolved, what is needed is decoded once, DuckDB answers.

Dates and times are dates and times (as ODBC has them), flags are booleans; the language's own values are `logical`'s.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
from sqlglot import exp

from .exceptions import SQLError
from .namespace import EmbeddedNamespace
from .sql_catalog import Relation, TableField, View, find
from .sql_functions import install
from .sql_live import function_relation, live_relation
from .sql_names import Use, place_of, resolve_names
from .sql_parse import parsed_query
from .sql_types import Typed, typed
from .sql_values import as_kind

__all__ = ["check", "database", "select", "select_tree", "stream"]

Parameters = Sequence[object] | Mapping[str, object]

_databases: dict[int, duckdb.DuckDBPyConnection] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Plan:
    """A query with its names resolved: the text for DuckDB, the tables with the fields they are read for."""

    sql: str
    tables: list[tuple[Use, list[TableField]]]
    typed: Typed
    direct: list[str] | None = None
    top: int | None = None
    values: dict[str, object] = field(default_factory=dict)


def select(namespace: EmbeddedNamespace, sql: str, parameters: Parameters = (), path: Sequence[str] = ()) -> pa.Table:
    """The rows of a SELECT; `parameters` are those of ``?`` in their order, or of ``:name`` by name.

    `path` lists the schemas that a table without one is looked for in, before ``SQLUser``.

    Raises:
        SQLError: syntax (-1, -12, -25), a missing table (-30), field (-29) or label (-23), or what DuckDB refused.
        NotSupportedError: another statement.
    """
    return select_tree(namespace, parsed_query(sql), parameters, path, sql)


def select_tree(
    namespace: EmbeddedNamespace, tree: exp.Query, parameters: Parameters, path: Sequence[str], sql: str
) -> pa.Table:
    """As `select`, of a tree that is part of the statement `sql`."""
    plan = _planned(namespace, tree, parameters, path, sql)
    if plan.direct is not None:
        ((use, fields),) = plan.tables
        table = use.relation.load(fields, None, None).select(plan.direct)
        return table if plan.top is None else table.slice(0, plan.top)
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            low, high = _id_range(use, plan)
            connection.register(f"iscpy_t{number}", use.relation.load(fields, low, high))
        return connection.sql(plan.sql, params=plan.values).to_arrow_table()
    except duckdb.Error as error:
        raise refused(error, sql) from error
    finally:
        connection.close()


def check(namespace: EmbeddedNamespace, sql: str, path: Sequence[str] = ()) -> list[str]:
    """The names of the columns of a SELECT that is not run.

    Raises:
        SQLError: as `select`, whatever the parameters are.
    """
    plan = _planned(namespace, parsed_query(sql), None, path, sql)
    if plan.direct is not None:
        return plan.direct
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            connection.register(f"iscpy_t{number}", use.relation.load(fields, 0, -1).slice(0, 0))
        found = connection.sql(f"select * from ({plan.sql}) limit 0", params=plan.values)
        return list(found.columns)
    except duckdb.Error as error:
        raise refused(error, sql) from error
    finally:
        connection.close()


def stream(
    namespace: EmbeddedNamespace,
    sql: str,
    parameters: Parameters = (),
    path: Sequence[str] = (),
    *,
    size: int = 100_000,
) -> pa.RecordBatchReader:
    """As `select`, in batches of up to `size` rows: neither the tables nor the answer are held in memory as a whole.

    Raises:
        SQLError: as `select`; errors of later rows are raised by the reader.
    """
    from .chunks import lazy

    plan = _planned(namespace, parsed_query(sql), parameters, path, sql, by_duckdb=True)
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            low, high = _id_range(use, plan)
            once = sum(other.relation is use.relation for other, _ in plan.tables) == 1
            source = lazy(namespace, use.relation, fields, low, high, size) if once else None
            connection.register(f"iscpy_t{number}", use.relation.load(fields, low, high) if source is None else source)
        reader = connection.sql(plan.sql, params=plan.values).to_arrow_reader(size)
    except duckdb.Error as error:
        connection.close()
        raise refused(error, sql) from error
    return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader, connection, sql))


def _batches(reader: pa.RecordBatchReader, connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
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
            install(found)
            _databases[os.getpid()] = found
        return found


# --- planning ---


def _planned(
    namespace: EmbeddedNamespace,
    tree: exp.Query,
    parameters: Parameters | None,
    path: Sequence[str],
    sql: str,
    *,
    by_duckdb: bool = False,
) -> Plan:
    names = resolve_names(tree, lambda table: _relation(namespace, table, path), parsed_query)
    _label_outputs(tree)
    made = typed(tree, names)
    direct = None if by_duckdb else _direct(tree, names.uses)
    tables = []
    for number, use in enumerate(names.uses):
        fields = list(use.wanted.values()) or list(use.relation.fields.values())[:1]
        tables.append((use, fields))
        if direct is None:
            _replace(use, fields, f"iscpy_t{number}")
    text = "" if direct is not None else tree.sql(dialect="duckdb", identify=True)
    plan = Plan(text, tables, made, direct, _top(tree) if direct is not None else None)
    plan.values = _values(plan, parameters, sql)
    return plan


def _relation(namespace: EmbeddedNamespace, table: exp.Table, path: Sequence[str]) -> Relation | View:
    if not isinstance(table.this, exp.Identifier):
        return function_relation(namespace, table)
    name = f"{table.db}.{table.name}" if table.db else table.name
    live = live_relation(name)
    if live is not None:
        return live
    return find(namespace, name, path, place_of(table.this))


def _replace(use: Use, fields: list[TableField], view: str) -> None:
    """The rows of a table in the place of its name; text that compares without case says so."""
    shown = []
    for item in fields:
        column: exp.Expr = exp.column(exp.to_identifier(item.name, quoted=True))
        if item.kind == "s" and not item.exact:
            column = exp.Collate(this=column, expression=exp.var("NOCASE"))
            column = exp.alias_(column, exp.to_identifier(item.name, quoted=True))
        shown.append(column)
    made = exp.select(*shown).from_(exp.to_table(view)).subquery()
    made.set("alias", use.table.args["alias"].copy())
    use.table.replace(made)


def _label_outputs(tree: exp.Query) -> None:
    """Names for what has none, as the servers give them."""
    first = tree
    while isinstance(first, exp.SetOperation):
        first = first.this
    if not isinstance(first, exp.Select):
        return
    made: list[exp.Expr] = []
    for number, item in enumerate(first.expressions, start=1):
        if isinstance(item, exp.Column | exp.Star | exp.Alias):
            made.append(item)
            continue
        kind = "Expression" if item.find(exp.AggFunc) is None else "Aggregate"
        kind = "Subquery" if isinstance(item, exp.Subquery) else kind
        made.append(exp.Alias(this=item, alias=exp.to_identifier(f"{kind}_{number}", quoted=True)))
    first.set("expressions", made)


def _direct(tree: exp.Query, uses: list[Use]) -> list[str] | None:
    """The columns of a query that takes the rows of one table as they are."""
    if not isinstance(tree, exp.Select) or len(uses) != 1 or uses[0].table.find_ancestor(exp.Select) is not tree:
        return None
    if any(value for key, value in tree.args.items() if key not in ("expressions", "from_", "from", "limit")):
        return None
    if tree.args.get("limit") is not None and _top(tree) is None:
        return None
    use, found = uses[0], []
    if not isinstance(use.table.parent, exp.From):
        return None
    for item in tree.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            found += [one.name for one in use.relation.fields.values() if not one.hidden]
        elif isinstance(item, exp.Column):
            found.append(item.name)
        else:
            return None
    return found if len(set(found)) == len(found) else None


def _top(tree: exp.Query) -> int | None:
    limit = tree.args.get("limit")
    if isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and not limit.expression.is_string:
        return int(limit.expression.name)
    return None


def _values(plan: Plan, parameters: Parameters | None, sql: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, slot in plan.typed.slots.items():
        found[name] = None if parameters is None else as_kind(given(parameters, slot.source, sql), slot.kind)
    now = datetime.now().replace(microsecond=0)
    times = {"iscpy_now": now, "iscpy_today": now.date(), "iscpy_clock": now.time()}
    times["iscpy_utc"] = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    return found | {name: times[name] for name in plan.typed.times}


def given(parameters: Parameters, source: int | str, sql: str) -> object:
    if isinstance(source, str) and isinstance(parameters, Mapping):
        for name, value in parameters.items():
            if name.lower() == source.lower():
                return value
        raise SQLError(-400, f"parameter :{source} has no value: {', '.join(map(str, parameters)) or 'none'} have one")
    if isinstance(source, int) and not isinstance(parameters, Mapping):
        if source < len(parameters):
            return parameters[source]
        raise SQLError(-400, f"{len(parameters)} value(s) for the parameters of: {' '.join(sql.split())[:200]}")
    wanted = f":{source}" if isinstance(source, str) else "?"
    raise SQLError(-400, f"parameter {wanted} has no value: give names with :name, a list with ?")


# --- ids ---


def _id_range(use: Use, plan: Plan) -> tuple[int | None, int | None]:
    """The least and the greatest id that the condition of the query lets through."""
    low: int | None = None
    high: int | None = None
    if use.where is None or use.relation.cls is None:
        return None, None
    for part in use.where.flatten() if isinstance(use.where, exp.And) else [use.where]:
        first, last = _bounds(part, use, plan)
        low = first if low is None else low if first is None else max(low, first)
        high = last if high is None else high if last is None else min(high, last)
    return low, high


def _bounds(part: exp.Expr, use: Use, plan: Plan) -> tuple[int | None, int | None]:
    if isinstance(part, exp.Between) and _is_id(part.this, use):
        return _whole(part.args["low"], plan), _whole(part.args["high"], plan)
    if isinstance(part, exp.In) and _is_id(part.this, use) and part.expressions:
        found = [_whole(item, plan) for item in part.expressions]
        known = [item for item in found if item is not None]
        return (min(known), max(known)) if len(known) == len(found) else (None, None)
    if not isinstance(part, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        return None, None
    left, right = part.this, part.expression
    above, below = isinstance(part, exp.EQ | exp.GT | exp.GTE), isinstance(part, exp.EQ | exp.LT | exp.LTE)
    if _is_id(right, use):
        left, right, above, below = right, left, below, above
    value = _whole(right, plan)
    if not _is_id(left, use) or value is None:
        return None, None
    return value if above else None, value if below else None


def _is_id(node: exp.Expr, use: Use) -> bool:
    return (
        isinstance(node, exp.Column)
        and node.name.lower() == use.relation.row_id
        and node.table.lower() == use.table.alias.lower()
        and use.relation.fields[use.relation.row_id].kind == "i"
    )


def _whole(node: exp.Expr, plan: Plan) -> int | None:
    value: object = None
    if isinstance(node, exp.Literal) and not node.is_string:
        value = Decimal(node.name)
    elif isinstance(node, exp.Placeholder):
        value = plan.values.get(node.name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value != int(value):
        return None
    return int(value)


# --- errors ---


def refused(error: duckdb.Error, sql: str) -> SQLError:
    """What DuckDB refused, with the number that comes nearest."""
    first = str(error).splitlines()[0]
    code = -400
    if isinstance(error, duckdb.ParserException):
        code = -1
    elif isinstance(error, duckdb.CatalogException) and "unction" in first:
        code = -359
    return SQLError(code, f"{first} in: {' '.join(sql.split())[:200]}")

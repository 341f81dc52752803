"""How a SELECT is answered: its names resolved, its text for DuckDB, the fields that each table is read for.

A statement is planned once: the plan is kept for as long as every table is as it was.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlglot import exp

from .exceptions import SQLError
from .namespace import EmbeddedNamespace
from .sql_catalog import Relation, TableField, View, find
from .sql_ids import is_of_ids
from .sql_live import function_relation, live_relation, live_version
from .sql_names import Names, Use, place_of, resolve_names
from .sql_parse import parsed_query
from .sql_types import Typed, typed
from .sql_values import as_kind
from .tables import state_of

__all__ = ["Parameters", "Plan", "forget_plans", "given", "planned", "planned_text", "values_of"]

Parameters = Sequence[object] | Mapping[str, object]

_MOST = 256  # plans that a process keeps
_LONGEST = 10_000  # characters of a statement whose plan is kept: a longer one hardly comes twice


@dataclass(frozen=True, slots=True)
class Plan:
    """A query with its names resolved: the text for DuckDB, the tables with the fields they are read for.

    `direct` are the columns, with the names they are shown by, when the rows of one table may be the answer as they
    are; `top` is how many of them. `references` are the classes that columns refer to, by their lower names;
    `lists` tell what divides the elements of those that are lists, `displays` what people see instead of values.
    """

    sql: str
    tables: list[tuple[Use, list[TableField]]]
    typed: Typed
    direct: list[tuple[str, str]] | None = None
    top: int | None = None
    references: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    displays: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_Key = tuple[str, str, tuple[str, ...], bool]
_kept: OrderedDict[_Key, tuple[object, Plan]] = OrderedDict()
_lock = threading.Lock()


def planned_text(namespace: EmbeddedNamespace, sql: str, path: Sequence[str] = (), *, exact: bool = False) -> Plan:
    """The plan of a SELECT: the one that was made before, when no table has changed its form since.

    Raises:
        SQLError: as `isc.py.data.sql.select`.
        NotSupportedError: another statement.
    """
    key = (str(namespace.path), sql, tuple(path), exact)
    state = _state(namespace)
    with _lock:
        held = _kept.get(key)
        if held is not None and state is not None and held[0] == state:
            _kept.move_to_end(key)
            return held[1]
    plan = planned(namespace, parsed_query(sql), path, exact=exact)
    state = _state(namespace)  # again: planning has loaded the classes
    if state is not None and len(sql) <= _LONGEST and all(use.relation.cls is not None for use, _ in plan.tables):
        with _lock:
            _kept[key] = (state, plan)
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return plan


def forget_plans() -> None:
    """Plan every statement anew."""
    with _lock:
        _kept.clear()


def _state(namespace: EmbeddedNamespace) -> object:
    found = state_of(namespace)
    return None if found is None else (found, live_version())


def planned(namespace: EmbeddedNamespace, tree: exp.Query, path: Sequence[str] = (), *, exact: bool = False) -> Plan:
    """The plan of a tree, which becomes its own. Raises like `planned_text`."""
    names = resolve_names(tree, lambda table: _relation(namespace, table, path, exact=exact), parsed_query)
    _label_outputs(tree)
    references = _references(tree, names)
    made = typed(tree, names)
    direct = _direct(tree, names.uses)
    top = _top(tree) if direct is not None else None
    tables = []
    for number, use in enumerate(names.uses):
        fields = list(use.wanted.values()) or list(use.relation.fields.values())[:1]
        tables.append((use, fields))
        _replace(use, fields, f"iscpy_t{number}")
    lists = {name: item.delimiter for name, item in names.outputs.items() if item.delimiter is not None}
    displays = {name: dict(item.display) for name, item in names.outputs.items() if item.display}
    return Plan(tree.sql(dialect="duckdb", identify=True), tables, made, direct, top, references, lists, displays)


def _references(tree: exp.Query, names: Names) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in tree.selects:
        inner = item.unalias()
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            only = item.table.lower() if isinstance(item, exp.Column) else ""
            for use in names.uses:
                if not only or use.table.alias.lower() == only:
                    found |= {key: one.reference for key, one in use.relation.fields.items() if one.reference}
        elif isinstance(inner, exp.Column) and id(inner) in names.kinds and names.kinds[id(inner)].reference:
            found[item.alias_or_name.lower()] = names.kinds[id(inner)].reference
    return found


def _relation(namespace: EmbeddedNamespace, table: exp.Table, path: Sequence[str], *, exact: bool) -> Relation | View:
    if not isinstance(table.this, exp.Identifier):
        return function_relation(namespace, table)
    name = f"{table.db}.{table.name}" if table.db else table.name
    live = live_relation(name)
    if live is not None:
        return live
    return find(namespace, name, path, place_of(table.this), exact=exact)


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


def _direct(tree: exp.Query, uses: list[Use]) -> list[tuple[str, str]] | None:
    """The columns, and the names they are shown by, of a query that takes the rows of one table as they are.

    A condition may be there when it is on ids alone: whether a range of them says all of it is known with the values.
    """
    if not isinstance(tree, exp.Select) or len(uses) != 1 or uses[0].table.find_ancestor(exp.Select) is not tree:
        return None
    if any(value for key, value in tree.args.items() if key not in ("expressions", "from_", "from", "limit", "where")):
        return None
    if tree.args.get("limit") is not None and _top(tree) is None:
        return None
    use, found = uses[0], list[tuple[str, str]]()
    if not isinstance(use.table.parent, exp.From) or not is_of_ids(use):
        return None
    for item in tree.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            found += [(one.name, one.name) for one in use.relation.fields.values() if not one.hidden]
        elif isinstance(item.unalias(), exp.Column):
            found.append((item.unalias().name, item.alias_or_name))
        else:
            return None
    shown = {name.lower() for _, name in found}
    return found if len(shown) == len(found) == len({name for name, _ in found}) else None


def _top(tree: exp.Query) -> int | None:
    limit = tree.args.get("limit")
    if isinstance(limit, exp.Limit) and isinstance(limit.expression, exp.Literal) and not limit.expression.is_string:
        return int(limit.expression.name)
    return None


def values_of(plan: Plan, parameters: Parameters | None, sql: str) -> dict[str, object]:
    """The values of the parameters by their names in the plan's text, and the times of day it asks for.

    Raises:
        SQLError: one has no value, or not one that its field can have.
    """
    found: dict[str, object] = {}
    for name, slot in plan.typed.slots.items():
        found[name] = None if parameters is None else as_kind(given(parameters, slot.source, sql), slot.kind)
    now = datetime.now().replace(microsecond=0)
    times = {"iscpy_now": now, "iscpy_today": now.date(), "iscpy_clock": now.time()}
    times["iscpy_utc"] = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    return found | {name: times[name] for name in plan.typed.times}


def given(parameters: Parameters, source: int | str, sql: str) -> object:
    """The value of a parameter, by its place or its name.

    Raises:
        SQLError: it has none.
    """
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

"""INSERT, UPDATE, DELETE and TRUNCATE over persistent classes: rows are found by SELECT and changed as objects.

A statement changes all of its rows in one transaction, or none.
"""

from collections.abc import Sequence
from datetime import date, time

import sqlglot
from isc.py.objectscript import NotSupportedError, dictionary, status
from isc.py.objectscript.library.datatypes import short
from isc.py.objectscript.library.type_classes import Date, Time
from isc.py.objectscript.names import similar
from sqlglot import exp

from .exceptions import NotUniqueError, SQLError
from .layout import Layout, layout_of
from .logical import Rows, logical
from .namespace import EmbeddedNamespace
from .persistent import Persistent, save_all
from .sql import select
from .tables import table_class

_VERBS = frozenset({"insert", "update", "delete", "truncate"})
_INVALID = {"insert": -104, "update": -105}
_NOT_UNIQUE = {"insert": -119, "update": -120}


def is_write(sql: str) -> bool:
    """Whether a statement changes rows."""
    return sql.split(None, 1)[:1] != [] and sql.split(None, 1)[0].lower() in _VERBS


def write(namespace: EmbeddedNamespace, sql: str, parameters: Sequence[object] = ()) -> Rows:
    """Run a statement; `count` is how many rows it changed.

    Raises:
        SQLError: syntax (-1), a missing table (-30) or field (-29), a row that is not valid (-104, -105).
        NotSupportedError: a form that is not supported, by name.
    """
    tree = _parsed(sql)
    if isinstance(tree, exp.Insert):
        return _insert(namespace, tree, list(parameters))
    if isinstance(tree, exp.Update):
        return _update(namespace, tree, list(parameters))
    if isinstance(tree, exp.Delete):
        return _delete(namespace, tree, list(parameters))
    if isinstance(tree, exp.TruncateTable):
        cls = _class_of(namespace, tree.expressions[0])
        count = int(str(select(namespace, f"select count(*) from {_name(tree.expressions[0])}").column(0)[0]))
        cls._KillExtent()
        return Rows([], [], count)
    raise NotSupportedError(
        f"SQL {type(tree).__name__.upper()} is not supported: SELECT, INSERT, UPDATE, DELETE and TRUNCATE are"
    )


def _parsed(sql: str) -> object:
    text = sql.strip().rstrip(";")
    words = text.split(None, 2)
    if [word.lower() for word in words[:2]] == ["insert", "or"]:
        raise NotSupportedError("INSERT OR UPDATE is not supported: use INSERT or UPDATE")
    try:
        tree = sqlglot.parse_one(text, dialect="mysql" if words[0].lower() == "insert" else None)
    except (sqlglot.ParseError, sqlglot.TokenError) as error:
        raise SQLError(-1, f"{str(error).splitlines()[0]} in: {text[:200]}") from error
    return tree


def _name(table: exp.Expression) -> str:
    found = table.find(exp.Table)
    if found is None:
        raise SQLError(-1, f"a table was expected, found {table.sql()}")
    return f"{found.db}.{found.name}" if found.db else found.name


def _class_of(namespace: EmbeddedNamespace, table: exp.Expression) -> type[Persistent]:
    found = table_class(namespace, _name(table))
    if not issubclass(found, Persistent):
        raise SQLError(-30, f"the rows of {_name(table)} cannot be changed")
    return found


def _property(layout: Layout, name: str, table: str) -> str:
    shown = {item: layout.properties[item].keywords.get("SqlFieldName") or item for item in layout.properties}
    known = {field.lower(): item for item, field in shown.items()}
    if name.lower() not in known:
        hint = similar(name, list(shown.values()))
        raise SQLError(-29, f"field {name!r} not found in {table}{hint}")
    return known[name.lower()]


def _insert(namespace: EmbeddedNamespace, tree: exp.Insert, parameters: list[object]) -> Rows:
    target = tree.this
    cls, table = _class_of(namespace, target), _name(target)
    layout = layout_of(cls)
    named = [item.name for item in target.expressions] if isinstance(target, exp.Schema) else []
    columns = [_property(layout, name, table) for name in named] or layout.stored_names()
    rows: list[tuple[object, ...]] = []
    source = tree.expression
    if isinstance(source, exp.Values):
        for item in source.expressions:
            values = item.expressions if isinstance(item, exp.Tuple) else [item]
            count = sum(1 for value in values for _ in value.find_all(exp.Placeholder))
            given, parameters = parameters[:count], parameters[count:]
            rows += _rows(namespace, exp.select(*values).sql(), given)
    elif isinstance(source, exp.Query):
        rows = _rows(namespace, source.sql(), parameters)
    else:
        raise NotSupportedError(f"INSERT of this form is not supported: INSERT INTO {table} (…) VALUES (…), or SELECT")
    objects = []
    for row in rows:
        if len(row) != len(columns):
            raise SQLError(-62, f"{len(row)} values for {len(columns)} fields of {table}")
        made = cls._New()
        _assign(made, layout, dict(zip(columns, row, strict=True)), "insert")
        objects.append(made)
    _save(objects, "insert")
    last = objects[-1]._id if objects else 0
    return Rows([], [], len(objects), last if isinstance(last, int) else 0)


def _rows(namespace: EmbeddedNamespace, sql: str, parameters: list[object]) -> list[tuple[object, ...]]:
    found = select(namespace, sql, parameters)
    columns = [column.to_pylist() for column in found.columns]
    return list(zip(*columns, strict=True)) if columns else []


def _update(namespace: EmbeddedNamespace, tree: exp.Update, parameters: list[object]) -> Rows:
    cls, table = _class_of(namespace, tree.this), _name(tree.this)
    layout = layout_of(cls)
    names = [_property(layout, item.this.name, table) for item in tree.expressions]
    values = [exp.alias_(item.expression.copy(), f"v{at}") for at, item in enumerate(tree.expressions)]
    query = exp.select(*values, "ID").from_(tree.this.copy())
    if tree.args.get("where") is not None:
        query = query.where(tree.args["where"].this.copy())
    objects = []
    for *new, row_id in _rows(namespace, query.sql(), parameters):
        found = cls._OpenId(row_id)
        _assign(found, layout, dict(zip(names, new, strict=True)), "update")
        objects.append(found)
    _save(objects, "update")
    return Rows([], [], len(objects))


def _delete(namespace: EmbeddedNamespace, tree: exp.Delete, parameters: list[object]) -> Rows:
    cls = _class_of(namespace, tree.this)
    query = exp.select("ID").from_(tree.this.copy())
    if tree.args.get("where") is not None:
        query = query.where(tree.args["where"].this.copy())
    found = [row[0] for row in _rows(namespace, query.sql(), parameters)]
    for row_id in found:
        wrong = cls._DeleteId(row_id)
        if status.is_error(wrong):
            raise SQLError(-106, status.text(wrong))
    return Rows([], [], len(found))


def _assign(target: Persistent, layout: Layout, values: dict[str, object], verb: str) -> None:
    for name, value in values.items():
        target._set_property(name, _kept(short(layout.properties[name].type), value))
    wrong = target._ValidateObject()
    if status.is_error(wrong):
        raise SQLError(_INVALID[verb], f"{verb} into {dictionary.name_of(type(target))}: {status.text(wrong)}")


def _kept(kind: str, value: object) -> object:
    """A value of SQL as a property holds it: NULL is "", the empty string $char(0), dates and times are numbers."""
    if value == "":
        return "\0"
    plain = logical(value)
    if kind == "Date" and isinstance(plain, str) and not isinstance(value, date):
        return Date.OdbcToLogical(plain) or plain
    if kind == "Time" and isinstance(plain, str) and not isinstance(value, time):
        return Time.OdbcToLogical(plain) or plain
    return plain


def _save(objects: list[Persistent], verb: str) -> None:
    try:
        save_all(objects)
    except NotUniqueError as error:
        raise SQLError(_NOT_UNIQUE[verb], str(error)) from error
    except status.StatusError as error:
        raise SQLError(_INVALID[verb], str(error)) from error

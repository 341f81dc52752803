"""CREATE, ALTER and DROP of tables, views and indices: a table is a persistent class, a view a class of its own kind.

What a statement makes is an ordinary class file of the namespace: `iscpy` and ObjectScript see it like any other.
"""

import re
from collections.abc import Sequence
from functools import partial

from isc.py.objectscript import NotSupportedError, dictionary, status
from sqlglot import exp

from .class_changes import (
    Made,
    change,
    dropped,
    existing,
    field_names,
    must_exist,
    plain,
    store,
    with_line,
    without_property,
)
from .exceptions import SQLError, TableNotFoundError
from .logical import Rows
from .namespace import EmbeddedNamespace
from .persistent import Persistent
from .sql_column_types import COUNTED, column_type
from .sql_constraints import (
    add_constraint,
    constraint,
    create_index,
    drop_constraint,
    drop_index,
    foreign_key_line,
    index_line,
    not_referred_to,
    refuse_check,
)
from .sql_views import views_of
from .tables import DEFAULT_SCHEMA, is_view

__all__ = ["class_text", "define"]


def define(namespace: EmbeddedNamespace, tree: exp.Expr, sql: str, path: Sequence[str] = ()) -> Rows:
    """Run a statement that makes, changes or drops a table, a view or an index.

    Raises:
        SQLError: there is one of that name (-201), there is none (-30, -319), or a definition cannot be (-1).
        NotSupportedError: another statement.
    """
    kind = str(tree.args.get("kind") or "").upper()
    if isinstance(tree, exp.Create) and kind == "TABLE":
        return _create_table(namespace, tree, sql, path)
    if isinstance(tree, exp.Create) and kind == "VIEW":
        return _create_view(namespace, tree, sql)
    if isinstance(tree, exp.Create) and kind == "INDEX":
        return create_index(namespace, tree, sql, path)
    if isinstance(tree, exp.Drop) and kind == "INDEX":
        return drop_index(namespace, tree, path)
    if isinstance(tree, exp.Drop) and kind in ("TABLE", "VIEW"):
        return _drop(namespace, tree, kind, path)
    if isinstance(tree, exp.Alter) and kind == "TABLE":
        return _alter(namespace, tree, path)
    if isinstance(tree, exp.Alter) and kind == "VIEW":
        must_exist(namespace, tree.this.this if isinstance(tree.this, exp.Schema) else tree.this, path)
        return _create_view(namespace, tree, sql)
    if isinstance(tree, exp.Command):
        words = " ".join(sql.upper().split()[:2])
        raise NotSupportedError(f"SQL {words}: tables, views and indices can be made and dropped")
    raise NotSupportedError(f"SQL {tree.key.upper()} {kind}: tables, views and indices can be made and dropped")


# --- names ---


def _place(table: exp.Expr) -> tuple[str, str, str]:
    """The class of a new table, its SQL name where it is another one, and how it was written."""
    if not isinstance(table, exp.Table):
        raise SQLError(-1, f"the name of a table was expected, found {table.sql()}")
    schema, name = table.db or DEFAULT_SCHEMA, table.name
    package = "User" if schema.lower() == DEFAULT_SCHEMA.lower() else schema.replace("_", ".")
    return f"{package}.{plain(name)}", "" if plain(name) == name else name, f"{schema}.{name}"


# --- tables ---


def _create_table(namespace: EmbeddedNamespace, tree: exp.Create, sql: str, path: Sequence[str]) -> Rows:
    target = tree.this
    table = target.this if isinstance(target, exp.Schema) else target
    name, shown, written = _place(table)
    if existing(namespace, table) is not None:
        if tree.args.get("exists"):
            return Rows([], [], 0)
        raise SQLError(-201, f"there is a table or view {written}: drop it, or choose another name")
    made = Made()
    query = tree.expression
    if isinstance(query, exp.Query):
        _columns_of_query(namespace, query, path, sql, made)
    elif isinstance(target, exp.Schema):
        for item in target.expressions:
            _element(namespace, item, made, name)
    if not made.properties:
        raise SQLError(-1, f"{written} has no fields")
    store(namespace, name, class_text(name, shown, made))
    if not isinstance(query, exp.Query):
        return Rows([], [], 0)
    from .sql_write import write

    columns = ", ".join(f'"{item}"' for item in made.names)
    start = re.search(r"\bas\b\s*\(?\s*(?=select|with)", sql, re.I)
    assert start is not None  # the parser has found the query behind AS
    inner = sql[start.end() :].rstrip().rstrip(";")
    inner = inner[:-1] if sql[start.start() : start.end()].rstrip().endswith("(") else inner
    return write(namespace, f'INSERT INTO "{written.partition(".")[0]}"."{table.name}" ({columns}) {inner}')


def _columns_of_query(
    namespace: EmbeddedNamespace, query: exp.Query, path: Sequence[str], sql: str, made: Made
) -> None:
    from .frame_class import arrow_property
    from .sql import select_tree
    from .sql_plan import planned

    lists = planned(namespace, query.copy(), path).lists
    for column in select_tree(namespace, query.copy(), (), path, sql).schema:
        if column.name.upper() == "ID":
            raise SQLError(-1, "ID is what every table has: give the field of the query another name")
        made.names[column.name] = plain(column.name)
        is_list = column.name.lower() in lists
        made.properties.append(arrow_property(column.name, column.type, "%List" if is_list else ""))


def class_text(name: str, sql_name: str, made: Made) -> str:
    """The class file of a table."""
    keywords = "ClassType = persistent, DdlAllowed, Owner = {_SYSTEM}, Not ProcedureBlock, "
    keywords += f"SqlRowIdName = {made.row_id}" if made.row_id else "SqlRowIdPrivate"
    table = f", SqlTableName = {sql_name}" if sql_name else ""
    body = "\n\n".join([*made.properties, *made.indices])
    return f"Class {name} Extends %Persistent [ {keywords}{table} ]\n{{\n\n{body}\n\n}}\n"


def _element(namespace: EmbeddedNamespace, item: exp.Expr, made: Made, owner: str) -> None:
    """A field or a constraint of CREATE TABLE."""
    if isinstance(item, exp.ColumnDef):
        _column(namespace, item, made, owner)
        return
    name = ""
    if isinstance(item, exp.Constraint):
        name = item.this.name
        item = item.expressions[0]
    constraint(namespace, item, name, made, owner)


def _column(namespace: EmbeddedNamespace, item: exp.ColumnDef, made: Made, owner: str) -> None:
    name, kind = item.name, item.args.get("kind")
    if _is_counted(item):
        _count_rows(made, name)
        return
    short = "IdField" if name.upper() == "ID" else plain(name)  # ID is the row's own
    if short.lower() in (known.lower() for known in made.names.values()) or name.lower() == made.row_id.lower():
        raise SQLError(-97, f"field {name!r} stands twice in the table")
    made.names[name] = short
    keywords: list[str] = []
    sizes: list[str] = []
    if short != name:
        keywords.append(f"SqlFieldName = {name}")
    for one in item.args.get("constraints") or []:
        what = one.kind
        if isinstance(what, exp.NotNullColumnConstraint) and not what.args.get("allow_null"):
            keywords.append("Required")
        elif isinstance(what, exp.DefaultColumnConstraint):
            keywords.append(f"InitialExpression = {_default(what.this)}")
        elif isinstance(what, exp.PrimaryKeyColumnConstraint):
            keywords.append("Required")
            index_line(made, "", [name], "PrimaryKey, Unique")
        elif isinstance(what, exp.UniqueColumnConstraint):
            index_line(made, "", [name], "Unique")
        elif isinstance(what, exp.Reference):
            foreign_key_line(namespace, made, "", [name], what, owner)
        elif isinstance(what, exp.CheckColumnConstraint):
            refuse_check(what, name)
    type_name = "%String"
    if kind is not None:
        type_name, sizes = column_type(kind, name)
    shown = f"({', '.join(sizes)})" if sizes else ""
    flags = f" [ {', '.join(dict.fromkeys(keywords))} ]" if keywords else ""
    made.properties.append(f"Property {short} As {type_name}{shown}{flags};")


def _is_counted(item: exp.ColumnDef) -> bool:
    """Whether a field is IDENTITY, AUTO_INCREMENT or SERIAL."""
    kind = item.args.get("kind")
    if kind is not None and kind.sql().upper() in COUNTED:
        return True
    counted = (exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)
    return any(isinstance(one.kind, counted) for one in item.args.get("constraints") or [])


def _count_rows(made: Made, name: str) -> None:
    """A field that counts the rows is their id.

    Raises:
        SQLError: there is one already (-308).
    """
    if made.row_id:
        raise SQLError(-308, f"field {made.row_id} counts the rows already: {name} cannot do so, too")
    made.row_id = name if re.fullmatch(r"[A-Za-z]\w*", name) else plain(name)


def _default(value: exp.Expr) -> str:
    """The expression of the language for a DEFAULT."""
    if isinstance(value, exp.Literal):
        return '"' + value.name.replace('"', '""') + '"' if value.is_string else value.name
    if isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal):
        return f"-{value.this.name}"
    if isinstance(value, exp.Boolean):
        return str(int(value.this))
    if isinstance(value, exp.Null):
        return '""'
    now = {exp.CurrentDate: "{+$horolog}", exp.CurrentTime: '{$piece($horolog,",",2)}'}
    if isinstance(value, exp.CurrentTimestamp) or value.name.lower() in ("iscpy_now", "sysdate"):
        return "{$zdatetime($horolog,3)}"
    if type(value) in now:
        return now[type(value)]  # type: ignore[index]  # it is in there
    raise NotSupportedError(f"DEFAULT {value.sql()}: a constant, CURRENT_DATE or CURRENT_TIMESTAMP can be one")


# --- views, indices, changes ---


def _create_view(namespace: EmbeddedNamespace, tree: exp.Create | exp.Alter, sql: str) -> Rows:
    target = tree.this
    table = target.this if isinstance(target, exp.Schema) else target
    name, shown, written = _place(table)
    there = existing(namespace, table)
    if there is not None and not is_view(dictionary.resolve(there)):
        raise SQLError(-201, f"{written} is a table: choose another name for the view")
    if there is not None and isinstance(tree, exp.Create) and not tree.args.get("replace"):
        raise SQLError(-201, f"there is a table or view {written}: drop it, or choose another name")
    start = re.search(r"\bas\b\s*(?=[(\s]*(?:select|with)\b)", sql, re.I)
    if start is None:
        raise SQLError(-1, f"view {written}: AS SELECT … was expected")
    query = sql[start.end() :].rstrip().rstrip(";")
    query = re.sub(r"\s+with\s+(read\s+only|(local\s+|cascaded\s+)?check\s+option)\s*$", "", query, flags=re.I)
    if isinstance(target, exp.Schema):
        names = ", ".join(f'"{item.name}"' for item in target.expressions)
        query = f"SELECT * FROM ({query}) AS v({names})"
    from .sql import check

    check(namespace, query)
    named = f"SqlViewName = {shown or plain(table.name)}"
    keywords = f"ClassType = view, DdlAllowed, Owner = {{_SYSTEM}}, Not ProcedureBlock, {named}"
    text = f"Class {name} [ {keywords}, ViewQuery = {{ {query} }} ]\n{{\n}}\n"
    store(namespace, name, text)
    return Rows([], [], 0)


def _drop(namespace: EmbeddedNamespace, tree: exp.Drop, kind: str, path: Sequence[str]) -> Rows:
    table = dropped(tree)
    found = existing(namespace, table, path) if isinstance(table, exp.Table) else None
    if found is None and tree.args.get("exists"):
        return Rows([], [], 0)
    name = must_exist(namespace, table, path)
    cls = dictionary.resolve(name)
    if is_view(cls) != (kind == "VIEW"):
        raise TableNotFoundError(table.name, f": it is a {'view' if kind == 'TABLE' else 'table'}")
    if namespace.classes.text("class", name) is None:
        raise SQLError(-300, f"{name} is no class of namespace {namespace.name}: it cannot be dropped")
    if vars(cls)["_definition"].keywords.get("DdlAllowed") != "1":
        raise SQLError(
            -300,
            f"{name} was not made by SQL, its class does not say DdlAllowed: DELETE removes its rows, "
            f'$system.OBJ.Delete("{name}") the class',
        )
    if issubclass(cls, Persistent):
        not_referred_to(name)
    using = views_of(namespace, name)
    if using and not tree.args.get("cascade"):
        raise SQLError(-321, f"{name} cannot be dropped: view {using[0]} reads it; DROP … CASCADE drops that, too")
    if issubclass(cls, Persistent):
        status.check(cls._KillExtent() or status.OK)
    for item in [*using, name]:
        namespace.classes.remove("class", item)
    return Rows([], [], 0)


def _alter(namespace: EmbeddedNamespace, tree: exp.Alter, path: Sequence[str]) -> Rows:
    name = must_exist(namespace, tree.this, path)
    for action in tree.args.get("actions") or []:
        made = Made(names=field_names(name))
        if isinstance(action, exp.ColumnDef):
            _column(namespace, action, made, name)
            if made.row_id:
                raise SQLError(-308, f"{name} counts its rows by their ID already: {made.row_id} cannot do so, too")
            for line in [*made.properties, *made.indices]:
                change(namespace, name, partial(with_line, line=line))
        elif isinstance(action, exp.AddConstraint):
            for item in action.expressions:
                add_constraint(namespace, name, item, path)
        elif isinstance(action, exp.Drop) and str(action.args.get("kind") or "").upper() == "CONSTRAINT":
            drop_constraint(namespace, name, dropped(action).name)
        elif isinstance(action, exp.Drop):
            known = {item.lower(): prop for item, prop in made.names.items()}
            column = dropped(action).name
            if column.lower() not in known:
                raise SQLError(-29, f"field {column!r} not found in {name}; the fields are {', '.join(made.names)}")
            prop = known[column.lower()]
            change(namespace, name, partial(without_property, prop=prop))
        else:
            raise NotSupportedError(
                f"ALTER TABLE {action.sql()}: ADD and DROP of a column or a constraint are supported"
            )
    return Rows([], [], 0)

"""CREATE, ALTER and DROP of tables, views and indices: a table is a persistent class, a view a class of its own kind.

What a statement makes is an ordinary class file of the namespace: `iscpy` and ObjectScript see it like any other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from isc.py.objectscript import NotSupportedError, dictionary, status
from sqlglot import exp

from .exceptions import SQLError, TableNotFoundError
from .logical import Rows
from .namespace import EmbeddedNamespace
from .persistent import Persistent
from .tables import DEFAULT_SCHEMA, class_named, is_view, not_found

__all__ = ["class_text", "define"]

_TYPES = {
    "INT": "%Integer", "BIGINT": "%BigInt", "SMALLINT": "%SmallInt", "TINYINT": "%TinyInt", "DOUBLE": "%Double",
    "FLOAT": "%Double", "DECIMAL": "%Numeric", "BOOLEAN": "%Boolean", "BIT": "%Boolean", "DATE": "%Date",
    "TIME": "%Time", "TIMESTAMP": "%TimeStamp", "TIMESTAMPTZ": "%TimeStamp", "DATETIME": "%TimeStamp",
    "VARCHAR": "%String", "NVARCHAR": "%String", "CHAR": "%String", "NCHAR": "%String", "TEXT": "%String",
    "MONEY": "%Currency", "VARBINARY": "%Binary", "BINARY": "%Binary", "UUID": "%String",
}  # fmt: skip


@dataclass(slots=True)
class Made:
    """The parts of a class that a CREATE TABLE describes."""

    properties: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


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
        return _create_index(namespace, tree, path)
    if isinstance(tree, exp.Drop) and kind in ("TABLE", "VIEW"):
        return _drop(namespace, tree, kind, path)
    if isinstance(tree, exp.Alter) and kind == "TABLE":
        return _alter(namespace, tree, path)
    raise NotSupportedError(f"SQL {tree.key.upper()} {kind}: tables, views and indices can be made and dropped")


# --- names ---


def _place(table: exp.Expr) -> tuple[str, str, str]:
    """The class of a new table, its SQL name where it is another one, and how it was written."""
    if not isinstance(table, exp.Table):
        raise SQLError(-1, f"the name of a table was expected, found {table.sql()}")
    schema, name = table.db or DEFAULT_SCHEMA, table.name
    package = "User" if schema.lower() == DEFAULT_SCHEMA.lower() else schema.replace("_", ".")
    return f"{package}.{_plain(name)}", "" if _plain(name) == name else name, f"{schema}.{name}"


def _plain(name: str) -> str:
    """A name without what the name of a class or property cannot have."""
    found = re.sub(r"[^A-Za-z0-9]", "", name)
    if not found or not found[0].isalpha():
        raise SQLError(-1, f"{name!r} is no name: it must begin with a letter")
    return found


def _existing(namespace: EmbeddedNamespace, table: exp.Table, path: Sequence[str] = ()) -> str | None:
    return class_named(namespace, f"{table.db}.{table.name}" if table.db else table.name, path)


def _must_exist(namespace: EmbeddedNamespace, table: exp.Expr, path: Sequence[str]) -> str:
    if not isinstance(table, exp.Table):
        raise SQLError(-1, f"the name of a table was expected, found {table.sql()}")
    found = _existing(namespace, table, path)
    if found is None:
        raise not_found(namespace, f"{table.db}.{table.name}" if table.db else table.name)
    return found


# --- tables ---


def _create_table(namespace: EmbeddedNamespace, tree: exp.Create, sql: str, path: Sequence[str]) -> Rows:
    target = tree.this
    table = target.this if isinstance(target, exp.Schema) else target
    name, shown, written = _place(table)
    if _existing(namespace, table) is not None:
        if tree.args.get("exists"):
            return Rows([], [], 0)
        raise SQLError(-201, f"there is a table or view {written}: drop it, or choose another name")
    made = Made()
    query = tree.expression
    if isinstance(query, exp.Query):
        _columns_of_query(namespace, query, path, sql, made)
    elif isinstance(target, exp.Schema):
        for item in target.expressions:
            _element(item, made)
    if not made.properties:
        raise SQLError(-1, f"{written} has no fields")
    _store(namespace, name, class_text(name, shown, made))
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

    for column in select_tree(namespace, query.copy(), (), path, sql).schema:
        if column.name.upper() == "ID":
            raise SQLError(-1, "ID is what every table has: give the field of the query another name")
        made.names[column.name] = _plain(column.name)
        made.properties.append(arrow_property(column.name, column.type))


def class_text(name: str, sql_name: str, made: Made) -> str:
    """The class file of a table."""
    keywords = "ClassType = persistent, DdlAllowed, Owner = {_SYSTEM}, Not ProcedureBlock, SqlRowIdPrivate"
    table = f", SqlTableName = {sql_name}" if sql_name else ""
    body = "\n\n".join([*made.properties, *made.indices])
    return f"Class {name} Extends %Persistent [ {keywords}{table} ]\n{{\n\n{body}\n\n}}\n"


def _element(item: exp.Expr, made: Made) -> None:
    """A field or a constraint of CREATE TABLE."""
    if isinstance(item, exp.ColumnDef):
        _column(item, made)
        return
    name = ""
    if isinstance(item, exp.Constraint):
        name = item.this.name
        item = item.expressions[0]
    if isinstance(item, exp.PrimaryKey):
        _index(made, name, [_column_name(one) for one in item.expressions], "PrimaryKey, Unique")
    elif isinstance(item, exp.UniqueColumnConstraint):
        columns = item.this.expressions if item.this is not None else []
        _index(made, name, [_column_name(one) for one in columns], "Unique")
    elif isinstance(item, exp.ForeignKey | exp.CheckColumnConstraint | exp.Check):
        raise NotSupportedError(f"{item.sql()}: foreign keys and checks are not supported")
    else:
        raise SQLError(-1, f"{item.sql()} is no field of a table")


def _column_name(node: exp.Expr) -> str:
    return node.this.name if isinstance(node, exp.Ordered) else node.name


def _index(made: Made, name: str, columns: list[str], keywords: str) -> None:
    known = {item.lower(): prop for item, prop in made.names.items()}
    for column in columns:
        if column.lower() not in known:
            raise SQLError(-31, f"field {column!r} of a key is none of the table: {', '.join(made.names)}")
    properties = [known[column.lower()] for column in columns]
    label = _plain(name) if name else f"{''.join(properties)}{'Key' if 'Unique' in keywords else 'Idx'}"
    suffix = f" [ {keywords} ]" if keywords else ""
    made.indices.append(f"Index {label} On ({', '.join(properties)}){suffix};")


def _column(item: exp.ColumnDef, made: Made) -> None:
    name, kind = item.name, item.args.get("kind")
    plain = "IdField" if name.upper() == "ID" else _plain(name)  # ID is the row's own
    if plain.lower() in (known.lower() for known in made.names.values()):
        raise SQLError(-97, f"field {name!r} stands twice in the table")
    made.names[name] = plain
    keywords: list[str] = []
    sizes: list[str] = []
    if plain != name:
        keywords.append(f"SqlFieldName = {name}")
    for constraint in item.args.get("constraints") or []:
        what = constraint.kind
        if isinstance(what, exp.NotNullColumnConstraint) and not what.args.get("allow_null"):
            keywords.append("Required")
        elif isinstance(what, exp.DefaultColumnConstraint):
            keywords.append(f"InitialExpression = {_default(what.this)}")
        elif isinstance(what, exp.PrimaryKeyColumnConstraint):
            keywords.append("Required")
            _index(made, "", [name], "PrimaryKey, Unique")
        elif isinstance(what, exp.UniqueColumnConstraint):
            _index(made, "", [name], "Unique")
    type_name = "%String"
    if kind is not None:
        type_name, sizes = _type(kind, name)
    shown = f"({', '.join(sizes)})" if sizes else ""
    flags = f" [ {', '.join(dict.fromkeys(keywords))} ]" if keywords else ""
    made.properties.append(f"Property {plain} As {type_name}{shown}{flags};")


def _type(kind: exp.DataType, name: str) -> tuple[str, list[str]]:
    sizes = [item.name for item in kind.expressions]
    word = kind.this.value
    if word == "USERDEFINED":
        written = kind.args.get("kind")
        shown = written if isinstance(written, str) else written.name if written is not None else kind.sql()
        known = {"LONGVARCHAR": "%Stream.GlobalCharacter", "LONGVARBINARY": "%Stream.GlobalBinary"}
        if shown.startswith("%"):
            return shown, [f"MAXLEN = {sizes[0]}"] if sizes else []
        if shown.upper() not in known:
            raise SQLError(-1, f"{shown} of field {name!r} is no type of SQL")
        return known[shown.upper()], []
    if word not in _TYPES:
        raise SQLError(-1, f"{kind.sql()} of field {name!r} is no type that a table can have")
    found = _TYPES[word]
    if found == "%String":
        size = sizes[0] if sizes else "1" if word in ("CHAR", "NCHAR") else "" if word == "TEXT" else "50"
        return found, [f"MAXLEN = {size}" if size else 'MAXLEN = ""']
    if found == "%Numeric":
        precision, scale = int(sizes[0]) if sizes else 15, int(sizes[1]) if len(sizes) > 1 else 0 if sizes else 2
        largest = "9" * (precision - scale) + ("." + "9" * scale if scale else "")
        return found, [f"MAXVAL = {largest or '0'}", f"MINVAL = -{largest or '0'}", f"SCALE = {scale}"]
    return found, []


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


def _create_view(namespace: EmbeddedNamespace, tree: exp.Create, sql: str) -> Rows:
    target = tree.this
    table = target.this if isinstance(target, exp.Schema) else target
    name, shown, written = _place(table)
    existing = _existing(namespace, table)
    if existing is not None and not tree.args.get("replace"):
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
    named = f"SqlViewName = {shown or _plain(table.name)}"
    keywords = f"ClassType = view, DdlAllowed, Owner = {{_SYSTEM}}, Not ProcedureBlock, {named}"
    text = f"Class {name} [ {keywords}, ViewQuery = {{ {query} }} ]\n{{\n}}\n"
    _store(namespace, name, text)
    return Rows([], [], 0)


def _drop(namespace: EmbeddedNamespace, tree: exp.Drop, kind: str, path: Sequence[str]) -> Rows:
    table = _dropped(tree)
    found = _existing(namespace, table, path) if isinstance(table, exp.Table) else None
    if found is None and tree.args.get("exists"):
        return Rows([], [], 0)
    name = _must_exist(namespace, table, path)
    cls = dictionary.resolve(name)
    if is_view(cls) != (kind == "VIEW"):
        raise TableNotFoundError(table.name, f": it is a {'view' if kind == 'TABLE' else 'table'}")
    if namespace.classes.text("class", name) is None:
        raise SQLError(-300, f"{name} is no class of namespace {namespace.name}: it cannot be dropped")
    if issubclass(cls, Persistent):
        status.check(cls._KillExtent() or status.OK)
    namespace.classes.remove("class", name)
    return Rows([], [], 0)


def _dropped(tree: exp.Drop) -> exp.Expr:
    """What a DROP names; sqlglot has changed where it stands."""
    found = tree.this if tree.this is not None else next(iter(tree.args.get("tables") or []), None)
    if not isinstance(found, exp.Expr):
        raise SQLError(-1, f"{tree.sql()}: one name was expected")
    return found


def _create_index(namespace: EmbeddedNamespace, tree: exp.Create, path: Sequence[str]) -> Rows:
    index = tree.this
    name = _must_exist(namespace, index.args.get("table"), path)
    columns = [_column_name(item) for item in (index.args["params"].args.get("columns") or [])]
    made = Made(names=_names(name))
    _index(made, index.name, columns, "Unique" if tree.args.get("unique") else "")
    _change(namespace, name, lambda text: _with(text, made.indices[0]))
    return Rows([], [], 0)


def _names(class_name: str) -> dict[str, str]:
    from .sql_catalog import stored_properties

    found = stored_properties(dictionary.resolve(class_name))
    return {item.keywords.get("SqlFieldName") or item.name: item.name for item in found}


def _alter(namespace: EmbeddedNamespace, tree: exp.Alter, path: Sequence[str]) -> Rows:
    name = _must_exist(namespace, tree.this, path)
    for action in tree.args.get("actions") or []:
        made = Made(names=_names(name))
        if isinstance(action, exp.ColumnDef):
            _column(action, made)
            for line in [*made.properties, *made.indices]:
                _change(namespace, name, partial(_with, line=line))
        elif isinstance(action, exp.Drop):
            known = {item.lower(): prop for item, prop in made.names.items()}
            column = _dropped(action).name
            if column.lower() not in known:
                raise SQLError(-29, f"field {column!r} not found in {name}; the fields are {', '.join(made.names)}")
            prop = known[column.lower()]
            _change(namespace, name, partial(_without, prop=prop))
        else:
            raise NotSupportedError(f"ALTER TABLE {action.sql()}: ADD COLUMN and DROP COLUMN are supported")
    return Rows([], [], 0)


def _with(text: str, line: str) -> str:
    """A class file with one member more, before its storage."""
    at = re.search(r"^Storage\b", text, re.M)
    end = at.start() if at is not None else text.rstrip().rindex("}")
    return f"{text[:end].rstrip()}\n\n{line}\n\n{text[end:]}"


def _without(text: str, prop: str) -> str:
    made, count = re.subn(rf"^Property {re.escape(prop)}\b[^;]*;\s*", "", text, flags=re.M)
    if not count:
        raise SQLError(-29, f"property {prop} stands in a class above: change that one")
    if re.search(rf"^Index \w+ On \([^)]*\b{re.escape(prop)}\b", made, re.M):
        raise SQLError(-1, f"property {prop} is part of an index: drop the index first")
    return made


def _change(namespace: EmbeddedNamespace, name: str, how: Callable[[str], str]) -> None:
    text = namespace.classes.text("class", name)
    if text is None:
        raise SQLError(-300, f"{name} is no class of namespace {namespace.name}: it cannot be changed")
    _store(namespace, name, how(text), before=text)
    rebuild = getattr(dictionary.resolve(name), "_BuildIndices", None)
    if rebuild is not None:
        wrong = rebuild()
        if status.is_error(wrong):
            _store(namespace, name, text)
            raise SQLError(-400, f"the index of {name} cannot be built: {status.text(wrong)}")


def _store(namespace: EmbeddedNamespace, name: str, text: str, before: str | None = None) -> None:
    """Keep a class that can be compiled; one that cannot leaves everything as it was."""
    namespace.classes.put("class", name, text)
    try:
        dictionary.resolve(name)
    except Exception:
        if before is None:
            namespace.classes.remove("class", name)
        else:
            namespace.classes.put("class", name, before)
        raise

"""Keys, foreign keys and indices of CREATE, ALTER and DROP: each is a line of the class file of its table."""

import re
from collections.abc import Sequence

from isc.py.iscpython_c.globals import Transaction
from isc.py.objectscript import NotSupportedError, dictionary
from isc.py.objectscript.definitions import IndexDefinition
from isc.py.objectscript.names import similar
from sqlglot import exp

from . import foreign_keys, indices
from .class_changes import Made, change, dropped, existing, field_names, must_exist, plain, with_line
from .exceptions import SQLError
from .layout import Layout, layout_of
from .logical import Rows
from .namespace import EmbeddedNamespace
from .rows import row_ids
from .sql_catalog import row_id_name
from .sql_names import place_of
from .tables import DEFAULT_SCHEMA, sql_name, tables_of

__all__ = [
    "add_constraint", "constraint", "create_index", "drop_constraint", "drop_index", "foreign_key_line", "index_line",
    "not_referred_to", "refuse_check",
]  # fmt: skip

_ACTIONS = {"NO ACTION": "noaction", "CASCADE": "cascade", "SET NULL": "setnull", "SET DEFAULT": "setdefault"}
_DATA = re.compile(r"\bwith\s+data\s*\(([^)]*)\)", re.I)


def constraint(namespace: EmbeddedNamespace, item: exp.Expr, name: str, made: Made, owner: str) -> None:
    """A constraint of a table whose class is `owner`, as lines of its file.

    Raises:
        SQLError: it names what is not there.
        NotSupportedError: it is one that is not checked.
    """
    if isinstance(item, exp.PrimaryKey):
        if made.row_id and [_column_name(one).lower() for one in item.expressions] == [made.row_id.lower()]:
            return  # the id of a row is its key
        index_line(made, name, [_column_name(one) for one in item.expressions], "PrimaryKey, Unique")
    elif isinstance(item, exp.UniqueColumnConstraint):
        columns = item.this.expressions if item.this is not None else []
        index_line(made, name, [_column_name(one) for one in columns], "Unique")
    elif isinstance(item, exp.ForeignKey):
        columns = [_column_name(one) for one in item.expressions]
        foreign_key_line(namespace, made, name, columns, item.args["reference"], owner)
    elif isinstance(item, exp.CheckColumnConstraint | exp.Check):
        refuse_check(item, name)
    else:
        raise SQLError(-1, f"{item.sql()} is no field of a table")


def refuse_check(item: exp.Expr, name: str) -> None:
    """Raises:
    NotSupportedError: always: conditions of rows are not checked; tells where it stands.
    """
    first = next(iter(item.find_all(exp.Identifier)), None)
    place = place_of(first) if first is not None else ""
    raise NotSupportedError(
        f"CHECK {name + ' ' if name else ''}({item.this.sql()}){place}: conditions are not checked; say MINVAL, "
        "MAXVAL, VALUELIST or PATTERN at the property of the class, or check in %OnBeforeSave"
    )


def _column_name(node: exp.Expr) -> str:
    return node.this.name if isinstance(node, exp.Ordered) else node.name


def index_line(made: Made, name: str, columns: Sequence[str], keywords: str, data: str = "") -> None:
    """An index of fields.

    Raises:
        SQLError: a field is none of the table (-31).
    """
    properties = _properties(made, columns)
    label = plain(name) if name else f"{''.join(properties)}{'Key' if 'Unique' in keywords else 'Idx'}"
    kept = ", ".join(_properties(made, [item.strip().strip('"') for item in data.split(",")])) if data else ""
    words = ", ".join([*([keywords] if keywords else []), *([f"Data = ({kept})"] if kept else [])])
    made.indices.append(f"Index {label} On ({', '.join(properties)}){f' [ {words} ]' if words else ''};")


def _properties(made: Made, columns: Sequence[str]) -> list[str]:
    known = {item.lower(): prop for item, prop in made.names.items()}
    for column in columns:
        if column.lower() not in known:
            raise SQLError(-31, f"field {column!r} of a key is none of the table: {', '.join(made.names)}")
    return [known[column.lower()] for column in columns]


# --- foreign keys ---


def foreign_key_line(
    namespace: EmbeddedNamespace, made: Made, name: str, columns: Sequence[str], reference: exp.Expr, owner: str
) -> None:
    """A foreign key, and an index on its fields: what refers to a row is found by it.

    Raises:
        SQLError: the other table (-310) or its key (-314, -316) is not there, or a key of that name is (-311).
    """
    properties = _properties(made, columns)
    target = reference.this
    table = target.this if isinstance(target, exp.Schema) else target
    wanted = [item.name for item in target.expressions] if isinstance(target, exp.Schema) else []
    label = plain(name) if name else f"{''.join(properties)}FKey"
    if any(line.startswith(f"ForeignKey {label}(") for line in made.indices):
        raise SQLError(-311, f"there is a foreign key {label} already: give this one another name")
    found = existing(namespace, table)
    other = found if found is not None else owner if _is_owner(table, owner) else None
    if other is None:
        raise SQLError(
            -310, f"foreign key {label} refers to table {table.sql()}, which is not there{place_of(table.this)}"
        )
    index = _own_key(made, wanted) if other == owner and found is None else _key_of(other, wanted, label)
    words = [f"{event} = {action}" for event, action in _actions(reference) if action != "noaction"]
    keywords = f" [ {', '.join(words)} ]" if words else ""
    made.indices.append(
        f"ForeignKey {label}({', '.join(properties)}) References {other}{f'({index})' if index else ''}{keywords};"
    )
    if not any(f" On ({', '.join(properties)})" in line for line in made.indices):
        made.indices.append(f"Index {label}Idx On ({', '.join(properties)});")


def _is_owner(table: exp.Table, owner: str) -> bool:
    written = f"{table.db or DEFAULT_SCHEMA}.{table.name}".lower()
    return sql_name(owner).lower() == written


def _actions(reference: exp.Expr) -> list[tuple[str, str]]:
    found = {"OnDelete": "noaction", "OnUpdate": "noaction"}
    for option in reference.args.get("options") or []:
        written = re.match(r"ON (DELETE|UPDATE) (.*)$", " ".join(str(option).upper().split()))
        if written is not None:
            found["OnDelete" if written.group(1) == "DELETE" else "OnUpdate"] = _ACTIONS[written.group(2)]
    return list(found.items())


def _own_key(made: Made, wanted: Sequence[str]) -> str:
    """The unique index of a table that is being made."""
    properties = _properties(made, [item for item in wanted if item.lower() not in ("id", made.row_id.lower())])
    for line in made.indices:
        found = re.match(r"Index (\w+) On \(([^)]*)\) \[ (.*)\];", line)
        if found is None or "Unique" not in found.group(3):
            continue
        if found.group(2) == ", ".join(properties) or (not wanted and "PrimaryKey" in found.group(3)):
            return found.group(1)
    if properties:
        raise SQLError(-314, f"{', '.join(wanted)} of the table that is made is no unique key: make it UNIQUE")
    return ""


def _key_of(class_name: str, wanted: Sequence[str], label: str) -> str:
    """The unique index of a table that has the fields; without fields its primary key; "" is the id."""
    layout = layout_of(dictionary.resolve(class_name))
    unique = [item for item in layout.indices if indices.is_unique(item)]
    if not wanted:
        primary = next((item for item in unique if item.keywords.get("PrimaryKey") == "1"), None)
        return primary.name if primary is not None and primary.keywords.get("IdKey") != "1" else ""
    names = {item.lower(): prop for item, prop in field_names(class_name).items()}
    if [item.lower() for item in wanted] in ([row_id_name(dictionary.resolve(class_name)).lower()], ["%id"]):
        return ""
    missing = [item for item in wanted if item.lower() not in names]
    if missing:
        hint = similar(missing[0], list(names)) or f"; the fields are {', '.join(field_names(class_name))}"
        raise SQLError(-316, f"foreign key {label} refers to {missing[0]!r}, which is no field of {class_name}{hint}")
    properties = tuple(names[item.lower()] for item in wanted)
    found = next((item for item in unique if item.properties == properties), None)
    if found is None:
        raise SQLError(
            -314, f"foreign key {label}: {', '.join(wanted)} of {class_name} is no unique key: make it UNIQUE"
        )
    return "" if found.keywords.get("IdKey") == "1" else found.name


def not_referred_to(class_name: str) -> None:
    """See that a table can be dropped.

    Raises:
        SQLError: a foreign key of another one refers to it (-320).
    """
    layout = layout_of(dictionary.resolve(class_name))
    for key in foreign_keys.referring_to(layout):
        if key.layout.class_name != class_name:
            shown = f"foreign key {key.definition.name} of {key.layout.class_name} refers to it"
            raise SQLError(-320, f"{class_name} cannot be dropped: {shown}; drop that first")


# --- ALTER TABLE … CONSTRAINT ---


def add_constraint(namespace: EmbeddedNamespace, class_name: str, item: exp.Expr, path: Sequence[str]) -> None:
    """``ALTER TABLE t ADD [CONSTRAINT name] FOREIGN KEY | UNIQUE | PRIMARY KEY``; rows that are there must fit.

    Raises:
        SQLError: they do not (-125, -127), or as `constraint`.
    """
    layout = layout_of(dictionary.resolve(class_name))
    name = ""
    if isinstance(item, exp.Constraint):
        name, item = item.this.name, item.expressions[0]
    made = Made(names=field_names(class_name))
    if isinstance(item, exp.PrimaryKey) and any(one.keywords.get("PrimaryKey") == "1" for one in layout.indices):
        raise SQLError(-307, f"{class_name} has a primary key already")
    made.indices += [f"ForeignKey {one.name}(" for one in layout.foreign_keys]
    known = len(made.indices)
    made.indices += [f"Index {one.name} On ({', '.join(one.properties)});" for one in layout.indices]
    before = len(made.indices)
    constraint(namespace, item, name, made, class_name)
    lines = made.indices[before:]
    del made.indices[known:]
    for line in lines:
        _not_there(layout, re.split(r"[ (]", line)[1])
    change(namespace, class_name, lambda text: with_line(text, "\n\n".join(lines)), -125)


def _not_there(layout: Layout, name: str) -> None:
    if any(item.name.lower() == name.lower() for item in layout.indices):
        raise SQLError(-324, f"{layout.class_name} has an index {name} already")
    if any(item.name.lower() == name.lower() for item in layout.foreign_keys):
        raise SQLError(-311, f"{layout.class_name} has a foreign key {name} already")


def drop_constraint(namespace: EmbeddedNamespace, class_name: str, name: str) -> None:
    """``ALTER TABLE t DROP CONSTRAINT name``.

    Raises:
        SQLError: there is none (-315), or a foreign key refers to it (-317).
    """
    layout = layout_of(dictionary.resolve(class_name))
    wanted = plain(name).lower()
    key = next((item for item in layout.foreign_keys if item.name.lower() == wanted), None)
    if key is not None:
        change(namespace, class_name, lambda text: _without_member(text, "ForeignKey", name, class_name))
        return
    index = next((item for item in layout.indices if item.name.lower() == wanted and indices.is_unique(item)), None)
    if index is None:
        known = [item.name for item in layout.foreign_keys]
        known += [item.name for item in layout.indices if indices.is_unique(item)]
        hint = similar(name, known) or f"; it has {', '.join(known) or 'none'}"
        raise SQLError(-315, f"{class_name} has no constraint {name!r}{hint}")
    _remove_index(namespace, layout, index)


# --- indices ---


def create_index(namespace: EmbeddedNamespace, tree: exp.Create, sql: str, path: Sequence[str]) -> Rows:
    """``CREATE [UNIQUE] INDEX name ON [TABLE] t (a, …) [WITH DATA (b, …)]``: entries are made for all rows.

    Raises:
        SQLError: there is one of that name (-324), a field is missing (-31), or rows have the same values (-125).
    """
    index = tree.this
    name = must_exist(namespace, index.args.get("table"), path)
    layout = layout_of(dictionary.resolve(name))
    if any(item.name.lower() == plain(index.name).lower() for item in layout.indices):
        if tree.args.get("exists"):
            return Rows([], [], 0)
        raise SQLError(-324, f"{name} has an index {index.name} already: drop it, or choose another name")
    columns = [_column_name(item) for item in (index.args["params"].args.get("columns") or [])]
    data = _DATA.search(sql)
    made = Made(names=field_names(name))
    index_line(made, index.name, columns, "Unique" if tree.args.get("unique") else "", data.group(1) if data else "")
    change(namespace, name, lambda text: with_line(text, made.indices[0]), -125)
    return Rows([], [], 0)


def drop_index(namespace: EmbeddedNamespace, tree: exp.Drop, path: Sequence[str]) -> Rows:
    """``DROP INDEX [IF EXISTS] name [ON [TABLE] t]``, or ``DROP INDEX t.name``: its entries go with it.

    Raises:
        SQLError: there is none (-333), several tables have it (-334), a foreign key refers to it (-317), or the ids of
            rows are made of it (-325).
    """
    named = dropped(tree)
    cluster = tree.args.get("cluster")
    on = cluster.this if isinstance(cluster, exp.Expr) else None
    if on is None and isinstance(named, exp.Table) and named.db:
        on = exp.Table(this=exp.to_identifier(named.db), db=exp.to_identifier(named.catalog or None))
    name = named.name
    if isinstance(on, exp.Table):
        classes = [must_exist(namespace, on, path)]
    else:
        classes = [item for item in tables_of(namespace).values() if hasattr(dictionary.resolve(item), "_OpenId")]
    found = [(layout, index) for layout in map(_layout, classes) if (index := _named(layout, name)) is not None]
    if not found and tree.args.get("exists"):
        return Rows([], [], 0)
    if not found:
        known = [item.name for layout in map(_layout, classes) for item in layout.indices] if on is not None else []
        raise SQLError(-333, f"index {name!r} not found{similar(name, known)}")
    if len(found) > 1:
        tables = ", ".join(layout.class_name for layout, _ in found)
        raise SQLError(-334, f"index {name!r} is in several tables ({tables}): say DROP INDEX {name} ON TABLE …")
    _remove_index(namespace, *found[0])
    return Rows([], [], 0)


def _layout(class_name: str) -> Layout:
    return layout_of(dictionary.resolve(class_name))


def _named(layout: Layout, name: str) -> IndexDefinition | None:
    wanted = {name.lower(), re.sub(r"[^a-z0-9]", "", name.lower())}
    return next((item for item in layout.indices if item.name.lower() in wanted), None)


def _remove_index(namespace: EmbeddedNamespace, layout: Layout, index: IndexDefinition) -> None:
    for key in foreign_keys.referring_to(layout):
        if key.index is not None and key.index.name == index.name:
            shown = f"{key.definition.name} of {key.layout.class_name}"
            raise SQLError(-317, f"index {index.name} of {layout.class_name}: foreign key {shown} refers to it")
    if index.keywords.get("IdKey") == "1":
        with namespace.store().read() as txn:
            if next(row_ids(txn, layout), None) is not None:
                raise SQLError(-325, f"index {index.name} of {layout.class_name}: the ids of its rows are made of it")
    change(namespace, layout.class_name, lambda text: _without_member(text, "Index", index.name, layout.class_name))
    with namespace.store().write() as txn:
        _kill_entries(txn, layout, index)


def _kill_entries(txn: Transaction, layout: Layout, index: IndexDefinition) -> None:
    txn.kill(layout.index.key(index.name))


def _without_member(text: str, kind: str, name: str, class_name: str) -> str:
    """A class file without a member that ends with its ``;``."""
    made, count = re.subn(rf"^[ \t]*{kind}\s+{re.escape(name)}\b[^;]*;[ \t]*\n?\n?", "", text, flags=re.M | re.I)
    if not count:
        raise SQLError(
            -333 if kind == "Index" else -315, f"{name} of {class_name} stands in a class above: change that"
        )
    return made

"""INSERT, UPDATE, DELETE and TRUNCATE over persistent classes: rows are found by SELECT and changed as objects, so that
validation and indices are those of the class.

A statement changes all of its rows in one transaction, or none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from isc.py.iscpython_c.dollar_list import encode
from isc.py.objectscript import NotSupportedError, dictionary, status
from isc.py.objectscript.definitions import ClassDefinition, PropertyDefinition
from isc.py.objectscript.library.datatypes import short
from isc.py.objectscript.names import similar
from isc.py.objectscript.objects import properties
from sqlglot import exp

from .computed import refresh
from .exceptions import ForeignKeyError, LockedError, NotUniqueError, RowGoneError, SQLError, VersionError
from .layout import layout_of
from .logical import Rows, logical
from .namespace import EmbeddedNamespace
from .persistent import Persistent, save_all
from .property_types import class_of, form_of, item_form
from .sql import Parameters, given, select_tree
from .sql_arrays import array_table
from .sql_catalog import row_id_name, stored_properties
from .sql_forms import readable
from .sql_lists import delimiter_of, given_list
from .sql_names import place_of
from .sql_parse import TRANSACTIONS, is_write, parsed, verb_of
from .sql_transactions import transact
from .sql_values import as_kind
from .tables import sql_name, table_class

__all__ = ["Place", "assigned", "is_write", "saved", "settable", "write"]

_INVALID = {"insert": -104, "update": -105}
_NOT_UNIQUE = {"insert": -119, "update": -120}
_LOCKED, _REQUIRED, _READ_ONLY = -110, -108, {"insert": -111, "update": -107}


def write(namespace: EmbeddedNamespace, sql: str, parameters: Parameters = (), path: Sequence[str] = ()) -> Rows:
    """Run a statement; `count` is how many rows it changed.

    Raises:
        SQLError: syntax (-1, -12, -25), a missing table (-30) or field (-29), a row that is not valid (-104,
            -105), that lacks what it must have (-108), or that another one equals (-119, -120).
        NotSupportedError: a form that is not supported, by name.
    """
    if verb_of(sql) in TRANSACTIONS:
        return transact(namespace, sql)
    text, updates = readable(sql)
    tree = parsed(text)
    statement = _Statement(namespace, sql, parameters, path)
    if isinstance(tree, exp.Insert):
        return statement.insert(tree, updates=updates)
    if isinstance(tree, exp.Update):
        return statement.update(tree)
    if isinstance(tree, exp.Delete):
        return statement.delete(tree)
    if isinstance(tree, exp.TruncateTable):
        return statement.truncate(tree)
    from .sql_ddl import define

    return define(namespace, tree, sql, path)


@contextmanager
def _atomic(namespace: EmbeddedNamespace) -> Iterator[None]:
    """A level of the thread's transaction, undone when the block raises."""
    with namespace.transaction():
        yield


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field's value goes: a property, or one of an object inside the row (``Home.City``)."""

    path: str
    shown: str
    definition: PropertyDefinition = field(compare=False)


class _Statement:
    """A statement with what it is run with."""

    def __init__(self, namespace: EmbeddedNamespace, sql: str, parameters: Parameters, path: Sequence[str]) -> None:
        self._namespace = namespace
        self._sql = sql
        self._parameters = parameters
        self._path = path
        self._computed: dict[str, set[str]] = {}
        self._row_ids: dict[str, str] = {}

    # --- what it names ---

    def _class(self, node: exp.Expr) -> tuple[type[Persistent], str]:
        table = node if isinstance(node, exp.Table) else node.find(exp.Table)
        if table is None:
            raise SQLError(-1, f"a table was expected, found {node.sql()}")
        name = f"{table.db}.{table.name}" if table.db else table.name
        try:
            cls = table_class(self._namespace, name, self._path)
        except SQLError as error:
            array = array_table(self._namespace, name, self._path)
            if array is not None:
                mend = f"change {array.definition.name} of the object and save it"
                raise SQLError(-30, f"the rows of {name} are items of an array, SQL only reads them: {mend}") from error
            raise SQLError(error.sqlcode, f"{error.message}{place_of(table.this)}") from error
        if not issubclass(cls, Persistent):
            raise SQLError(-30, f"the rows of {name} cannot be changed")
        self._row_ids[name] = row_id_name(cls).lower()
        self._computed[name] = {item.sql_name.lower() for item in layout_of(cls).computed_fields()}
        return cls, name

    def _property(self, known: Mapping[str, Place], node: exp.Expr, table: str, verb: str) -> Place:
        found = known.get(node.name.lower())
        if found is not None:
            return found
        if node.name.lower() in ("id", "%id", self._row_ids.get(table, "")):
            raise SQLError(_READ_ONLY[verb], f"{verb} of {table}: the ID of a row is given, not set{place_of(node)}")
        if node.name.lower() in self._computed.get(table, ()):
            raise SQLError(-138, f"{verb} of {table}: {node.name} is computed, it cannot be set{place_of(node)}")
        hint = similar(node.name, [item.shown for item in known.values()])
        raise SQLError(-29, f"field {node.name!r} not found in {table}{place_of(node)}{hint}")

    def _rows(self, query: exp.Query) -> list[tuple[object, ...]]:
        found = select_tree(self._namespace, query, self._parameters, self._path, self._sql)
        columns = [column.to_pylist() for column in found.columns]
        return list(zip(*columns, strict=True)) if columns else []

    # --- INSERT ---

    def insert(self, tree: exp.Insert, *, updates: bool) -> Rows:
        """``INSERT INTO t (…) VALUES (…), …``, ``INSERT INTO t SELECT …``, ``INSERT OR UPDATE``."""
        target = tree.this
        cls, table = self._class(target)
        known = settable(cls)
        named = target.expressions if isinstance(target, exp.Schema) else []
        columns = [self._property(known, item, table, "insert") for item in named]
        columns = columns or ([] if tree.args.get("default") else list(known.values()))
        made = []
        for row in self._source(tree, table):
            if len(row) != len(columns):
                raise SQLError(-62, f"{len(row)} values for {len(columns)} fields of {table}")
            values = dict(zip(columns, row, strict=True))
            found = self._same(cls, values) if updates else None
            made.append(found if found is not None else cls._New())
            assigned(made[-1], values, "insert" if found is None else "update")
        saved(made, "insert")
        return Rows([], [], len(made), _row_id(made))

    def _source(self, tree: exp.Insert, table: str) -> list[tuple[object, ...]]:
        source = tree.expression
        if isinstance(source, exp.Values):
            rows: list[tuple[object, ...]] = []
            for item in source.expressions:
                values = item.expressions if isinstance(item, exp.Tuple) else [item]
                plain = [self._constant(value) for value in values]
                if all(known for known, _ in plain):
                    rows.append(tuple(value for _, value in plain))
                else:
                    rows += self._rows(exp.select(*[value.copy() for value in values]))
            return rows
        if isinstance(source, exp.Query):
            return self._rows(source)
        if tree.args.get("default"):
            return [()]
        raise NotSupportedError(f"INSERT of this form: use INSERT INTO {table} (…) VALUES (…), or INSERT … SELECT")

    def _constant(self, node: exp.Expr) -> tuple[bool, object]:
        """Whether an expression is a constant or a parameter, and its value."""
        if isinstance(node, exp.Null):
            return True, None
        if isinstance(node, exp.Literal):
            return True, node.name if node.is_string else as_kind(node.name, "f")
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
            return True, as_kind(f"-{node.this.name}", "f")
        if isinstance(node, exp.Placeholder):
            name = str(node.this)
            return True, given(self._parameters, int(name[1:]) if name.startswith("?") else name, self._sql)
        return False, None

    def _same(self, cls: type[Persistent], values: Mapping[Place, object]) -> Persistent | None:
        """The row whose unique index has the values of a new one."""
        given_values = {place.path: (place.shown, value) for place, value in values.items()}
        for key in _unique_keys(cls):
            if not all(given_values.get(name, ("", None))[1] not in (None, "") for name in key):
                continue
            query = exp.select(exp.column("%ID")).from_(_table(cls))
            for at, name in enumerate(key):
                field_of_key = exp.column(exp.to_identifier(given_values[name][0], quoted=True))
                query = query.where(exp.EQ(this=field_of_key, expression=exp.Placeholder(this=f"?{at}")))
            wanted = [given_values[name][1] for name in key]
            found = select_tree(self._namespace, query, wanted, self._path, self._sql)
            if found.num_rows:
                opened: Persistent = cls._fetch(found.column(0)[0].as_py())
                return opened
        return None

    # --- UPDATE, DELETE, TRUNCATE ---

    def update(self, tree: exp.Update) -> Rows:
        """``UPDATE t SET a = …, … [FROM …] [WHERE …]``."""
        cls, table = self._class(tree.this)
        known = settable(cls)
        pairs = _assignments(tree)
        names = [self._property(known, name, table, "update") for name, _ in pairs]
        values: list[exp.Expr] = [
            exp.Alias(this=value.copy(), alias=exp.to_identifier(f"v{at}")) for at, (_, value) in enumerate(pairs)
        ]
        query = self._found(tree, values)
        objects = []
        for row_id, new in {row_id: new for *new, row_id in self._rows(query)}.items():
            found = cls._fetch(row_id)
            if found == "":
                raise SQLError(-109, f"update of {table}: row {row_id} is gone")
            assigned(found, dict(zip(names, new, strict=True)), "update")
            objects.append(found)
        saved(objects, "update")
        return Rows([], [], len(objects))

    def _found(self, tree: exp.Expr, values: list[exp.Expr]) -> exp.Select:
        target = tree.this.copy()
        using = tree.args.get("using")
        source = tree.args.get("from_")
        others = using[0] if using else source.this if source is not None else None
        itself = _mentioned(others, target)  # the target may stand among the others, with the label it has there
        label = (itself or target).alias_or_name
        row_id = exp.alias_(exp.column("%ID", table=exp.to_identifier(label)), "iscpy_id")
        query = exp.select(*values, row_id)
        if itself is None:
            query = query.from_(target)
        if others is not None:
            first = others.copy()
            joins = first.args.pop("joins", None) or []
            query = query.from_(first) if itself is not None else query.join(first, join_type="cross")
            for join in joins:
                query.append("joins", join)
        if tree.args.get("where") is not None:
            query = query.where(tree.args["where"].this.copy())
        return query

    def delete(self, tree: exp.Delete) -> Rows:
        """``DELETE [FROM] t [FROM …] [WHERE …]``."""
        cls, table = self._class(tree.this)
        found = list(dict.fromkeys(row[0] for row in self._rows(self._found(tree, []))))
        with _atomic(self._namespace):
            for row_id in found:
                wrong = cls._DeleteId(row_id)
                if status.is_error(wrong):
                    code, arguments = status.entries(wrong)[0]
                    if code == 5540:
                        raise SQLError(int(arguments[0]), arguments[1])
                    number = _LOCKED if code in (5803, 5804) else -106
                    raise SQLError(number, f"delete of {table} {row_id}: {status.text(wrong)}")
        return Rows([], [], len(found))

    def truncate(self, tree: exp.TruncateTable) -> Rows:
        """``TRUNCATE TABLE t``: every row goes, and ids begin again."""
        cls, _ = self._class(tree.expressions[0])
        query = exp.select(exp.Count(this=exp.Star())).from_(tree.expressions[0].copy())
        count = int(str(self._rows(query)[0][0]))
        status.check(cls._KillExtent() or status.OK)
        return Rows([], [], count)


def _assignments(tree: exp.Update) -> list[tuple[exp.Expr, exp.Expr]]:
    """The fields and values of ``SET a = x, (b, c) = (y, z)``.

    Raises:
        SQLError: there are more of the ones than of the others (-62).
    """
    found: list[tuple[exp.Expr, exp.Expr]] = []
    for item in tree.expressions:
        if not isinstance(item.this, exp.Tuple):
            found.append((item.this, item.expression))
            continue
        names, value = item.this.expressions, item.expression
        values = value.expressions if isinstance(value, exp.Tuple) else [value]
        if len(names) != len(values):
            raise SQLError(-62, f"{len(values)} values for {len(names)} fields{place_of(item)}")
        found += zip(names, values, strict=True)
    return found


def _mentioned(others: exp.Expr | None, target: exp.Table) -> exp.Table | None:
    """The target of a DELETE or UPDATE among the tables of its FROM, None when it does not stand there."""
    if others is None or target.alias:
        return None
    wanted = (target.db.lower(), target.name.lower())
    joined = [item.this for item in others.args.get("joins") or []]
    named = [item for item in (others, *joined) if isinstance(item, exp.Table)]
    return next((item for item in named if (item.db.lower(), item.name.lower()) == wanted), None)


def _row_id(made: list[Persistent]) -> int:
    last = made[-1]._id if made else 0
    return last if isinstance(last, int) else 0


def _table(cls: type) -> exp.Table:
    schema, _, name = sql_name(dictionary.name_of(cls)).rpartition(".")
    return exp.to_table(f'"{schema}"."{name}"')


def settable(cls: type) -> dict[str, Place]:
    """What SQL may set, by the lower case of the SQL names, in the order of positions."""
    return {place.shown.lower(): place for place in _places(stored_properties(cls), "", "")}


def _places(found: Iterable[PropertyDefinition], owner: str, label: str) -> Iterator[Place]:
    """The places of properties; those of an object inside the row instead of the object."""
    for item in found:
        path, shown = f"{owner}{item.name}", f"{label}{item.keywords.get('SqlFieldName') or item.name}"
        inner = class_of(item.type) if form_of(item) == "serial" else None
        if inner is None:
            yield Place(path, shown, item)
        else:
            yield from _places(properties(inner), f"{path}.", f"{shown}_")


def _unique_keys(cls: type) -> list[tuple[str, ...]]:
    found = []
    for owner in cls.__mro__:
        definition: ClassDefinition | None = owner.__dict__.get("_definition")
        for index in definition.indices if definition is not None else ():
            if any(index.keywords.get(key) == "1" for key in ("Unique", "PrimaryKey", "IdKey")):
                found.append(index.properties)
    return found


def assigned(target: Persistent, values: Mapping[Place, object], verb: str) -> None:
    """Give an object the values of SQL.

    Raises:
        SQLError: it lacks what it must have (-108), or is not valid (-104, -105).
    """
    for place, value in values.items():
        *owners, name = place.path.split(".")
        holder: Any = target
        for owner in owners:
            holder = getattr(holder, owner)
        delimiter = delimiter_of(place.definition)
        if delimiter is not None and value is not None:
            _assign_list(holder, name, place.definition, given_list(value, delimiter), verb)
            continue
        plain = kept(short(place.definition.type), value)
        if form_of(place.definition) == "reference":
            getattr(holder, f"{name}SetObjectId")(plain)
        else:
            holder._set_property(name, plain)
    refresh(target)
    vars(target)["_refreshed"] = True  # once is enough
    called = dictionary.name_of(type(target))
    missing = [
        item.name
        for item in properties(type(target))
        if item.keywords.get("Required") == "1" and not item.collection and _is_empty(target, item.name)
    ]
    if missing:
        raise SQLError(_REQUIRED, f"{verb} of {called}: {', '.join(missing)} must have a value")
    wrong = target._ValidateObject()
    if status.is_error(wrong):
        raise SQLError(_INVALID[verb], f"{verb} of {called}: {status.text(wrong)}")


def _assign_list(holder: Any, name: str, definition: PropertyDefinition, items: list[object], verb: str) -> None:
    if not definition.collection:
        holder._set_property(name, encode(items).decode("latin-1") if items else "")
    elif item_form(definition) != "data" and any(isinstance(item, str | int | float | bytes) for item in items):
        mend = "set it with an object's Insert, or give a list of objects"
        raise SQLError(_INVALID[verb], f"{verb} of {name}: it is a list of {definition.type}, not of values: {mend}")
    else:
        kind = short(definition.type)
        holder._set_property(name, ["" if item in (None, "") else kept(kind, item) for item in items])


def _is_empty(target: Persistent, name: str) -> bool:
    held: Any = target._raw(name)
    return held is None or (isinstance(held, str) and held == "")


_KINDS = {"Date": "d", "Time": "t", "TimeStamp": "m", "DateTime": "m", "Boolean": "b"}


def kept(kind: str, value: object) -> object:
    """A value of SQL as a property holds it: NULL is "", the empty string $char(0), dates and times are numbers.

    Raises:
        SQLError: it is no date or time (-104).
    """
    if value is None:
        return ""
    if isinstance(value, str) and value == "":
        return "\0"
    if kind in ("Date", "Time") and isinstance(value, str):
        try:
            return logical(as_kind(value, _KINDS[kind]))
        except SQLError as error:
            raise SQLError(-104, error.message) from error
    plain = logical(value)
    if kind in ("TimeStamp", "DateTime") and isinstance(plain, str) and len(plain) == 10:
        return f"{plain} 00:00:00"
    if kind == "Boolean" and isinstance(plain, str):
        return {"true": 1, "false": 0}.get(plain.lower(), plain)
    return plain


def saved(objects: list[Persistent], verb: str) -> None:
    """Save objects, all or none.

    Raises:
        SQLError: one is not unique (-119, -120), not valid (-104, -105), locked by others (-110), or was changed or
            deleted meanwhile (-139, -109).
    """
    try:
        save_all(objects, detached=True)
    except NotUniqueError as error:
        raise SQLError(_NOT_UNIQUE[verb], str(error)) from error
    except ForeignKeyError as error:
        raise SQLError(error.sqlcode, str(error)) from error
    except LockedError as error:
        raise SQLError(_LOCKED, str(error)) from error
    except VersionError as error:
        raise SQLError(-139, str(error)) from error
    except RowGoneError as error:
        raise SQLError(-109, str(error)) from error
    except status.StatusError as error:
        raise SQLError(_INVALID[verb], str(error)) from error

"""``INFORMATION_SCHEMA``: what tables, views, fields and indices there are, as tables."""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import ClassDefinition, ForeignKeyDefinition, IndexDefinition
from isc.py.objectscript.library.datatypes import short
from isc.py.objectscript.objects import properties

from .class_queries import queries_of
from .exceptions import TableNotFoundError
from .fields import ID
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .sql_arrays import array_tables
from .sql_catalog import Relation, array_fields, arrow_kind, arrow_relation, class_fields
from .tables import is_view as is_view_class
from .tables import sql_name, tables_of

__all__ = ["catalogue"]

_TYPES = {"s": "varchar", "i": "bigint", "f": "double", "n": "numeric", "b": "bit", "d": "date", "t": "time"}
_TYPES |= {"m": "timestamp", "x": "varbinary"}
_NUMBERS = {"Numeric", "Decimal", "Currency"}
_SCHEMA = "INFORMATION_SCHEMA"


def catalogue(namespace: EmbeddedNamespace, name: str) -> Relation:
    """A table of the catalogue.

    Raises:
        TableNotFoundError: there is no such one; tells those that are.
    """
    wanted = name.upper()
    if wanted not in _TABLES:
        raise TableNotFoundError(f"{_SCHEMA}.{name}", f"; there are {', '.join(_TABLES)}")
    columns, rows = _TABLES[wanted]
    found = list(rows(namespace))
    arrays = []
    for at, (column, kind) in enumerate(columns.items()):
        del column
        arrays.append(pa.array([row[at] for row in found], kind))
    return arrow_relation(f"{_SCHEMA}.{wanted}", pa.table(arrays, names=list(columns)))


def _classes(namespace: EmbeddedNamespace) -> Iterator[tuple[str, str, type, ClassDefinition | None, bool]]:
    """Schema, name, class, definition of every table, and whether it is a view."""
    for shown, class_name in sorted(tables_of(namespace).items()):
        try:
            cls = dictionary.resolve(class_name)
        except Exception:  # noqa: BLE001  # a class that cannot be compiled has no table
            continue
        definition: ClassDefinition | None = getattr(cls, "_definition", None)
        is_view = is_view_class(cls)
        if is_view or hasattr(cls, "_OpenId"):
            schema, _, name = shown.rpartition(".")
            yield schema, name, cls, definition, is_view


def _schemata(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema in sorted({schema for schema, *_ in _classes(namespace)} | {_SCHEMA}):
        yield None, schema, None


def _tables(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, cls, _, is_view in _classes(namespace):
        yield None, schema, name, "VIEW" if is_view else "BASE TABLE", dictionary.name_of(cls)
        for array in () if is_view else array_tables(cls):
            yield None, schema, array.name, "BASE TABLE", dictionary.name_of(cls)
    for name in _TABLES:
        yield None, _SCHEMA, name, "SYSTEM VIEW", None


def _views(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, _, definition, is_view in _classes(namespace):
        if is_view and definition is not None:
            yield None, schema, name, definition.keywords.get("ViewQuery", "").strip()


def _columns(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, cls, _, is_view in _classes(namespace):
        if is_view:
            yield from _view_columns(namespace, schema, name)
            continue
        definitions = {item.keywords.get("SqlFieldName") or item.name: item for item in properties(cls)}
        for position, field in enumerate(class_fields(cls), start=1):
            item = definitions.get(field.name)
            parameters = item.parameters if item is not None else {}
            is_id = field.field is ID
            required = is_id or (item is not None and item.keywords.get("Required") == "1")
            limit = parameters.get("MAXLEN", "")
            kind = "numeric" if item is not None and short(item.type) in _NUMBERS else _TYPES.get(field.kind, "varchar")
            yield (
                None, schema, name, field.name, position, kind, "NO" if required else "YES",
                int(limit) if limit.isdigit() else None, field.scale,
                item.keywords.get("InitialExpression") if item is not None else None,
                "YES" if is_id else "NO",
            )  # fmt: skip
        for array in array_tables(cls):
            for position, field in enumerate(array_fields(array), start=1):
                kind, key = _TYPES.get(field.kind, "varchar"), "YES" if field.name == "ID" else "NO"
                can_lack = "YES" if field.field is not None else "NO"
                yield None, schema, array.name, field.name, position, kind, can_lack, None, field.scale, None, key


def _view_columns(namespace: EmbeddedNamespace, schema: str, name: str) -> Iterator[tuple[object, ...]]:
    """The columns of a view; none of one that cannot be read any more."""
    try:
        found = namespace.query(f'SELECT * FROM "{schema}"."{name}" WHERE 1 = 0', decimals="exact")
    except IscError:
        return
    for position, column in enumerate(found.schema, start=1):
        kind = arrow_kind(column.type)
        scale = column.type.scale if kind == "n" else None
        yield None, schema, name, column.name, position, _TYPES.get(kind, "varchar"), "YES", None, scale, None, "NO"


def _persistent(namespace: EmbeddedNamespace) -> Iterator[tuple[str, str, Layout]]:
    for schema, name, cls, _, is_view in _classes(namespace):
        if not is_view:
            yield schema, name, layout_of(cls)


def _field_names(layout: Layout, parts: Sequence[str]) -> list[str]:
    """The SQL names of the properties of an index or key."""
    found = []
    for part in parts:
        first, dot, inner = part.partition("(")[0].partition(".")
        definition = layout.properties.get(first)
        shown = first if definition is None else definition.keywords.get("SqlFieldName") or first
        found.append(f"{shown}_{inner.replace('.', '_')}" if dot else shown)
    return found


def _index_rows(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, layout in _persistent(namespace):
        for index in layout.indices:
            unique, primary = bool(_kind(index)), index.keywords.get("PrimaryKey") == "1"
            for at, item in enumerate(_field_names(layout, index.properties), start=1):
                yield None, schema, name, index.name, int(not unique), int(primary), at, item


def _kind(index: IndexDefinition) -> str:
    """What kind of constraint an index is, "" when it is none."""
    if index.keywords.get("PrimaryKey") == "1":
        return "PRIMARY KEY"
    return "UNIQUE" if any(index.keywords.get(word) == "1" for word in ("Unique", "IdKey")) else ""


def _constraints(
    namespace: EmbeddedNamespace,
) -> Iterator[tuple[str, str, Layout, IndexDefinition | ForeignKeyDefinition, str]]:
    for schema, name, layout in _persistent(namespace):
        for index in layout.indices:
            if _kind(index):
                yield schema, name, layout, index, _kind(index)
        for key in layout.foreign_keys:
            yield schema, name, layout, key, "FOREIGN KEY"


def _constraint_rows(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, _, item, kind in _constraints(namespace):
        yield None, schema, item.name, None, schema, name, kind


def _key_rows(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, layout, item, kind in _constraints(namespace):
        for at, shown in enumerate(_field_names(layout, item.properties), start=1):
            yield None, schema, item.name, kind, name, shown, at


def _reference_rows(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    words = {"noaction": "NO ACTION", "cascade": "CASCADE", "setnull": "SET NULL", "setdefault": "SET DEFAULT"}
    for schema, _, _, item, _ in _constraints(namespace):
        if isinstance(item, ForeignKeyDefinition):
            other = sql_name(item.references, getattr(dictionary.resolve(item.references), "_definition", None))
            update, delete = (words[item.action(event)] for event in ("OnUpdate", "OnDelete"))
            yield (
                None,
                schema,
                item.name,
                other.rpartition(".")[0],
                other.rpartition(".")[2],
                item.index,
                update,
                delete,
            )


def _routines(namespace: EmbeddedNamespace) -> Iterator[tuple[object, ...]]:
    for schema, name, cls, _, is_view in _classes(namespace):
        for query in () if is_view else queries_of(cls):
            label = query.keywords.get("SqlName") or f"{name}_{query.name}"
            yield None, schema, label, "QUERY", dictionary.name_of(cls), query.name


_TEXT, _NUMBER = pa.string(), pa.int64()
_Rows = Callable[[EmbeddedNamespace], Iterator[tuple[object, ...]]]
_TABLES: dict[str, tuple[dict[str, pa.DataType], _Rows]] = {
    "SCHEMATA": ({"CATALOG_NAME": _TEXT, "SCHEMA_NAME": _TEXT, "SCHEMA_OWNER": _TEXT}, _schemata),
    "TABLES": (
        dict.fromkeys(("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE", "CLASSNAME"), _TEXT),
        _tables,
    ),
    "VIEWS": (dict.fromkeys(("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "VIEW_DEFINITION"), _TEXT), _views),
    "COLUMNS": (
        {
            **dict.fromkeys(("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME"), _TEXT),
            "ORDINAL_POSITION": _NUMBER,
            "DATA_TYPE": _TEXT,
            "IS_NULLABLE": _TEXT,
            "CHARACTER_MAXIMUM_LENGTH": _NUMBER,
            "NUMERIC_SCALE": _NUMBER,
            "COLUMN_DEFAULT": _TEXT,
            "PRIMARY_KEY": _TEXT,
        },
        _columns,
    ),
    "INDEXES": (
        {
            **dict.fromkeys(("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "INDEX_NAME"), _TEXT),
            **dict.fromkeys(("NON_UNIQUE", "PRIMARY_KEY", "ORDINAL_POSITION"), _NUMBER),
            "COLUMN_NAME": _TEXT,
        },
        _index_rows,
    ),
    "KEY_COLUMN_USAGE": (
        {
            **dict.fromkeys(
                ("CONSTRAINT_CATALOG", "CONSTRAINT_SCHEMA", "CONSTRAINT_NAME", "CONSTRAINT_TYPE", "TABLE_NAME"), _TEXT
            ),
            "COLUMN_NAME": _TEXT,
            "ORDINAL_POSITION": _NUMBER,
        },
        _key_rows,
    ),
    "TABLE_CONSTRAINTS": (
        dict.fromkeys(
            (
                "CONSTRAINT_CATALOG", "CONSTRAINT_SCHEMA", "CONSTRAINT_NAME", "TABLE_CATALOG", "TABLE_SCHEMA",
                "TABLE_NAME", "CONSTRAINT_TYPE",
            ),
            _TEXT,
        ),
        _constraint_rows,
    ),
    "REFERENTIAL_CONSTRAINTS": (
        dict.fromkeys(
            (
                "CONSTRAINT_CATALOG", "CONSTRAINT_SCHEMA", "CONSTRAINT_NAME", "UNIQUE_CONSTRAINT_SCHEMA",
                "UNIQUE_CONSTRAINT_TABLE", "UNIQUE_CONSTRAINT_NAME", "UPDATE_RULE", "DELETE_RULE",
            ),
            _TEXT,
        ),
        _reference_rows,
    ),
    "ROUTINES": (
        dict.fromkeys(
            ("ROUTINE_CATALOG", "ROUTINE_SCHEMA", "ROUTINE_NAME", "ROUTINE_TYPE", "CLASSNAME", "METHOD_OR_QUERY_NAME"),
            _TEXT,
        ),
        _routines,
    ),
}  # fmt: skip

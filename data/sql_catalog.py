"""What a name in FROM means: the table of a class, a view, the catalogue itself, the rows of a class query, or a
DataFrame of the live context.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.library.datatypes import short

from .fields import ID, Field
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .property_types import base_type, form_of, with_defaults
from .sql_arrays import KEY, ArrayTable, array_table, reference_of
from .sql_lists import delimiter_of
from .tables import class_named, is_view, not_found, sql_name

__all__ = [
    "Relation",
    "TableField",
    "View",
    "array_fields",
    "arrow_kind",
    "arrow_relation",
    "class_fields",
    "class_relation",
    "find",
    "row_id_name",
    "stored_properties",
]

#: The kind of a field of bytes.
BINARY = "x"
_UNCOLLATED = {"ExactString", "RawString", "Binary", "List"}


@dataclass(frozen=True, slots=True)
class TableField:
    """A field: its name, the letter of its kind, the digits behind the point of a decimal, whether case matters when it
    is compared, the class it refers to, whether ``*`` leaves it out, what divides a list's elements (ODBC mode), and
    what people see instead of its values (VALUELIST and DISPLAYLIST).
    """

    name: str
    kind: str
    field: Field | None = None
    scale: int | None = None
    exact: bool = True
    reference: str = ""
    hidden: bool = False
    delimiter: str | None = None
    display: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Relation:
    """Rows with named fields; `load` gives those of some fields, with ids of a range when it has ids."""

    label: str
    fields: Mapping[str, TableField]
    load: "Callable[[Sequence[TableField], int | None, int | None], pa.Table]"
    cls: type | None = None
    row_id: str = ""

    def names(self) -> list[str]:
        """The fields by name."""
        return [item.name for item in self.fields.values()]


@dataclass(frozen=True, slots=True)
class View:
    """A stored query."""

    label: str
    sql: str
    columns: tuple[str, ...] = field(default=())


def find(
    namespace: EmbeddedNamespace, table: str, path: Sequence[str] = (), place: str = "", *, exact: bool = False
) -> "Relation | View":
    """The table or view of a name that stands at `place`; `exact`: its decimals are decimals.

    Raises:
        TableNotFoundError: there is none; tells similar ones.
    """
    schema, _, name = table.replace('"', "").rpartition(".")
    if schema.lower() == "information_schema":
        from .sql_catalogue import catalogue

        return catalogue(namespace, name)
    found = class_named(namespace, table, path)
    cls = dictionary.resolve(found) if found is not None else None
    if found is not None and cls is not None and is_view(cls):
        return View(found, vars(cls)["_definition"].keywords.get("ViewQuery", "").strip())
    if cls is not None and hasattr(cls, "_OpenId"):
        return class_relation(namespace, cls, exact=exact)
    array = array_table(namespace, table, path)
    if array is None:
        raise not_found(namespace, table, place)
    return _array_relation(namespace, array, exact=exact)


def class_relation(namespace: EmbeddedNamespace, cls: type, *, exact: bool = False) -> Relation:
    """The rows of a persistent class; `exact`: what has a SCALE is a decimal, else a float."""
    from .scan import scan

    fields = [_exact(item) for item in class_fields(cls)] if exact else class_fields(cls)

    def load(wanted: Sequence[TableField], low: int | None, high: int | None) -> pa.Table:
        return scan(namespace, cls, wanted, low, high)

    by_name = {item.name.lower(): item for item in fields}
    row_id = next(item.name.lower() for item in fields if item.field is ID)
    return Relation(sql_name(dictionary.name_of(cls), vars(cls).get("_definition")), by_name, load, cls, row_id)


def _array_relation(namespace: EmbeddedNamespace, array: ArrayTable, *, exact: bool) -> Relation:
    """The items of an array property."""
    fields = [_exact(item) for item in array_fields(array)] if exact else array_fields(array)

    def load(wanted: Sequence[TableField], low: int | None, high: int | None) -> pa.Table:
        items = [item.field for item in wanted if item.field is not None]
        return array.rows(namespace, items).select([item.name for item in wanted])

    schema = sql_name(dictionary.name_of(array.cls), vars(array.cls).get("_definition")).rpartition(".")[0]
    return Relation(f"{schema}.{array.name}", {item.name.lower(): item for item in fields}, load, row_id="id")


def array_fields(array: ArrayTable) -> list[TableField]:
    """The fields of the table of an array: its object, the key, the item."""
    reference = reference_of(array.definition)
    return [
        TableField("ID", "s", hidden=True),
        TableField(array.parent, "i" if array.counted else "s", reference=dictionary.name_of(array.cls)),
        TableField(KEY, "s"),
        *(
            TableField(
                item.sql_name,
                item.kind,
                item,
                item.scale,
                exact=bool(reference) or item.kind != "s" or item.stream or _is_exact(array.definition),
                reference=reference,
            )
            for item in array.items
        ),
    ]


def _exact(item: TableField) -> TableField:
    if item.scale is None or item.field is None:
        return item
    return replace(item, kind="n", field=replace(item.field, kind="n"))


def class_fields(cls: type) -> list[TableField]:
    """The fields of a persistent class: ID, then its properties by position."""
    layout = layout_of(cls)
    nodes = list(layout.all_nodes())
    found = [_row_id(cls, layout)]
    stored = [*layout.fields()[1:], *_lists(layout), *_binaries(layout)]
    for item in [*sorted(stored, key=lambda one: (nodes.index(one.node), one.position)), *layout.computed_fields()]:
        definition = layout.properties.get(item.name)
        if definition is None:  # a field of an object inside the row
            found.append(TableField(item.sql_name, item.kind, item, item.scale, exact=item.kind != "s"))
            continue
        if item.octets:
            found.append(TableField(item.sql_name, BINARY, item))
            continue
        reference = definition.type if form_of(definition) == "reference" else ""
        delimiter = delimiter_of(definition)
        exact = bool(reference) or item.stream or delimiter is not None or _is_exact(definition)
        found.append(TableField(item.sql_name, item.kind, item, item.scale, exact, reference, delimiter=delimiter))
        found[-1] = replace(found[-1], display=_displayed(definition))
    return found


def _displayed(definition: PropertyDefinition) -> tuple[tuple[str, str], ...]:
    """Values with what people see instead of them."""
    parameters = with_defaults(definition).parameters
    values, shown = (str(parameters.get(word, "")) for word in ("VALUELIST", "DISPLAYLIST"))
    if definition.collection or not values or not shown:
        return ()
    return tuple(zip(values[1:].split(values[0]), shown[1:].split(shown[0]), strict=False))


def _row_id(cls: type, layout: Layout) -> TableField:
    keywords = getattr(vars(cls).get("_definition"), "keywords", {})
    kind = "s" if layout.id_key or layout.parent else "i"
    return TableField(row_id_name(cls), kind, ID, hidden=keywords.get("SqlRowIdPrivate") == "1")


def row_id_name(cls: type) -> str:
    """The name of the id of a row: what the class says, ``ID1`` when a property is ``ID``."""
    keywords = getattr(vars(cls).get("_definition"), "keywords", {})
    taken = {item.sql_name.upper() for item in layout_of(cls).fields()[1:]}
    return keywords.get("SqlRowIdName") or ("ID1" if "ID" in taken else "ID")


def _lists(layout: Layout) -> list[Field]:
    """Lists as their ``$LIST``; a collection that has no elements is the empty string."""
    found = []
    for node, positions in layout.all_nodes().items():
        for name, position in positions.items():
            definition = layout.properties.get(name)
            if definition is not None and delimiter_of(definition) is not None:
                shown = definition.keywords.get("SqlFieldName") or name
                found.append(Field(name, shown, "s", node, position, filled=bool(definition.collection)))
    return found


def _binaries(layout: Layout) -> list[Field]:
    """``%Binary`` as bytes."""
    found = []
    for node, positions in layout.all_nodes().items():
        for name, position in positions.items():
            definition = layout.properties.get(name)
            if definition is not None and not definition.collection and base_type(definition.type) == "Binary":
                shown = definition.keywords.get("SqlFieldName") or name
                found.append(Field(name, shown, "s", node, position, octets=True))
    return found


def stored_properties(cls: type) -> list[PropertyDefinition]:
    """The properties that stand in rows of a class, in the order of their positions."""
    layout = layout_of(cls)
    return [layout.properties[name] for name in layout.stored_names()]


def _is_exact(definition: PropertyDefinition) -> bool:
    collation = definition.parameters.get("COLLATION") or definition.keywords.get("SqlCollation") or ""
    if collation:
        return collation.strip('"%').upper() not in ("SQLUPPER", "UPPER", "ALPHAUP", "STRING")
    return short(definition.type) in _UNCOLLATED


def arrow_relation(label: str, table: pa.Table) -> Relation:
    """A table that is in memory already."""
    names = {name.lower(): TableField(name, arrow_kind(kind)) for name, kind in _schema(table)}
    return Relation(label, names, lambda wanted, _low, _high: table.select([item.name for item in wanted]))


def _schema(table: pa.Table) -> list[tuple[str, pa.DataType]]:
    return [(item.name, item.type) for item in table.schema]


def arrow_kind(kind: pa.DataType) -> str:
    """The letter of the kind of a column of Arrow, "" of another."""
    for letter, test in (
        ("i", pa.types.is_integer),
        ("f", pa.types.is_floating),
        ("n", pa.types.is_decimal),
        ("b", pa.types.is_boolean),
        ("d", pa.types.is_date),
        ("t", pa.types.is_time),
        ("m", pa.types.is_timestamp),
        ("s", pa.types.is_string),
        ("s", pa.types.is_large_string),
    ):
        if test(kind):
            return letter
    return ""

"""Array properties as tables: ``Person_Phones`` has a row for each item, with the person, the key and the item.

The table of an array is named after that of its class and the property. Its rows are read; they are changed by objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from isc.py.iscpython_c.dollar_list import Column, columns, encode
from isc.py.iscpython_c.globals import Transaction, decode_key
from isc.py.objectscript import dictionary
from isc.py.objectscript.definitions import PropertyDefinition
from isc.py.objectscript.values import text

from .fields import Field, property_fields
from .layout import Layout, layout_of
from .namespace import EmbeddedNamespace
from .property_types import form_of
from .rows import row_ids
from .streams import stream_text
from .table_rows import inner_column
from .tables import class_named, sql_name

__all__ = ["KEY", "ArrayTable", "array_table", "array_tables", "reference_of"]

#: The field that holds the key of an item.
KEY = "element_key"


@dataclass(frozen=True, slots=True)
class ArrayTable:
    """The table of an array property: its name behind that of the class, and the fields of an item.

    `parent` is the field that refers to the row of the object, named as the table of its class.
    """

    cls: type
    definition: PropertyDefinition
    name: str
    parent: str
    items: tuple[Field, ...]

    @property
    def counted(self) -> bool:
        """Whether the ids of the objects are numbers."""
        layout = layout_of(self.cls)
        return not layout.id_key and not layout.parent

    def rows(self, namespace: EmbeddedNamespace, items: Sequence[Field]) -> pa.Table:
        """The rows with some fields of the items: ``ID``, `parent`, `KEY`, then those by their SQL names.

        Raises:
            DataError: a value does not fit its column.
        """
        layout = layout_of(self.cls)
        owners: list[object] = []
        keys: list[str] = []
        values: list[object] = []
        with namespace.store().read() as txn:
            for owner, key, value in _items(txn, layout, layout.arrays[self.definition.name]):
                owners.append(owner)
                keys.append(key)
                values.append(value)
            made = [_column(txn, layout, item, values) for item in items]
        own = [int(text(one)) for one in owners] if self.counted else [text(one) for one in owners]
        ids = [f"{text(owner)}||{key}" for owner, key in zip(owners, keys, strict=True)]
        return pa.table(
            [
                pa.array(ids, pa.large_utf8()),
                pa.array(own, pa.int64() if self.counted else pa.large_utf8()),
                pa.array(keys, pa.large_utf8()),
                *made,
            ],
            names=["ID", self.parent, KEY, *(item.sql_name for item in items)],
        )


def array_tables(cls: type) -> Iterator[ArrayTable]:
    """The tables of the arrays of a persistent class."""
    layout = layout_of(cls)
    for name in layout.arrays:
        definition = layout.properties[name]
        own = sql_name(dictionary.name_of(cls), vars(cls).get("_definition")).rpartition(".")[2]
        fields = property_fields(replace(definition, collection=""), "", 1)
        if fields:
            shown = definition.keywords.get("SqlFieldName") or name
            yield ArrayTable(cls, definition, f"{own}_{shown}", own, tuple(fields))


def array_table(namespace: EmbeddedNamespace, table: str, path: Sequence[str] = ()) -> ArrayTable | None:
    """The array whose table has a name, None when there is none; names compare without case."""
    bare = table.replace('"', "")
    schema, dot, name = bare.rpartition(".")
    for at, letter in enumerate(name):
        if letter != "_" or at == 0:
            continue
        found = class_named(namespace, f"{schema}{dot}{name[:at]}", path)
        cls = dictionary.resolve(found) if found is not None else None
        if cls is not None and hasattr(cls, "_OpenId"):
            wanted = name.lower()
            made = next((one for one in array_tables(cls) if one.name.lower() == wanted), None)
            if made is not None:
                return made
    return None


def _items(txn: Transaction, layout: Layout, subscript: str) -> Iterator[tuple[object, str, object]]:
    """The id of each row with key and value of each item of an array."""
    for row_id in row_ids(txn, layout):
        depth = len(layout.subscripts(row_id)) + 2
        for key, value in txn.scan(layout.key(row_id, subscript)):
            subscripts = decode_key(key)[1]
            if len(subscripts) == depth:
                yield row_id, text(subscripts[-1]), value


def _column(txn: Transaction, layout: Layout, item: Field, values: list[object]) -> pa.ChunkedArray | pa.Array:
    if item.within:
        rows = [value.encode("latin-1") if isinstance(value, str) else value for value in values]
        return inner_column([row if isinstance(row, bytes) else b"" for row in rows], item)
    column = Column(item.name, "s" if item.stream else item.kind, 1, scale=item.scale or 0)
    found = columns([encode([value]) for value in values], [column]).column(0)
    if not item.stream:
        return found
    shown = [
        stream_text(txn, layout.stream_global, one) if one is not None and one.isdigit() else one
        for one in found.to_pylist()
    ]
    return pa.array(shown, pa.large_utf8())


def reference_of(definition: PropertyDefinition) -> str:
    """The class that the items of an array refer to, "" when they are no objects of other rows."""
    return definition.type if form_of(replace(definition, collection="")) == "reference" else ""

"""One row set, five ways: as a global, a class, a table, a query and objects, the values and types are the same.

Families of classes and their rows are drawn at random: classes below others, objects inside the row, lists and arrays;
properties that are absent, rows changed and deleted among them. `ISCPY_FIVE_WAYS` is how many families (15).
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from drawn_classes import TYPES, DrawnClass, Family, families
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.layout import layout_of, serial_positions
from isc.py.data.logical import logical
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.rebuild import differences
from isc.py.data.transfer import class_rows, global_rows, table_rows
from isc.py.iscpython_c.dollar_list import decode
from isc.py.objectscript import dictionary
from isc.py.objectscript.values import text

#: The values of rows by id and column: of a list a list, of an array a dict.
Rows = dict[int, dict[str, object]]


@pytest.fixture(scope="module")
def ns() -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as opened:
        yield opened
        opened.close()
    dictionary.reset()


def loaded(ns: EmbeddedNamespace, family: Family) -> None:
    for name, source in (*family.serials.items(), *((item.name, item.text) for item in family.classes)):
        path = Path(ns.folder) / f"{name}.cls"
        path.write_text(source)
        report = ns.load_path(path)[0]
        assert not report.error, report.error


def plain(value: object) -> object:
    """A value of any way as the language has it; numbers as floats, which is what a column of decimals holds."""
    value = logical(value)
    return float(value) if isinstance(value, Decimal | float) else value


def stored(value: object) -> object:
    return "" if value is None else plain(value)


def spread(drawn: DrawnClass, values: Mapping[str, Any]) -> dict[str, object]:
    """The columns that an object has whose properties were given these values."""
    found: dict[str, object] = {}
    for item in drawn.properties:
        value = values.get(item.name)
        if item.form == "serial":
            found |= {f"{item.name}_{name}": stored((value or {}).get(name)) for name in item.inside}
        elif item.form == "list":
            found[item.name] = [stored(one) for one in value or []]
        elif item.form == "array":
            found[item.name] = {key: stored(one) for key, one in (value or {}).items()}
        else:
            found[item.name] = stored(value)
    return found


def of_object(drawn: DrawnClass, item: Any) -> dict[str, object]:
    values: dict[str, object] = {}
    for definition in drawn.properties:
        held = getattr(item, definition.name)
        if definition.form == "serial":
            values[definition.name] = {name: getattr(held, name) for name in definition.inside}
        elif definition.form == "array":
            values[definition.name] = {key: held.GetAt(key) for key in held}
        else:
            values[definition.name] = list(held) if definition.form == "list" else held
    return spread(drawn, values)


def of_globals(ns: EmbeddedNamespace, drawn: DrawnClass, row_id: int) -> dict[str, object]:
    layout = layout_of(dictionary.resolve(drawn.name))
    rows = ns.globals[layout.data_global]
    values: dict[str, Any] = {}
    for node, positions in layout.all_nodes().items():
        held = rows.get(*((row_id, node) if node else (row_id,)))
        row = decode(held) if isinstance(held, bytes) else []
        values |= {name: row[at - 1] if at <= len(row) else None for name, at in positions.items()}
    for item in drawn.properties:
        if item.form == "array":
            below = rows.node(row_id, layout.arrays[item.name])
            values[item.name] = {str(subscripts[0]): value for subscripts, value in below.items()}
        elif item.form in ("list", "serial"):
            held = values[item.name]
            inside: list[object] = decode(held if isinstance(held, bytes) else str(held or "").encode("latin-1"))
            if item.form == "list":
                values[item.name] = inside
            else:
                at = serial_positions(dictionary.resolve(item.type))
                values[item.name] = {n: inside[at[n] - 1] if at[n] <= len(inside) else None for n in item.inside}
    return spread(drawn, values)


def same(left: Rows, right: Rows) -> None:
    """That rows have the same values in the columns of the right ones, of the same types."""
    assert left.keys() == right.keys()
    for row_id, row in right.items():
        for name, value in row.items():
            assert alike(left[row_id][name], value), (row_id, name, left[row_id][name], value)


def alike(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, float) or isinstance(other, float):
        return one == other
    return (one, type(one)) == (other, type(other))


@settings(max_examples=int(os.environ.get("ISCPY_FIVE_WAYS", "15")))
@given(st.data())
def test_one_row_set_is_the_same_five_ways(ns: EmbeddedNamespace, data: st.DataObject) -> None:
    family = data.draw(families())
    loaded(ns, family)
    expected: dict[int, tuple[DrawnClass, dict[str, object]]] = {}
    for drawn in data.draw(st.lists(st.sampled_from(family.classes), min_size=1, max_size=8)):
        values = data.draw(drawn.rows())
        item: Any = dictionary.resolve(drawn.name)(**values)  # type: ignore[call-arg]  # a persistent class
        item.save()
        match data.draw(st.sampled_from(["keep", "keep", "clear", "change", "delete"])):
            case "clear":
                first = drawn.properties[0]
                values[first.name] = {"list": [], "array": {}, "serial": {}}.get(first.form, "")
                setattr(item, first.name, values[first.name])
                item.save()
            case "change":
                more = data.draw(drawn.rows())
                for name, value in more.items():
                    setattr(item, name, value)
                values |= more
                item.save()
            case "delete":
                assert type(item)._DeleteId(item._id) == 1
                continue
        expected[item._id] = (drawn, values)
    ns.objects.clear()  # objects are read again
    for drawn in family.classes:
        cls = dictionary.resolve(drawn.name)
        mine = {at: given for at, given in expected.items() if issubclass(dictionary.resolve(given[0].name), cls)}
        compare(ns, drawn, {at: spread(drawn, values) for at, (_, values) in mine.items()})
        with ns.store().read() as txn:
            assert list(differences(txn, layout_of(cls))) == []


def compare(ns: EmbeddedNamespace, drawn: DrawnClass, expected: Rows) -> None:
    """That the rows of a class, those of classes below it among them, are these in every way."""
    cls: Any = dictionary.resolve(drawn.name)
    same({at: of_object(drawn, cls.open(at)) for at in expected}, expected)
    same({at: of_globals(ns, drawn, at) for at in expected}, expected)
    table = cls._ClassName(1)
    columns = {name: kind for item in drawn.properties for name, kind in item.columns().items()}
    for found in (class_rows(ns, table), table_rows(ns, table)):
        assert found.column_names == ["ID", *columns]
        assert found.schema.types[1:] == list(columns.values())
        same(expected, of_table(found))
    lists = {item.name for item in drawn.properties if item.form == "list"}
    by_query = ns.query(f"select * from {table}")
    assert by_query.column_names == [
        "ID", *(name for item in drawn.properties for name in (item.columns() or [item.name] * (item.form == "list")))
    ]  # fmt: skip
    assert [by_query.schema.field(name).type for name in columns] == list(columns.values())
    same(expected, of_table(by_query.drop_columns(sorted(lists))))
    for name in lists:
        shown = {at: ",".join(map(text, row[name])) for at, row in expected.items()}  # type: ignore[arg-type]  # a list
        assert dict(zip(*(by_query.column(part).to_pylist() for part in ("ID", name)), strict=True)) == shown
        logical_rows = ns.query(f"select ID, {name} from {table}", logical=True).to_pylist()
        same(expected, {row["ID"]: {name: [*map(stored, decode(row[name].encode("latin-1")))]} for row in logical_rows})
    for item in drawn.properties:
        if item.form == "array":
            items = ns.query(f"select * from {table}_{item.name}")
            assert items.schema.field(item.name).type == TYPES[item.type][1]
            by_row: Rows = {at: {item.name: {}} for at in expected}
            for at, key, value in zip(*(column.to_pylist() for column in items.columns), strict=True):
                by_row[at][item.name][key] = plain(value)  # type: ignore[index]  # a dict
            same(expected, by_row)
    layout = layout_of(cls)
    if expected and not layout.nodes and not layout.tag and all(item.form == "data" for item in drawn.properties):
        labels = ["ID", *columns]
        raw = global_rows(ns, layout.data_global, mask="-" + "+" * len(columns), labels=labels)
        assert raw.column("ID").to_pylist() == sorted(expected)


def of_table(table: pa.Table) -> Rows:
    return {row.pop("ID"): {name: stored(value) for name, value in row.items()} for row in table.to_pylist()}

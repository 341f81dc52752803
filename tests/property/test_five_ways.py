"""One row set, five ways: as a global, a class, a table, a query and objects, the values and types are the same.

Classes and rows are drawn at random; properties that are absent, rows changed and deleted, subclasses among them.
"""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.layout import layout_of
from isc.py.data.logical import logical
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.rebuild import differences
from isc.py.data.transfer import class_rows, global_rows, table_rows
from isc.py.iscpython_c.dollar_list import decode
from isc.py.objectscript import dictionary

_number = count()
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)

#: Type as a class file has it, values that fit it, what Arrow makes of it.
TYPES: dict[str, tuple[st.SearchStrategy[object], pa.DataType]] = {
    "%String": (_TEXT, pa.large_utf8()),
    '%String(VALUELIST = ",a,b")': (st.sampled_from("ab"), pa.large_utf8()),
    "%Integer": (st.integers(-(2**62), 2**62), pa.int64()),
    "%TinyInt": (st.integers(-128, 127), pa.int64()),
    "%BigInt(MINVAL = 0)": (st.integers(0, 2**63 - 1), pa.int64()),
    "%Numeric(SCALE = 2)": (st.decimals(-(10**9), 10**9, places=2), pa.float64()),
    "%Decimal(SCALE = 4)": (st.decimals(-1000, 1000, places=4), pa.float64()),
    "%Double": (st.floats(allow_nan=False, allow_infinity=False), pa.float64()),
    "%Boolean": (st.sampled_from([0, 1]), pa.bool_()),
    "%Date": (st.integers(1, 2980013), pa.date32()),
    "%Time": (st.integers(0, 86399), pa.time32("s")),
    "%TimeStamp": (
        st.datetimes(allow_imaginary=False).map(lambda at: at.replace(microsecond=0).isoformat(" ")),
        pa.timestamp("us"),
    ),
}

CLASSES = st.lists(st.tuples(st.sampled_from(sorted(TYPES)), st.booleans()), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def ns() -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as opened:
        yield opened
        opened.close()
    dictionary.reset()


def made(ns: EmbeddedNamespace, properties: list[tuple[str, bool]], below: int) -> tuple[Any, Any, list[str]]:
    """A class with these properties, some with an index; the last `below` of them are of a subclass."""
    names = [f"P{at}" for at in range(len(properties))]
    name = f"five.C{next(_number)}"

    def written(name: str, above: str, part: list[tuple[str, tuple[str, bool]]]) -> str:
        lines = [f"Property {item} As {kind};" for item, (kind, _) in part]
        lines += [f"Index By{item} On {item};" for item, (_, has_index) in part if has_index]
        return f"Class {name} Extends {above}\n{{\n" + "\n".join(lines) + "\n}\n"

    pairs = list(zip(names, properties, strict=True))
    at = len(pairs) - below
    for item, text in (
        (name, written(name, "%Persistent", pairs[:at])),
        (f"{name}Sub", written(f"{name}Sub", name, pairs[at:])),
    ):
        path = Path(ns.folder) / f"{item}.cls"
        path.write_text(text)
        report = ns.load_path(path)[0]
        assert not report.error, report.error
    return dictionary.resolve(name), dictionary.resolve(f"{name}Sub"), names


def plain(value: object) -> object:
    """A value of any way as the language has it; numbers as floats, which is what a column of decimals holds."""
    value = logical(value)
    return float(value) if isinstance(value, Decimal | float) else value


def stored(value: object) -> object:
    return "" if value is None else plain(value)


def of_table(table: pa.Table) -> dict[int, dict[str, object]]:
    return {row.pop("ID"): {name: plain(value) for name, value in row.items()} for row in table.to_pylist()}


def same(left: dict[int, dict[str, object]], right: dict[int, dict[str, object]]) -> None:
    assert left.keys() == right.keys()
    for row_id, row in left.items():
        for name, value in row.items():
            other = right[row_id][name]
            if isinstance(value, float) or isinstance(other, float):
                assert value == other, (row_id, name, value, other)
            else:
                assert (value, type(value)) == (other, type(other)), (row_id, name)


@settings(max_examples=15)
@given(st.data())
def test_one_row_set_is_the_same_five_ways(ns: EmbeddedNamespace, data: st.DataObject) -> None:
    properties = data.draw(CLASSES)
    below = data.draw(st.integers(0, len(properties) - 1))
    cls, sub, names = made(ns, properties, below)
    row = st.fixed_dictionaries({}, optional={n: TYPES[k][0] for n, (k, _) in zip(names, properties, strict=True)})
    rows = data.draw(st.lists(row, min_size=1, max_size=8))
    own = names[: len(names) - below]
    objects = []
    for values in rows:
        is_sub = any(name in values for name in names[len(own) :]) or data.draw(st.booleans())
        item = (sub if is_sub else cls)(**values)
        item.save()
        objects.append(item)
    for item in objects:
        match data.draw(st.sampled_from(["keep", "keep", "keep", "clear", "delete"])):
            case "clear":
                setattr(item, own[0], "")
                item.save()
            case "delete":
                assert type(item)._DeleteId(item._id) == 1
    left = [item._id for item in objects if cls._ExistsId(item._id)]
    for owner, seen in ((cls, own), (sub, names)):
        compare(ns, owner, seen, [at for at in left if owner._ExistsId(at)], dict(zip(names, properties, strict=True)))
    with ns.store().read() as txn:
        assert list(differences(txn, layout_of(cls))) == []


def compare(
    ns: EmbeddedNamespace, cls: Any, names: list[str], ids: list[int], types: dict[str, tuple[str, bool]]
) -> None:
    layout = layout_of(cls)
    by_object = {at: {name: plain(getattr(cls.open(at), name)) for name in names} for at in ids}
    by_global: dict[int, dict[str, object]] = {}
    for at in ids:
        by_global[at] = {}
        for node, positions in layout.all_nodes().items():
            key = (at, node) if node else (at,)
            held = ns.globals[layout.data_global].get(*key)
            values = decode(held) if isinstance(held, bytes) else []
            by_global[at] |= {
                name: stored(values[position - 1] if position <= len(values) else None)
                for name, position in positions.items()
                if name in names
            }
    same(by_object, by_global)
    table = f"{cls._ClassName(1)}"
    by_class, by_table = class_rows(ns, table), table_rows(ns, table)
    by_query = ns.query(f"select * from {table}")
    for found in (by_class, by_table, by_query):
        assert found.column_names == ["ID", *names]
        for name in names:
            assert found.schema.field(name).type == TYPES[types[name][0]][1], name
        same(by_object, of_table(found))
    if ids and not layout.nodes and not layout.tag:
        raw = global_rows(ns, layout.data_global, mask="-" + "+" * len(names), labels=["ID", *names])
        assert raw.column("ID").to_pylist() == ids

"""Frames that are stored without an object a row: the same rows and entries, the same refusals."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.bulk_store import is_bulk
from isc.py.data.exceptions import SQLError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.persistent import Persistent
from isc.py.data.store_frame import store_frame
from isc.py.objectscript import dictionary, status

_BODY = """
Property Name As %String(MAXLEN = 20);
Property Code As %String(PATTERN = "1U.N");
Property Kind As %String(VALUELIST = ",a,b");
Property Born As %Date;
Property Seen As %TimeStamp;
Property Clock As %Time;
Property Price As %Numeric(SCALE = 2);
Property Exact As %Numeric(SCALE = 4);
Property Weight As %Double;
Property Large As %Double;
Property Count As %Integer(MINVAL = -1000);
Property Flag As %Boolean;
Property Note As %String(MAXLEN = "");
Property Rest As %String;
Index ByName On Name;
Index ByBorn On (Born, Price);
Index ByCount On Count [ Data = (Name, Flag) ];
"""
_SLOW = "Method %OnBeforeSave(insert As %Boolean) As %Status [ Private ]\n{\n quit 1\n}\n"

_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Name": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
            "Code": st.none() | st.sampled_from(["A", "B12", "Z0"]),
            "Kind": st.none() | st.sampled_from(["a", "b"]),
            "Born": st.none() | st.dates(date(1841, 1, 1)),
            "Seen": st.none() | st.datetimes(datetime(1000, 1, 1)),
            "Clock": st.none() | st.times().map(lambda one: one.replace(microsecond=0)),
            "Price": st.none() | st.floats(-1e9, 1e9),
            "Exact": st.none() | st.decimals(-10_000, 10_000, places=6),
            "Weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "Large": st.none() | st.integers(-(2**53), 2**53),
            "Count": st.none() | st.integers(-1000, 2**62),
            "Flag": st.none() | st.booleans(),
            "Note": st.none() | st.integers(-9, 9).map(str),
        }
    ),
    min_size=1,
    max_size=6,
)
_TYPES = {
    "Name": pa.string(), "Code": pa.string(), "Kind": pa.string(), "Born": pa.date32(), "Seen": pa.timestamp("us"),
    "Clock": pa.time64("us"), "Price": pa.float64(), "Exact": pa.decimal128(38, 6), "Weight": pa.float64(),
    "Large": pa.int64(), "Count": pa.int64(), "Flag": pa.bool_(), "Note": pa.string(),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    for name, more in (("Fast", ""), ("Slow", _SLOW)):
        (tmp_path / f"{name}.cls").write_text(f"Class t.{name} Extends %Persistent\n{{\n{_BODY}{more}}}\n")
    (tmp_path / "Unique.cls").write_text(
        "Class t.Unique Extends %Persistent\n{\nProperty Key As %Integer [ Required ];\nProperty Name As %String;\n"
        "Property Kept As %String;\nIndex K On Key [ Unique ];\n}\n"
    )
    opened.load_path(tmp_path)
    with use(opened):
        yield opened
    opened.close()
    dictionary.reset()


def _nodes(namespace: EmbeddedNamespace, name: str) -> list[tuple[object, object]]:
    return [(below, value) for below, value in namespace.globals[name].items()]


@settings(max_examples=25)
@given(rows=_ROWS)
def test_every_node_is_what_objects_would_have_stored(place: EmbeddedNamespace, rows: list[dict[str, object]]) -> None:
    frame = pa.Table.from_pylist(rows, pa.schema(list(_TYPES.items())))
    fast, slow = dictionary.resolve("t.Fast"), dictionary.resolve("t.Slow")
    assert issubclass(fast, Persistent)
    assert issubclass(slow, Persistent)
    assert is_bulk(place, fast, list(_TYPES))
    assert not is_bulk(place, slow, list(_TYPES))
    for cls in (fast, slow):
        cls._KillExtent()
    assert store_frame(place, frame, "t.Fast") == len(rows)
    assert store_frame(place, frame, "t.Slow") == len(rows)
    for kind in ("D", "I"):
        assert _nodes(place, f"t.Fast{kind}") == _nodes(place, f"t.Slow{kind}")
    assert status.is_ok(fast._ValidateIndices())


@settings(max_examples=15)
@given(rows=_ROWS, more=_ROWS, data=st.data())
def test_rows_that_are_there_become_what_objects_would_have_stored(
    place: EmbeddedNamespace, rows: list[dict[str, object]], more: list[dict[str, object]], data: st.DataObject
) -> None:
    ids = data.draw(st.lists(st.integers(1, len(rows) + 2), min_size=len(more), max_size=len(more)))
    given = data.draw(st.sets(st.sampled_from(list(_TYPES)), min_size=1))
    schema = pa.schema([("ID", pa.int64()), *((name, kind) for name, kind in _TYPES.items() if name in given)])
    changes = [{"ID": at} | {name: row[name] for name in given} for at, row in zip(ids, more, strict=True)]
    for name in ("t.Fast", "t.Slow"):
        dictionary.resolve(name)._KillExtent()  # type: ignore[attr-defined]  # a persistent class
        store_frame(place, pa.Table.from_pylist(rows, pa.schema(list(_TYPES.items()))), name)
        assert store_frame(place, pa.Table.from_pylist(changes, schema), name, "upsert") == len(more)
    for kind in ("D", "I"):
        assert _nodes(place, f"t.Fast{kind}") == _nodes(place, f"t.Slow{kind}")
    assert status.is_ok(dictionary.resolve("t.Fast")._ValidateIndices())  # type: ignore[attr-defined]  # the same


@settings(max_examples=30)
@given(st.lists(st.tuples(st.none() | st.integers(1, 4), st.integers(1, 6)), min_size=1, max_size=8))
def test_rows_are_unique_in_the_order_of_the_frame(
    place: EmbeddedNamespace, changes: list[tuple[int | None, int]]
) -> None:
    """Each row sees those before it as they are by then: what is refused is what a row at a time would refuse."""
    cls = dictionary.resolve("t.Unique")
    cls._KillExtent()  # type: ignore[attr-defined]  # a persistent class
    store_frame(place, pd.DataFrame({"Key": [1, 2, 3], "Name": ["a", "b", "c"]}), "t.Unique")
    left, wrong = {1: 1, 2: 2, 3: 3}, None
    for number, (row_id, key) in enumerate(changes, start=1):
        at = row_id if row_id in (1, 2, 3) else 100 + number
        if any(key == held and other != at for other, held in left.items()):
            wrong = (number, -119 if at > 100 else -120)
            break
        left[at] = key
    frame = pa.table({"ID": pa.array([at for at, _ in changes], pa.int64()), "Key": [key for _, key in changes]})
    if wrong is None:
        store_frame(place, frame, "t.Unique", "upsert")
        found = place.query("SELECT Key FROM t.Unique ORDER BY ID").column(0).to_pylist()
        assert found == [left[at] for at in sorted(left)]
    else:
        with pytest.raises(SQLError, match=rf"\(row {wrong[0]} of the frame\)") as caught:
            store_frame(place, frame, "t.Unique", "upsert")
        assert caught.value.sqlcode == wrong[1]
        assert place.query("SELECT Key FROM t.Unique ORDER BY ID").column(0).to_pylist() == [1, 2, 3]
    assert status.is_ok(cls._ValidateIndices())  # type: ignore[attr-defined]  # the same


def test_rows_of_classes_below_are_changed_with_their_own_indices(place: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Sub.cls").write_text(
        "Class t.Sub Extends t.Unique\n{\nProperty More As %String;\nIndex ByKept On Kept;\n}\n"
    )
    place.load_path(tmp_path / "Sub.cls")
    store_frame(place, pd.DataFrame({"Key": [1, 2], "Kept": "old"}), "t.Unique")
    store_frame(place, pd.DataFrame({"Key": [3], "Kept": ["old"], "More": ["m"]}), "t.Sub")
    frame = pd.DataFrame({"Key": [1, 3, 2, 3], "Kept": ["a", "b", "c", "d"]})
    assert store_frame(place, frame, "t.Unique", "upsert", ["Key"]) == 4
    found = place.query("SELECT Key, Kept FROM t.Unique ORDER BY Key").to_pylist()
    assert [tuple(row.values()) for row in found] == [(1, "a"), (2, "c"), (3, "d")]
    assert place.query("SELECT Kept, More FROM t.Sub").to_pylist() == [{"Kept": "d", "More": "m"}]
    assert status.is_ok(dictionary.resolve("t.Sub")._ValidateIndices())  # type: ignore[attr-defined]  # the same


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("Name", ["a", "x" * 21], "row 2"),
        ("Code", ["A", "A", "a1"], "row 3"),
        ("Kind", ["a", "c"], "row 2"),
        ("Count", [0, -1000, -1001], "row 3"),
        ("Weight", pa.array([1.0, float("nan")]), "row 2"),
        ("Price", pa.array([1.0, float("inf")]), "row 2"),
        ("Flag", [1, 0, 2], "row 3"),
        ("Born", ["2020-01-01", "no date"], "row 2"),
        ("Born", [date(2020, 1, 1), date(1000, 1, 1)], ""),
    ],
)
def test_what_objects_refuse_is_refused(
    place: EmbeddedNamespace, column: str, values: list[object] | pa.Array, words: str
) -> None:
    frame = pa.table({column: values})
    codes = []
    for name in ("t.Fast", "t.Slow"):
        try:
            store_frame(place, frame, name)
        except SQLError as error:
            codes.append(error.sqlcode)
            if name == "t.Fast":
                assert words in str(error)
                assert column in str(error) or "date" in str(error)
        else:
            codes.append(0)
        if codes[-1]:
            assert place.query(f"SELECT COUNT(*) FROM {name}").column(0).to_pylist() == [0]
    assert codes[0] == codes[1]
    assert codes[0] == (-104 if words else codes[0])


def test_required_unique_and_rows_that_are_there(place: EmbeddedNamespace) -> None:
    with pytest.raises(SQLError, match=r"Key must have a value \(row 2 of the frame\)") as caught:
        store_frame(place, pd.DataFrame({"Key": pd.array([1, None], "Int64")}), "t.Unique")
    assert caught.value.sqlcode == -108
    assert store_frame(place, pd.DataFrame({"Key": [1, 2, 3], "Name": ["a", "b", "c"], "Kept": "old"}), "t.Unique") == 3
    for keys in ([4, 5, 4], [7, 2]):
        with pytest.raises(SQLError, match=r"\(row \d of the frame\)") as caught:
            store_frame(place, pd.DataFrame({"Key": keys}), "t.Unique")
        assert caught.value.sqlcode == -119
    changes = pd.DataFrame({"Key": [9, 2], "Name": ["new", "changed"]})
    assert store_frame(place, changes, "t.Unique", "upsert", ["Key"]) == 2
    found = place.query("SELECT ID, Key, Name, Kept FROM t.Unique ORDER BY Key").to_pylist()
    assert [tuple(row.values()) for row in found][:3] == [
        (1, 1, "a", "old"),
        (2, 2, "changed", "old"),
        (3, 3, "c", "old"),
    ]
    assert (found[3]["Key"], found[3]["Name"], found[3]["Kept"]) == (9, "new", None)
    assert found[3]["ID"] > 3
    swapped = pd.DataFrame({"ID": [1, 2], "Key": [2, 5]})
    with pytest.raises(SQLError, match="row 1 of the frame"):  # key 2 is still that of row 2
        store_frame(place, swapped, "t.Unique", "upsert")
    assert store_frame(place, pd.DataFrame({"ID": [2, 1], "Key": [5, 2]}), "t.Unique", "upsert") == 2
    assert status.is_ok(dictionary.resolve("t.Unique")._ValidateIndices())
    assert store_frame(place, pd.DataFrame({"Key": [1]}), "t.Unique", "replace") == 1
    assert place.query("SELECT ID, Key FROM t.Unique").to_pylist() == [{"ID": 1, "Key": 1}]


def test_in_a_transaction_of_the_caller_all_of_it_can_be_undone(place: EmbeddedNamespace) -> None:
    place.tstart()
    store_frame(place, pd.DataFrame({"Key": [1]}), "t.Unique")
    place.trollback()
    assert place.query("SELECT COUNT(*) FROM t.Unique").column(0).to_pylist() == [0]


def test_ids_go_on_behind_rows_that_came_without_the_counter(place: EmbeddedNamespace) -> None:
    place.globals["t.UniqueD"][7] = b"\x02\x01\x03\x04\x09"
    store_frame(place, pd.DataFrame({"Key": [1, 2]}), "t.Unique")
    assert place.query("SELECT ID FROM t.Unique WHERE Key < 3 ORDER BY ID").column(0).to_pylist() == [8, 9]


def test_values_of_other_kinds(place: EmbeddedNamespace) -> None:
    frame = pd.DataFrame(
        {
            "Name": pd.Categorical(["x", "y"]),
            "Seen": pd.array(["2024-01-01 10:00:00.5", "2024-01-01"], dtype="datetime64[ns]"),
            "Clock": [time(1, 2, 3), time(0)],
            "Exact": [Decimal("1.50"), Decimal("2")],
            "Count": [1.0, 2.0],
        }
    )
    for name in ("t.Fast", "t.Slow"):
        store_frame(place, frame, name)
    assert _nodes(place, "t.FastD") == _nodes(place, "t.SlowD")

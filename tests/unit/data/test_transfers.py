"""Rows in parts, exact decimals, other kinds of tables, and frames that become rows."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from isc.py.data.exceptions import DataError, SQLError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.sql_request import run_named
from isc.py.data.sql_stream import stream
from isc.py.data.sql_write import write
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import encode_key
from isc.py.objectscript import dictionary
from isc.py.terminal import Main

ROWS = 2500


@pytest.fixture
def filled(namespace: EmbeddedNamespace) -> EmbeddedNamespace:
    with namespace.store().write() as txn:
        for number in range(1, ROWS + 1):  # every third id is missing
            if number % 3:
                row = ["", f"P{number}", number, Decimal(number) / 100, number % 7, number % 2, ""]
                txn.set(encode_key("t.PersonD", (number,)), encode(row))
        txn.set(encode_key("t.PersonD"), ROWS)
    return namespace


def value(name: str) -> Any:
    return Main()._context.value(name)


@pytest.mark.parametrize("kind", ["dataframe", "list", "arrow", "polars"])
def test_parts_together_are_the_whole(filled: EmbeddedNamespace, kind: str) -> None:
    seen = []
    Main.ExecuteClass("t.Person", "whole", "arrow")
    Main.ExecuteClass("t.Person", "parts", kind, chunksize=400, progress=seen.append)
    parts = list(value("parts"))
    sizes = [len(part) - (kind == "list") for part in parts]
    assert sizes == [400, 400, 400, 400, 67]
    assert [step.rows for step in seen] == [400, 800, 1200, 1600, 1667]
    assert seen[-1].fraction == 1.0
    first = parts[0]
    names = {"dataframe": lambda: list(first.columns), "polars": lambda: first.columns, "list": lambda: list(first[0])}
    assert names.get(kind, lambda: first.column_names)() == value("whole").column_names
    if kind == "arrow":
        assert pa.concat_tables(parts).to_pylist() == value("whole").to_pylist()
    if kind == "polars":
        assert pl.concat(parts)["Children"].sum() == sum(value("whole").column("Children").to_pylist())


def test_a_query_streams_the_rows_that_select_gives(filled: EmbeddedNamespace) -> None:
    sql = "select Name, Children from t.Person where Children > ? order by ID"
    batches = list(stream(filled, sql, [3], size=100))
    assert max(batch.num_rows for batch in batches) <= 2048  # what DuckDB rounds up to
    assert pa.Table.from_batches(batches).to_pylist() == filled.query(sql, [3]).to_pylist()
    Main.ExecuteQuery(sql, "parts", "dataframe", "", [3], chunksize=500)
    assert sum(map(len, value("parts"))) == sum(batch.num_rows for batch in batches)


def test_a_global_in_parts_has_one_type_throughout(filled: EmbeddedNamespace) -> None:
    filled.globals["Mixed"][1] = encode([1, None])
    filled.globals["Mixed"][2] = encode([2, None])
    filled.globals["Mixed"][3] = encode([2.5, "x"])
    Main.ExecuteGlobal("Mixed", "parts", "arrow", chunksize=1)
    parts = list(value("parts"))
    assert {str(part.schema) for part in parts} == {str(parts[0].schema)}
    assert pa.concat_tables(parts).to_pydict() == {"globalKey": [1, 2, 3], "1": [1.0, 2.0, 2.5], "2": [None, None, "x"]}


def test_decimals_are_floats_or_exact(filled: EmbeddedNamespace) -> None:
    Main.ExecuteClass("t.Person", "exact", "arrow", end=2, properties="Height", decimals="exact")
    assert value("exact").column("Height").to_pylist() == [Decimal("0.01"), Decimal("0.02")]
    filled.globals["t.PersonD"][1] = encode(["", "P1", 1, Decimal("0.12345")])
    Main.ExecuteTable("t.Person", "exact", "list", end=1, properties="Height", decimals="exact")
    assert value("exact")[1] == (1, Decimal("0.12345"))
    Main.ExecuteClass("t.Person", "plain", "list", end=1, properties="Height")
    assert value("plain")[1] == (1, 0.12345)
    with pytest.raises(DataError, match="'float' or 'exact'"):
        Main.ExecuteClass("t.Person", "plain", decimals="rounded")


def test_dates_of_the_whole_range_reach_a_frame(namespace: EmbeddedNamespace) -> None:
    write(namespace, "insert into t.Person (Name, Born) values ('a', '1840-12-31'), ('b', '9999-12-31'), ('c', NULL)")
    Main.ExecuteTable("t.Person", "found")
    born = value("found")["Born"]
    assert [born[0].year, born[1].year, born[2] is pd.NaT] == [1840, 9999, True]


def test_times_are_times_and_missing_ones_nothing(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "C.cls").write_text("Class t.Clock Extends %Persistent\n{\nProperty At As %Time;\n}\n")
    namespace.load_path(tmp_path / "C.cls")
    write(namespace, "insert into t.Clock (At) values ('23:59:59'), (NULL), ('00:00:00')")
    Main.ExecuteClass("t.Clock", "found")
    assert value("found")["At"].tolist() == [datetime.time(23, 59, 59), None, datetime.time(0, 0)]


def test_an_unknown_kind_tells_the_kinds(namespace: EmbeddedNamespace) -> None:
    for chunksize in (0, 10):
        with pytest.raises(DataError, match="'list', a 'dataframe', a 'arrow', a 'polars'"):
            Main.ExecuteQuery("select Name from t.Person", "x", "frame", chunksize=chunksize)


FRAME = pd.DataFrame(
    {
        "Label": ["a", "b", None],
        "Amount": [1.5, None, 3.0],
        "Count": pd.array([1, None, 3], dtype="Int64"),
        "On": pd.to_datetime(["2024-01-02 03:04:05", None, "1999-12-31 00:00:00"]),
        "Ok": pd.array([True, False, None], dtype="boolean"),
    }
)


def test_a_frame_becomes_a_class_and_comes_back(namespace: EmbeddedNamespace) -> None:
    Main()._context.namespace["df"] = FRAME
    assert Main.StoreDataframe("df", "made.Thing") == 3
    Main.ExecuteTable("made.Thing", "back")
    pd.testing.assert_frame_equal(value("back").drop(columns="ID"), FRAME, check_dtype=False)
    assert Main.StoreDataframe("df", "made.Thing", "append") == 3
    assert namespace.query("select count(*) as n from made.Thing").to_pylist() == [{"n": 6}]
    assert Main.StoreDataframe("df", "made.Thing", "replace") == 3
    assert namespace.query("select Label from made.Thing order by ID").to_pydict() == {"Label": ["a", "b", None]}


def test_upsert_changes_rows_of_the_same_key_and_adds_the_others(namespace: EmbeddedNamespace) -> None:
    names = Main()._context.namespace
    names["df"] = pl.DataFrame({"Name": ["Ada", "Bob"], "Children": [1, 2]})
    Main.StoreDataframe("df", "t.Person")
    names["df"] = pl.DataFrame({"Name": ["Bob", "Cy"], "Children": [5, 6]})
    assert Main.StoreDataframe("df", "t.Person", "upsert", "Name") == 2
    names["df"] = pd.DataFrame({"ID": [1], "Children": [9]})
    assert Main.StoreDataframe("df", "t.Person", "upsert") == 1
    found = namespace.query("select ID, Name, Children from t.Person order by ID").to_pydict()
    assert found == {"ID": [1, 2, 3], "Name": ["Ada", "Bob", "Cy"], "Children": [9, 5, 6]}


@pytest.mark.parametrize(
    ("frame", "mode", "key", "message"),
    [
        (pd.DataFrame({"Nam": ["x"]}), "append", "", "did you mean Name"),
        (pd.DataFrame({"Name": ["x"]}), "add", "", "append, replace, upsert"),
        (pd.DataFrame({"Name": ["x"]}), "upsert", "Nam", "did you mean Name"),
        (pd.DataFrame({"Name": ["x"]}), "upsert", "", "needs a key"),
        (pd.DataFrame({"Name": ["ok", "y" * 31]}), "append", "", "MAXLEN"),
        (pd.DataFrame({"Name": ["ok", None]}), "append", "", "Name must have a value"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_whole(
    namespace: EmbeddedNamespace, frame: pd.DataFrame, mode: str, key: str, message: str
) -> None:
    Main()._context.namespace["df"] = frame
    with pytest.raises((DataError, SQLError), match=message):
        Main.StoreDataframe("df", "t.Person", mode, key)
    assert namespace.query("select count(*) as n from t.Person").to_pylist() == [{"n": 0}]


def test_sql_reads_frames_of_the_live_context(namespace: EmbeddedNamespace) -> None:
    names = Main()._context.namespace
    names["df"] = FRAME
    sql = "select sum(Amount) as s, max(%EXACT(Label)) as m from DataFrame('df') where Amount is not null"
    assert namespace.query(sql).to_pylist() == [{"s": 4.5, "m": "a"}]
    assert Main.PublishDataframe("df", "live.Thing") == "live.Thing"
    joined = "select p.Count from live.Thing p where p.Label = 'a'"
    assert namespace.query(joined).to_pylist() == [{"Count": 1}]
    names["df"] = FRAME.assign(Count=7)
    assert namespace.query(joined).to_pylist() == [{"Count": 7}]
    names["df"] = 5
    with pytest.raises(SQLError, match="is a int, not a DataFrame"):
        namespace.query(joined)


def test_a_request_names_sql_a_query_or_a_block(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "R.cls").write_text("""Class t.R Extends %RegisteredObject
{
XData Fill
{
insert into t.Person (Name) values (?)
GO
update t.Person set Children = 4
}
Query ByName(name As %String) As %SQLQuery
{
select ID, Name from t.Person where Name = :name
}
}
""")
    namespace.load_path(tmp_path / "R.cls")
    assert run_named("t.R:Fill", ["Ada"])._ROWCOUNT == 1
    assert run_named("t.R:ByName", ["Ada"])._rows == [(1, "Ada")]
    assert run_named("select Children from t.Person where Name = ?", ["Ada"])._rows == [(4,)]
    for query, code in (("t.R:Nothing", -400), ("select Nam from t.Person", -29)):
        with pytest.raises(SQLError) as caught:
            run_named(query)
        assert caught.value.sqlcode == code
    assert dictionary.exists("t.R")

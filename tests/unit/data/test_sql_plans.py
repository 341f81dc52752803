"""Statements are planned once, and anew when what their names mean has changed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.exceptions import SQLError, TableNotFoundError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.sql import check, select
from isc.py.data.sql_live import publish, withdraw
from isc.py.data.sql_plan import planned_text
from isc.py.objectscript import dictionary

QUERY = "SELECT Name FROM shop.Item WHERE ID = ?"


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with use(open_namespace(tmp_path)) as opened:
        opened.sql("CREATE TABLE shop.Item (Name VARCHAR(30), Price DECIMAL(10, 2))", [])
        for number in range(1, 6):
            opened.sql("INSERT INTO shop.Item (Name, Price) VALUES (?, ?)", [f"item {number}", number])
        settled(opened)
        yield opened
    opened.close()
    dictionary.reset()


def settled(ns: EmbeddedNamespace) -> None:
    """As if some time had passed since the last class was stored."""
    os.utime(ns.classes.folder, (1, 1 + (ns.classes.folder.stat().st_mtime_ns // 1000) % 1000))


def elsewhere(ns: EmbeddedNamespace, statement: str) -> None:
    program = "import sys\nfrom isc.py.data import open_namespace\nopen_namespace(sys.argv[1]).sql(sys.argv[2], [])"
    subprocess.run([sys.executable, "-c", program, str(ns.folder), statement], check=True)


def test_a_statement_is_planned_once_whatever_its_values_are(ns: EmbeddedNamespace) -> None:
    ns.query(QUERY, [1])
    plan = planned_text(ns, QUERY)
    assert [ns.query(QUERY, [at]).column(0).to_pylist() for at in (1, 5, 9)] == [["item 1"], ["item 5"], []]
    assert planned_text(ns, QUERY) is plan
    assert planned_text(ns, QUERY, exact=True) is not plan
    assert planned_text(ns, QUERY, ["other"]) is not plan


def test_another_namespace_has_plans_of_its_own(ns: EmbeddedNamespace) -> None:
    ns.query(QUERY, [1])
    other = open_namespace(ns.folder, "OTHER")
    with use(other), pytest.raises(TableNotFoundError):
        other.query(QUERY.replace("shop.", "store."), [1])
    other.close()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("ALTER TABLE shop.Item ADD COLUMN Color VARCHAR(10)", ["Name", "Price", "Color"]),
        ("ALTER TABLE shop.Item DROP COLUMN Price", ["Name"]),
        ("DROP TABLE shop.Item", None),
    ],
)
def test_a_table_that_has_changed_is_planned_anew(
    ns: EmbeddedNamespace, statement: str, expected: list[str] | None
) -> None:
    query = "SELECT * FROM shop.Item"
    assert ns.query(query).column_names == ["Name", "Price"]
    ns.sql(statement, [])
    for _ in range(2):
        settled(ns)
        if expected is None:
            with pytest.raises(TableNotFoundError):
                ns.query(query)
        else:
            assert ns.query(query).column_names == expected


def test_a_view_that_is_made_again_is_planned_anew(ns: EmbeddedNamespace) -> None:
    for name in ("item 1", "item 2"):
        ns.sql(f"CREATE VIEW shop.Some AS SELECT Name FROM shop.Item WHERE Name = '{name}'", [])
        settled(ns)
        for _ in range(2):
            assert ns.query("SELECT * FROM shop.Some").column(0).to_pylist() == [name]
        ns.sql("DROP VIEW shop.Some", [])


def test_tables_that_another_process_makes_and_drops_count(ns: EmbeddedNamespace) -> None:
    query = "SELECT COUNT(*) AS n FROM Item"
    assert select(ns, query, (), ["shop"]).to_pylist() == [{"n": 5}]
    elsewhere(ns, "CREATE TABLE early.Item (Name VARCHAR(30))")
    assert select(ns, query, (), ["early", "shop"]).to_pylist() == [{"n": 0}]
    elsewhere(ns, "DROP TABLE early.Item")
    assert select(ns, query, (), ["early", "shop"]).to_pylist() == [{"n": 5}]


def test_a_frame_with_the_name_of_a_table_stands_before_it(ns: EmbeddedNamespace) -> None:
    import pandas as pd

    query = "SELECT Name FROM shop.Item WHERE ID < 2"
    assert ns.query(query).column(0).to_pylist() == ["item 1"]
    publish("shop.Item", lambda: pd.DataFrame({"ID": [1], "Name": ["live"]}))
    try:
        assert ns.query(query).column(0).to_pylist() == ["live"]
    finally:
        withdraw("shop.Item")
    assert ns.query(query).column(0).to_pylist() == ["item 1"]


def test_errors_are_told_each_time(ns: EmbeddedNamespace) -> None:
    for _ in range(2):
        with pytest.raises(SQLError, match="SQLCODE -29"):
            ns.query("SELECT Colour FROM shop.Item")
        with pytest.raises(SQLError, match="SQLCODE -400"):
            ns.query(QUERY, [])
    assert check(ns, "SELECT Name AS n, Price FROM shop.Item WHERE ID = 3") == ["n", "Price"]


BOUNDS = st.one_of(
    st.integers(-2, 8),
    st.sampled_from([None, 2.5, 3.0, Decimal("2.5"), Decimal(4), "3", "x", "", True, 10**30, -(10**30), float("inf")]),
)
COMPARED = "ID = ?;ID < ?;ID <= ?;ID > ?;ID >= ?;? < ID;? <= ID;? = ID;? > ID;? >= ID"
TESTS = st.sampled_from(f"{COMPARED};ID BETWEEN ? AND 4;ID IN (?, 2);ID <> ?;%ID = ?;i.ID = ?".split(";"))


@settings(max_examples=20)
@given(tests=st.lists(st.tuples(TESTS, BOUNDS), min_size=1, max_size=3), top=st.booleans())
def test_rows_of_a_range_of_ids_are_those_that_the_condition_finds(
    ns: EmbeddedNamespace, tests: list[tuple[str, object]], top: bool
) -> None:
    condition = " AND ".join(test for test, _ in tests)
    values = [value for _, value in tests]
    shown = f"SELECT {'TOP 2 ' if top else ''}Name AS What, ID FROM shop.Item i WHERE "

    def found(text: str) -> object:
        try:
            return ns.query(text, values).to_pylist()
        except SQLError as error:
            return error.sqlcode

    assert found(f"{shown}{condition}") == found(f"{shown}{condition} AND 1 = 1")

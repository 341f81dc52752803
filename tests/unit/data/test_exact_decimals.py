"""Decimals as decimals: of the decoder, of SQL and its aggregates, of every kind of table."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.progress import progress_bar
from isc.py.data.sql_stream import stream
from isc.py.iscpython_c.dollar_list import Column, columns, encode
from isc.py.iscpython_c.exceptions import IscError
from isc.py.iscpython_c.globals import encode_key
from isc.py.objectscript import dictionary
from isc.py.terminal import Main
from rich.console import Console

PLAIN = "SELECT Price FROM shop.Item ORDER BY ID"


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with use(open_namespace(tmp_path)) as opened:
        opened.sql("CREATE TABLE shop.Item (Name VARCHAR(30), Price DECIMAL(12, 2), Rate DOUBLE)", [])
        for price in ("0.10", "0.20", "0.30", "-1.25", None):
            opened.sql("INSERT INTO shop.Item (Name, Price, Rate) VALUES ('x', ?, 0.5)", [price])
        yield opened
    opened.close()
    dictionary.reset()


def one(ns: EmbeddedNamespace, expression: str) -> object:
    found = ns.query(f"SELECT {expression} AS a FROM shop.Item", decimals="exact").to_pylist()
    return found[0]["a"]


def read(values: list[object], scale: int) -> pa.ChunkedArray:
    return columns([encode([value]) for value in values], [Column("x", "n", 1, scale=scale)]).column(0)


DIGITS = st.integers(-(10**18), 10**18)
NUMBERS = st.one_of(
    st.builds(lambda digits, places: Decimal(digits).scaleb(-places), DIGITS, st.integers(0, 12)),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(-1e9, 1e9).map(lambda real: round(real, 3)),
)


@given(values=st.lists(NUMBERS, min_size=1), scale=st.integers(0, 14))
def test_a_column_of_decimals_has_the_values_as_they_are_written(values: list[object], scale: int) -> None:
    wanted = [Decimal(str(value)) for value in values]
    needed = max(-int(value.normalize().as_tuple().exponent) if value else 0 for value in wanted)
    for stored in (values, [format(value, "f") for value in wanted], [f"{value:E}" for value in wanted]):
        found = read([None, *stored, ""], scale)
        assert found.type == pa.decimal128(38, max(scale, needed))
        assert found.to_pylist() == [None, *wanted, None]


@pytest.mark.parametrize("value", ["x", ".", "1e", "1..2", "1.5 ", "€", "9" * 39, 1e300, "1e-39", "1e38"])
def test_what_is_no_decimal_of_38_digits_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"1 value\(s\) of column 'x' are no decimal128\(38, 0\), the first in row 1"):
        read([1, value], 0)


def test_the_most_digits_a_decimal_has() -> None:
    assert read(["9" * 38, "-" + "9" * 38], 0).to_pylist() == [Decimal("9" * 38), Decimal("-" + "9" * 38)]
    assert read(["." + "9" * 38], 0).type == pa.decimal128(38, 38)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUM(Price)", "-0.65"),
        ("SUM(DISTINCT Price)", "-0.65"),
        ("MIN(Price)", "-1.25"),
        ("MAX(Price)", "0.30"),
        ("SUM(Price * 3)", "-1.95"),
        ("SUM(Price) + 1", "0.35"),
        ("Price * 1.1", "0.110"),
        ("ROUND(Price, 1)", "0.1"),
        ("COALESCE(Price, 0)", "0.10"),
        ("CASE WHEN ID = 1 THEN Price ELSE 0.5 END", "0.10"),
        ("-Price", "-0.10"),
    ],
)
def test_what_is_made_of_decimals_stays_one(ns: EmbeddedNamespace, expression: str, expected: str) -> None:
    found = one(ns, expression)
    assert isinstance(found, Decimal)
    assert str(found) == expected


def test_means_and_quotients_are_floats(ns: EmbeddedNamespace) -> None:
    assert isinstance(one(ns, "AVG(Price)"), float)
    assert isinstance(one(ns, "Price / 4"), float)
    assert isinstance(one(ns, "Price * Rate"), float)


@pytest.mark.parametrize("value", ["0.30", 0.3, Decimal("0.3"), Decimal("0.30")])
def test_a_decimal_equals_what_is_the_same_number(ns: EmbeddedNamespace, value: object) -> None:
    query = "SELECT ID FROM shop.Item WHERE Price = ?"
    assert ns.query(query, [value], decimals="exact").column("ID").to_pylist() == [3]


def test_every_kind_of_table_has_them(ns: EmbeddedNamespace) -> None:
    expected = [Decimal("0.10"), Decimal("0.20"), Decimal("0.30"), Decimal("-1.25"), None]
    found: dict[str, Any] = {}
    for kind in ("list", "dataframe", "arrow", "polars"):
        Main.ExecuteQuery(PLAIN, "found", kind, decimals="exact")
        found[kind] = Main()._context.namespace["found"]
    assert found["list"] == [("Price",), *((value,) for value in expected)]
    assert [None if pd.isna(value) else value for value in found["dataframe"]["Price"]] == expected
    assert found["arrow"].column("Price").type == pa.decimal128(38, 2)
    assert found["arrow"].column("Price").to_pylist() == expected
    assert found["polars"].schema["Price"] == pl.Decimal(38, 2)
    assert found["polars"]["Price"].to_list() == expected
    Main.ExecuteQuery(PLAIN, "found", "list")
    assert Main()._context.namespace["found"][1] == (0.1,)
    with pytest.raises(DataError, match="'float' or 'exact'"):
        Main.ExecuteQuery(PLAIN, "found", decimals="rounded")


def test_a_row_with_more_digits_makes_a_query_wider_and_is_named_where_types_are_fixed(ns: EmbeddedNamespace) -> None:
    ns.globals["shop.ItemD"][6] = encode(["", "raw", Decimal("0.12345"), 1])
    assert one(ns, "MAX(Price)") == Decimal("0.3")
    assert ns.query(PLAIN, decimals="exact").column(0).type == pa.decimal128(38, 5)
    with pytest.raises(IscError, match="Price holds values that are no decimal128"):
        list(stream(ns, PLAIN, size=2, decimals="exact"))
    ns.globals["shop.ItemD"][6] = encode(["", "raw", "much", 1])
    with pytest.raises(DataError, match="Price"):
        ns.query(PLAIN, decimals="exact")


@settings(max_examples=10)
@given(cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=50))
def test_a_sum_is_exact_in_parts_as_well(ns: EmbeddedNamespace, cents: list[int]) -> None:
    with ns.store().write() as txn:
        txn.kill(encode_key("shop.ItemD"))
        for at, value in enumerate(cents, start=1):
            txn.set(encode_key("shop.ItemD", (at,)), encode(["", "x", Decimal(value) / 100, 1]))
    query = "SELECT SUM(Price) AS s, COUNT(*) AS n FROM shop.Item"
    expected = [{"s": Decimal(sum(cents)) / 100, "n": len(cents)}]
    assert ns.query(query, decimals="exact").to_pylist() == expected
    Main.ExecuteQuery(query, "parts", "arrow", decimals="exact", chunksize=10)
    assert pa.concat_tables(Main()._context.namespace["parts"]).to_pylist() == expected


# --- progress of queries ---


def fill(ns: EmbeddedNamespace, count: int) -> None:
    with ns.store().write() as txn:
        for at in range(1, count + 1):
            txn.set(encode_key("shop.ItemD", (at,)), encode(["", f"n{at % 7}", at, 1]))


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT * FROM shop.Item", 120_000),
        ("SELECT Name, SUM(Price) AS s FROM shop.Item GROUP BY Name", 7),
        ("SELECT a.ID FROM shop.Item a JOIN shop.Item b ON b.ID = a.ID WHERE a.ID <= 10", 10),
        ("SELECT 1 AS one", 1),
    ],
)
def test_a_query_in_parts_tells_how_far_it_is(ns: EmbeddedNamespace, query: str, rows: int) -> None:
    fill(ns, 120_000)
    steps: list[tuple[int, float]] = []
    Main.ExecuteQuery(
        query, "parts", "arrow", chunksize=50_000, progress=lambda step: steps.append((step.rows, step.fraction))
    )
    assert sum(part.num_rows for part in Main()._context.namespace["parts"]) == rows
    assert steps[-1] == (rows, 1.0)
    assert [step[0] for step in steps] == sorted(step[0] for step in steps)
    assert all(0 <= fraction <= 1 for _, fraction in steps)
    if "FROM shop.Item GROUP" in query or "*" in query:
        assert len({fraction for _, fraction in steps}) > 1  # while rows are read


def test_what_progress_raises_ends_the_query(ns: EmbeddedNamespace) -> None:
    fill(ns, 1000)

    def stop(_: object) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        list(stream(ns, "SELECT * FROM shop.Item", size=10, report=stop))
    assert ns.query("SELECT COUNT(*) AS n FROM shop.Item").to_pylist() == [{"n": 1000}]


def test_a_bar_shows_rows_and_part(ns: EmbeddedNamespace) -> None:
    shown = io.StringIO()
    with progress_bar("items", Console(file=shown, force_terminal=True, width=100)) as report:
        assert len(list(stream(ns, PLAIN, report=report))) == 1
    assert "items" in shown.getvalue()
    assert "100%" in shown.getvalue()
    assert "5 rows" in shown.getvalue()

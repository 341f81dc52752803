"""What is wrong with what somebody gives is told by name: globals, bounds, parts, frames."""

import re
from collections.abc import Callable

import pandas as pd
import pytest
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.iscpython_c.exceptions import StoreError
from isc.py.terminal import Main


def test_the_empty_string_begins_and_ends_order(namespace: EmbeddedNamespace) -> None:
    node = namespace.globals["^Stock"]
    node["a"], node[5] = 1, 2
    assert (node.order(""), node.order("", -1), node.order()) == (5, "a", 5)


@pytest.mark.parametrize("name", ["", "9x", "a b", "^", "a(1)", 'x"', "a\0b"])
def test_a_global_has_a_name(namespace: EmbeddedNamespace, name: str) -> None:
    with pytest.raises(StoreError, match=re.escape(f"{name!r} is no name of a global")):
        namespace.globals[name]
    assert name not in namespace.globals


@pytest.mark.parametrize(
    ("what", "error", "text"),
    [
        (lambda node: node[None], TypeError, "a subscript cannot be a NoneType"),
        (lambda node: node[1:2], TypeError, "a subscript cannot be a slice"),
        (lambda node: node["a", ""], StoreError, "a subscript of ^Stock is the empty string"),
        (lambda node: node.order(1, 2), ValueError, "direction 2"),
        (lambda node: node.range(direction=0), ValueError, "direction 0"),
        (lambda node: node.query(1, direction=5), ValueError, "direction 5"),
    ],
)
def test_subscripts_and_directions(
    namespace: EmbeddedNamespace, what: Callable[[object], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        what(namespace.globals["Stock"])


@pytest.mark.parametrize(
    ("keywords", "text"),
    [
        ({"start": "abc"}, "start 'abc' is no id of t.Person: the ids of its rows are whole numbers"),
        ({"end": 1.5}, "end 1.5 is no id of t.Person"),
        ({"chunksize": -1}, "chunksize -1 is no number of rows"),
        ({"chunksize": "many"}, "chunksize 'many' is no number of rows"),
    ],
)
def test_bounds_and_parts(namespace: EmbeddedNamespace, keywords: dict[str, object], text: str) -> None:
    namespace.sql("INSERT INTO t.Person (Name) VALUES ('Ada')", [])
    for transfer, target in ((Main().ExecuteClass, "t.Person"), (Main().ExecuteTable, "t.Person")):
        with pytest.raises(DataError, match=re.escape(text)):
            transfer(target, "rows", **keywords)  # type: ignore[arg-type]  # that is the point


def test_ids_that_are_text_have_bounds_that_are_text(namespace: EmbeddedNamespace) -> None:
    namespace.sql("INSERT INTO t.Person (Name) VALUES ('Ada')", [])
    namespace.globals["t.PersonD"]["x"] = namespace.globals["t.PersonD"][1]
    Main().ExecuteClass("t.Person", "rows", start="abc")
    assert Main()._context.namespace["rows"].ID.tolist() == ["x"]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ([1, 2], "variable 'df' is a list, not a DataFrame"),
        (pd.DataFrame({"A": [1], "a": [2]}), "columns 'A' and 'a' would be one property of New.Rows: rename one"),
    ],
)
def test_frames(namespace: EmbeddedNamespace, frame: object, text: str) -> None:
    Main()._context.namespace["df"] = frame
    with pytest.raises(DataError, match=re.escape(text)):
        Main().StoreDataframe("df", "New.Rows")
    assert "New.Rows" not in namespace.classes.names()


def test_two_columns_are_not_one_field(namespace: EmbeddedNamespace) -> None:
    Main()._context.namespace["df"] = pd.DataFrame([["Ada", "Bob"]], columns=["Name", "name"])
    with pytest.raises(DataError, match=r"columns 'Name' and 'name' are both field Name of t\.Person"):
        Main().StoreDataframe("df", "t.Person")

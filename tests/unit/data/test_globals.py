"""Globals as mappings, and as text."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.zwrite import ZWriteError, line_of, parse_line, parse_reference
from isc.py.iscpython_c.dollar_list import encode


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with use(open_namespace(tmp_path)) as opened:
        yield opened
    opened.trollback()
    opened.close()


def test_nodes_are_walked_in_the_order_of_the_language_both_ways(ns: EmbeddedNamespace) -> None:
    node = ns.globals["^G"]
    for subscript in ["b", 10, "a", 2, -1, Decimal("2.5"), "1E2", 0]:
        node[subscript] = 1
    order = [-1, 0, 2, Decimal("2.5"), 10, "1E2", "a", "b"]
    assert list(node) == order
    assert list(node.range(direction=-1)) == order[::-1]
    assert list(node.range(2, "1E2")) == order[2:6]
    assert list(node.range(1, 9)) == [2, Decimal("2.5")]
    assert list(node.range(9, 1, -1)) == [Decimal("2.5"), 2]
    assert [subscripts for subscripts, _ in node.items(2, 10)] == [(2,), (Decimal("2.5"),), (10,)]


def test_data_query_and_kill_see_the_tree(ns: EmbeddedNamespace) -> None:
    node = ns.globals["G"]
    node[1, "a"], node[1, "b", 2], node[3] = "x", "y", "z"
    assert [node.data(), node.data(1), node.data(1, "a"), node.data(3), node.data(4)] == [10, 10, 1, 1, 0]
    assert repr(node.query()) == '^G(1,"a")'
    assert repr(node.query(1, "a")) == '^G(1,"b",2)'
    assert repr(node.query(3, direction=-1)) == '^G(1,"b",2)'
    assert node.query(3) is None
    node.kill(1, "b")
    assert list(node.items()) == [((1, "a"), "x"), ((3,), "z")]
    assert ((1, "a") in node, 9 in node, "G" in ns.globals, "H" in ns.globals) == (True, False, True, False)
    with pytest.raises(KeyError, match=r'\^G\(9,"x"\) has no value'):
        node[9, "x"]


def test_merge_copies_a_tree_over_another(ns: EmbeddedNamespace) -> None:
    one, two = ns.globals["A"], ns.globals["B"]
    one.set("root")
    one[1, "x"], two[5, 1, "x"], two[5, 2] = 1, "old", "stays"
    two.node(5).merge(one)
    assert list(two.node(5).items()) == [((), "root"), ((1, "x"), 1), ((2,), "stays")]
    with pytest.raises(ValueError, match="below it"):
        one.merge(one.node(1))


def test_increments_are_exact(ns: EmbeddedNamespace) -> None:
    node = ns.globals["N"]
    assert [node.increment("c"), node.increment("c", by=5), node.increment("c", by=Decimal("0.1"))] == [
        1,
        6,
        Decimal("6.1"),
    ]


def test_names_are_listed_and_fit_patterns(ns: EmbeddedNamespace) -> None:
    for name in ["b.D", "a", "b.I", "b"]:
        ns.globals[name].set(1)
        ns.globals[name][1] = 2
    assert list(ns.globals) == ["a", "b", "b.D", "b.I"]
    assert ns.globals.named("^b.*") == ["b.D", "b.I"]
    del ns.globals["b"]
    assert list(ns.globals) == ["a", "b.D", "b.I"]


@pytest.mark.parametrize(
    ("subscripts", "value", "line"),
    [
        ((), "text", '^G="text"'),
        ((1, "a"), 5, '^G(1,"a")=5'),
        ((Decimal("-0.5"),), Decimal("1.25"), "^G(-.5)=1.25"),
        (('say "hi"',), "", '^G("say ""hi""")=""'),
        ((1,), "one\r\ntwo\0", '^G(1)="one"_$c(13,10)_"two"_$c(0)'),
        ((1,), "\n", "^G(1)=$c(10)"),
        ((1,), "Grüße €", '^G(1)="Grüße €"'),
        ((1,), encode(["a", 1, None, Decimal("1.5"), ""]), '^G(1)=$lb("a",1,,1.5,"")'),
        ((1,), encode([None]), "^G(1)=$lb()"),
        ((1,), encode([None, 1, None]), "^G(1)=$lb(,1,)"),
        ((1,), 2.5, '^G(1)=$double("2.5")'),
    ],
)
def test_a_node_is_written_as_zwrite_shows_it_and_read_back(subscripts: Any, value: Any, line: str) -> None:
    assert line_of("G", subscripts, value) == line
    assert parse_line(line) == ("G", subscripts, value)


CHARACTERS = st.characters(exclude_categories=["Cs"])
VALUES = st.one_of(
    st.text(CHARACTERS),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False),
    st.lists(st.one_of(st.none(), st.text(CHARACTERS, max_size=5), st.integers(-999, 999)), min_size=1).map(encode),
    st.binary(),
)


@given(st.lists(st.one_of(st.text(CHARACTERS, min_size=1), st.integers(-(10**9), 10**9)), max_size=4), VALUES)
@example(["1000000000000000001", 10**18 + 1], 10**18 + 1)
def test_every_node_survives_the_way_through_text(subscripts: list[str | int], value: Any) -> None:
    name, read, again = parse_line(line_of("G.x", subscripts, value))
    assert (name, [str(item) for item in read]) == ("G.x", [str(item) for item in subscripts])
    if isinstance(value, bytes) and isinstance(again, str):  # no list: the characters of the bytes
        again = again.encode("latin-1")
    assert (again, type(again)) == (value, type(value))


@pytest.mark.parametrize(
    ("line", "column", "text"),
    [
        ("G(1)", 5, "expected '='"),
        ('^G("a=1', 4, "has no end: a quote is missing"),
        ("^G(1)=$lb(1 2)", 12, "expected ',' or ')'"),
        ("^G(1)=$lb(1,,2", 15, "expected ',' or ')'"),
        ('^G(1)="a"_', 11, "expected a string, a number"),
        ("^G(1)=$zz(1)", 7, "$zz"),
        ('^G("")=1', 4, "a subscript that is not empty"),
        ("^G(1)=1 2", 8, "the end of the line"),
        ("123", 1, "the name of a global"),
        ("^G(1)=$c(99999999)", 7, "$c"),
    ],
)
def test_a_line_that_is_no_node_is_refused_by_its_column(line: str, column: int, text: str) -> None:
    with pytest.raises(ZWriteError) as caught:
        parse_line(line)
    assert (caught.value.column, text in str(caught.value)) == (column, True), str(caught.value)
    assert isinstance(caught.value, DataError)


def test_a_file_is_read_whole_or_not_at_all(ns: EmbeddedNamespace) -> None:
    good = ["; a comment\n", "\n", "^G(1)=1\n", '^G(2)=$lb("a")\n']
    assert ns.globals.read_lines(good) == 2
    with pytest.raises(ZWriteError, match="line 5, column 6"):
        ns.globals.read_lines([*good[:3], "^G(3)=1\n", "^G(4)\n"])
    assert list(ns.globals["G"]) == [1, 2]
    assert list(ns.globals["G"].lines()) == ["^G(1)=1", '^G(2)=$lb("a")']


def test_a_file_of_gtm_is_read(ns: EmbeddedNamespace) -> None:
    lines = ["GT.M MUPIP EXTRACT UTF-8\n", "26-NOV-2026  11:00:00 ZWR\n", '^G(1)="a"_$C(9)_"b"\n', '^G("x")="1"\n']
    assert ns.globals.read_lines(lines) == 2
    assert ns.globals["G"][1] == "a\tb"


def test_a_reference_may_be_written_without_its_caret() -> None:
    assert parse_reference('a.b(1,"x")') == ("a.b", (1, "x"))
    with pytest.raises(ZWriteError, match="expected '\\)'"):
        parse_reference("^a(1")


def test_a_transaction_covers_several_globals(ns: EmbeddedNamespace) -> None:
    with pytest.raises(RuntimeError), ns.transaction():
        ns.globals["A"][1] = 1
        with ns.transaction():
            ns.globals["B"][1] = 2
        raise RuntimeError
    assert list(ns.globals) == []
    with ns.transaction():
        ns.globals["A"][1] = 1
        with pytest.raises(RuntimeError), ns.transaction():
            ns.globals["A"][2] = 2
            raise RuntimeError
    assert list(ns.globals["A"]) == [1]

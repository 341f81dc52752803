"""The codec against the vendor's own, which runs in a subprocess: it crashes on some bytes."""

import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.iscpython_c.dollar_list import Column, columns, decode, decode_columns, encode
from isc.py.iscpython_c.exceptions import ListError

EXAMPLES = [
    ("", "02 01"),
    ("a", "03 01 61"),
    ("é", "03 01 e9"),
    ("€", "04 02 ac 20"),
    (0, "02 04"),
    (255, "04 04 ff 00"),
    (128, "04 04 80 00"),
    (256, "04 04 00 01"),
    (-1, "02 05"),
    (-2, "03 05 fe"),
    (-255, "03 05 01"),
    (-256, "03 05 00"),
    (-257, "04 05 ff fe"),
    (Decimal("1.5"), "04 06 ff 0f"),
    (Decimal("0.01"), "04 06 fe 01"),
    (Decimal("1E10"), "04 06 0a 01"),
    (Decimal("-1.5"), "04 07 ff f1"),
    (Decimal("-0.001"), "03 07 fd"),
    (1.5, "0a 08 00 00 00 00 00 00 f8 3f"),
    (None, "01"),
]


@pytest.mark.parametrize(("value", "expected"), EXAMPLES)
def test_the_examples_of_the_format_page_encode_and_decode(value: object, expected: str) -> None:
    assert encode([value]).hex(" ") == expected
    assert decode(bytes.fromhex(expected)) == [value]


@pytest.mark.parametrize(
    ("buffer", "value"),
    [("03 04 80", 128), ("02 08", 0.0), ("04 09 80 3f", 0.0078125), ("02 00", None), ("04 08 c0 3f", 1.5)],
)
def test_forms_that_only_other_writers_produce_are_read(buffer: str, value: object) -> None:
    assert decode(bytes.fromhex(buffer)) == [value]


@pytest.mark.parametrize(
    ("buffer", "offset"),
    [
        ("00", 0),
        ("05 01 61", 0),
        ("03 01 61 09 04", 3),
        ("02 06", 0),
        ("04 02 ac", 0),
        ("03 0d 61", 0),
        ("03 10 00", 0),
    ],
)
def test_bytes_that_are_no_list_are_refused_with_their_offset(buffer: str, offset: int) -> None:
    with pytest.raises(ListError) as caught:
        decode(bytes.fromhex(buffer))
    assert caught.value.offset == offset
    assert "<LIST ERROR>" in str(caught.value)


ORACLE = """
import sys, json, iris
from decimal import Decimal
make = {"i": int, "s": str, "f": float.fromhex, "d": Decimal, "n": lambda _: None}
out = []
for row in json.load(sys.stdin):
    made = iris.IRISList()
    for kind, text in row:
        made.add(make[kind](text))
    out.append(made.getBuffer().hex())
json.dump(out, sys.stdout)
"""

VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda n: ("i", str(n), n)),
    st.integers(-70000, 70000).map(lambda n: ("i", str(n), n)),
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: ("s", t, t)),
    st.integers(250, 70000).map(lambda n: ("s", "x" * n, "x" * n)),
    st.floats(allow_nan=False).map(lambda f: ("f", f.hex(), f)),
    st.tuples(st.integers(-(10**17), 10**17), st.integers(-20, 20)).map(
        lambda p: ("d", f"{p[0]}E{p[1]}", Decimal(f"{p[0]}E{p[1]}"))
    ),
    st.just(("n", "", None)),
)


def vendor(rows: list[list[tuple[str, str, object]]]) -> list[bytes]:
    text = json.dumps([[(kind, value) for kind, value, _ in row] for row in rows])
    answer = subprocess.run([sys.executable, "-c", ORACLE], input=text, capture_output=True, text=True, check=True)
    return [bytes.fromhex(item) for item in json.loads(answer.stdout)]


#: Lists that are compared: at least 2,000, and 100,000 with ISCPY_SOAK=1 (make soak).
BATCHES = 1000 if os.environ.get("ISCPY_SOAK") else 20


@pytest.mark.timeout(3600)
@settings(max_examples=BATCHES)
@given(st.lists(st.lists(VALUES, max_size=8), min_size=100, max_size=200))
def test_random_lists_are_the_vendors_bytes(rows: list[list[tuple[str, str, object]]]) -> None:
    for row, theirs in zip(rows, vendor(rows), strict=True):
        values = [value for _, _, value in row]
        assert encode(values) == theirs
        assert decode(theirs) == values


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(buffer: bytes) -> None:
    try:
        decode(buffer)
    except ListError as error:
        assert 0 <= error.offset <= len(buffer)


def test_columns_are_typed_and_what_is_missing_is_null() -> None:
    rows = [encode(["a", 1, Decimal("1.25"), 1, 66000, 3661, "2020-02-29 12:00:00.5"]), encode(["", None]), encode([])]
    layout = [Column(name, kind, at) for at, (name, kind) in enumerate(zip("abcdefg", "sifbdtm", strict=True), start=1)]
    table = columns(rows, [*layout, Column("id", "i", 0)])
    assert table.column("id").to_pylist() == [1, 2, 3]
    first = [str(value) for value in table.slice(0, 1).drop(["id"]).to_pylist()[0].values()]
    assert first == ["a", "1", "1.25", "True", "2021-09-13", "01:01:01", "2020-02-29 12:00:00.500000"]
    assert table.slice(1, 2).drop(["id"]).to_pylist() == [dict.fromkeys("abcdefg")] * 2


def test_an_integer_column_that_meets_a_fraction_widens_to_float() -> None:
    table = columns([encode([1]), encode([Decimal("2.5")])], [Column("n", "i", 1)])
    assert table.column("n").to_pylist() == [1.0, 2.5]


def test_nulls_and_widening_are_reported_per_column() -> None:
    rows = [[1, 1, "a", None], [Decimal("2.5"), "many", None, None], [None, 3, "b", ""]]
    layout = [
        Column("fraction", "i", 1, guessed=True),
        Column("mixed", "i", 2, guessed=True),
        Column("text", "s", 3),
        Column("nothing", "i", 4, guessed=True),
        Column("id", "i", 0),
    ]
    found = decode_columns([encode(row) for row in rows], layout)
    assert [(item.name, item.kind, item.nulls, item.widened) for item in found.report] == [
        ("fraction", "f", 1, True),
        ("mixed", "s", 0, True),
        ("text", "s", 1, False),
        ("nothing", "s", 3, True),
        ("id", "i", 0, False),
    ]
    assert found.table.column("mixed").to_pylist() == ["1", "many", "3"]
    assert found.table.column("fraction").to_pylist() == [1.0, 2.5, None]


COMMA = """
import locale
from decimal import Decimal
from isc.py.iscpython_c.dollar_list import Column, columns, decode, encode
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
assert locale.localeconv()["decimal_point"] == ","
row = ["1.5", 1.5, Decimal("1.25"), 0.1]
assert decode(encode(row))[:4] == row[:4]
def read(kind):
    return [columns([encode(row)], [Column("n", kind, at)]).column(0)[0].as_py() for at in range(1, 5)]
assert read("f") == [1.5, 1.5, 1.25, 0.1], read("f")
assert read("s") == ["1.5", "1.5", "1.25", ".1"], read("s")
"""


def test_a_locale_with_a_decimal_comma_changes_nothing(decimal_comma: dict[str, str]) -> None:
    environment = {**os.environ, **decimal_comma}
    done = subprocess.run([sys.executable, "-c", COMMA], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fraction_and_a_text_make_a_guessed_column_text() -> None:
    rows = [encode([1]), encode([Decimal("2.5")]), encode(["x"])]
    found = decode_columns(rows, [Column("n", "i", 1, guessed=True)])
    assert found.table.column("n").to_pylist() == ["1", "2.5", "x"]
    assert decode_columns([], [Column("n", "i", 1, guessed=True)]).table.num_rows == 0


def test_a_value_that_fits_no_column_names_column_and_row() -> None:
    with pytest.raises(ValueError, match=r"column 'n'.*row 1"):
        columns([encode([1]), encode(["many"])], [Column("n", "i", 1)])


@given(st.lists(st.tuples(st.text(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)), max_size=30))
def test_columns_hold_what_the_rows_hold(rows: list[tuple[str, int, float]]) -> None:
    layout = [Column("s", "s", 1), Column("i", "i", 2), Column("f", "f", 3)]
    try:
        [text.encode() for text, _, _ in rows]
    except UnicodeEncodeError:
        return
    table = columns([encode(row) for row in rows], layout)
    expected = [(None if not text else "" if text == "\0" else text, number, real) for text, number, real in rows]
    assert list(zip(*(table.column(name).to_pylist() for name in "sif"), strict=True)) == expected

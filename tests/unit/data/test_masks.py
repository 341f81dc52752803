"""Masks and bounds of `ExecuteGlobal` that do not fit the rows."""

import pytest
from isc.py.data.exceptions import DataError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.iscpython_c.dollar_list import encode


@pytest.fixture
def rows(namespace: EmbeddedNamespace) -> EmbeddedNamespace:
    for number in (1, 2, 3):
        namespace.globals["g"][number] = encode([number, "a", 2.5])
    for name in "xy":
        namespace.globals["s"][name] = encode([name, 1])
    return namespace


def test_a_mask_longer_than_the_row_gives_nulls(rows: EmbeddedNamespace) -> None:
    found = rows.global_rows("g", mask="-+--+")
    assert [list(row.values()) for row in found.to_pylist()] == [[1, "a", None], [2, "a", None], [3, "a", None]]


def test_a_key_that_is_no_whole_number_is_a_place_in_the_order_of_keys(rows: EmbeddedNamespace) -> None:
    assert rows.global_rows("g", 1.5).column(0).to_pylist() == [2, 3]
    assert rows.global_rows("s", "xa").column(0).to_pylist() == ["y"]
    assert rows.global_rows("s").column(0).to_pylist() == ["x", "y"]


def test_what_fits_nothing_is_named(rows: EmbeddedNamespace) -> None:
    with pytest.raises(DataError, match=r"\^g has no rows from 'b' on in namespace USER"):
        rows.global_rows("g", "b")
    with pytest.raises(DataError, match=r"mask '\+q' for \^g has q: the letters are"):
        rows.global_rows("g", mask="+q")
    rows.globals["g"][4] = b"\x05\x01ab"
    with pytest.raises(DataError, match=r"\^g: <LIST ERROR> at byte 0: row 3 \(id 4\): a length runs past the end"):
        rows.global_rows("g")

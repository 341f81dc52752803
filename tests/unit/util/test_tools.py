import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py import Callout
from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.util import Converter, Matcher, Redirect, Shell, zpy
from isc.py.util.converter import ConversionError


@pytest.fixture(autouse=True)
def _fresh_contexts() -> None:
    Callout.Finalize()


@given(st.dates(), st.times(), st.datetimes())
def test_dates_and_times_come_back_as_they_were(
    day: datetime.date, clock: datetime.time, moment: datetime.datetime
) -> None:
    assert Converter.ToDate(Converter.FromDate(day)) == day
    assert Converter.ToTime(Converter.FromTime(clock)) == clock.replace(microsecond=0)
    assert Converter.ToTimestamp(Converter.FromTimestamp(moment)) == moment


def test_the_languages_forms_are_understood() -> None:
    assert Converter.ToDate("66000,3661") == datetime.date(2021, 9, 13)
    assert Converter.ToTimestamp("66000,3661") == datetime.datetime(2021, 9, 13, 1, 1, 1)
    assert (Converter.FromDate("2021-09-13"), Converter.FromTime("01:01:01")) == (66000, 3661)
    assert [Converter.ToBoolean(value) for value in ("", 0, "1", 5)] == [None, False, True, True]
    assert [Converter.ToDate(""), Converter.FromDate(None), Converter.FromBoolean(None)] == [None, "", ""]
    for wrong in (
        lambda: Converter.ToTime(86400),
        lambda: Converter.ToTimestamp("soon"),
        lambda: Converter.ToDate(10**9),
    ):
        with pytest.raises(ConversionError):
            wrong()


def test_masks_let_names_through() -> None:
    mask = Matcher("a*, ?b , exact")
    assert mask.Filter(["abc", "xb", "xxb", "exact", "Exact"]) == ["abc", "xb", "exact"]
    assert Matcher().Match("anything")


def test_what_code_prints_is_captured() -> None:
    assert Redirect.Run("print('hello'); x = 1") == "hello\n"
    assert Context().get("x") == "1"


def test_one_line_shows_the_value_of_an_expression() -> None:
    assert [zpy("import math"), zpy("x = math.floor(2.5)"), zpy("x"), zpy("None")] == ["", "", "2", ""]
    with pytest.raises(CodeError, match="ZeroDivisionError"):
        zpy("1/0")


def shell(*lines: str) -> str:
    waiting = list(lines)
    written: list[str] = []

    def read(prompt: str) -> str:
        written.append(prompt)
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    Shell(read=read, write=lambda text: (written.append(text), None)[1]).loop()
    return "".join(written)


def test_the_prompt_takes_statements_over_several_lines() -> None:
    shown = shell("def f(x):", "    return x * 2", "", "f(4)", "s = '''a", "b'''", "s", "", "never = 1")
    assert shown == "PY> ... ... PY> 8\nPY> ... PY> 'a\\nb'\nPY> "
    assert "never" not in Context().namespace


def test_an_error_shows_its_traceback_and_the_prompt_goes_on() -> None:
    shown = shell("1/0", "x = (", ")", "y = 2", "y")
    assert "ZeroDivisionError" in shown
    assert shown.endswith("PY> 2\nPY> \n")
    assert shell("x = = 1", "3").count("SyntaxError") == 1

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py import Callout
from isc.py.iscpython_c.context import Context, contexts, free
from isc.py.iscpython_c.exceptions import CodeError, ContextNotFoundError, IscError


@pytest.fixture(autouse=True)
def _fresh_contexts() -> None:
    Callout.Finalize()


def test_code_runs_and_a_variable_comes_back_by_str_or_repr() -> None:
    assert Callout.SimpleString("x = 'é\\0€'", "x") == "é\0€"
    assert Callout.SimpleString("", "x", 1) == repr("é\0€")
    assert Context().variables() == ["x"]


def test_pieces_make_one_code() -> None:
    Callout.StreamInit(10)
    for piece in ("total = ", "sum(range(", "5))"):
        Callout.StreamWrite(piece)
    Callout.StreamExecute()
    assert Callout.SimpleString("", "total") == "10"
    with pytest.raises(IscError, match="StreamInit"):
        Callout.StreamExecute()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_escaped_string_is_a_literal_of_the_string(text: str) -> None:
    assert Callout.SimpleString(f"x = {Callout.EscapeString(text)}", "x") == text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("1/0", "ZeroDivisionError"),
        ("x = (", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("a\0", "SyntaxError"),
    ],
)
def test_errors_come_back_as_values(code: str, kind: str) -> None:
    with pytest.raises(CodeError) as caught:
        Callout.SimpleString(code)
    assert caught.value.type == kind
    assert kind in caught.value.traceback
    assert Context().last_error is caught.value


def test_a_traceback_shows_the_line_that_raised() -> None:
    with pytest.raises(CodeError) as caught:
        Callout.SimpleString("y = 1\nz = y / 0")
    assert "line 2" in caught.value.traceback
    assert "z = y / 0" in caught.value.traceback


def test_endless_recursion_is_an_error_and_the_context_lives_on() -> None:
    with pytest.raises(CodeError) as caught:
        Callout.SimpleString("def f(): return f()\nf()")
    assert caught.value.type == "RecursionError"
    assert Callout.SimpleString("x = 1", "x") == "1"


def test_an_exception_whose_text_fails_is_still_named() -> None:
    with pytest.raises(CodeError, match="could not be made"):
        Callout.SimpleString("class E(Exception):\n  def __str__(self): raise ValueError\nraise E()")


def test_a_missing_variable_names_context_and_what_is_there() -> None:
    Callout.SimpleString("known = 1")
    with pytest.raises(CodeError, match="'unknown' is not defined in context 'default'; it has known"):
        Callout.SimpleString("", "unknown")


def test_contexts_have_variables_of_their_own() -> None:
    Context("one").execute("x = 1")
    Context("two").execute("x = 2")
    assert [Context(name).get("x") for name in ("one", "two")] == ["1", "2"]
    free(["one"])
    assert contexts() == ["two"]
    with pytest.raises(ContextNotFoundError, match="'one'"):
        free(["one"])
    assert "iscpy_context_one" not in sys.modules


def test_finalize_then_initialize_works_with_numpy_and_pandas() -> None:
    for _ in range(2):
        Callout.Initialize()
        assert Callout.SimpleString("import numpy, pandas\nx = pandas.Series(numpy.arange(3)).sum()", "x") == "3"
        Callout.Finalize()
    assert contexts() == []


def test_equal_code_is_compiled_once() -> None:
    Callout.SimpleString("def f(): pass")
    first = Context().namespace["f"].__code__  # type: ignore[attr-defined]  # a function
    Callout.SimpleString("def f(): pass")
    assert Context().namespace["f"].__code__ is first  # type: ignore[attr-defined]  # a function

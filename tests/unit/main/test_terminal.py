import base64
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from isc.py import Callout, IscError, Main
from isc.py.data.exceptions import DataError, TableNotFoundError
from isc.py.data.namespace import open_namespace, use
from isc.py.exceptions import ArgumentsError, SerializationError
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.statements import statements


@pytest.fixture(autouse=True)
def _namespace(tmp_path: Path) -> Iterator[None]:
    Callout.Finalize()
    with use(open_namespace(tmp_path)) as namespace:
        yield
        namespace.close()


def test_code_runs_in_a_context_that_persists() -> None:
    Main.ExecuteCode("x = 6")
    assert Main.SimpleString("y = x * 7", "y") == "42"
    assert Main.SimpleString("", "y", 1) == "42"
    Main.ExecuteCode("x + 1", "z")
    assert Main.GetVariable("z") == "7"


def test_instances_work_on_contexts_of_their_own() -> None:
    Main(context="a").ExecuteCode("x = 1")
    Main(context="b").ExecuteCode("x = 2")
    assert Main(context="a").GetVariable("x") == "1"
    with pytest.raises(CodeError, match="'x' is not defined"):
        Main.GetVariable("x")


def test_modules_are_imported_under_an_alias() -> None:
    assert Main.ImportModule("json", "j") == (True, "j")
    assert Main.SimpleString("x = j.dumps([1])", "x") == "[1]"
    with pytest.raises(CodeError, match="no_such_module"):
        Main.ImportModule("no_such_module")
    with pytest.raises(IscError, match="no import"):
        Main.ImportModule("os; x = 1")


def test_the_status_is_the_last_exception_and_then_forgotten() -> None:
    assert Main.GetStatus() is None
    with pytest.raises(CodeError):
        Main.ExecuteCode("1/0")
    error = Main.GetStatus()
    assert error is not None
    assert error.type == "ZeroDivisionError"
    assert Main.GetStatus() is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{'a': (1, 2.5), 'b': {3}, 'c': None}", {"a": [1, 2.5], "b": [3], "c": None}),
        ("float('nan')", None),
        ("__import__('datetime').date(2020, 1, 2)", "2020-01-02"),
        ("__import__('decimal').Decimal('1.5')", 1.5),
        ("__import__('numpy').arange(3)", [0, 1, 2]),
        ("__import__('pandas').DataFrame({'x': [1, 2]})", [{"x": 1}, {"x": 2}]),
        ("__import__('pandas').DataFrame({'x': [1.0]}, index=['r'])", {"x": {"r": 1.0}}),
    ],
)
def test_json_has_a_form_for_what_data_code_returns(expression: str, expected: object) -> None:
    Main.ExecuteCode(expression, "v")
    assert json.loads(Main.GetVariableJson("v")) == expected


def test_a_value_without_the_form_is_refused_by_name_and_type() -> None:
    Main.ExecuteCode("f = lambda: 0\ng = (i for i in [])")
    with pytest.raises(SerializationError, match=r"'f' of type builtins\.function has no JSON form"):
        Main.GetVariableJson("f")
    with pytest.raises(SerializationError, match=r"'g'.*no Pickle form"):
        Main.GetVariablePickle("g")
    with pytest.raises(SerializationError, match="'XML' is unknown"):
        Main.GetVariable("f", "XML")


def test_pickles_come_as_bytes_and_as_base64() -> None:
    Main.ExecuteCode("v = {'a': 1}")
    assert pickle.loads(Main.GetVariablePickle("v")) == {"a": 1}
    assert pickle.loads(base64.b64decode(Main.GetVariable("v", "Pickle"))) == {"a": 1}


def test_rows_of_a_query_become_a_variable() -> None:
    Main.ExecuteQuery("select 1 as a, 'x' as b", "rows", "list")
    assert Main.GetVariable("rows", "Repr") == "[('a', 'b'), (1, 'x')]"
    with pytest.raises(DataError, match="'tuple' is unknown"):
        Main.ExecuteQuery("select 1", "rows", "tuple")
    with pytest.raises(TableNotFoundError):
        Main.ExecuteTable("no.Table", "rows")
    with pytest.raises(IscError, match="no name of a Python variable"):
        Main.ExecuteQuery("select 1", "a b")


def test_code_is_split_into_statements_and_never_inside_a_block() -> None:
    code = "x = 1; y = 2\n\n@staticmethod\ndef f():\n    if x:\n        return 1\n\n    return 2\nz = (1,\n     2)\n"
    parts = statements(code)
    assert [part.strip() for part in parts] == [
        "x = 1; y = 2",
        "@staticmethod\ndef f():\n    if x:\n        return 1\n\n    return 2",
        "z = (1,\n     2)",
    ]
    assert [part.count("\n") - part.strip().count("\n") >= 0 for part in parts] == [True] * 3


@pytest.mark.parametrize("mark", ["\x0c", "\x1c", "\x85", "\u2028"])
def test_only_what_ends_a_line_for_python_does_so(mark: str) -> None:
    text = f"a = '''x{mark}y'''\r\nb = a\rc = b\nd = c"
    assert [part.strip() for part in statements(text)] == [f"a = '''x{mark}y'''", "b = a", "c = b", "d = c"]


def test_a_name_that_is_none_is_refused_before_anything_runs() -> None:
    Main.ExecuteCode("calls = []")
    with pytest.raises(IscError, match="no name of a Python variable"):
        Main.ExecuteFunction("calls.append", [1], "", "not a name")
    with pytest.raises(IscError, match="no name of a Python variable"):
        Main.ExecuteCode("calls.append(2)", "not a name")
    assert Main.GetVariable("calls") == "[]"


def test_arguments_that_are_an_array_are_refused() -> None:
    with pytest.raises(ArgumentsError, match="a list or a JSON array"):
        Main.ExecuteFunction("print", np.array([1, 2]))


def test_separate_statements_keep_their_line_numbers_in_tracebacks() -> None:
    with pytest.raises(CodeError) as caught:
        Main.ExecuteCode("a = 1\n\nb = a / 0\nc = 3", separateLines=True)
    assert "line 3" in caught.value.traceback
    assert Main.GetVariable("a") == "1"


@given(
    st.lists(st.sampled_from(["a = 1", "b = 2; c = 3", "if 1:\n    d = 4\n", "def f():\n    return 5\n", "", "# x"]))
)
def test_statements_run_one_by_one_do_what_the_whole_does(parts: list[str]) -> None:
    code = "\n".join(parts)
    whole: dict[str, object] = {}
    exec(code, whole)
    split: dict[str, object] = {}
    for part in statements(code):
        exec(part, split)
    assert whole.keys() - {"__builtins__"} == split.keys() - {"__builtins__"}

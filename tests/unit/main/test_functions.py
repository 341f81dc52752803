import datetime
import pickle
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from isc.py import Callout, Main
from isc.py.data.namespace import open_namespace, use
from isc.py.exceptions import ArgumentsError, SerializationError
from isc.py.init import Test
from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import CodeError
from isc.py.objectscript import Frame, compile_block, status


@pytest.fixture(autouse=True)
def _sample(tmp_path: Path) -> Iterator[None]:
    Callout.Finalize()
    with use(open_namespace(tmp_path)) as namespace:
        Test.Initialize()
        yield
        namespace.close()


@pytest.mark.parametrize(
    ("function", "row", "named", "expected"),
    [
        ("cube", [3], {}, "27"),
        ("cube", "[3]", "", "27"),
        ("posargs", [1, 2, 3], {}, "1, 2, 3"),
        ("kwargs", "", '{"a": 1}', "a=1"),
        ("foo", [1, 2], {"d": 9}, "1 2 3 9"),
        ("random.Random(1).choice", [["x"]], {}, "x"),
    ],
)
def test_functions_and_methods_are_called_by_name(function: str, row: object, named: object, expected: str) -> None:
    assert Main.ExecuteFunction(function, row, named, "result") == expected
    assert Main.GetVariable("result") == expected


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        ("foo", (1, 2, 3), "1 2 3 4"),
        ("foo", (1, '**{"b": 5, "d": 7}'), "1 5 3 7"),
        ("posargs", ("*[1, 2]", 3), "1, 2, 3"),
        ("allargs", (1, 2, '**{"key": "z", "w": 1}'), "1 (2,) z {'w': 1}"),
        ("max", (3, 8), "8"),
    ],
)
def test_arguments_in_a_row_are_bound_by_the_signature(
    function: str, arguments: tuple[object, ...], expected: str
) -> None:
    assert Main.ExecuteFunctionArgs(function, "", 0, *arguments) == expected


def test_arguments_beyond_the_positional_ones_fill_keyword_only_parameters() -> None:
    Main.ExecuteCode("def only(a, *, b, c=0): return f'{a}{b}{c}'")
    assert Main.ExecuteFunctionArgs("only", "", 0, 1, 2, 3) == "123"


def test_what_a_function_does_not_take_names_its_signature() -> None:
    with pytest.raises(ArgumentsError, match=r"cube\(x\) does not take these arguments: too many"):
        Main.ExecuteFunctionArgs("cube", "", 0, 1, 2)
    with pytest.raises(ArgumentsError, match="cannot be called"):
        Main.ExecuteFunction("cube.__name__")
    with pytest.raises(ArgumentsError, match="no JSON"):
        Main.ExecuteFunction("cube", "[1")
    with pytest.raises(CodeError, match="TypeError"):
        Main.ExecuteFunction("cube", ["x"])
    with pytest.raises(CodeError, match="NameError"):
        Main.ExecuteFunction("nope")


def test_functions_variables_and_modules_tell_what_they_are() -> None:
    info = Main.GetFunctionInfo("foo")
    assert (info.defined, info.type, info.signature) == (True, "builtins.function", "(a, b, c=3, d=4)")
    assert info.docs == "Positional and default arguments."
    assert info.arguments == ("a", "b", "c", "d")
    assert Main.GetFunctionInfo("nope").defined is False
    Main.ExecuteCode("v = [1, 2]\nimport json as j, os.path")
    assert Main.GetVariableInfo("v") == (True, "builtins.list", 6)
    assert Main.GetVariableInfo("w") == (False, "", 0)
    assert (Main.GetVariableDefined("v"), Main.GetVariableDefined("w"), Main.GetVariableType("w")) == (True, False, "")
    assert Main.GetModuleInfo("json") == (True, "j")
    assert Main.GetModuleInfo("os.path") == (True, "os.path")
    assert Main.GetModuleInfo("csv") == (False, "")
    assert Main.GetStatus() is None


def test_data_becomes_a_variable_without_source_text() -> None:
    frame = pd.DataFrame({"a": [1, 2], "d": [datetime.datetime(2020, 1, 1), None]})
    table = pa.Table.from_pandas(frame)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    for name, value, form in [
        ("text", 'it\'s "{x}" \0', ""),
        ("raw", b"\0\xff", ""),
        ("found", '{"a": [1, null]}', "JSON"),
        ("pickled", pickle.dumps({1, 2}), "Pickle"),
        ("frame", sink.getvalue().to_pybytes(), "Arrow"),
    ]:
        Main.SetVariable(name, value, form)
    names = Context().namespace
    assert (names["text"], names["raw"]) == ('it\'s "{x}" \0', b"\0\xff")
    assert (names["found"], names["pickled"]) == ({"a": [1, None]}, {1, 2})
    pd.testing.assert_frame_equal(names["frame"], frame)  # type: ignore[arg-type]  # a frame
    for value, form in [("{", "JSON"), (b"no", "Pickle"), (b"no", "Arrow"), ("x", "XML")]:
        with pytest.raises(SerializationError, match=r"'bad'|'XML'"):
            Main.SetVariable("bad", value, form)


@pytest.mark.parametrize("form", ["Str", "JSON", "Bytes", "Pickle", "Dill", "Arrow"])
def test_a_variable_comes_back_in_the_format_it_was_given_in(form: str) -> None:
    made = {"Bytes": "b'\\0\\xff'", "Arrow": "pd.DataFrame({'a': [1.5, None]})", "Str": "'caf\u00e9 \\0'"}
    Main.ImportModule("pandas", "pd")
    Main.ExecuteCode(made.get(form, "{'a': [1, 'x', None]}"), "before")
    Main.SetVariable("after", Main.GetVariable("before", form), form)
    names = Context().namespace
    if form == "Arrow":
        pd.testing.assert_frame_equal(names["after"], names["before"])  # type: ignore[arg-type]  # frames
    else:
        assert names["after"] == names["before"]


@pytest.mark.parametrize(("form", "name"), [("Arrow", "GetVariableArrow"), ("Pickle", "GetVariablePickle")])
def test_binary_data_passes_through_objectscript(form: str, name: str) -> None:
    Main.ExecuteCode("import pandas as pd; f = pd.DataFrame({'a': [1, 2]})")
    for use_string in (0, 1):  # a stream, then a string
        found = objectscript(
            f'set sc=##class(isc.py.Main).{name}("f",.data,{use_string}) '
            f'set sc2=##class(isc.py.Main).SetVariable("g",data,"{form}")'
        )
        assert (found["sc"], found["sc2"]) == (1, 1)
        assert Main.GetVariableJson("g") == '[{"a": 1}, {"a": 2}]'
        Main.ExecuteCode("del g")


@pytest.mark.parametrize("code", ["{'a': float('nan')}", "pd.DataFrame({'a': [float('nan')]}).iloc[0]"])
def test_json_spells_not_a_number_as_it_is_told(code: str) -> None:
    Main.ImportModule("pandas", "pd")
    Main.ExecuteCode(code, "v")
    assert Main.GetVariableJson("v") == '{"a": null}'
    assert Main.GetVariableJson("v", nan="string") == '{"a": "NaN"}'
    with pytest.raises(SerializationError, match=r"'v'.*nan, which JSON cannot spell"):
        Main.GetVariableJson("v", nan="error")
    with pytest.raises(SerializationError, match="nan 'zero' is unknown"):
        Main.GetVariableJson("v", nan="zero")


def objectscript(text: str) -> dict[str, object]:
    frame = Frame()
    compile_block(text).execute(frame)
    return frame.variables


def test_objectscript_gets_a_status_and_results_by_reference() -> None:
    found = objectscript(
        """
        set sc=##class(isc.py.Main).SimpleString("x='HELLO'","x",,.x)
        set sc2=##class(isc.py.Main).SimpleString("1/0")
        set text=$system.Status.GetErrorText(sc2)
        set alias="j"
        set sc3=##class(isc.py.Main).ImportModule("json",.imported,.alias)
        do ##class(isc.py.Main).GetVariableInfo("x",1,.defined,.type,.length)
        do ##class(isc.py.Main).GetVariableJson("x",.json,1)
        do ##class(isc.py.Main).GetVariable("x",0,.stream)
        do ##class(isc.py.Main).ExecuteFunctionArgs("foo","y",0,.y,1,2)
        do ##class(isc.py.Main).GetFunctionInfo("cube",.isdef,.ftype,.docs,.signature,.arguments)
        do ##class(isc.py.Main).GetModuleInfo("json",.there,.as)
        """
    )
    assert (found["sc"], found["x"], found["sc3"]) == (1, "HELLO", 1)
    assert status.is_error(found["sc2"])
    assert "ZeroDivisionError" in str(found["text"])
    assert (found["imported"], found["alias"]) == (1, "j")
    assert (found["defined"], found["type"], found["length"]) == (1, "builtins.str", 7)
    assert (found["json"], str(found["stream"]), found["y"]) == ('"HELLO"', "HELLO", "1 2 3 4")
    assert (found["isdef"], found["signature"], found["arguments"]) == (1, "(x)", "x")
    assert (found["there"], found["as"]) == (1, "j")


def test_a_status_says_what_the_exception_says() -> None:
    found = objectscript(
        'do ##class(isc.py.Main).ExecuteCode("f = lambda: 0") '
        'set text=$system.Status.GetErrorText(##class(isc.py.Main).GetVariableJson("f",.json))'
    )
    assert "variable 'f' of type builtins.function has no JSON form" in str(found["text"])


def test_the_status_of_the_last_exception_is_given_once() -> None:
    found = objectscript(
        'do ##class(isc.py.Main).ExecuteCode("1/0") set a=##class(isc.py.Main).GetStatus() '
        "set b=##class(isc.py.Main).GetStatus()"
    )
    assert status.is_error(found["a"])
    assert found["b"] == 1

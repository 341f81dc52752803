from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py import Callout, Main
from isc.py.data.namespace import open_namespace, use
from isc.py.objectscript import Frame, compile_block, status


@pytest.fixture(autouse=True)
def _namespace(tmp_path: Path) -> Iterator[None]:
    Callout.Finalize()
    with use(open_namespace(tmp_path)) as namespace:
        yield
        namespace.close()


def objectscript(text: str) -> dict[str, object]:
    frame = Frame()
    compile_block(text).execute(frame)
    return frame.variables


def test_the_callout_gives_objectscript_a_status_and_results_by_reference() -> None:
    found = objectscript(
        """
        set sc=##class(isc.py.Callout).Initialize()
        set sc1=##class(isc.py.Callout).SimpleString("x=6*7","x",1,.x)
        set sc2=##class(isc.py.Callout).SimpleString("1/0")
        set sc3=##class(isc.py.Callout).StreamInit(10)
        set sc4=##class(isc.py.Callout).StreamWrite("y="),sc5=##class(isc.py.Callout).StreamWrite("x+1")
        set sc6=##class(isc.py.Callout).StreamExecute()
        set sc7=##class(isc.py.Callout).StreamExecute()
        do ##class(isc.py.Main).SimpleString("","y",,.y)
        set literal=##class(isc.py.Callout).EscapeString("it's")
        set sc8=##class(isc.py.Callout).Finalize()
        """
    )
    assert [found[name] for name in ("sc", "sc1", "sc3", "sc4", "sc5", "sc6", "sc8")] == [1] * 7
    assert (found["x"], found["y"]) == ("42", "43")
    assert eval(str(found["literal"])) == "it's"
    assert "ZeroDivisionError" in status.text(found["sc2"])
    assert "call StreamInit first" in status.text(found["sc7"])


def test_rows_of_globals_and_what_is_wrong_with_them_reach_objectscript(tmp_path: Path) -> None:
    from isc.py.data.namespace import current
    from isc.py.iscpython_c.dollar_list import encode

    for key, row in enumerate([["a", 1, 66000], ["b", 0, None]], start=1):
        current().globals["G"][key] = encode(row)
    found = objectscript(
        """
        set sc=##class(isc.py.Main).ExecuteGlobal("^G","rows","list",1,,"+bd","key,name,on,day")
        set sc1=##class(isc.py.Main).ExecuteGlobal("G","frame","dataframe",2,2,"-b")
        set sc2=##class(isc.py.Main).ExecuteGlobal("G","wrong","list",1,,"+q")
        set sc3=##class(isc.py.Main).ExecuteGlobal("Nope","wrong","list")
        """
    )
    assert (found["sc"], found["sc1"]) == (1, 1)
    rows = "[('key', 'name', 'on', 'day'), (1, 'a', True, datetime.date(2021, 9, 13)), (2, 'b', False, None)]"
    assert Main.GetVariable("rows", "Repr") == rows
    assert Main.GetVariableJson("frame") == '[{"globalKey": 2, "2": false}]'
    assert "the letters are" in status.text(found["sc2"])
    assert "^Nope has no rows" in status.text(found["sc3"])

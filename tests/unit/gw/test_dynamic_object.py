import pickle

import pytest
from isc.py import Callout
from isc.py.gw import DynamicObject
from isc.py.init import Test
from isc.py.iscpython_c.context import Context
from isc.py.iscpython_c.exceptions import CodeError, IscError
from isc.py.objectscript import Frame, ObjectScriptError, compile_block


@pytest.fixture(autouse=True)
def _sample() -> None:
    Callout.Finalize()
    Test.Initialize()


def test_an_object_is_made_read_changed_and_called() -> None:
    person = DynamicObject("Person", "p1", "Ed", 25, "Boston")
    assert (person.name, person.age, person.getAgePlus(5)) == ("Ed", 25, 30)
    person.age = 40
    assert Context().evaluate("p1.age") == 40
    assert person._GetJSON() == '{"name": "Ed", "age": 40, "city": "Boston"}'


def test_primitives_come_as_values_and_all_else_as_another_object() -> None:
    Context().execute("class A: pass\na = A(); a.inner = A(); a.inner.items = [1, {'k': 2}]; a.n = None")
    a = DynamicObject("", "a")
    assert isinstance(a.inner, DynamicObject)
    assert (a.n, a._IsPrimitive("n"), a._IsPrimitive()) == (None, 1, 0)
    assert a.inner.items[0] == 1
    assert len(a.inner.items) == 2
    found = a.inner.items._ToDynObj()
    assert found.GetAt(2).GetAt("k") == 2


def test_objectscript_uses_it_as_an_object_of_its_own() -> None:
    frame = Frame()
    compile_block(
        """
        set p=##class(isc.py.gw.DynamicObject).%New("Employee","e","Ada",36,"London","ACME")
        set name=p.name, p.age=p.age+1, age=p.getAgePlus(3), json=p.%ToJSON(), string=p.%GetString(1)
        do p.%Rename("other")
        """
    ).execute(frame)
    found = frame.variables
    assert (found["name"], found["age"]) == ("Ada", 40)
    assert '"company": "ACME"' in str(found["json"])
    assert str(found["string"]).startswith("<")
    assert {"other"} == {name for name in Context().variables() if name in ("e", "other")}
    with pytest.raises(ObjectScriptError, match="<PROPERTY DOES NOT EXIST>"):
        compile_block("set x=p.nope").execute(frame)


def test_a_pickle_reaches_objectscript_as_characters_and_python_again() -> None:
    frame = Frame()
    compile_block(
        """
        set p=##class(isc.py.gw.DynamicObject).%New("list","l","ab"), data=p.%ToPickle(), size=$length(data)
        set sc=##class(isc.py.Main).SetVariable("again",data,"Pickle")
        """
    ).execute(frame)
    assert (frame.variables["sc"], Context().namespace["again"]) == (1, ["a", "b"])
    assert frame.variables["size"] == len(pickle.dumps(["a", "b"]))


def test_without_escaping_strings_are_expressions() -> None:
    person = DynamicObject("Person", "p", "Ed", 25, "Boston")
    person._EscapeOnSet = 0
    person.age = "20 + 1"
    person._EscapeOnCall = 0
    assert person.getAgePlus("cube(2)") == 29


def test_objects_are_passed_to_others_and_variables_freed() -> None:
    maker = DynamicObject("", "Person")
    one = maker("Ed", DynamicObject("list", "l", "ab"), "x")
    assert one.age[1] == "b"
    DynamicObject("", "l")._Delete()
    assert "l" not in Context().namespace
    kept = DynamicObject("list", "m")
    kept._DeleteOnClose = 1
    del kept
    assert "m" not in Context().namespace


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(CodeError, match="'nope' is not defined"):
        DynamicObject("", "nope")
    with pytest.raises(CodeError, match="NameError"):
        DynamicObject("Nope", "x")
    with pytest.raises(IscError, match="cannot be called"):
        DynamicObject("random.__name__", "x")
    with pytest.raises(AttributeError, match=r"has no 'nme' \(did you mean name\?\)"):
        _ = DynamicObject("Person", "p", "Ed", 25, "Boston").nme
    with pytest.raises(CodeError, match="TypeError"):
        DynamicObject("Person", "p", "Ed")

"""Properties as places: trees, ``i%Name``, items; variadic arguments passed on; names that are known when code runs."""

from typing import Any

import pytest
from isc.py.objectscript import Frame, ObjectScriptError, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

TEXT = """Class t.Tree Extends %RegisteredObject
{

Property Data [ MultiDimensional ];

Property Name As %String;

Property Rows As list Of %String;

Method NameSet(value) As %Status
{
    set i%Name = "<"_value_">"
    quit $$$OK
}

Method Fill()
{
    set ..Data("a", 1) = "x", ..Data("a", 2) = "y", ..Data("b") = "z"
    quit $data(..Data("a"))_$data(..Data("c"))_..Data("a", 2)
}

Method Walk()
{
    set found = "", key = ""
    for {
        set key = $order(..Data(key))
        quit:key=""
        set found = found_key
    }
    quit found
}

Method Copy()
{
    merge copy = ..Data
    kill ..Data("a")
    merge ..Data("new") = copy
    set i%Data("new", "c") = 1
    quit $get(copy("a", 1))_$data(..Data("a"))_..Data("new", "a", 2)_$increment(..Data("n"))_i%Data("new", "c")
}

Method Missing()
{
    quit ..Data("nothing")
}

ClassMethod Sum(args...)
{
    set total = 0
    for i = 1:1:$get(args) { set total = total + $get(args(i)) }
    quit total
}

ClassMethod Pass(args...)
{
    quit ..Sum(1, args...)
}

ClassMethod ByName()
{
    set x = 1, name = "x"
    do ..Change(.@name)
    quit x
}

ClassMethod Change(ByRef value)
{
    set value = value + 1
}

Method ByInstance()
{
    set i%Name = 4
    do ..Change(.i%Name)
    quit i%Name
}

}
"""


@pytest.fixture
def tree() -> Any:
    dictionary.reset()
    return build(parse_class(TEXT))._New()  # type: ignore[attr-defined]  # of every class of the language


def test_a_multidimensional_property_is_a_tree_of_its_object(tree: Any) -> None:
    assert tree.Fill() == "100y"
    assert tree.Walk() == "ab"
    assert tree.Copy() == "x0y11"
    other = type(tree)._New()
    assert other.Walk() == ""
    with pytest.raises(ObjectScriptError, match=r"<UNDEFINED> t\.Tree\.Data\(\"nothing\"\)"):
        other.Missing()


def test_i_percent_goes_past_the_set_method(tree: Any) -> None:
    frame = Frame({"tree": tree})
    compile_block(' set tree.Name="a" set $property(tree,"Rows",1)="r" write tree.Name').execute(frame)
    assert frame.output == ["<a>"]
    assert tree.ByInstance() == 5


def test_variadic_arguments_are_passed_on(tree: Any) -> None:
    assert tree.Pass(2, 3) == 6
    assert tree.Pass() == 1


def test_a_variable_is_passed_by_reference_under_a_name_that_a_text_holds(tree: Any) -> None:
    assert tree.ByName() == 2


def test_another_namespace_is_refused_by_name() -> None:
    with pytest.raises(ObjectScriptError, match=r"<NAMESPACE>.*HSLIB"):
        compile_block(' set $namespace = "HSLIB"').execute(Frame())


def test_what_only_the_vendors_server_has_is_a_note_and_an_error_when_it_is_reached() -> None:
    block = compile_block(' write 1\n quit:$zf(-1,"ls") 2\n quit 3')
    assert len(block.notes) == 1 and block.notes[0].startswith("line 2: $zf cannot be had here: it calls libraries")
    with pytest.raises(ObjectScriptError, match=r"<NOT SUPPORTED> \$zf cannot be had here"):
        block.execute(Frame())

"""Superclasses, short names, parameters, accessors: what a class gets from elsewhere."""

from typing import Any

import pytest
from isc.py.objectscript import ObjectScriptError, dictionary
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.sources import give_text


class _Folder:
    def __init__(self, *texts: str) -> None:
        self.texts = {text.split("Class ", 1)[1].split()[0]: text for text in texts}

    def find(self, name: str) -> str | None:
        return self.texts.get(name)

    def names(self) -> list[str]:
        return list(self.texts)


def give(*texts: str) -> None:
    dictionary.reset()
    dictionary.add_source(_Folder(*texts))


def new(name: str, *arguments: object) -> Any:
    return dictionary.resolve(name)._New(*arguments)  # type: ignore[attr-defined]  # of every class of the language


def says(name: str, extends: str, *methods: str, keywords: str = "") -> str:
    """A class whose methods return the class's name."""
    bodies = "".join(f'\nMethod {item}()\n{{\n    quit "{name}"\n}}\n' for item in methods)
    return f"Class {name}{f' Extends {extends}' if extends else ''} {keywords}\n{{\n{bodies}\n}}\n"


def test_the_leftmost_superclass_wins_with_all_it_inherits() -> None:
    give(
        says("t.Root", "%RegisteredObject", "A", "B", "C"),
        says("t.Left", "t.Root", "A"),
        says("t.Right", "t.Root", "A", "B", "D"),
        says("t.Both", "(t.Left, t.Right)"),
        says("t.Swapped", "(t.Left, t.Right)", keywords="[ Inheritance = right ]"),
    )
    both, swapped = new("t.Both"), new("t.Swapped")
    assert [both.A(), both.B(), both.C(), both.D()] == ["t.Left", "t.Root", "t.Root", "t.Right"]
    assert [swapped.A(), swapped.B(), swapped.C(), swapped.D()] == ["t.Right", "t.Right", "t.Root", "t.Right"]


@pytest.mark.parametrize("extends", ["(t.Root, t.Left)", "(t.Left, t.Root)", "(%RegisteredObject, t.Left)"])
def test_any_list_of_superclasses_is_taken(extends: str) -> None:
    give(says("t.Root", "%RegisteredObject", "A", "B"), says("t.Left", "t.Root", "A"), says("t.C", extends))
    assert new("t.C").A() == ("t.Root" if extends.startswith("(t.Root") else "t.Left")


def test_super_means_the_superclass_of_the_class_that_wrote_the_method() -> None:
    def adds(name: str, extends: str) -> str:
        return f'Class {name} Extends {extends}\n{{\nMethod M()\n{{\n    quit ##super()_">{name}"\n}}\n}}\n'

    give(
        'Class t.Root Extends %RegisteredObject\n{\nMethod M()\n{\n    quit "root"\n}\n}\n',
        adds("t.Left", "t.Root"),
        adds("t.Right", "t.Root"),
        adds("t.Both", "(t.Right, t.Left)"),
    )
    assert new("t.Both").M() == "root>t.Right>t.Both"


def test_callbacks_may_call_super_where_no_superclass_has_them() -> None:
    give("""Class t.C Extends %RegisteredObject
{
Property X;
Method %OnNew(x As %String) As %Status
{
    set ..X = x
    quit ##super(x)
}
}
""")
    assert new("t.C", 5).X == 5


def test_classes_are_found_by_short_names_in_the_package_and_in_imported_ones() -> None:
    give(
        "Class t.Person Extends %RegisteredObject\n{\nProperty Boss As Person;\nProperty Home As Place;\n}\n",
        "Class u.Place Extends %RegisteredObject\n{\nParameter P = 7;\n}\n",
        """Import u

Class t.Staff Extends Person
{
Property Where As Place;
Method Make()
{
    set ..Where = ##class(Place).%New()
    quit ##class(Person).%New()
}
}
""",
    )
    staff = new("t.Staff")
    assert dictionary.name_of(type(staff.Make())) == "t.Person"
    assert dictionary.name_of(type(staff.Where)) == "u.Place"
    types = {item.name: item.type for item in type(staff)._definition.properties}
    assert types == {"Where": "u.Place"}


def test_parameters_are_evaluated_for_the_class_that_is_asked() -> None:
    give(
        """Class t.A Extends %RegisteredObject
{
Parameter SUM = {2+3};
Parameter NAME = {%classname};
Parameter LATER As COSEXPRESSION = "..Count()";
Parameter PLAIN = "x";
ClassMethod Count()
{
    quit 1
}
ClassMethod All()
{
    quit ..#SUM_..#NAME_..#LATER_..#PLAIN
}
}
""",
        "Class t.B Extends t.A\n{\nParameter PLAIN = 9;\nClassMethod Count()\n{\n    quit 2\n}\n}\n",
    )
    assert (new("t.A").All(), new("t.B").All()) == ("5t.A1x", "5t.B29")


def test_accessors_stand_between_code_and_the_value() -> None:
    give("""Class t.A Extends %RegisteredObject
{
Property Size As %Integer [ InitialExpression = 1 ];
Property Twice As %Integer [ Calculated ];
Method SizeSet(value As %Integer) As %Status
{
    if value < 0 { quit $$$ERROR($$$GeneralError, "too small") }
    set i%Size = value
    quit $$$OK
}
Method TwiceGet() As %Integer
{
    quit i%Size * 2
}
Method Run()
{
    set ..Size = 4
    quit ..Twice
}
}
""")
    made = new("t.A")
    assert made.Run() == 8
    with pytest.raises(Exception, match="too small"):
        made._set_property("Size", -1)


def test_generators_run_once_for_each_class_that_has_the_method() -> None:
    give(
        """Class t.A Extends %RegisteredObject
{
Property One As %String;
Property Two As %Integer;

Method Names() As %String [ CodeMode = objectgenerator ]
{
    do %code.WriteLine(" set names = "_$$$quote(%class.Name))
    for i=1:1:%compiledclass.Properties.Count() {
        set property = %compiledclass.Properties.GetAt(i)
        do %code.WriteLine(" set names = names_"",""_"_$$$quote(property.Name))
    }
    do %code.WriteLine(" quit names")
    quit $$$OK
}

ClassMethod Old(x) [ CodeMode = generator ]
{
    set %code=0
    set %code=%code+1, %code(%code)=" set y=x+1"
    set %code=%code+1, %code(%code)=" quit y"
    quit $$$OK
}
}
""",
        "Class t.B Extends t.A\n{\nProperty Three;\n}\n",
    )
    assert new("t.A").Names() == "t.A,One,Two"
    assert new("t.B").Names() == "t.B,One,Two,Three"
    assert new("t.B").Old(4) == 5


def test_a_method_may_call_a_label() -> None:
    give("Class t.A\n{\nClassMethod M(x, ByRef y) [ CodeMode = call ]\n{\nAdd^Tools\n}\n}\n")
    give_text("routine", "Tools", "Add(a,b) public { quit a+b }\n")
    assert dictionary.resolve("t.A").M(2, 3) == 5  # type: ignore[attr-defined]  # built at run time


def test_python_methods_have_defaults_imports_and_a_clear_error_without_iris() -> None:
    give("""Class t.A Extends %RegisteredObject
{
Property Name [ InitialExpression = "n" ];
XData %import [ MimeType = application/python ]
{
import math
}
Method Sum(a, b = 2, rest...) [ Language = python ]
{
    return math.floor(a + b + len(rest)) if a else self.Name
}
ClassMethod Iris() [ Language = python ]
{
    import iris
    return iris.cls("x")
}
ClassMethod Wrong() [ Language = python ]
{
    return (
}
ClassMethod Basic() [ Language = basic ]
{
}
}
""")
    made = new("t.A")
    assert (made.Sum(1), made.Sum(1, 5, 0, 0), made.Sum(0)) == (3, 8, "n")
    for name, mentions in (("Wrong", "was never closed"), ("Basic", "written in basic")):
        with pytest.raises(Exception, match=mentions):
            getattr(made, name)()
    with pytest.raises(ObjectScriptError, match="takes 0"):
        made.Iris(1)


def test_circular_references_between_classes_are_no_matter() -> None:
    give(
        "Class t.A Extends %RegisteredObject\n{\nProperty B As t.B;\nMethod M()\n{\n quit ##class(t.B).%New()\n}\n}\n",
        "Class t.B Extends t.A\n{\nProperty A As t.A;\n}\n",
    )
    assert dictionary.name_of(type(new("t.A").M())) == "t.B"


def test_a_python_class_and_classes_of_files_extend_each_other() -> None:
    class Mixin(RegisteredObject):
        def Said(self) -> str:
            return "python"

    give("Class t.A Extends (t.Base, u.Mixin)\n{\n}\n", says("t.Base", "%RegisteredObject", "Other"))
    dictionary.register("u.Mixin", Mixin)
    made = new("t.A")
    assert (made.Said(), made.Other()) == ("python", "t.Base")

    class Sub(type(made)):  # type: ignore[misc]  # a class built at run time
        pass

    assert Sub().Other() == "t.Base"

"""``%Dictionary`` classes, and error names of the vendor's own include files."""

import pytest
from isc.py.objectscript import Frame, compile_block, compile_expression, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

TEXT = """Class t.Seen Extends %RegisteredObject [ Abstract ]
{

Parameter LIMIT = 5;

Property Name As %String [ Required ];

ClassMethod Add(a As %Integer, b) As %Integer
{
    quit a + b
}

XData Config [ MimeType = application/json ]
{
{"a": "}"}
}

}
"""


@pytest.fixture(autouse=True)
def seen() -> None:
    dictionary.reset()
    dictionary.register("t.Seen", build(parse_class(TEXT)))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ('##class(%Dictionary.CompiledClass).%ExistsId("t.Seen")', 1),
        ('##class(%Dictionary.CompiledClass).%ExistsId("t.Other")', 0),
        ('##class(%Dictionary.ClassDefinition).%OpenId("t.Seen").Super', "%RegisteredObject"),
        ('##class(%Dictionary.ClassDefinition).%OpenId("t.Seen").Abstract', 1),
        ('##class(%Dictionary.CompiledMethod).%ExistsId("t.Seen||Add")', 1),
        ('##class(%Dictionary.CompiledMethod).%ExistsId("t.Seen||%New")', 1),
        ('##class(%Dictionary.MethodDefinition).%ExistsId("t.Seen||%New")', 0),
        ('##class(%Dictionary.CompiledMethod).%OpenId("t.Seen||Add").FormalSpec', "a:%Integer,b"),
        ('##class(%Dictionary.CompiledMethod).IDKEYOpen("t.Seen","Add").Origin', "t.Seen"),
        ('##class(%Dictionary.PropertyDefinition).%OpenId("t.Seen||Name").Required', 1),
        ('##class(%Dictionary.CompiledParameter).%OpenId("t.Seen||LIMIT").Default', "5"),
        ('##class(%Dictionary.XDataDefinition).%OpenId("t.Seen||Config").Data.Read()', '{"a": "}"}'),
        ('##class(%Dictionary.CompiledXData).%OpenId("t.Seen||Config").MimeType', "application/json"),
        ('##class(%Dictionary.CompiledClass).%OpenId("t.Seen").Methods.GetAt(1).Name', "Add"),
        ('##class(%Dictionary.CompiledXData).%OpenId("t.Seen||None")', ""),
    ],
)
def test_a_class_tells_about_itself(code: str, value: object) -> None:
    assert compile_expression(code).evaluate(Frame()) == value


def test_an_id_that_names_nothing_gives_an_error_status() -> None:
    frame = Frame()
    compile_block(' set x=##class(%Dictionary.CompiledClass).%OpenId("t.No",,.sc) write $$$ISERR(sc)').execute(frame)
    assert frame.output == ["1"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('$$$ERROR($$$EnsErrGeneral,"why")', "ERROR <Ens>ErrGeneral: why"),
        ('$$$EnsError($$$EnsErrGeneral,"why")', "ERROR <Ens>ErrGeneral: why"),
        ('$$$ERROR($$$SomethingNobodyDefines,"a","b")', "ERROR <SomethingNobodyDefines>: a, b"),
        ('$$$ERROR($$$SQLError,-1,"m")', "ERROR #5540: SQLCODE: -1, message: m"),
        ('$$$ADDSC($$$OK,$$$ERROR(5001,"x [ y"))', "ERROR #5001: x [ y"),
    ],
)
def test_error_names_of_include_files_that_are_not_here_are_errors_all_the_same(code: str, text: str) -> None:
    frame = Frame()
    compile_block(f" write $system.Status.GetErrorText({code})").execute(frame)
    assert "".join(map(str, frame.output)) == text


def test_contains_is_no_bracket_in_the_arguments_of_a_macro() -> None:
    frame = Frame()
    compile_block(
        "#define Has(%a,%b) (%a)_(%b)\n"
        ' write $$$Has("ab" [ "b",[1,2].%Size()),$$$Has("b"]"a",{"x":[1]}.x.%Size()),$data(%),$data(%0)\n'
        " set %=1,%0=2 write %+%0"
    ).execute(frame)
    assert "".join(map(str, frame.output)) == "1211003"


def test_system_base_and_sql_functions() -> None:
    dictionary.register("t.Small", build(parse_class("Class t.Small Extends %SystemBase\n{\n\nProperty A;\n\n}\n")))
    frame = Frame()
    compile_block(
        ' set x=##class(t.Small).%New(),x.A=1 write x.A,$system.SQL.CEILING(1.5),$system.SQL.FLOOR(-1.5),"|"\n'
        ' write $system.SQL.Functions.ABS(-2),$system.SQL.MOD(-7,3),$system.SQL.SQRT(9),$system.SQL.SIGN(-4),"|"\n'
        ' try { $$$THROWONERROR(sc,$$$ERROR(5001,"bad")) } catch e { write $system.Status.GetErrorText(e.AsStatus()) }'
    ).execute(frame)
    assert "".join(map(str, frame.output)) == "12-2|2-13-1|ERROR #5001: bad"


def test_classes_are_not_made_here() -> None:
    frame = Frame()
    compile_block(
        ' try { set x=##class(%Dictionary.ClassDefinition).%New("t.Made") } catch e { write e.Name }\n'
        ' write $$$ISERR(##class(%Dictionary.ClassDefinition).%DeleteId("t.Seen"))'
    ).execute(frame)
    assert "".join(map(str, frame.output)) == "<NOT SUPPORTED>1"

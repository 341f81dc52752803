"""Mutated and truncated source files: what is wrong is told as an error of ours, and the process goes on."""

from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isc.py.data.namespace import open_namespace
from isc.py.iscpython_c.exceptions import IscError
from isc.py.objectscript import dictionary
from isc.py.objectscript.checking import check_class, check_include, check_routine
from isc.py.objectscript.source_files import read_items
from isc.py.objectscript.udl import parse_class

CLASS = """Include (%occStatus, My.Macros)
Import (A, B)

/// A class.
Class a.B Extends (%RegisteredObject, a.C) [ Abstract, DependsOn = (a.X, a.Y) ]
{

Parameter SUM = {1+2};
Property Name As %String(MAXLEN = 20, VALUELIST = ",a,b") [ InitialExpression = {"x"_$char(59)} ];
Relationship Up As a.P [ Cardinality = parent, Inverse = Down ];
Index I On (Name As Exact) [ Unique ];

Method M(ByRef a As %String, b = "c,)", d...) As %Status [ Final ]
{
#define TWICE(%x) ((%x) * 2)
#if 1 = 1
    set sc = $$$OK, x(1, "k") = $$$TWICE(3) ; said
#else
    broken
#endif
    for i=1:1:10 { quit:i>5  continue:i=2  do ..M(.a, , i) }
    if (x?1.3N1"a") && ('$isobject(a)) { set $piece(a, ",", 2) = {"j": [1, null]} }
    elseif x set:a b=1 quit
    try { throw ##class(%Exception.General).%New("x") } catch ex { set sc = ex.AsStatus() }
    do {
        set a = a _ "}"
    } while a < 3
    &html<<b>#(a)#</b>> &sql(SELECT 1 INTO :a) do x(d...,.@a,.i%P)
    set i%P(1)=^||g(1),$property(a,"b")=^|"X"|g,^(2)=$zu(1,"a")
    do label^Routine(1) quit $$f^G(@x@(1)) _ ^g("a", $order(^g("")))
}

ClassMethod P(x = 1) [ Language = python ]
{
    return {"a": [x]}
}

Query Q(n As %String) As %SQLQuery(ROWSPEC = "ID")
{
SELECT ID FROM a.B WHERE Name = :n
}

XData X [ MimeType = application/json ]
{
{ "a": {} }
}

Storage Default
{
<DataLocation>^a.B</DataLocation>
}

}
"""
EXPORT = """<?xml version="1.0"?>
<Export generator="IRIS"><Class name="a.B"><Super>%RegisteredObject</Super>
<Property name="P"><Type>%String</Type><Parameter name="MAXLEN" value="5"/></Property>
<Method name="M"><FormalSpec>a:%String="x",*b</FormalSpec><Implementation><![CDATA[ quit a_"]"
]]></Implementation></Method></Class>
<Routine name="R" type="MAC"><![CDATA[label(a) public { quit a }
 do label
]]></Routine></Export>
"""
ROUTINE = """ROUTINE A.Tool [Type=MAC]
#include B
 write "main",!
loop(i,j=2) set i=i+1 goto:i<5 loop+1 quit:j  do  quit i
 . set k=1
 . if k do
 . . write k
f(x) private {
    quit $select(x:1,1:0)
}
"""
FILES = [(CLASS, "B.cls"), (EXPORT, "B.xml"), (ROUTINE, "A.mac"), (ROUTINE, "A.rtn")]
_CHARACTERS = "{}()[]\"';:,.$#^@\\/ \n\t\r\x00&|<>=+-*%!?_aZ09é￿"


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A file with pieces of it lost, doubled, moved or replaced."""
    text, name = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "insert", "double", "truncate", "line"]))
        if kind == "cut":
            text = text[:at] + text[end:]
        elif kind == "insert":
            text = text[:at] + draw(st.text(_CHARACTERS, max_size=4)) + text[at:]
        elif kind == "double":
            text = text[:end] + text[at:]
        elif kind == "truncate":
            text = text[: max(at, 10)]
        else:
            lines = text.split("\n")
            lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(lines)))
            text = "\n".join(lines)
    return text, name


@settings(max_examples=400)
@given(mutated())
def test_only_errors_of_ours_come_from_a_broken_file(file: tuple[str, str]) -> None:
    dictionary.reset()
    text, name = file
    try:
        items = read_items(text, PurePath(name))
        for item in items:
            if item.kind == "class":
                check_class(parse_class(item.text, name))
            elif item.kind == "routine":
                check_routine(item.name, item.text)
            else:
                check_include(item.name, item.text)
    except IscError as error:
        assert str(error)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["cls", "xml", "mac", "inc", "rtn", "bpl"]))
def test_any_bytes_give_a_report(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"File.{suffix}"
    path.write_bytes(data)
    namespace = open_namespace(tmp_path)
    reports = namespace.load_path(path)
    assert all(report.error or report.class_name or report.notes for report in reports)


@pytest.mark.parametrize(
    "text",
    [
        "Class a.B\n{\nMethod M()\n{\n set x=" + "(" * 5000 + "\n}\n}\n",
        "Class a.B\n{\nMethod M()\n{\n set x=" + "(" * 2000 + "1" + ")" * 2000 + "\n}\n}\n",
        "Class a.B\n{\nMethod M()\n{\n" + " if 1 {\n" * 300 + " }\n" * 300 + "}\n}\n",
        "Class a.B\n{\nMethod M()\n{\n set x=1" + "+1" * 5000 + "\n}\n}\n",
        "Class a.B\n{\nMethod M()\n{\n" + "#if 1\n" * 2000 + "}\n}\n",
        "Class a.B\n{\nMethod M()\n{\n#define A(%x) $$$B(%x)\n#define B(%x) $$$A($$$A(%x))\n set x=$$$A(1)\n}\n}\n",
        "Class a.B\n{\nProperty X As %String" + "(" * 10000 + ";\n}\n",
    ],
)
def test_deep_nesting_and_length_end_in_a_report(tmp_path: Path, text: str) -> None:
    (tmp_path / "B.cls").write_text(text)
    (report,) = open_namespace(tmp_path).load_path(tmp_path / "B.cls")
    assert report.error or report.class_name == "a.B"

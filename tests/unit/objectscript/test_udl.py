"""Class files as people write them."""

import pytest
from isc.py.objectscript import CompileError
from isc.py.objectscript.udl import parse_class

EVERYTHING = """/* a licence
Class not.This */
Include (%occStatus, My.Macros)
IncludeGenerator %occExtent

Import (Other, Third)

/// What it is.
/// Second line.
Class a.b.Whole Extends (%Persistent, %XML.Adaptor) [ Abstract, ClassType = persistent, DependsOn = (a.X, a.Y),
    Inheritance = right, Not ProcedureBlock ]
{

/* between
   members */
Parameter PLAIN = "a ""quoted"" text";

Parameter NUMBER As INTEGER [ Constraint = "1,2", Flags = ENUM ] = -5;

Parameter COMPUTED = {$zversion_"{"};

Parameter LATER As COSEXPRESSION = "$horolog";

/// Doc.
Property Name As %String(MAXLEN = 20, VALUELIST = ",a,b;c") [ InitialExpression = {"x;y"_$char(59)}, Required ]; // said
Property Many As list Of a.Other;
Property ByKey As array Of %String(TRUNCATE = 1);
Property Multi [ MultiDimensional, Private ];
Property Spread As %String(
    MAXLEN = 5,
    PATTERN = "1.3N"
) [
    Transient
];

Relationship Parent As a.Parent [ Cardinality = parent, Inverse = Children ];

Index ByName On (Name As SQLUPPER(5), ByKey(KEYS)) [ Data = (Name, Many), Type = bitmap, Unique ];
Index Id On Name [ IdKey ];
ForeignKey FK(Name) References a.Other(ByName) [ OnDelete = cascade ];
Projection P As %Projection.Java(ROOTDIR = "/x");

Query ByName(name As %String = "") As %SQLQuery(CONTAINID = 1, ROWSPEC = "ID:%Integer,Name:%String") [ SqlProc ]
{
SELECT ID, Name FROM a_b.Whole
WHERE Name %STARTSWITH :name
}

Trigger Changed [ Event = UPDATE, Foreach = row/object ]
{
    new x
}

ClientMethod show() [ Language = javascript ]
{
    if (a) { b(); }
}

Method One(ByRef a As %String, Output b, c As %String(MAXLEN=3) = "a,b)", d... As %String) As %Status [ Final ]
{
    if c="}" { quit 1 }
    quit 0
}
ClassMethod Short() As %Integer { quit 1 }
ClassMethod Mode(x) [ codemode = expression, language = objectscript ]
{
x + 1
}

XData Json [ MimeType = application/json ]
{
{
  "a": {
}
}
}

Storage Default
{
<DataLocation>^a.WholeD</DataLocation>
}

}
"""


def test_every_kind_of_member_is_read() -> None:
    found = parse_class(EVERYTHING, "Whole.cls")
    assert (found.name, found.superclasses) == ("a.b.Whole", ("%Persistent", "%XML.Adaptor"))
    assert found.includes == ("%occStatus", "My.Macros")
    assert found.imports == ("Other", "Third")
    assert found.keywords == {
        "Abstract": "1",
        "ClassType": "persistent",
        "DependsOn": "(a.X, a.Y)",
        "Inheritance": "right",
        "ProcedureBlock": "0",
    }
    assert dict(found.parameters) == {
        "PLAIN": 'a "quoted" text',
        "NUMBER": "-5",
        "COMPUTED": '$zversion_"{"',
        "LATER": "$horolog",
    }
    assert (found.computed, found.evaluated) == ({"COMPUTED"}, {"LATER"})


def test_properties_keep_type_parameters_and_keywords() -> None:
    found = {item.name: item for item in parse_class(EVERYTHING).properties}
    assert list(found) == ["Name", "Many", "ByKey", "Multi", "Spread", "Parent"]
    assert found["Name"].parameters == {"MAXLEN": "20", "VALUELIST": ",a,b;c"}
    assert found["Name"].keywords == {"InitialExpression": '"x;y"_$char(59)', "Required": "1"}
    assert (found["Many"].collection, found["ByKey"].collection) == ("list", "array")
    assert found["Multi"].keywords == {"MultiDimensional": "1", "Private": "1"}
    assert found["Spread"].parameters == {"MAXLEN": "5", "PATTERN": "1.3N"}
    assert found["Spread"].keywords == {"Transient": "1"}
    assert (found["Parent"].cardinality, found["Parent"].type) == ("parent", "a.Parent")


def test_indices_and_queries_are_data() -> None:
    found = parse_class(EVERYTHING)
    assert [(item.name, item.properties) for item in found.indices] == [
        ("ByName", ("Name", "ByKey(KEYS)")),
        ("Id", ("Name",)),
    ]
    assert found.indices[0].keywords["Unique"] == "1"
    (query,) = found.queries
    assert query.parameters == {"CONTAINID": "1", "ROWSPEC": "ID:%Integer,Name:%String"}
    assert query.arguments[0].default == '""'
    assert query.body.startswith("SELECT ID")


def test_methods_keep_arguments_body_and_the_line_of_it() -> None:
    found = {item.name: item for item in parse_class(EVERYTHING).methods}
    assert list(found) == ["One", "Short", "Mode"]
    one = found["One"]
    assert [(item.name, item.mode, item.default) for item in one.arguments] == [
        ("a", "byref", None),
        ("b", "output", None),
        ("c", "", '"a,b)"'),
        ("d", "variadic", None),
    ]
    assert (one.returns, one.keywords) == ("%Status", {"Final": "1"})
    assert EVERYTHING.split("\n")[one.line - 1] == one.body.split("\n")[0]
    assert found["Short"].body.strip() == "quit 1"
    assert EVERYTHING.split("\n")[found["Short"].line - 1].startswith("ClassMethod Short")
    assert found["Mode"].code_mode == "expression"


def test_what_is_left_out_is_noted_with_its_line() -> None:
    notes = parse_class(EVERYTHING).notes
    assert len(notes) == 3
    for word in ("Projection P", "Trigger Changed", "ClientMethod show"):
        line = next(n for n, text in enumerate(EVERYTHING.split("\n"), 1) if text.startswith(word))
        assert any(note.startswith(f"line {line}: {word}") for note in notes)


def test_braces_in_column_0_close_a_body_only_when_they_are_its_own() -> None:
    found = parse_class(EVERYTHING)
    assert found.xdatas[0].text == '{\n  "a": {\n}\n}'
    code = "Class a.B\n{\nMethod M()\n{\n if a {\n  quit 1\n}\n quit 2\n}\n\nMethod N()\n{\n}\n\n}\n"
    assert parse_class(code).methods[0].body.endswith("quit 2")


@pytest.mark.parametrize(
    "text",
    [
        "Class a.B { Property X As %String;\n}\n",
        "class a.B extends %RegisteredObject\n{\nproperty X as %String;\n}\n",
        "Class a.B\n{\n\n  Property X As %String;\n\n  Method M()\n  {\n    quit\n  }\n\n}",
        "\ufeffClass a.B\r\n{\r\nProperty X As %String;\r\n}\r\n",
        "Class a.B [\n Abstract\n]\n{\nProperty X;\n}\n// end\n",
    ],
)
def test_layout_makes_no_difference(text: str) -> None:
    found = parse_class(text)
    assert [(item.name, item.type) for item in found.properties] == [("X", "%Library.String")]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("class Old {\n  super = %Persistent;\n  attribute X { type = %String; }\n}\n", 1, "CDL"),
        ("public class Foo {}\n", 1, "Class NAME"),
        ("Class a.B\n{\nMethod M()\n{\n}\n\nMethod M()\n{\n}\n}\n", 7, "Method M is there twice"),
        ("Class a.B\n{\n}\nProperty X;\n", 4, "behind"),
        ("Class a.B\n{\nMethod M()\n{\n quit\n}\nPropertie X;\n\nMethod N()\n{\n}\n}\n", 7, "Propertie"),
        ("Class a.B\n{\n/* never\n", 3, "'*/'"),
        ("Class a.B\n{\nMethod M()\n}\n", 3, "'{'"),
        ("", 1, "Class NAME"),
    ],
)
def test_what_is_no_class_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse_class(text, "B.cls")
    assert (caught.value.line, reason.lower() in str(caught.value).lower()) == (line, True), str(caught.value)


def test_code_in_a_keyword_may_close_in_the_first_column() -> None:
    found = parse_class(
        "Class a.B Extends %Persistent\n{\n"
        'Property Age As %Integer [ Calculated, SqlComputeCode = { set {Age}=$piece({DOB},",")\n}, SqlComputed ];\n'
        "Method M() [ GenerateAfter = (\nN\n) ]\n{\n}\n}\n"
    )
    assert found.properties[0].keywords == {
        "Calculated": "1",
        "SqlComputeCode": 'set {Age}=$piece({DOB},",")',
        "SqlComputed": "1",
    }
    with pytest.raises(CompileError, match="Property Age has no ';'"):
        parse_class("Class a.B\n{\nProperty Age As %Integer\n}\n")

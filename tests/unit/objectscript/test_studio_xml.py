from pathlib import PurePath

import pytest
from isc.py.objectscript import CompileError, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.source_files import read_items
from isc.py.objectscript.udl import parse_class

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<Export generator="IRIS" version="26" zv="IRIS for UNIX" ts="2024-01-01 00:00:00">
<Class name="demo.Person">
<Description>
A person &lt;b&gt;.</Description>
<IncludeCode>demo.Macros</IncludeCode>
<Super>%RegisteredObject,demo.Mixin</Super>
<Abstract>0</Abstract>
<ClassType>persistent</ClassType>
<ProcedureBlock>1</ProcedureBlock>
<TimeChanged>66000,1</TimeChanged>

<Parameter name="GREETING">
<Type>%String</Type>
<Default>say "hi"</Default>
</Parameter>

<Parameter name="SUM">
<Expression>1+2</Expression>
</Parameter>

<Property name="Name">
<Type>%String</Type>
<Required>1</Required>
<InitialExpression>"a"_"b"</InitialExpression>
<Parameter name="MAXLEN" value="20"/>
<Parameter name="VALUELIST" value=",ab,b;c"/>
</Property>

<Property name="Tags">
<Type>%String</Type>
<Collection>list</Collection>
</Property>

<Property name="Boss">
<Type>demo.Person</Type>
<Cardinality>one</Cardinality>
<Inverse>Staff</Inverse>
<Relationship>1</Relationship>
</Property>

<Index name="ByName">
<Properties>Name:EXACT,Tags(ELEMENTS)</Properties>
<Unique>1</Unique>
</Index>

<Method name="Greet">
<FormalSpec>who:%String="you, or me",&amp;count:%Integer,*out,rest...</FormalSpec>
<ReturnType>%String</ReturnType>
<Implementation><![CDATA[
    if who = "}" {
        quit 1
}
    quit ..#GREETING_who
]]></Implementation>
</Method>

<Method name="Twice">
<ClassMethod>1</ClassMethod>
<CodeMode>expression</CodeMode>
<FormalSpec>x</FormalSpec>
<Implementation>x*2</Implementation>
</Method>

<Query name="All">
<Type>%SQLQuery</Type>
<FormalSpec>name</FormalSpec>
<SqlQuery>SELECT ID FROM demo.Person</SqlQuery>
<Parameter name="ROWSPEC" value="ID:%Integer"/>
</Query>

<Trigger name="T"><Event>INSERT</Event><Code>  quit
</Code></Trigger>

<XData name="Data">
<MimeType>application/json</MimeType>
<Data><![CDATA[
{"a": 1}
]]></Data>
</XData>

<Storage name="Default">
<Type>%Storage.Persistent</Type>
<DataLocation>^demo.PersonD</DataLocation>
<Data name="PersonDefaultData">
<Value name="1">
<Value>%%CLASSNAME</Value>
</Value>
<Value name="2">
<Value>Name</Value>
</Value>
</Data>
</Storage>
</Class>

<Routine name="demo.Tools" type="MAC" languagemode="0" timestamp="1"><![CDATA[
Run quit 1
]]></Routine>

<Routine name="demo.Macros" type="INC"><![CDATA[
#define A 1
]]></Routine>

<Document name="demo.Other.cls"><![CDATA[
Class demo.Other
{
}
]]></Document>

<Global><Node><Sub>^X</Sub></Node></Global>

<Project name="Demo" LastModified="x"><Items>
<ProjectItem name="demo.Person" type="CLS"></ProjectItem>
<ProjectItem name="demo.Tools.mac" type="MAC"></ProjectItem>
<ProjectItem name="demo.Absent" type="CLS"></ProjectItem>
</Items></Project>
</Export>
"""


@pytest.fixture(autouse=True)
def _dictionary() -> None:
    dictionary.reset()


def test_an_export_gives_each_thing_it_holds() -> None:
    items = read_items(EXPORT, PurePath("export.xml"))
    assert [(item.kind, item.name) for item in items] == [
        ("class", "demo.Person"),
        ("routine", "demo.Tools"),
        ("include", "demo.Macros"),
        ("class", "demo.Other"),
        ("other", ""),
        ("project", "Demo"),
    ]
    assert "Global" in items[4].notes[0]
    assert "demo.Absent" in items[5].notes[0]
    assert "demo.Tools" not in items[5].notes[0]


def test_a_class_of_an_export_is_the_class_its_udl_would_be() -> None:
    found = parse_class(read_items(EXPORT, PurePath("export.xml"))[0].text)
    assert (found.name, found.superclasses) == ("demo.Person", ("%RegisteredObject", "demo.Mixin"))
    assert found.includes == ("demo.Macros",)
    assert found.keywords["ClassType"] == "persistent"
    assert found.parameters["GREETING"] == 'say "hi"'
    assert found.computed == {"SUM"}
    name, tags, boss = found.properties
    assert (name.parameters, name.keywords["Required"]) == ({"MAXLEN": "20", "VALUELIST": ",ab,b;c"}, "1")
    assert name.keywords["InitialExpression"] == '"a"_"b"'
    assert (tags.collection, boss.cardinality, boss.keywords["Inverse"]) == ("list", "one", "Staff")
    assert found.indices[0].properties == ("Name", "Tags(ELEMENTS)")
    assert [(item.name, item.mode, item.default) for item in found.methods[0].arguments] == [
        ("who", "", '"you, or me"'),
        ("count", "byref", None),
        ("out", "output", None),
        ("rest", "variadic", None),
    ]
    assert found.methods[1].is_class_method
    assert found.queries[0].parameters == {"ROWSPEC": "ID:%Integer"}
    assert found.xdatas[0].text.strip() == '{"a": 1}'
    assert found.storage is not None
    assert found.storage.positions == {"%%CLASSNAME": 1, "Name": 2}


def test_a_class_of_an_export_runs() -> None:
    text = read_items(EXPORT, PurePath("export.xml"))[0].text.replace(
        "(%RegisteredObject,demo.Mixin)", "%RegisteredObject"
    )
    person = build(parse_class(text))._New()  # type: ignore[attr-defined]  # built at run time
    assert (person.Name, person.Greet("Ada"), person.Greet("}"), person.Twice(4)) == ("ab", 'say "hi"Ada', 1, 8)
    assert person._GetParameter("SUM") == 3


def test_lines_of_an_export_are_known_for_every_line_of_a_body() -> None:
    item = read_items(EXPORT, PurePath("export.xml"))[0]
    lines, original = item.text.split("\n"), EXPORT.split("\n")
    at = lines.index("    quit ..#GREETING_who")
    assert original[item.line(at + 1) - 1] == "    quit ..#GREETING_who"
    routine = read_items(EXPORT, PurePath("export.xml"))[1]
    assert original[routine.line(1) - 1] == "Run quit 1"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("<Export>\n<Class>\n</Export>", 3, "no XML"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<Export>&e;</Export>', 1, "entities"),
        ("<project>\n</project>", 1, "<project>"),
        ("not xml at all", 1, "no XML"),
        ("<Export", 1, "no XML"),
    ],
)
def test_what_is_no_export_is_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(CompileError, match=reason) as caught:
        read_items(text, PurePath("x.xml"))
    assert caught.value.line == line


def test_a_bare_process_becomes_a_class_named_after_its_file() -> None:
    text = "<?xml version='1.0'?>\n<process request='Ens.Request'>\n<sequence>\n</sequence>\n</process>\n"
    (item,) = read_items(text, PurePath("folder/Demo.Route.bpl"))
    found = parse_class(item.text)
    assert (found.name, found.superclasses) == ("Demo.Route", ("Ens.BusinessProcessBPL",))
    assert found.xdatas[0].text.strip().startswith("<process")
    at = item.text.split("\n").index("<sequence>")
    assert item.line(at + 1) == 3


def test_routine_files_say_name_and_kind_in_their_first_line_or_their_name() -> None:
    def kinds(text: str, name: str) -> list[tuple[str, str]]:
        return [(item.kind, item.name) for item in read_items(text, PurePath(name))]

    assert kinds("ROUTINE My.Tool [Type=MAC]\nA quit\n", "x.mac") == [("routine", "My.Tool")]
    assert kinds("ROUTINE My.Tool [Type=INC,Generated]\n#define A 1\n", "x.inc") == [("include", "My.Tool")]
    assert kinds("#define A 1\n", "folder/Plain.inc") == [("include", "Plain")]
    assert kinds("A quit\n", "Plain.int") == [("routine", "Plain")]
    exported = (
        "Cache for UNIX^INT^saved^~Format=Cache.S~\n%RO on 1 Jan 2020\n"
        "ONE^INT^1^65000,1^0\nONE ;\n quit 1\n\nTWO^INC^1^65000,1\n#define B 2\n\n\n"
    )
    first, second = read_items(exported, PurePath("all.rtn"))
    assert (first.kind, first.name, first.text, first.line(2)) == ("routine", "ONE", "ONE ;\n quit 1", 5)
    assert (second.kind, second.name) == ("include", "TWO")
    with pytest.raises(CompileError, match="NAME"):
        read_items("nothing here", PurePath("x.rtn"))

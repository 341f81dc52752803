"""``%ZEN.proxyObject`` and the JSON providers."""

from collections.abc import Iterator

import pytest
from isc.py.objectscript import Frame, compile_block, dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

PERSON = """Class z.Person Extends %RegisteredObject
{
Property Name As %String;
Property Age As %Integer;
Property Home As z.Place;
Property Tags As list Of %String;
}"""
PLACE = "Class z.Place Extends %RegisteredObject\n{\nProperty City As %String;\n}"


@pytest.fixture(autouse=True)
def _classes() -> Iterator[None]:
    dictionary.reset()
    for text in (PLACE, PERSON):
        definition = parse_class(text)
        dictionary.register(definition.name, build(definition))
    yield
    dictionary.reset()


@pytest.mark.parametrize(
    ("code", "output"),
    [
        (' set p=##class(%ZEN.proxyObject).%New() set p.Name="Ann" write p.Name,"|",p.Other,"|"', "Ann||"),
        (
            ' do p.%ConvertJSONToObject("{""a"":[1,""x"",{""b"":true}]}",,.o)'
            " write o.a.Count(),o.a.GetAt(2),o.a.GetAt(3).b",
            "3x1",
        ),
        (' write $system.Status.IsError(p.%ConvertJSONToObject("{""a"":",,.o)),$data(o)', "10"),
        (
            ' set j="{""Name"":""Bo"",""Age"":7,""Home"":{""City"":""X""},""Tags"":[""s"",""t""]}"'
            ' write p.%ConvertJSONToObject(j,"z.Person",.o)'
            ' write o.%ClassName(1),o.Name,o.Age+1,o.Home.City,o.Home.%ClassName(),o.Tags.Count()',
            "1z.PersonBo8XPlace2",
        ),
        (
            ' set sc=p.%ConvertJSONToObject("{""Nam"":1}","z.Person",.o)'
            ' write $system.Status.GetErrorText(sc)["Nam of z.Person"',
            "1",
        ),
        (
            ' set o=##class(z.Person).%New(),o.Name="A",o.Home=##class(z.Place).%New(),o.Home.City="C"'
            ' do o.Tags.Insert("q") do p.%ObjectToJSON(o)',
            '{"Name":"A","Age":"","Home":{"City":"C"},"Tags":["q"]}',
        ),
        (
            " set o=##class(%ZEN.proxyObject).%New(),o.n=1 do p.%WriteJSONStreamFromObject(.s,o) write s.Read()",
            '{"n":1}',
        ),
        (' set o=##class(%ZEN.proxyObject).%New(),o.me=o write $system.Status.IsError(p.%ObjectToJSON(o))', "1"),
        (' write $system.Status.IsError(p.%ObjectToJSON("none"))', "1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("provider", ["jsonProvider", "altJSONProvider"])
def test_json(provider: str, code: str, output: str) -> None:
    frame = Frame()
    compile_block(f" set p=##class(%ZEN.Auxiliary.{provider}).%New()\n{code}").execute(frame)
    assert "".join(map(str, frame.output)) == output


def test_containers_take_what_they_hold() -> None:
    frame = Frame()
    compile_block(
        ' write ##class(Ens.StringContainer).%New("text").StringValue,##class(Ens.StringContainer).%New().StringValue\n'
        " set s=##class(%Stream.TmpCharacter).%New() do s.Write(1)\n"
        " set c=##class(Ens.StreamContainer).%New(s) do c.Stream.Rewind() write c.Stream.Read()"
    ).execute(frame)
    assert "".join(map(str, frame.output)) == "text1"

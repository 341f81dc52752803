from pathlib import Path

import pytest
from isc.py.objectscript import ClassNotFoundError, CompileError, dictionary, status
from isc.py.objectscript.builder import build
from isc.py.objectscript.definitions import find_xdata
from isc.py.objectscript.library.streams import CharacterStream
from isc.py.objectscript.objects import RegisteredObject
from isc.py.objectscript.udl import load_file, parse_class

PERSON = """Include %occStatus

/// A person.
Class my.test.Person Extends (%RegisteredObject) [ ClassType = persistent ]
{

Parameter GREETING As %String = "Hello";

/// The name.
Property Name As %String(MAXLEN = 20) [ Required ];

Property Age As %Integer(MINVAL = 0, MAXVAL = 150) [ InitialExpression = {10+8} ];

Property Tags As list Of %String;

Property Kind As %String(VALUELIST = ",A,B");

Index NameIndex On Name [ Unique ];

Method Greet(who As %String = "you", Output said) As %String
{
    set said = 1
    quit ..#GREETING_" "_who_", "_..Name
}

ClassMethod Twice(x As %Integer) As %Integer [ CodeMode = expression ]
{
x*2
}

ClassMethod Cube(x) [ Language = python ]
{
    return x ** 3
}

XData Notes [ MimeType = text/plain ]
{
<a>
  {braces}
</a>
}

Storage Default
{
<Data name="PersonDefaultData">
<Value name="1"><Value>%%CLASSNAME</Value></Value>
<Value name="2"><Value>Name</Value></Value>
</Data>
<DataLocation>^my.test.PersonD</DataLocation>
<IdLocation>^my.test.PersonD</IdLocation>
<Type>%Storage.Persistent</Type>
}

}
"""


@pytest.fixture(autouse=True)
def _dictionary() -> None:
    dictionary.reset()


def test_a_class_file_is_read_with_all_its_members_and_lines() -> None:
    definition = parse_class(PERSON, "Person.cls")
    assert definition.name == "my.test.Person"
    assert definition.superclasses == ("%RegisteredObject",)
    assert definition.keywords == {"ClassType": "persistent"}
    assert [(item.name, item.type, item.collection) for item in definition.properties] == [
        ("Name", "%Library.String", ""),
        ("Age", "%Library.Integer", ""),
        ("Tags", "%Library.String", "list"),
        ("Kind", "%Library.String", ""),
    ]
    assert definition.properties[1].parameters == {"MINVAL": "0", "MAXVAL": "150"}
    assert definition.storage is not None
    assert definition.storage.positions == {"%%CLASSNAME": 1, "Name": 2}
    assert PERSON.splitlines()[definition.xdatas[0].line - 1] == "<a>"
    assert definition.indices[0].properties == ("Name",)


def test_line_ends_and_byte_order_marks_of_windows_make_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "Person.cls"
    path.write_bytes(b"\xef\xbb\xbf" + PERSON.replace("\n", "\r\n").encode())
    assert load_file(path).properties == parse_class(PERSON).properties


def test_a_built_class_behaves_as_the_language_says() -> None:
    person = build(parse_class(PERSON))._New()  # type: ignore[attr-defined]  # built at run time
    assert (person.Name, person.Age, list(person.Tags)) == ("", 18, [])
    person._set_property("Name", "Ada")
    assert person.Greet("dear") == "Hello dear, Ada"
    assert person.Twice("4 of them") == 8
    assert person.Cube(3) == 27
    assert person._ValidateObject() == 1


@pytest.mark.parametrize(
    ("name", "value", "mentions"),
    [
        ("Name", "", "required"),
        ("Name", "x" * 21, "MAXLEN"),
        ("Age", 200, "MAXVAL"),
        ("Age", "old", "Integer"),
        ("Kind", "C", "VALUELIST"),
    ],
)
def test_validation_names_the_property_and_the_rule(name: str, value: object, mentions: str) -> None:
    person = build(parse_class(PERSON))._New()  # type: ignore[attr-defined]  # built at run time
    person._set_property("Name", "Ada")
    person._set_property(name, value)
    wrong = person._ValidateObject()
    assert status.is_error(wrong)
    assert name in status.text(wrong)
    assert mentions.lower() in status.text(wrong).lower()


class _Folder:
    def __init__(self, **texts: str) -> None:
        self.texts = {name.replace("__", "."): text for name, text in texts.items()}

    def find(self, name: str) -> str | None:
        return self.texts.get(name)

    def names(self) -> list[str]:
        return list(self.texts)


def test_sources_give_classes_when_they_are_asked_for_and_bases_follow() -> None:
    dictionary.add_source(
        _Folder(
            a__Base="Class a.Base\n{\nParameter P = 1;\nXData X\n{\nhi\n}\n}\n",
            a__Derived="Class a.Derived Extends Base\n{\n}\n",
        )
    )
    derived = dictionary.resolve("a.Derived")
    assert issubclass(derived, dictionary.resolve("a.Base"))
    assert issubclass(derived, RegisteredObject)
    assert dictionary.name_of(derived) == "a.Derived"
    found = find_xdata(derived, "X")
    assert found is not None
    assert found[1].text == "hi"


def test_a_python_class_resolves_by_import_path_and_a_percent_class_by_its_short_name() -> None:
    assert dictionary.resolve("%PopulateUtils") is dictionary.resolve("%Library.PopulateUtils")
    assert dictionary.resolve("%Stream.TmpCharacter") is CharacterStream
    assert dictionary.name_of(CharacterStream) == "%Stream.TmpCharacter"


def test_a_class_that_nobody_has_is_named_with_similar_names_and_the_mend() -> None:
    with pytest.raises(ClassNotFoundError, match=r"no\.Such.*iscpy load"):
        dictionary.resolve("no.Such")
    with pytest.raises(ClassNotFoundError, match=r"did you mean %Library\.PopulateUtils"):
        dictionary.resolve("%Library.PopulateUtil")


def test_a_missing_superclass_names_the_class_that_wants_it() -> None:
    with pytest.raises(ClassNotFoundError, match=r"no\.Base.*a\.B"):
        build(parse_class("Class a.B Extends no.Base\n{\n}\n"))


def test_a_class_that_extends_itself_is_refused() -> None:
    dictionary.add_source(_Folder(a__A="Class a.A Extends a.B\n{\n}\n", a__B="Class a.B Extends a.A\n{\n}\n"))
    with pytest.raises(ClassNotFoundError, match="extends itself"):
        dictionary.resolve("a.A")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("nothing", 1, "Class NAME"),
        ("Class a.B\n{\nWhatever X;\n}\n", 3, "Whatever X"),
        ("Class a.B\n{\nMethod M()\n{\n quit\n", 3, "no '}'"),
        ("Class a.B\n{\nProperty P As %String\n}\n", 3, "no ';'"),
        ("Class a.B\n{\nStorage Default\n{\n<Data\n}\n}\n", 5, "no XML"),
    ],
)
def test_text_that_is_no_class_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(CompileError) as caught:
        parse_class(text, "B.cls")
    assert caught.value.line in (line, line + 1)
    assert reason in str(caught.value)
    assert "B.cls" in str(caught.value)


def test_streams_are_written_and_read_by_line() -> None:
    stream = CharacterStream()
    stream.WriteLine("one")
    stream.Write("two")
    assert (stream.ReadLine(), stream.AtEnd, stream.ReadLine(), stream.AtEnd, str(stream)) == (
        "one",
        0,
        "two",
        1,
        "one\ntwo",
    )

"""Messages that hold objects: they travel, and rest in the bank, as JSON with the classes of the objects."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.namespace import open_namespace, use
from isc.py.msg import MessageError, StringRequest, wire
from isc.py.msg.hl7 import HL7Message
from isc.py.objectscript import dictionary
from isc.py.objectscript.builder import build
from isc.py.objectscript.udl import parse_class

ADDRESS = """Class t.Address Extends %SerialObject
{
Property City As %String;
Property Lines As list Of %String;
Property Note As %Stream.TmpCharacter;
Property Next As t.Address;
}
"""
ABROAD = """Class t.Abroad Extends t.Address
{
Property Country As %String;
}
"""
CLIENT = """Class t.Client Extends %Persistent
{
Property Name As %String;
}
"""
ORDER = """Class t.Order Extends Ens.Request
{
Property Name As %String;
Property Home As t.Address;
Property Others As list Of t.Address;
Property Named As array Of t.Address;
Property Document As EnsLib.HL7.Message;
Property Any As Ens.Request;
Property Json As %DynamicObject;
Property Client As t.Client;
}
"""


@pytest.fixture(autouse=True)
def classes() -> Iterator[None]:
    dictionary.reset()
    for text in (ADDRESS, ABROAD, CLIENT, ORDER):
        definition = parse_class(text, source="t.cls")
        dictionary.register(definition.name, build(definition))
    yield
    dictionary.reset()


def new(name: str, **values: object) -> Any:
    made: Any = dictionary.resolve(name)._New()  # type: ignore[attr-defined]  # an object of the language
    for key, value in values.items():
        made._set_property(key, value)
    return made


def there_and_back(message: Any) -> Any:
    text = wire.dump(message)
    again = wire.load(text)
    assert wire.dump(again) == text
    return again


def test_objects_of_properties_and_collections_travel_with_their_classes() -> None:
    home = new("t.Abroad", City="Oslo", Country="NO", Next=new("t.Address", City="Rome"))
    home.Lines.Insert("first")
    home.Note.Write("a note")
    order = new("t.Order", Name="o", Home=home)
    order.Others.Insert(new("t.Address", City="Bern"))
    order.Named.SetAt(new("t.Address", City="Paris"), "fr")
    again = there_and_back(order)
    assert isinstance(again.Home, dictionary.resolve("t.Abroad"))
    assert (again.Home.City, again.Home.Country, list(again.Home.Lines)) == ("Oslo", "NO", ["first"])
    assert (str(again.Home.Note), again.Home.Next.City) == ("a note", "Rome")
    assert (again.Others.GetAt(1).City, again.Named.GetAt("fr").City) == ("Bern", "Paris")


def test_messages_and_json_inside_a_message_travel() -> None:
    text = "MSH|^~\\&|A\rPID|1\r"
    json_object: Any = dictionary.resolve("%Library.DynamicObject")
    order = new(
        "t.Order",
        Document=HL7Message(RawContent=text),
        Any=StringRequest(StringValue="inner"),
        Json=json_object._FromJSON('{"a": [1, {"b": true}]}'),
    )
    again = there_and_back(order)
    assert again.Document == HL7Message(RawContent=text)
    assert again.Any == StringRequest(StringValue="inner")
    assert again.Json._ToJSON() == order.Json._ToJSON()


def test_a_saved_object_travels_as_its_id(tmp_path: Path) -> None:
    with use(open_namespace(tmp_path)) as namespace:
        client = new("t.Client", Name="Ann")
        assert client._Save() == 1
        again = there_and_back(new("t.Order", Client=client))
        assert (again.Client.Name, again.Client._Id()) == ("Ann", client._Id())
        assert there_and_back(new("t.Order", Client=new("t.Client", Name="new"))).Client._Id() == ""
    namespace.close()


def test_json_of_a_user_is_read_by_the_types_of_the_properties() -> None:
    text = '{"Home": {"City": "Rome", "Lines": ["x"]}, "Others": [{"City": "Oslo"}], "Document": {"RawContent": ""}}'
    order: Any = wire.message_of("t.Order", text)
    assert (order.Home.City, list(order.Home.Lines), order.Others.GetAt(1).City) == ("Rome", ["x"], "Oslo")
    assert isinstance(order.Document, HL7Message)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"Home": {"Cty": "x"}}', "t.Order: t.Address has no property 'Cty' .did you mean City"),
        (
            '{"Home": {"%class": "t.Nothing"}}',
            "t.Order: an object stands where a t.Nothing should: there is no such class",
        ),
        ('{"Name": {"a": 1}}', "t.Order: an object stands where a %Library.String should"),
        ('{"Document": {"Raw": "x"}}', "EnsLib.HL7.Message has no property 'Raw'"),
    ],
)
def test_json_that_does_not_fit_is_named(text: str, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        wire.message_of("t.Order", text)


def test_an_object_that_holds_itself_cannot_travel() -> None:
    home = new("t.Address")
    home.Next = home
    with pytest.raises(MessageError, match="64 objects deep: does it refer to itself"):
        wire.dump(new("t.Order", Home=home))

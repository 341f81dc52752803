"""The form of a message: fields of its schema, and what was typed as the message has it."""

import pytest
from isc.py.console.web.forms import PREFIX, Field, FormError, fields_of, typed_of, values_of
from isc.py.msg.schema import json_schema
from isc.py.objectscript import builder, dictionary
from isc.py.objectscript.udl import parse_class

PART = """Class t.Part Extends %SerialObject
{

Property Street As %String;

}
"""
CLASS = """Class t.All Extends Ens.Request
{

Property Name As %String(MAXLEN = 20) [ Required ];

Property Yes As %Boolean;

Property Colour As %String(VALUELIST = ",red,green") [ Required ];

Property Day As %Date;

Property At As %Time;

Property Stamp As %TimeStamp;

Property Numbers As list Of %Integer;

Property Home As t.Part;

}
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    for name, text in (("t.Part", PART), ("t.All", CLASS)):
        dictionary.register(name, builder.build(parse_class(text, source=name)))
    try:
        return json_schema("t.All")
    finally:
        dictionary.reset()


def field(schema: dict[str, object], name: str, **values: object) -> Field:
    return next(item for item in fields_of(schema, values) if item.name == name)


def typed(schema: dict[str, object], **texts: str) -> dict[str, object]:
    return values_of({PREFIX + name: text for name, text in texts.items()}, schema)


def test_the_schema_describes_no_class_by_how_it_was_built(schema: dict[str, object]) -> None:
    assert schema["description"] == ""


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Name", "at most 20 characters"),
        ("Yes", "yes is 1, no is 0"),
        ("Day", "as 2026-11-24"),
        ("At", "as 08:30:00"),
        ("Stamp", "as 2026-11-24 08:30:00"),
        ("Numbers", "JSON, as [1, 1]"),
        ("Home", 'JSON, as {"Street": "text"}'),
    ],
)
def test_a_field_says_what_may_be_typed(schema: dict[str, object], name: str, hint: str) -> None:
    assert field(schema, name).hint == hint


def test_nothing_is_chosen_until_somebody_chooses(schema: dict[str, object]) -> None:
    assert field(schema, "Yes").choices == ("", "0", "1")
    assert field(schema, "Colour").choices == ("", "red", "green")
    assert field(schema, "Colour", Colour="red").choices == ("red", "green")
    assert typed(schema, Yes="") == {}


@pytest.mark.parametrize(
    ("name", "text", "held"),
    [
        ("Day", "1840-12-31", 0),
        ("Day", "2026-11-24", 67898),
        ("Day", "67898", 67898),
        ("At", "08:30:01", 30601),
        ("At", "8", 8),
        ("Stamp", "2026-11-24 08:30:00", "2026-11-24 08:30:00"),
    ],
)
def test_dates_and_times_are_typed_as_people_write_them(
    schema: dict[str, object], name: str, text: str, held: object
) -> None:
    assert typed(schema, **{name: text}) == {name: held}


def test_dates_and_times_are_shown_so_too(schema: dict[str, object]) -> None:
    assert field(schema, "Day", Day=67898).value == "2026-11-24"
    assert field(schema, "At", At=30601).value == "08:30:01"
    assert field(schema, "Day", Day=-5).value == "-5"


@pytest.mark.parametrize(
    ("name", "text"), [("Day", "24.11.2026"), ("At", "half past"), ("Numbers", "1, 2"), ("Home", "x")]
)
def test_what_does_not_fit_is_named_with_its_field(schema: dict[str, object], name: str, text: str) -> None:
    with pytest.raises(FormError, match=f"{name}: '{text}'"):
        typed(schema, **{name: text})


def test_what_was_typed_comes_back_as_it_was(schema: dict[str, object]) -> None:
    form = {PREFIX + "Day": "24.11.2026", PREFIX + "Name": "Ann", "target": "X"}
    assert typed_of(form) == {"Day": "24.11.2026", "Name": "Ann"}
    assert field(schema, "Day", **typed_of(form)).value == "24.11.2026"

"""``class Person(Persistent)``: what Python code gives properties, and what is refused where it is written."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from isc.py.data import ForeignKey, Index, Persistent, Property, SerialObject
from isc.py.data.exceptions import DataError, RowGoneError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.objectscript import dictionary
from isc.py.objectscript.status import StatusError


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    with use(open_namespace(tmp_path)) as opened:
        yield opened
    opened.close()
    dictionary.reset()


@pytest.fixture
def person(ns: EmbeddedNamespace) -> Any:
    class Place(SerialObject):
        City = Property("%String")
        Zip = Property(int)

    class Company(Persistent):
        Name = Property(str, required=True)

    class Person(Persistent, sql_table_name="person"):
        Name = Property(str, MAXLEN=10)
        Born = Property(date)
        Seen = Property(datetime)
        Wakes = Property(time)
        Pay = Property(Decimal, SCALE=2)
        Member = Property(bool)
        Home = Property(Place)
        Firm = Property(Company)
        Tags = Property(str, collection="list")
        Phones = Property(str, collection="array")
        Friends = Property(f"{__name__}.Person", collection="list")
        Notes = Property("%Stream.GlobalCharacter")
        Raw = Property("%Stream.GlobalBinary")

    return Person


def again(item: Any) -> Any:
    """The object as its row has it."""
    item.save()
    return type(item)._fetch(item._id)


def test_values_of_python_are_those_of_the_language(ns: EmbeddedNamespace, person: Any) -> None:
    item = person(Born=date(2000, 1, 2), Seen=datetime(2000, 1, 2, 3, 4, 5, 120000), Wakes=time(1, 2, 3), Member=True)
    item.Pay = 1.005
    found = again(item)
    assert (found.Born, found.Seen, found.Wakes, found.Member) == (58075, "2000-01-02 03:04:05.12", 3723, 1)
    assert found.Pay == Decimal("1.01")
    table = f"{person.__module__.replace('.', '_')}.person"
    assert ns.query(f"SELECT Born, Seen, Wakes, Member FROM {table}").to_pylist() == [
        {
            "Born": date(2000, 1, 2),
            "Seen": datetime(2000, 1, 2, 3, 4, 5, 120000),
            "Wakes": time(1, 2, 3),
            "Member": True,
        }
    ]
    assert again(person(Seen=date(2000, 1, 2))).Seen == "2000-01-02 00:00:00"


def test_lists_dicts_and_files(ns: EmbeddedNamespace, person: Any) -> None:
    item = person(Tags=("a", "b"), Phones={"work": 1}, Home={"City": "Kiel", "Zip": 24103})
    item.Tags.Insert("c")
    item.Friends = [person(Name="Bob")]
    item.Notes, item.Raw = io.StringIO("long"), io.BytesIO(b"\x00\xff")
    found = again(item)
    assert (list(found.Tags), dict(found.Phones), found.Home.City) == (["a", "b", "c"], {"work": 1}, "Kiel")
    assert [friend.Name for friend in found.Friends] == ["Bob"]
    assert (str(found.Notes), str(found.Raw)) == ("long", "\x00\xff")
    found.Tags, found.Phones = None, ""
    assert (list(found.Tags), dict(found.Phones)) == ([], {})
    found.Tags.Insert("new")
    assert list(again(found).Tags) == ["new"]


@pytest.mark.parametrize(
    ("name", "value", "error", "said"),
    [
        ("Tags", "ab", TypeError, "property Tags is list of %Library.String: give it a list, not a str"),
        ("Phones", ["1"], TypeError, "property Phones is array of %Library.String: give it a dict, not a list"),
        ("Born", datetime(2000, 1, 2), TypeError, "property Born of type Date: datetime.datetime.* is none"),
        ("Name", date(2000, 1, 2), TypeError, "property Name of type String: datetime.date.* is none"),
        ("Seen", datetime(2000, 1, 2, tzinfo=UTC), ValueError, "property Seen of type TimeStamp knows no time zone"),
        ("Notes", ["a"], TypeError, "property Notes is a stream: give it text, bytes or an open file"),
        ("Home", {"Town": "Kiel"}, AttributeError, "has no property 'Town'"),
        ("Nmae", "x", AttributeError, r"has no property 'Nmae' \(did you mean Name\?\)"),
    ],
)
def test_what_cannot_be_kept_is_refused_where_it_is_written(
    person: Any, name: str, value: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        person(**{name: value})
    with pytest.raises(error, match=said):
        setattr(person(), name, value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Name", {}, "an object of builtins.dict is no %Library.String"),
        ("Tags", [{"a": 1}], "item 1 of Tags: .*an object of builtins.dict is no %Library.String"),
        ("Firm", 1, "the value '1' is no .*Company: give it the object, or its id by FirmSetObjectId"),
        ("Born", "2000-01-02", "Value '2000-01-02' is not a valid Date"),
        ("Pay", float("nan"), "is not a valid Numeric"),
    ],
)
def test_what_does_not_fit_is_not_saved(
    ns: EmbeddedNamespace, person: Any, name: str, value: object, said: str
) -> None:
    item = person()
    setattr(item, name, value)
    with pytest.raises(StatusError, match=said):
        item.save()
    assert not person._ExistsId(1)


def test_a_definition_that_names_what_is_not_there_is_refused(ns: EmbeddedNamespace) -> None:
    class Wrong(Persistent):
        Name = Property("%Strin")

    class Odd(Persistent):
        Name = Property()
        ByCity = Index("City")

    with pytest.raises(DataError, match=r"%Strin of property Name is no type \(did you mean %String\?\)"):
        Wrong()
    with pytest.raises(DataError, match="index ByCity is on 'City', no property"):
        Odd()
    with pytest.raises(TypeError, match="is no type of a property: a name such as '%String', str, int"):
        Property(object)
    with pytest.raises(TypeError, match=r"is no stored class \(a property of the class body has the same name\)"):
        ForeignKey("A", references=Property())  # type: ignore[arg-type]  # what it is about
    with pytest.raises(ValueError, match="on_delete='drop': 'noaction', 'cascade'"):
        ForeignKey("A", references="a.B", on_delete="drop")
    with pytest.raises(ValueError, match="collection 'set' is none"):
        Property(str, collection="set")


def test_an_object_shows_itself_and_deletes_its_row(ns: EmbeddedNamespace, person: Any) -> None:
    item = person(Name="Ada")
    assert repr(item).endswith(".Person new>")
    with pytest.raises(LookupError, match="was never saved"):
        item.delete()
    item.save()
    assert repr(item).endswith(".Person 1>")
    item.delete()
    assert not person._ExistsId(1)
    with pytest.raises(RowGoneError):
        item.delete()
    with pytest.raises(AttributeError, match=r"has no property 'Nam' \(did you mean Name\?\)"):
        item.Nam  # noqa: B018  # asked for, not used

"""``%Populate`` of persistent classes: references, objects in the row, collections; a thousand rows a transaction."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import Frame, compile_block, dictionary
from stored_classes import namespace_with

PACKAGE = """
Class p.Place Extends (%SerialObject, %Populate)
{
Property City As %String(POPSPEC = "ValueList("",Kiel,Bonn"")");
}
Class p.Plain Extends %SerialObject
{
Property City As %String;
}
Class p.Firm Extends (%Persistent, %Populate)
{
Property Name As %String(POPSPEC = "Company()");
Relationship Staff As p.Person [ Cardinality = many, Inverse = Firm ];
}
Class p.Person Extends (%Persistent, %Populate)
{
Property Name As %String;
Property Home As p.Place;
Property Other As p.Plain;
Relationship Firm As p.Firm [ Cardinality = one, Inverse = Staff ];
Property Boss As p.Person;
Property Colors As list Of %String(POPSPEC = ".Color("":""):3");
Property Marks As array Of %Integer(POPSPEC = "Integer(1,5):4:City()");
Property Notes As list Of %String;
Property Empty As %String(POPSPEC = "NULL");
Method Color(mark As %String) As %String
{
    quit "red"_mark
}
}
Class p.Trip Extends (%Persistent, %Populate)
{
Property Firm As %String(POPSPEC = ":p.Firm:Name");
Property Who As p.Firm(POPSPEC = ":p.Firm:ID");
Property Firms As list Of %String(POPSPEC = ":p.Firm:Name");
Property Owners As list Of p.Firm(POPSPEC = ":3");
Property Places As array Of p.Place(POPSPEC = ":2:Integer(1,9)");
Property Label As %String(POPSPEC = "Name(""F"")_"" jr. ""_1");
Property Later As %String(POPORDER = 2, POPSPEC = ".Seen()");
Property Before As %String(POPORDER = 1, POPSPEC = "ValueList("",b"")");
Property Never As %String(POPORDER = -1);
Property Sum As %Integer [ Calculated, SqlComputeCode = {set {*}=1}, SqlComputed ];
Method Seen() As %String
{
    quit "after "_..Before
}
}
Class p.Code Extends (%Persistent, %Populate)
{
Property Code As %Integer(POPSPEC = "Integer(1,3)");
Index CodeKey On Code [ Unique ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"p.{name}")


def test_references_objects_and_collections_are_filled(ns: EmbeddedNamespace) -> None:
    assert cls("Firm").Populate(3) == 3
    assert cls("Person").Populate(20) == 20
    people = [cls("Person").open(at) for at in range(1, 21)]
    assert {person.Firm._Id() for person in people} <= {1, 2, 3}
    assert sum(cls("Firm").open(at).Staff.Count() for at in (1, 2, 3)) == 20
    assert {person.Home.City for person in people} <= {"Kiel", "Bonn"}
    assert {person.Other.City for person in people} == {""}
    assert {person.Boss for person in people} == {""}  # there was no row yet
    assert {item for person in people for item in person.Colors} == {"red:"}
    assert {len(person.Colors) for person in people} <= {1, 2, 3}
    assert all(1 <= len(person.Marks) <= 4 and set(person.Marks.values()) <= {1, 2, 3, 4, 5} for person in people)
    assert all(not person.Notes for person in people)
    assert {person.Empty for person in people} == {""}
    cls("Person").Populate(1)
    assert 1 <= cls("Person").open(21).BossGetObjectId() <= 20


def test_rows_that_cannot_be_saved_are_not_counted(ns: EmbeddedNamespace) -> None:
    saved = cls("Code").Populate(200)
    assert saved == ns.query("SELECT COUNT(*) AS n FROM p.Code").to_pylist()[0]["n"] == 3


def test_a_thousand_rows_are_one_transaction(ns: EmbeddedNamespace) -> None:
    before = ns.store().stamp()
    assert cls("Firm").Populate(1500) == 1500
    commits = ns.store().stamp() - before
    assert 0 < commits < 40  # rows and blocks of ids, not one for each row
    assert ns.query("SELECT COUNT(*) AS n FROM p.Firm").to_pylist() == [{"n": 1500}]


def test_values_of_tables_orders_and_items_of_any_kind(ns: EmbeddedNamespace) -> None:
    assert cls("Trip").Populate(1) == 1  # there are no firms yet
    assert (cls("Trip").open(1).Firm, cls("Trip").open(1).Firms.Count()) == ("", 0)
    cls("Firm").Populate(3)
    names = {row["Name"] for row in ns.query("SELECT Name FROM p.Firm").to_pylist()}
    cls("Trip").Populate(20)
    trips = [cls("Trip").open(at) for at in range(2, 22)]
    assert {trip.Firm for trip in trips} <= names
    assert {trip.Who._Id() for trip in trips} <= {1, 2, 3}
    assert {item for trip in trips for item in trip.Firms} <= names
    assert all(1 <= trip.Owners.Count() <= 3 and trip.Owners.GetAt(1).Name in names for trip in trips)
    assert {place.City for trip in trips for place in trip.Places.values()} <= {"Kiel", "Bonn"}
    assert all(trip.Label.endswith(" jr. 1") for trip in trips)
    assert {(trip.Before, trip.Later, trip.Never) for trip in trips} == {("b", "after b", "")}


def test_what_is_said_and_the_same_again(ns: EmbeddedNamespace) -> None:
    frame = Frame(platform=ns)
    compile_block(" write ##class(p.Code).Populate(4,1,,.n),n").execute(frame)
    written = "".join(map(str, frame.output))
    assert re.search(r"p\.Code: ([1-3]) of 4 objects saved\n\1\1$", written)
    assert "p.Code: not saved: ERROR #5808: Key not unique" in written
    for _ in range(2):
        cls("Firm").Populate(3, 0, 1, None, 1, 1)
    found = [row["Name"] for row in ns.query("SELECT Name FROM p.Firm ORDER BY ID").to_pylist()]
    assert found[:3] == found[3:]

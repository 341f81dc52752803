"""``%Populate`` of persistent classes: references, objects in the row, collections; a thousand rows a transaction."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.objectscript import dictionary

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
Class p.Code Extends (%Persistent, %Populate)
{
Property Code As %Integer(POPSPEC = "Integer(1,3)");
Index CodeKey On Code [ Unique ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    opened = open_namespace(tmp_path)
    for part in PACKAGE.split("\nClass ")[1:]:
        name = part.split(" ", 1)[0]
        (tmp_path / f"{name}.cls").write_text(f"Class {part.strip()}\n")
    for report in opened.load_path(tmp_path):
        assert not report.error, report.error
    with use(opened):
        yield opened
    opened.close()
    dictionary.reset()


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

"""Computed properties: always, or when something changes; objects, SQL and transfers see the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data import Persistent, Property
from isc.py.data.exceptions import ComputationError, DataError, SQLError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.transfer import class_rows, table_rows
from isc.py.objectscript import Frame, compile_block, dictionary, status
from stored_classes import namespace_with, rows

PACKAGE = """
Class q.Address Extends %SerialObject
{
Property City As %String;
}
Class q.Person Extends %Persistent
{
Property First As %String [ SqlFieldName = first_name ];
Property Last As %String;
Property Born As %Date;
Property Home As q.Address;
Property Boss As q.Person;
Property FullName As %String
 [ Calculated, SqlComputeCode = {set {*} = {first_name}_" "_{Last}_" {Last}"}, SqlComputed ];
Property Greeting As %String [ SqlComputeCode = {set {Greeting}="Hi "_{FullName}
 if {Home_City}'="" {
   set {Greeting}={Greeting}_" of "_{Home_City}
 }}, SqlComputed, Transient ];
Property Century As %Integer [ Calculated, SqlComputed ];
Property Double As %Integer [ Calculated, SqlComputeCode = {set {*} = ##class(q.Person).Twice({%%ID})}, SqlComputed ];
Property Initials As %String [ SqlComputeCode = {set {*} = $extract({First})_$extract({Last})}, SqlComputed,
 SqlComputeOnChange = (First, Last) ];
Property Stamp As %Integer [ SqlComputeCode = {set {*} = $increment(^stamp)}, SqlComputed,
 SqlComputeOnChange = %%UPDATE ];
Property Once As %Integer [ Required, SqlComputeCode = {set {*} = $increment(^once)}, SqlComputed ];
Property Plain As %String [ Calculated ];
Index ByFull On FullName;
Index ByInitials On Initials;
ClassMethod CenturyComputation(cols As %Library.PropertyHelper) As %Integer
{
 quit $select(cols.getfield("Born")="":"",1:$zdate(cols.getfield("Born"),3)\\100+1)
}
ClassMethod Twice(id) As %Integer
{
 quit id*2
}
}
Class q.Wrong Extends %Persistent
{
Property Name As %String;
Property Divided As %Integer [ Calculated, SqlComputeCode = {set {*} = 1/{Name}}, SqlComputed ];
Property Loop As %Integer [ Calculated, SqlComputeCode = {set {*} = {Round}}, SqlComputed ];
Property Round As %Integer [ Calculated, SqlComputeCode = {set {*} = {Loop}}, SqlComputed ];
Property Absent As %Integer [ Calculated, SqlComputeCode = {set {*} = {Nothing}}, SqlComputed ];
Property Empty As %Integer [ Calculated, SqlComputed ];
}
Class q.Unique Extends %Persistent
{
Property Key As %Integer [ Calculated, SqlComputeCode = {set {*} = 1}, SqlComputed ];
Index KeyKey On Key [ Unique ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"q.{name}")


def test_what_is_always_computed_is_the_same_for_objects_and_sql(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(First="Ada", Last="King", Born=66000)
    assert ada.FullName == "Ada King {Last}"
    ada.Home.City = "Kiel"
    ada.save()
    cls("Person")(Last="Bo").save()
    wanted = [
        ("Ada King {Last}", "Hi Ada King {Last} of Kiel", 21, 2), (" Bo {Last}", "Hi  Bo {Last}", None, 4),
    ]  # fmt: skip
    assert rows(ns, "SELECT FullName, Greeting, Century, Double FROM q.Person") == wanted
    people = [cls("Person").open(at) for at in (1, 2)]
    assert [(one.FullName, one.Greeting, one.Century or None, one.Double) for one in people] == wanted
    asked = table_rows(ns, "q.Person", properties="FullName,Greeting,Century,Double").to_pylist()
    assert [tuple(row.values())[1:] for row in asked] == wanted
    assert [tuple(row.values())[1:] for row in class_rows(ns, "q.Person", properties="Century").to_pylist()] == [
        (21,), (None,),
    ]  # fmt: skip
    assert "FullName" not in class_rows(ns, "q.Person").column_names  # the storage definition has it not
    assert rows(ns, "SELECT ID FROM q.Person WHERE FullName LIKE 'ada%' AND Century > 20") == [(1,)]
    assert list(ns.globals["q.PersonI"]) == ["ByInitials"]
    frame = Frame(platform=ns)
    compile_block(' set p=##class(q.Person).%OpenId(1),p.Last="L" write p.FullName').execute(frame)
    assert frame.output == ["Ada L {Last}"]


def test_what_is_stored_is_computed_when_something_changes(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(First="Ada", Last="King")
    ada.First = "Bea"
    assert ada.Initials == "BK"  # at once
    ada.save()
    ns.sql("INSERT INTO q.Person (first_name, Last, Once) VALUES ('Cid', 'Low', 70)", [])
    assert rows(ns, "SELECT Initials, Stamp, Once FROM q.Person") == [("BK", 1, 1), ("CL", 2, 70)]
    ns.sql("UPDATE q.Person SET Last = 'Zed' WHERE ID = 2", [])
    assert rows(ns, "SELECT Initials, Stamp, Once FROM q.Person") == [("BK", 1, 1), ("CZ", 3, 70)]
    assert [subscripts[1] for subscripts, _ in ns.globals["q.PersonI"].items()] == [" BK", " CZ"]


def test_what_is_always_computed_cannot_be_set(ns: EmbeddedNamespace) -> None:
    with pytest.raises(AttributeError, match="property FullName is computed"):
        cls("Person")(First="Ada").FullName = "x"
    for statement in ("INSERT INTO q.Person (FullName) VALUES ('x')", "UPDATE q.Person SET FullName = 'x'"):
        with pytest.raises(SQLError, match="FullName is computed, it cannot be set at line 1") as caught:
            ns.sql(statement, [])
        assert caught.value.sqlcode == -138


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Divided", "DIVIDE"),
        ("Loop", "it needs itself"),
        ("Absent", r"\{Nothing\} is no field; there are Name, "),
        ("Empty", "it has no SqlComputeCode, and no method EmptyComputation"),
    ],
)
def test_code_that_fails_is_named(ns: EmbeddedNamespace, name: str, said: str) -> None:
    item = cls("Wrong")(Name="0")
    assert status.is_ok(item._Save())
    with pytest.raises(ComputationError, match=f"computed property .* of q.Wrong: .*{said}"):
        getattr(item, name)
    with pytest.raises(SQLError, match=said) as caught:
        ns.query(f"SELECT {name} FROM q.Wrong")
    assert caught.value.sqlcode == -350
    assert rows(ns, "SELECT Name FROM q.Wrong") == [("0",)]


def test_a_unique_index_needs_a_stored_value(ns: EmbeddedNamespace) -> None:
    with pytest.raises(DataError, match="unique index KeyKey is on a property that is computed and not stored"):
        cls("Unique")()


def test_a_class_written_in_python_computes(ns: EmbeddedNamespace) -> None:
    class Box(Persistent):
        Width = Property("%Integer")
        Height = Property("%Integer")
        Area = Property("%Integer", calculated=True)
        Label = Property("%String", computed=True, compute_on_change=["Width"])
        Half = Property("%Numeric", calculated=True, compute_code="set {*} = {Width} / 2")

        @classmethod
        def AreaComputation(cls, fields: Any) -> int:
            return int(fields.getfield("Width") or 0) * int(fields.getfield("Height") or 0)

        @classmethod
        def LabelComputation(cls, fields: Any) -> str:
            return f"w{fields.getfield('Width')}"

    box = Box(Width=3, Height=4)
    box.save()
    assert (box.Area, box.Label, str(box.Half)) == (12, "w3", "1.5")
    table = f"{Box._ClassName(1).rpartition('.')[0].replace('.', '_')}.Box"
    assert rows(ns, f"SELECT Area, Label FROM {table} WHERE Area = 12") == [(12, "w3")]

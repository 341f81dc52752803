"""Persistent classes: storage, inheritance, references, collections, streams, indices, callbacks, validation."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from isc.py.data import Index, Persistent, Property, SerialObject
from isc.py.data.exceptions import DataError, NotUniqueError, SQLError
from isc.py.data.layout import layout_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.transfer import class_rows, table_rows
from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.objectscript import dictionary, status
from isc.py.objectscript.errors import ClassNotFoundError
from isc.py.objectscript.status import StatusError
from stored_classes import namespace_with, run

PACKAGE = """
Class s.Address Extends %SerialObject
{
Property Street As %String;
Property City As %String(MAXLEN = 20);
Property Zip As %Integer;
}
Class s.Company Extends %Persistent
{
Property Name As %String [ Required ];
Index NameKey On Name [ Unique ];
}
Class s.Person Extends %Persistent [ SqlTableName = People ]
{
Property Name As %String [ Required, SqlFieldName = full_name ];
Property SSN As %String;
Property Home As s.Address;
Property Firm As s.Company;
Property Friends As list Of s.Person;
Property Phones As array Of %String;
Property Notes As %Stream.GlobalCharacter;
Property Score As %Numeric(SCALE = 1, MINVAL = 0, MAXVAL = 100);
Property Ratio As %Double;
Property Kind As %String(VALUELIST = ",a,b");
Property Tags As list Of %String(MAXLEN = 5);
Property Shown As %String [ Transient ];
Index SSNKey On SSN [ Unique ];
Index ByName On (Name, Score) [ Data = Kind ];
Index ByCity On Home.City;
Index ByTag On Tags(ELEMENTS);
}
Class s.Employee Extends s.Person
{
Property Salary As %Integer;
Property Title As %String;
Index ByTitle On Title;
}
Class s.Manager Extends s.Employee
{
Property Level As %Integer;
}
Class s.Country Extends %Persistent
{
Property Code As %String(PATTERN = "2U");
Property Name As %String;
Index CodeKey On Code [ IdKey ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"s.{name}")


def ok(answer: object) -> None:
    assert status.is_ok(answer), status.text(answer)


def fails(answer: object, text: str) -> None:
    assert status.is_error(answer)
    assert text in status.text(answer)


def index(ns: EmbeddedNamespace, name: str) -> list[tuple[object, ...]]:
    return [subscripts for subscripts, _ in ns.globals["s.PersonI"].node(name).items()]


def test_an_object_inside_the_row_is_there_from_the_start_and_is_fields_of_sql(ns: EmbeddedNamespace) -> None:
    made = cls("Person")._New()
    made.Name, made.Home.City, made.Home.Zip = "Ada", "Kiel", "24103"
    ok(made._Save())
    assert cls("Person").open(1).Home.City == "Kiel"
    found = ns.query("select full_name, Home_City, Home_Zip from s.People").to_pylist()
    assert found == [{"full_name": "Ada", "Home_City": "Kiel", "Home_Zip": 24103}]
    made.Home.City = "x" * 21
    fails(made._Save(), "longer than MAXLEN 20")


def test_references_are_saved_with_the_object_and_opened_when_asked_for(ns: EmbeddedNamespace) -> None:
    ada, bob = cls("Person")(Name="Ada"), cls("Person")(Name="Bob")
    ada.Firm = cls("Company")(Name="Engines")
    ada.Friends.Insert(bob)
    bob.Friends.Insert(ada)  # a cycle
    ok(ada._Save())
    again = cls("Person").open(ada._id)
    assert again.Firm.Name == "Engines"
    assert again.Friends.GetAt(1).Friends.GetAt(1).Name == "Ada"
    assert again.FirmGetObjectId() == 1
    again.FirmSetObjectId("")
    ok(again._Save())
    assert cls("Person").open(ada._id).Firm == ""
    again.Firm = bob
    fails(again._Save(), "an object of s.Person is no s.Company")


def test_what_is_wrong_below_saves_nothing_at_all(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada")
    ada.Firm = cls("Company")()
    fails(ada._Save(), "Name' is required")
    assert (ada._Id(), list(ns.globals)) == ("", [])


def test_collections_of_values_and_arrays_are_kept(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada")
    ada.Tags.Insert("x")
    ada.Tags.Insert("y")
    ada.Phones.SetAt("1", "home")
    ada.Phones.SetAt("2", "work")
    ok(ada._Save())
    assert ns.globals["s.PersonD"][1, "Phones", "home"] == "1"
    again = cls("Person").open(1)
    assert (list(again.Tags), dict(again.Phones)) == (["x", "y"], {"home": "1", "work": "2"})
    again.Phones.RemoveAt("home")
    ok(again._Save())
    assert dict(cls("Person").open(1).Phones) == {"work": "2"}
    again.Tags.Insert("too long")
    fails(again._Save(), "item 3 of Tags")


def test_a_stream_of_a_row_has_its_own_global_and_goes_with_the_row(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada")
    ada.Notes.Write("a long text " * 5000)
    ok(ada._Save())
    assert set(ns.globals) == {"s.PersonD", "s.PersonI", "s.PersonS"}
    assert cls("Person").open(1).Notes.Read(6) == "a long"
    assert ns.query("select Notes from s.People").to_pylist() == [{"Notes": "a long text " * 5000}]
    ok(cls("Person")._DeleteId(1))
    assert ns.globals["s.PersonS"].data(1) == 0


def test_values_are_made_canonical_by_their_type(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada", Score="12.349", Ratio="0.5")
    ok(ada._Save())
    assert (ada.Score, ada.Ratio) == (Decimal("12.3"), 0.5)
    row = decode(ns.globals["s.PersonD"][1])  # type: ignore[arg-type]  # a row
    positions = layout_of(cls("Person")).positions
    assert (row[positions["Score"] - 1], row[positions["Ratio"] - 1]) == (Decimal("12.3"), 0.5)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Score": 101}, "greater than MAXVAL 100"),
        ({"Score": "much"}, "not a valid Numeric"),
        ({"Kind": "c"}, "not in VALUELIST"),
        ({"Name": "x" * 51}, "longer than MAXLEN 50"),
        ({"Name": ""}, "Name' is required"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_named_and_nothing_is_saved(
    ns: EmbeddedNamespace, values: dict[str, object], text: str
) -> None:
    made = cls("Person")(**{"Name": "Ada", **values})
    fails(made._Save(), text)
    assert list(ns.globals) == []
    with pytest.raises(StatusError, match=text.split()[0]):
        made.save()


def test_a_subclass_keeps_its_rows_in_the_global_of_the_class_above(ns: EmbeddedNamespace) -> None:
    cls("Person")(Name="Ada").save()
    cls("Employee")(Name="Bob", Salary=10, Title="Clerk").save()
    cls("Manager")(Name="Cid", Salary=20, Level=3).save()
    rows = ns.globals["s.PersonD"]
    assert decode(rows[2])[0] == "~s.Employee~"  # type: ignore[arg-type]  # a row
    assert decode(rows[3])[0] == "~s.Manager~s.Employee~"  # type: ignore[arg-type]  # a row
    assert decode(rows[2, "Employee"]) == [10, "Clerk"]  # type: ignore[arg-type]  # a row
    assert ns.query("select count(*) as n from s.People").to_pylist() == [{"n": 3}]
    found = ns.query("select ID, full_name, Salary from s.Employee order by ID").to_pylist()
    assert found == [{"ID": 2, "full_name": "Bob", "Salary": 10}, {"ID": 3, "full_name": "Cid", "Salary": 20}]
    assert [row["Level"] for row in class_rows(ns, "s.Manager").to_pylist()] == [3]
    opened = cls("Person").open(3)
    assert (type(opened).__name__, opened.Level, opened.Salary) == ("Manager", 3, 20)
    assert (cls("Employee")._ExistsId(1), cls("Employee")._OpenId(1), cls("Manager")._ExistsId(3)) == (0, "", 1)
    ok(cls("Employee")._KillExtent())
    assert [row["full_name"] for row in ns.query("select full_name from s.People").to_pylist()] == ["Ada"]


def test_entries_follow_their_rows(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada", SSN="1", Score=5)
    ada.Tags.Insert("red")
    ada.Home.City = "Kiel"
    ada.save()
    assert index(ns, "ByName") == [(" ADA", 5, 1)]
    assert (index(ns, "ByTag"), index(ns, "ByCity")) == ([(" RED", 1)], [(" KIEL", 1)])
    ada.Name, ada.Score = "Eve", ""
    ada.Tags.Clear()
    ada.save()
    assert (index(ns, "ByName"), index(ns, "ByTag")) == ([(" EVE", -(10**14), 1)], [])
    bob = cls("Employee")(Name="Bob", Title="Clerk")
    bob.save()
    assert [key[0] for key in index(ns, "ByTitle")] == [" CLERK"]
    ok(cls("Person")._DeleteId(bob._id))  # asked of the class above: its own entries go, too
    assert index(ns, "ByTitle") == []
    ok(cls("Person")._DeleteId(1))
    assert ns.globals["s.PersonI"].data() == 0


def test_a_unique_index_refuses_a_second_row_and_finds_the_first(ns: EmbeddedNamespace) -> None:
    cls("Person")(Name="Ada", SSN="123-a").save()
    cls("Person")(Name="None").save()
    cls("Person")(Name="None too").save()  # no value is no duplicate
    other = cls("Person")(Name="Bob", SSN="123-A")
    fails(other._Save(), "SSN = '123-A' is not unique (index SSNKey): the row with id 1 has it")
    assert other._Id() == ""
    with pytest.raises(NotUniqueError):
        other.save()
    assert cls("Person").SSNKeyOpen("123-a").Name == "Ada"
    assert (cls("Person").SSNKeyExists("123-a"), cls("Person").SSNKeyExists("9")) == (1, 0)
    assert run(ns, ' write ##class(s.Person).SSNKeyExists("123-A",.id),id') == "11"
    with pytest.raises(SQLError) as caught:
        ns.sql("insert into s.People (full_name, SSN) values ('Eve', '123-a')", [])
    assert caught.value.sqlcode == -119
    ok(cls("Person").SSNKeyDelete("123-a"))
    ok(other._Save())


def test_a_unique_value_may_move_within_one_transaction(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada", SSN="1")
    ada.save()
    with ns.transaction():
        ok(cls("Person")._DeleteId(1))
        cls("Person")(Name="Bob", SSN="1").save()
    assert cls("Person").SSNKeyOpen("1").Name == "Bob"
    ok(cls("Person")._ValidateIndices())


def test_two_transactions_cannot_both_take_a_unique_value(ns: EmbeddedNamespace) -> None:
    ns.tstart()
    cls("Company")(Name="Same").save()
    other = EmbeddedNamespace(ns.folder, ns.name)  # as another process sees it: outside of the transaction
    with use(other):
        cls("Company")(Name="Same").save()
    with pytest.raises(NotUniqueError, match="not unique"):
        ns.tcommit()
    assert ns.tlevel() == 0
    assert ns.query("select count(*) as n from s.Company").to_pylist() == [{"n": 1}]
    ok(cls("Company")._ValidateIndices())


def test_an_update_in_a_transaction_removes_the_entry_that_another_process_made_meanwhile(
    ns: EmbeddedNamespace,
) -> None:
    cls("Company")(Name="One").save()
    ns.tstart()
    mine = cls("Company").open(1)
    mine.Name = "Mine"
    mine.save()
    with use(EmbeddedNamespace(ns.folder, ns.name)):
        theirs = cls("Company").open(1)
        theirs.Name = "Theirs"
        theirs.save()
    ns.tcommit()
    assert [key for key, _ in ns.globals["s.CompanyI"].items()] == [("NameKey", " MINE", 1)]
    ok(cls("Company")._ValidateIndices())


def test_an_id_key_makes_the_id(ns: EmbeddedNamespace) -> None:
    assert cls("Country")(Code="DE", Name="Germany").save() == "DE"
    assert cls("Country").open("DE").Name == "Germany"
    fails(cls("Country")(Code="DE")._Save(), "not unique")
    fails(cls("Country")(Name="Nowhere")._Save(), "Code has no value")
    changed = cls("Country").open("DE")
    changed.Code = "AT"
    fails(changed._Save(), "cannot change")
    assert table_rows(ns, "s.Country").to_pylist() == [{"ID": "DE", "Code": "DE", "Name": "Germany"}]


def test_indices_are_compared_with_the_rows_and_built_anew(ns: EmbeddedNamespace) -> None:
    cls("Company")(Name="One").save()
    cls("Company")(Name="Two").save()
    entries = ns.globals["s.CompanyI"]
    del entries["NameKey", " ONE", 1]
    entries["NameKey", " THREE", 3] = ""
    answer = status.text(cls("Company")._ValidateIndices())
    assert '^s.CompanyI("NameKey"," ONE",1) is missing' in answer
    assert '^s.CompanyI("NameKey"," THREE",3) belongs to no row' in answer
    ok(cls("Company")._BuildIndices())
    ok(cls("Company")._ValidateIndices())


CALLBACKS = """Class s.Watched Extends %Persistent
{
Property Name As %String;
Method %OnBeforeSave(insert As %Boolean) As %Status
{
    if ..Name = "bad" quit $$$ERROR($$$GeneralError, "refused before")
    set ..Name = ..Name_insert
    quit $$$OK
}
Method %OnAfterSave(insert As %Boolean) As %Status
{
    set ^log($increment(^log)) = ..%Id()
    if ..Name [ "late" quit $$$ERROR($$$GeneralError, "refused after")
    quit $$$OK
}
Method %OnValidateObject() As %Status
{
    quit $select(..Name = "never": $$$ERROR($$$GeneralError, "never valid"), 1: $$$OK)
}
ClassMethod %OnDelete(oid As %ObjectIdentity) As %Status
{
    quit $select(##class(s.Watched).%Open(oid).Name = "keep0": $$$ERROR($$$GeneralError, "kept"), 1: $$$OK)
}
}
"""


def test_callbacks_run_in_the_transaction_of_the_save_and_may_refuse_it(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Watched.cls").write_text(CALLBACKS)
    ns.load_path(tmp_path / "Watched.cls")
    made = cls("Watched")(Name="a")
    ok(made._Save())
    assert cls("Watched").open(made._id).Name == "a1"
    fails(cls("Watched")(Name="bad")._Save(), "refused before")
    fails(cls("Watched")(Name="never")._Save(), "never valid")
    late = cls("Watched")(Name="late")
    fails(late._Save(), "refused after")
    assert (late._Id(), cls("Watched")._ExistsId(2)) == ("", 0)
    assert ns.globals["log"].data(2) == 0  # what the callback wrote went with it
    made.Name = "keep"
    ok(made._Save())
    fails(cls("Watched")._DeleteId(made._id), "kept")
    made.Name = "go"
    ok(made._Save())
    ok(cls("Watched")._DeleteId(made._id))


STORED = """Class s.Stored Extends %Persistent
{
Property Third As %String;
Property First As %String;
Property New As %Integer;
Property Many As array Of %String;
Storage Default
{
<Data name="StoredDefaultData">
<Value name="1"><Value>%%CLASSNAME</Value></Value>
<Value name="2"><Value>First</Value></Value>
<Value name="4"><Value>Third</Value></Value>
</Data>
<Data name="Many"><Attribute>Many</Attribute><Structure>subnode</Structure><Subscript>"m"</Subscript></Data>
<DataLocation>^some.data</DataLocation>
<IdLocation>^some.ids</IdLocation>
<IndexLocation>^some.index</IndexLocation>
<StreamLocation>^some.streams</StreamLocation>
<Type>%Storage.Persistent</Type>
}
}
"""


def test_a_storage_definition_says_where_everything_is(ns: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Stored.cls").write_text(STORED)
    assert not ns.load_path(tmp_path / "Stored.cls")[0].error
    layout = layout_of(cls("Stored"))
    assert layout.positions == {"%%CLASSNAME": 1, "First": 2, "Third": 4, "New": 5}
    made = cls("Stored")(First="f", Third="t", New=1)
    made.Many.SetAt("x", 1)
    made.save()
    assert decode(ns.globals["some.data"][1]) == ["", "f", None, "t", 1]  # type: ignore[arg-type]  # a row
    assert (ns.globals["some.data"][1, "m", 1], ns.globals["some.ids"][()]) == ("x", 1)


def test_a_row_that_is_no_list_is_named_wherever_it_is_met(ns: EmbeddedNamespace) -> None:
    cls("Company")(Name="One").save()
    ns.globals["s.CompanyD"][2] = "\x09broken"
    with pytest.raises(DataError, match=r"\^s.CompanyD\(2\) is no row of a class"):
        cls("Company")._OpenId(2)
    with pytest.raises(DataError, match="CompanyD"):
        ns.query("select Name from s.Company")
    with pytest.raises(DataError, match="CompanyD"):
        class_rows(ns, "s.Company")
    fixed = cls("Company")(Name="Two")
    fixed._id = 2
    fixed.save()  # written over
    ok(cls("Company")._ValidateIndices())


class Stop(SerialObject):
    Place = Property()
    Minutes = Property("%Integer", MINVAL=0)


class Route(Persistent, sql_table_name="routes"):
    Name = Property("%String", MAXLEN=20, required=True, sql_field_name="route_name")
    Since = Property("%Date")
    Stops = Property("%String", collection="list")
    ByName = Index("Name", unique=True)


class NightRoute(Route):
    Hour = Property("%Integer")


def test_a_class_written_in_python_is_a_table_like_any_other(tmp_path: Path) -> None:
    with use(open_namespace(tmp_path)) as opened:
        dictionary.register("t.Route", Route)
        Route._layout = None  # type: ignore[attr-defined]  # of another namespace's run
        route: Any = Route(Name="A1", Since=66000)
        route.Stops.Insert("Kiel")
        assert route.save() == 1
        again: Any = Route.open(1)
        assert (again.Name, list(again.Stops)) == ("A1", ["Kiel"])
        assert [row["route_name"] for row in opened.query("select route_name from t.routes").to_pylist()] == ["A1"]
        with pytest.raises(NotUniqueError):
            Route(Name="a1").save()
        NightRoute(Name="N1", Hour=3).save()
        assert [type(Route.open(at)).__name__ for at in (1, 2)] == ["Route", "NightRoute"]
        stop: Any = Stop(Place="Kiel", Minutes=-1)
        fails(stop._ValidateObject(), "less than MINVAL 0")
        opened.close()


def test_modified_tells_whether_a_save_would_change_the_row(ns: EmbeddedNamespace) -> None:
    made = cls("Person")(Name="Ada")
    assert made._IsModified() == 1
    made.save()
    assert made._IsModified() == 0
    made.Home.City = "Bonn"
    assert made._IsModified() == 1
    ok(made._Reload())
    assert (made.Home.City, made._IsModified()) == ("", 0)


def test_ids_are_never_given_twice_even_without_their_counter(ns: EmbeddedNamespace) -> None:
    ns.globals["s.CompanyD"][7] = encode(["", "came from elsewhere"])
    ns.globals["s.CompanyD"][()] = 6
    assert cls("Company")(Name="Next").save() == 8


def test_a_property_or_class_that_is_not_there_is_named_with_the_nearest_names(ns: EmbeddedNamespace) -> None:
    with pytest.raises(AttributeError, match=r"s.Person has no property 'Nam' \(did you mean Name"):
        cls("Person")(Nam="Ada")
    made = cls("Person")(Name="Ada")
    with pytest.raises(AttributeError, match="did you mean Score"):
        made.Scor = 1
    with pytest.raises(AttributeError, match="it has Street, City, Zip"):
        made.Home.Planet = "Mars"
    with pytest.raises(ClassNotFoundError, match=r"did you mean s\.Person"):
        dictionary.resolve("s.Persn")


def test_ids_of_a_transaction_have_no_gaps_when_nobody_counts_meanwhile(ns: EmbeddedNamespace) -> None:
    with ns.transaction():
        assert [cls("Company")(Name=f"c{at}").save() for at in range(5)] == [1, 2, 3, 4, 5]
    assert ns.globals["s.CompanyD"].get() == 5
    with pytest.raises(RuntimeError), ns.transaction():
        assert cls("Company")(Name="lost").save() == 6
        raise RuntimeError
    with ns.transaction():
        assert cls("Company")(Name="next").save() == 7  # a number is never given twice


def test_a_clone_is_an_object_of_its_own(ns: EmbeddedNamespace) -> None:
    ada = cls("Person")(Name="Ada", SSN="1", Firm=cls("Company")(Name="Engines"))
    ada.Home.City = "Kiel"
    ada.Notes.Write("of Ada")
    ada.Phones.SetAt("1", "work")
    ada.save()
    for original in (ada, cls("Person").open(1)):
        clone = original._ConstructClone()
        assert clone._Id() == ""
        assert clone.Firm._Id() == 1
        clone.Name, clone.SSN, clone.Home.City = "Bob", "", "Bonn"
        clone.Notes.Write(" and Bob")
        clone.Phones.SetAt("2", "work")
        assert clone.save() > 1
    ok(cls("Person")._DeleteId(2))
    again = cls("Person").open(1)
    shown = (again.Name, again.Home.City, str(again.Notes), again.Phones.GetAt("work"))
    assert shown == ("Ada", "Kiel", "of Ada", "1")
    assert str(cls("Person").open(3).Notes) == "of Ada and Bob"

"""Children below the row of their parent, and ids of several parts, as IRIS stores them: five ways agree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from isc.py.data.checking import check
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.transfer import class_rows, table_rows
from isc.py.iscpython_c.dollar_list import decode, encode
from isc.py.objectscript import dictionary, status
from stored_classes import namespace_with

#: As a server exports them.
PACKAGE = """
Class c.Invoice Extends %Persistent
{
Property Number As %String;
Relationship Items As c.Item [ Cardinality = children, Inverse = Invoice ];
Storage Default
{
<Data name="InvoiceDefaultData">
<Value name="1"><Value>%%CLASSNAME</Value></Value>
<Value name="2"><Value>Number</Value></Value>
</Data>
<DataLocation>^c.InvoiceD</DataLocation>
<IdLocation>^c.InvoiceD</IdLocation>
<IndexLocation>^c.InvoiceI</IndexLocation>
<StreamLocation>^c.InvoiceS</StreamLocation>
<Type>%Storage.Persistent</Type>
}
}
Class c.Item Extends %Persistent
{
Property Product As %String;
Property Count As %Integer;
Property Tags As array Of %String;
Property Text As %Stream.GlobalCharacter;
Relationship Invoice As c.Invoice [ Cardinality = parent, Inverse = Items ];
Relationship Notes As c.Note [ Cardinality = children, Inverse = Item ];
Index ByProduct On Product;
Storage Default
{
<Data name="ItemDefaultData">
<Value name="1"><Value>Product</Value></Value>
<Value name="2"><Value>Count</Value></Value>
<Value name="3"><Value>Text</Value></Value>
</Data>
<DataLocation>{%%PARENT}("Items")</DataLocation>
<IdLocation>{%%PARENT}("Items")</IdLocation>
<IndexLocation>^c.ItemI</IndexLocation>
<StreamLocation>^c.ItemS</StreamLocation>
<Type>%Storage.Persistent</Type>
}
}
Class c.Note Extends %Persistent
{
Property Text As %String;
Relationship Item As c.Item [ Cardinality = parent, Inverse = Notes ];
}
Class c.Rate Extends %Persistent
{
Property Bank As %String;
Property Day As %Integer;
Property Value As %Numeric;
Index Key On (Bank, Day) [ IdKey ];
}
Class c.Part Extends %Persistent
{
Property Name As %String;
Storage Default
{
<Data name="PartDefaultData"><Value name="1"><Value>Name</Value></Value></Data>
<DataLocation>^c.Data("Part")</DataLocation>
<IdLocation>^c.Data("Part","last")</IdLocation>
<IndexLocation>^c.Data("PartI")</IndexLocation>
</Storage>
}
}
""".replace("</Storage>\n", "")


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"c.{name}")


def rows(found: pa.Table) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in found.to_pylist()]


def test_the_globals_of_a_server_are_rows(ns: EmbeddedNamespace) -> None:
    ns.globals.read_lines(
        """^c.InvoiceD=2
^c.InvoiceD(1)=$lb("","A7")
^c.InvoiceD(1,"Items")=12
^c.InvoiceD(1,"Items",2)=$lb("valve",3,"")
^c.InvoiceD(1,"Items",12)=$lb("pump",1,"1")
^c.InvoiceD(1,"Items",12,"Tags","a")="x"
^c.InvoiceD(2)=$lb("","B1")
^c.InvoiceD(2,"Items")=1
^c.InvoiceD(2,"Items",1)=$lb("cable","","")
^c.InvoiceD(2,"Items",1,"Notes",7)=$lb("","blue")
^c.ItemI("ByProduct"," CABLE","2||1")=""
^c.ItemI("ByProduct"," PUMP","1||12")=""
^c.ItemI("ByProduct"," VALVE","1||2")=""
^c.ItemS(1)=1
^c.ItemS(1,0)=4
^c.ItemS(1,1)="long"
^c.NoteD=7
""".splitlines()
    )
    assert [str(problem) for problem in check(ns)] == []
    wanted: list[tuple[object, ...]] = [
        ("1||2", "valve", 3, None), ("1||12", "pump", 1, "long"), ("2||1", "cable", None, None),
    ]  # fmt: skip
    assert rows(class_rows(ns, "c.Item", properties="Product,Count,Text")) == wanted
    assert rows(table_rows(ns, "c.Item", properties="Product,Count,Text")) == wanted
    assert rows(ns.query("SELECT ID, Product, Count, Text FROM c.Item")) == wanted
    objects = [cls("Item").open(row[0]) for row in wanted]
    assert [(item.Product, item.Count or None) for item in objects] == [row[1:3] for row in wanted]
    assert (objects[1].Tags.GetAt("a"), str(objects[1].Text), objects[2].Invoice.Number) == ("x", "long", "B1")
    assert [item.Product for item in cls("Invoice").open(1).Items] == ["valve", "pump"]
    assert cls("Item").open("2||1").Notes.GetAt(1)._Id() == "2||1||7"
    assert rows(ns.query("SELECT ID, Text, Item->Invoice->Number FROM c.Note")) == [("2||1||7", "blue", "B1")]
    assert [cls("Item")._ExistsId(at) for at in ("1||12", "1||1", "1", "3||1")] == [1, 0, 0, 0]
    assert rows(class_rows(ns, "c.Item", start=2, properties="Product")) == [("2||1", "cable")]
    assert rows(class_rows(ns, "c.Item", end=1, properties="Product")) == [("1||2", "valve"), ("1||12", "pump")]


def test_rows_are_written_where_a_server_has_them(ns: EmbeddedNamespace) -> None:
    invoice = cls("Invoice")(Number="A7")
    item = cls("Item")(Product="pump", Count=2)
    item.Tags.SetAt("x", "a")
    item.Text.Write("long")
    item.Notes.Insert(cls("Note")(Text="blue"))
    invoice.Items.Insert(item)
    invoice.save()
    cls("Item")(Product="valve", Invoice=invoice).save()
    ns.sql("INSERT INTO c.Item (Invoice, Product) VALUES (1, 'cable')", [])
    ns.sql("UPDATE c.Item SET Count = 5 WHERE Product = 'cable'", [])
    node = ns.globals["c.InvoiceD"]
    assert decode(node[1, "Items", 1])[:2] == ["pump", 2]  # type: ignore[arg-type]  # a $LIST
    assert decode(node[1, "Items", 3])[:2] == ["cable", 5]  # type: ignore[arg-type]  # a $LIST
    assert (node[1, "Items"], node[1, "Items", 1, "Tags", "a"]) == (3, "x")
    assert decode(node[1, "Items", 1, "Notes", 1]) == ["", "blue"]  # type: ignore[arg-type]  # a $LIST
    assert list(check(ns)) == []
    assert status.is_ok(cls("Item")._DeleteId("1||2"))
    assert [row[0] for row in rows(ns.query("SELECT ID FROM c.Item"))] == ["1||1", "1||3"]
    assert [row[0] for row in rows(ns.query("SELECT ID FROM c.Item WHERE ID = '1||3'"))] == ["1||3"]
    ns.sql("TRUNCATE TABLE c.Item", [])
    assert [subscripts for subscripts, _ in node.items()] == [(), (1,)]
    assert list(ns.globals["c.ItemI"].items()) == []
    assert status.is_ok(cls("Invoice")._DeleteId(1))
    assert list(check(ns)) == []


def test_a_child_without_its_parent_is_named(ns: EmbeddedNamespace) -> None:
    ns.globals["c.InvoiceD"][7, "Items", 1] = encode(["pump", 1, ""])
    found = [(problem.kind, problem.place, problem.text) for problem in check(ns) if problem.kind == "reference"]
    assert found == [
        ("reference", '^c.InvoiceD(7,"Items",1)', "c.Item: Invoice refers to c.Invoice 7, which is not there")
    ]


def test_an_id_of_several_parts_is_several_subscripts(ns: EmbeddedNamespace) -> None:
    rate = cls("Rate")(Bank="ECB", Day=7, Value="1.5")
    assert rate.save() == "ECB||7"
    ns.globals["c.RateD"]["ECB", 12] = encode(["", "ECB", 12, 2])
    assert rows(ns.query("SELECT ID, Bank, Day FROM c.Rate")) == [("ECB||7", "ECB", 7), ("ECB||12", "ECB", 12)]
    assert decode(ns.globals["c.RateD"]["ECB", 7])[1:3] == ["ECB", 7]  # type: ignore[arg-type]  # a $LIST
    assert cls("Rate").open("ECB||12").Value == 2
    assert status.is_ok(cls("Rate")._DeleteId("ECB||7"))
    assert list(ns.globals["c.RateD"]) == ["ECB"]
    assert [row[0] for row in rows(class_rows(ns, "c.Rate"))] == ["ECB||12"]


def test_rows_may_stand_below_subscripts_of_a_global(ns: EmbeddedNamespace) -> None:
    assert [cls("Part")(Name=name).save() for name in ("bolt", "nut")] == [1, 2]
    assert ns.globals["c.Data"]["Part", "last"] == 2
    assert rows(ns.query("SELECT ID, Name FROM c.Part WHERE ID > 1")) == [(2, "nut")]
    assert cls("Part").open(1).Name == "bolt"
    cls("Part")._KillExtent()
    assert list(ns.globals["c.Data"].items()) == []

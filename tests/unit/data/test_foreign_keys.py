"""Foreign keys of classes and tables, for objects and SQL; indices that come and go on tables with rows."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.data import ForeignKey, Index, Persistent, Property
from isc.py.data.checking import check
from isc.py.data.exceptions import ForeignKeyError, SQLError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.objectscript import NotSupportedError, dictionary, status
from stored_classes import namespace_with, rows

PACKAGE = """
Class k.Firm Extends %Persistent
{
Property Name As %String;
Property Country As %String;
Index NameKey On (Name, Country) [ Unique ];
}
Class k.Branch Extends k.Firm
{
Property City As %String;
}
Class k.Person Extends %Persistent
{
Property Name As %String;
Property Firm As k.Firm;
Property FirmName As %String [ InitialExpression = "Engines" ];
Property FirmCountry As %String [ InitialExpression = "de" ];
ForeignKey ByKey(FirmName, FirmCountry) References Firm(NameKey) [ OnDelete = setnull, OnUpdate = cascade ];
ForeignKey ById(Firm) References k.Firm() [ OnDelete = cascade ];
Index ByFirm On (FirmName, FirmCountry);
}
Class k.Loan Extends %Persistent
{
Property Person As k.Person;
ForeignKey Who(Person) References k.Person();
ForeignKey Not(Person) References k.Person() [ NoCheck ];
}
Class k.Node Extends %Persistent
{
Property Above As k.Node;
ForeignKey AboveKey(Above) References k.Node() [ OnDelete = cascade ];
}
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, PACKAGE) as opened:
        yield opened


def cls(name: str) -> Any:
    return dictionary.resolve(f"k.{name}")


def refused(ns: EmbeddedNamespace, sqlcode: int, sql: str) -> str:
    with pytest.raises(SQLError) as caught:
        ns.sql(sql, [])
    assert caught.value.sqlcode == sqlcode, caught.value
    return str(caught.value)


def test_a_row_refers_to_what_is_there(ns: EmbeddedNamespace) -> None:
    person = cls("Person")(Name="Ada")
    said = status.text(person._Save())
    assert said.startswith("ERROR #5540: SQLCODE: -121, message: foreign key ByKey of k.Person: k.Firm has no row that")
    assert "FirmName = Engines, FirmCountry = de" in said
    with pytest.raises(ForeignKeyError):
        person.save()
    assert "foreign key ByKey" in refused(ns, -121, "INSERT INTO k.Person (Name) VALUES ('Ada')")
    cls("Branch")(Name="engines", Country="DE", City="Kiel").save()  # a unique index compares without case
    person.save()
    ns.sql(
        "INSERT INTO k.Person (Name, Firm, FirmName) VALUES ('Bob', 1, NULL)", []
    )  # what is missing refers to nothing
    refused(ns, -122, "UPDATE k.Person SET Firm = 9 WHERE Name = 'Bob'")
    refused(ns, -121, "INSERT INTO k.Loan (Person) VALUES (9)")
    assert rows(ns, "SELECT Name, Firm, FirmName FROM k.Person") == [("Ada", None, "Engines"), ("Bob", 1, None)]
    assert list(check(ns)) == []


def test_what_others_refer_to_is_deleted_as_they_say(ns: EmbeddedNamespace) -> None:
    firm = cls("Firm")(Name="Engines", Country="de")
    firm.save()
    ada, bob = cls("Person")(Name="Ada"), cls("Person")(Name="Bob", Firm=firm)
    ada.save()
    bob.save()
    loan = cls("Loan")(Person=bob)
    loan.save()
    said = status.text(cls("Person")._DeleteId(2))
    assert "SQLCODE: -124, message: foreign key Who of k.Loan: k.Person 2 cannot be deleted, for id 1 refers" in said
    assert "foreign key Who" in refused(ns, -124, "DELETE FROM k.Firm")  # it would take Bob with it
    assert rows(ns, "SELECT Name, Firm, FirmName FROM k.Person") == [("Ada", None, "Engines"), ("Bob", 1, "Engines")]
    ns.sql("DELETE FROM k.Loan", [])
    ns.sql("DELETE FROM k.Firm", [])
    assert rows(ns, "SELECT Name, Firm, FirmName FROM k.Person") == [("Ada", None, None)]
    assert list(check(ns)) == []


def test_a_key_that_changes_takes_those_that_refer_to_it_along(ns: EmbeddedNamespace) -> None:
    firm = cls("Firm")(Name="Engines", Country="de")
    firm.save()
    ada = cls("Person")(Name="Ada")
    ada.save()
    firm.Name = "Motors"
    firm.save()
    assert rows(ns, "SELECT FirmName, FirmCountry FROM k.Person") == [("Motors", "de")]
    assert cls("Person").open(1) is ada
    assert ada.FirmName == "Motors"
    ns.sql("UPDATE k.Firm SET Country = 'fr'", [])
    assert rows(ns, "SELECT FirmName, FirmCountry FROM k.Person") == [("Motors", "fr")]
    assert list(check(ns)) == []


def test_rows_that_refer_to_each_other_go_together(ns: EmbeddedNamespace) -> None:
    top = cls("Node")()
    top.save()
    low = cls("Node")(Above=top)
    low.save()
    top.Above = low
    top.save()
    own = cls("Node")()
    own.save()
    own.Above = own
    own.save()
    assert status.is_ok(cls("Node")._DeleteId(1))
    assert status.is_ok(cls("Node")._DeleteId(3))
    assert rows(ns, "SELECT ID FROM k.Node") == []


def test_a_transaction_sees_at_its_end_what_others_have_done(ns: EmbeddedNamespace) -> None:
    cls("Firm")(Name="Engines", Country="de").save()

    def elsewhere(sql: str) -> None:
        thread = threading.Thread(target=ns.sql, args=(sql, []))
        thread.start()
        thread.join()

    ns.tstart()
    ns.sql("INSERT INTO k.Person (Name) VALUES ('Ada')", [])
    elsewhere("DELETE FROM k.Firm")
    with pytest.raises(ForeignKeyError, match=r"k\.Firm has no row that FirmName = Engines"):
        ns.tcommit()
    assert rows(ns, "SELECT ID FROM k.Person") == []
    cls("Firm")(Name="Engines", Country="de").save()
    cls("Person")(Name="Ada", FirmName="", FirmCountry="").save()
    ns.tstart()
    ns.sql("DELETE FROM k.Person", [])
    elsewhere("INSERT INTO k.Loan (Person) SELECT ID FROM k.Person")
    with pytest.raises(ForeignKeyError, match="cannot be deleted"):
        ns.tcommit()
    assert len(rows(ns, "SELECT ID FROM k.Person")) == 1


def test_check_names_rows_that_refer_to_nothing(ns: EmbeddedNamespace) -> None:
    cls("Firm")(Name="Engines", Country="de").save()
    cls("Person")(Name="Ada").save()
    del ns.globals["k.FirmD"][1]
    ns.globals["k.FirmI"].kill()
    found = [str(problem.text) for problem in check(ns) if problem.kind == "foreign key"]
    assert found == [
        "foreign key ByKey of k.Person: id 1: k.Firm has no row that FirmName = Engines, FirmCountry = de refers to"
    ]


def test_a_class_written_in_python_has_foreign_keys(ns: EmbeddedNamespace) -> None:
    class Town(Persistent):
        Name = Property("%String")
        NameKey = Index("Name", unique=True)

    class Street(Persistent):
        TownName = Property("%String")
        TownKey = ForeignKey("TownName", references=Town, index="NameKey", on_delete="cascade")

    Town(Name="Kiel").save()
    Street(TownName="kiel").save()
    with pytest.raises(ForeignKeyError):
        Street(TownName="Lund").save()
    assert status.is_ok(Town._DeleteId(1))
    assert Street._ExistsId(1) == 0


# --- tables ---


def test_tables_with_foreign_keys(ns: EmbeddedNamespace) -> None:
    ns.sql("CREATE TABLE d.firm (code VARCHAR(10) PRIMARY KEY, name VARCHAR(20), CONSTRAINT nk UNIQUE (name))", [])
    ns.sql(
        "CREATE TABLE d.person (name VARCHAR(20), firm VARCHAR(10) REFERENCES d.firm ON DELETE CASCADE, "
        "other VARCHAR(20) DEFAULT 'A', boss INT REFERENCES d.person(ID) ON DELETE SET NULL, "
        "CONSTRAINT fk FOREIGN KEY (other) REFERENCES d.firm (name) ON UPDATE SET NULL ON DELETE SET DEFAULT)",
        [],
    )
    refused(ns, -121, "INSERT INTO d.person (name, firm, other) VALUES ('Ada', 'x', NULL)")
    ns.sql("INSERT INTO d.firm VALUES ('a', 'A')", [])
    ns.sql("INSERT INTO d.firm VALUES ('b', 'B')", [])
    ns.sql("INSERT INTO d.person (name, firm, other) VALUES ('Ada', 'a', 'B'), ('Bob', 'b', 'B')", [])
    ns.sql("UPDATE d.person SET boss = 2 WHERE name = 'Ada'", [])
    refused(ns, -123, "UPDATE d.firm SET code = 'c' WHERE code = 'a'")
    ns.sql("UPDATE d.firm SET name = 'BB' WHERE code = 'b'", [])
    assert rows(ns, "SELECT name, firm, other, boss FROM d.person") == [("Ada", "a", None, 2), ("Bob", "b", None, None)]
    ns.sql("UPDATE d.person SET other = 'BB'", [])
    ns.sql("DELETE FROM d.firm WHERE code = 'b'", [])
    assert rows(ns, "SELECT name, firm, other, boss FROM d.person") == [("Ada", "a", "A", None)]
    assert "foreign key firmFKey of d.person refers to it" in refused(ns, -320, "DROP TABLE d.firm")
    ns.sql("ALTER TABLE d.person DROP CONSTRAINT fk", [])
    ns.sql("UPDATE d.person SET other = 'free'", [])
    assert "other = free" in refused(
        ns, -127, "ALTER TABLE d.person ADD CONSTRAINT again FOREIGN KEY (other) REFERENCES d.firm(name)"
    )
    ns.sql("UPDATE d.person SET other = 'A'", [])
    ns.sql("ALTER TABLE d.person ADD CONSTRAINT again FOREIGN KEY (other) REFERENCES d.firm(name)", [])
    refused(ns, -122, "UPDATE d.person SET other = 'free'")
    assert "foreign key again of d.person refers to it" in refused(ns, -317, "ALTER TABLE d.firm DROP CONSTRAINT nk")
    refused(ns, -322, "ALTER TABLE d.person DROP COLUMN other")
    ns.sql("DROP TABLE d.person", [])
    ns.sql("DROP TABLE d.firm", [])


@pytest.mark.parametrize(
    ("sqlcode", "sql", "said"),
    [
        (-310, "CREATE TABLE d.x (a INT REFERENCES d.nothing)", "table d.nothing, which is not there at line 1"),
        (-316, "CREATE TABLE d.x (a INT REFERENCES d.t(bb))", "'bb', which is no field of d.t; the fields are a, b"),
        (-314, "CREATE TABLE d.x (a INT REFERENCES d.t(b))", "b of d.t is no unique key"),
        (-31, "CREATE TABLE d.x (a INT, FOREIGN KEY (c) REFERENCES d.t)", "field 'c' of a key"),
        (-315, "ALTER TABLE d.t DROP CONSTRAINT nothing", "no constraint 'nothing'"),
        (-333, "DROP INDEX nothing ON TABLE d.t", "index 'nothing' not found"),
        (-324, "CREATE INDEX one ON TABLE d.t (a)", "has an index one already"),
        (-307, "ALTER TABLE d.t ADD PRIMARY KEY (b)", "has a primary key already"),
        (-125, "CREATE UNIQUE INDEX u ON d.t (b)", "b = 'X' is not unique"),
        (-125, "ALTER TABLE d.t ADD CONSTRAINT u UNIQUE (b)", "b = 'X' is not unique"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_leaves_all_as_it_was(
    ns: EmbeddedNamespace, sqlcode: int, sql: str, said: str
) -> None:
    ns.sql("CREATE TABLE d.t (a INT PRIMARY KEY, b VARCHAR(5))", [])
    ns.sql("INSERT INTO d.t VALUES (1, 'x')", [])
    ns.sql("INSERT INTO d.t VALUES (2, 'x')", [])
    ns.sql("CREATE INDEX one ON d.t (b)", [])
    before = ns.classes.text("class", "d.t")
    assert said in refused(ns, sqlcode, sql)
    assert ns.classes.text("class", "d.t") == before
    assert ns.classes.text("class", "d.x") is None
    assert list(check(ns)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE d.x (a INT,\n CONSTRAINT positive CHECK (a > 0))",
        "CREATE TABLE d.x (a INT\n CHECK (a > 0))",
    ],
)
def test_a_check_is_refused_with_its_place(ns: EmbeddedNamespace, sql: str) -> None:
    with pytest.raises(
        NotSupportedError, match=r"CHECK (positive |a )?\(a > 0\) at line 2, column \d+: conditions are"
    ):
        ns.sql(sql, [])
    assert ns.classes.text("class", "d.x") is None


def test_indices_come_and_go_on_tables_with_rows(ns: EmbeddedNamespace) -> None:
    ns.sql("CREATE TABLE d.t (a INT, b VARCHAR(5))", [])
    ns.sql("CREATE TABLE d.u (a INT)", [])
    for at in range(3):
        ns.sql("INSERT INTO d.t VALUES (?, ?)", [at, f"v{at}"])
    ns.sql("CREATE INDEX plain ON TABLE d.t (b, a) WITH DATA (a)", [])
    ns.sql("CREATE UNIQUE INDEX once ON d.t (a)", [])
    ns.sql("CREATE BITMAP INDEX plain ON TABLE d.u (a)", [])
    entries = ns.globals["d.tI"]
    assert [subscripts for subscripts, _ in entries.items()] == [
        ("once", 0, 1), ("once", 1, 2), ("once", 2, 3),
        ("plain", " V0", 0, 1), ("plain", " V1", 1, 2), ("plain", " V2", 2, 3),
    ]  # fmt: skip
    refused(ns, -119, "INSERT INTO d.t VALUES (1, 'w')")
    assert "in several tables (d.t, d.u): say DROP INDEX plain ON TABLE" in refused(ns, -334, "DROP INDEX plain")
    ns.sql("DROP INDEX plain ON TABLE d.u", [])
    ns.sql("DROP INDEX plain", [])
    ns.sql("DROP INDEX IF EXISTS plain ON TABLE d.t", [])
    ns.sql("DROP INDEX d.t.once", [])
    assert list(entries.items()) == []
    ns.sql("INSERT INTO d.t VALUES (1, 'w')", [])
    assert "Index" not in (ns.classes.text("class", "d.t") or "")
    assert list(check(ns)) == []


def test_a_class_that_is_forgotten_refers_to_nothing(ns: EmbeddedNamespace) -> None:
    before = dictionary.registered()

    class Place(Persistent):
        Name = Property(str)
        NameKey = Index("Name", unique=True)

    class Visit(Persistent):
        Name = Property(str)
        Key = ForeignKey("Name", references=Place, index="NameKey")

    assert Visit(Name="x")._Save() != 1
    dictionary.put_back(before)  # the classes live on while somebody has them
    ns.sql("CREATE TABLE d.Other (a INT)", [])
    ns.sql("INSERT INTO d.Other VALUES (1)", [])
    assert ns.sql("DELETE FROM d.Other", []).count == 1
    assert Visit is not None

"""Collections in SQL: a list is a field, an array is a table of its own."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from isc.py.data.exceptions import SQLError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.sql_stream import stream
from stored_classes import namespace_with, rows, run

CLASSES = {
    "Place": "Class cl.Place Extends %SerialObject\n{\nProperty City As %String;\nProperty Zip As %Integer;\n}\n",
    "Person": """Class cl.Person Extends %Persistent
{
Property Name As %String;
Property Colors As list Of %String;
Property Days As list Of %Date(ODBCDELIMITER = "|");
Property Raw As %List;
Property Phones As array Of %String(COLLATION = "EXACT");
Property Rates As array Of %Numeric(SCALE = 2) [ SqlFieldName = Rate ];
Property Places As array Of cl.Place;
Property Friends As array Of cl.Person;
Property Notes As array Of %Stream.GlobalCharacter;
}
""",
    "Head": "Class cl.Head Extends cl.Person\n{\nProperty Level As %Integer;\nProperty Marks As list Of %String;\n}\n",
}
FILL = """
 set a=##class(cl.Person).%New(),a.Name="Ada"
 do a.Colors.Insert("Red"),a.Colors.Insert(""),a.Colors.Insert("Blue"),a.Days.Insert(60000),a.Days.Insert(60001)
 set a.Raw=$listbuild(1,,"x")
 do a.Phones.SetAt("112","home"),a.Phones.SetAt("110",10),a.Rates.SetAt(1.5,"x"),a.Rates.SetAt(.25,"y")
 set p=##class(cl.Place).%New(),p.City="Kiel",p.Zip=24103 do a.Places.SetAt(p,"first")
 set s=##class(%Stream.GlobalCharacter).%New() do s.Write("long"),a.Notes.SetAt(s,1)
 do a.%Save()
 set b=##class(cl.Head).%New(),b.Name="Bob",b.Level=2 do b.Marks.Insert("m"),b.Friends.SetAt(a,"best"),b.%Save()
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, CLASSES) as opened:
        run(opened, FILL)
        yield opened


def test_a_list_is_a_field_of_elements_with_commas_between(ns: EmbeddedNamespace) -> None:
    assert rows(ns, "SELECT Colors, Days, Raw FROM cl.Person ORDER BY ID") == [
        ("Red,,Blue", "60000|60001", "1,,x"),
        ("", "", None),
    ]
    assert ns.query("SELECT * FROM cl.Person").column_names == ["ID", "Name", "Colors", "Days", "Raw"]
    assert rows(ns, "SELECT Marks, Level FROM cl.Head") == [("m", 2)]
    assert rows(ns, "SELECT Name FROM cl.Person WHERE Colors IS NULL") == []
    assert rows(ns, "SELECT x.c FROM (SELECT Colors AS c FROM cl.Person WHERE ID = 1) x") == [("Red,,Blue",)]
    assert rows(ns, "SELECT Raw FROM cl.Person WHERE ID = 1 UNION ALL SELECT 'none'") == [("1,,x",), ("none",)]
    batches = stream(ns, "SELECT Name, Colors FROM cl.Person ORDER BY ID", size=1).read_all().to_pylist()
    assert [row["Colors"] for row in batches] == ["Red,,Blue", ""]


def test_functions_of_lists_see_the_list(ns: EmbeddedNamespace) -> None:
    shown = "$LISTLENGTH(Colors), $LIST(Colors, 3), %EXTERNAL(Colors), %ODBCOUT(Days), $LISTTOSTRING(Colors, '+')"
    assert rows(ns, f"SELECT {shown} FROM cl.Person WHERE ID = 1") == [
        (3, "Blue", "Red\r\n\r\nBlue", "60000|60001", "Red++Blue")
    ]
    assert rows(ns, "SELECT Name FROM cl.Person WHERE 'Blue' %INLIST Colors") == [("Ada",)]


@pytest.mark.parametrize(("mode", "shown"), [(0, "1|Red"), (1, "0|Red,,Blue"), (2, "0|Red\r\n\r\nBlue")])
def test_a_statement_shows_lists_as_its_select_mode_says(ns: EmbeddedNamespace, mode: int, shown: str) -> None:
    code = f' set s=##class(%SQL.Statement).%New({mode}) do s.%Prepare("select Colors from cl.Person where ID = 1")'
    code += ' set r=s.%Execute() do r.%Next() write $listvalid(r.Colors),"|"'
    assert run(ns, f"{code} write {'$list(r.Colors)' if mode == 0 else 'r.Colors'}") == shown
    assert run(ns, " &sql(select Colors into :c from cl.Person where ID = 1) write $listlength(c)") == "3"
    display = (
        ' write ##class(%SQL.Statement).%ExecDirect(,"select Colors, Name from cl.Person where ID = 1").%Display()'
    )
    assert '$lb("Red","","Blue")\tAda' in run(ns, display)


def test_sql_sets_lists(ns: EmbeddedNamespace) -> None:
    ns.sql("INSERT INTO cl.Person (Name, Colors, Days, Raw) VALUES ('Cy', 'a,,b', '60002|2005-04-13', 'p,q')", [])
    ns.sql("INSERT INTO cl.Person (Name, Colors) SELECT 'Dee', Colors FROM cl.Person WHERE ID = 1", [])
    ns.sql("UPDATE cl.Person SET Colors = $LISTBUILD('x', 'y'), Raw = NULL WHERE ID = 1", [])
    ns.sql("INSERT INTO cl.Person (Name, Colors) VALUES ('Eve', ?)", [["v", "w"]])
    assert rows(ns, "SELECT Name, Colors, Days, Raw FROM cl.Person WHERE Name <> 'Bob' ORDER BY Name") == [
        ("Ada", "x,y", "60000|60001", None),
        ("Cy", "a,,b", "60002|60003", "p,q"),
        ("Dee", "Red,,Blue", "", None),
        ("Eve", "v,w", "", None),
    ]
    with pytest.raises(SQLError, match="-5000000") as caught:
        ns.sql("INSERT INTO cl.Person (Days) VALUES ('-5000000')", [])
    assert caught.value.sqlcode == -104


def test_a_table_made_of_a_query_has_its_lists(ns: EmbeddedNamespace) -> None:
    ns.sql("CREATE TABLE cl.Some AS SELECT Name, Colors FROM cl.Person WHERE ID = 1", [])
    assert rows(ns, "SELECT Colors, $LISTLENGTH(Colors) FROM cl.Some") == [("Red,,Blue", 3)]


def test_an_array_is_a_table(ns: EmbeddedNamespace) -> None:
    assert ns.query("SELECT * FROM cl.Person_Phones").to_pylist() == [
        {"Person": 1, "element_key": "10", "Phones": "110"},
        {"Person": 1, "element_key": "home", "Phones": "112"},
    ]
    assert rows(ns, "SELECT Rate, ID FROM cl.person_rate WHERE element_key = 'y'") == [(0.25, "1||y")]
    exact = ns.query("SELECT SUM(Rate) AS s FROM cl.Person_Rate", decimals="exact").to_pylist()
    assert exact == [{"s": Decimal("1.75")}]
    assert rows(ns, "SELECT Places_City, Places_Zip FROM cl.Person_Places") == [("Kiel", 24103)]
    assert rows(ns, "SELECT Notes FROM cl.Person_Notes") == [("long",)]
    assert rows(ns, "SELECT Person->Name AS p, Friends->Name AS f FROM cl.Person_Friends") == [("Bob", "Ada")]
    assert rows(ns, "SELECT Head FROM cl.Head_Friends") == [(2,)]
    joined = "SELECT Name FROM cl.Person p JOIN cl.Person_Phones f ON f.Person = p.ID WHERE f.Phones = '112'"
    assert rows(ns, joined) == [("Ada",)]
    names = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME %STARTSWITH 'Head'"
    assert [name for (name,) in rows(ns, names)][:3] == ["Head", "Head_Phones", "Head_Rate"]
    columns = "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Person_Places'"
    assert [name for (name,) in rows(ns, columns)] == ["ID", "Person", "element_key", "Places_City", "Places_Zip"]


def test_items_of_arrays_are_changed_by_objects(ns: EmbeddedNamespace) -> None:
    with pytest.raises(SQLError, match="change Phones of the object") as caught:
        ns.sql("DELETE FROM cl.Person_Phones", [])
    assert caught.value.sqlcode == -30
    with pytest.raises(SQLError, match="Person_Phone' not found") as caught:
        ns.query("SELECT * FROM cl.Person_Phone")
    assert caught.value.sqlcode == -30

"""FOR SOME, formats of values, and what a %SQL.Statement is told beside its text."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from isc.py.data.exceptions import SQLError
from isc.py.data.namespace import EmbeddedNamespace
from stored_classes import namespace_with, run

CLASSES = {
    "Team": "Class el.Team Extends %Persistent\n{\nProperty Name As %String;\n}\n",
    "Player": """Class el.Player Extends %Persistent
{
Property Name As %String;
Property Colors As list Of %String;
Property Born As %Date;
Property At As %Time;
Property Ok As %Boolean;
Property Pay As %Numeric(SCALE = 2);
Property Team As el.Team;
}
""",
}
FILL = """
 set t=##class(el.Team).%New() set t.Name="Reds" do t.%Save()
 for n="Ada","Bob","Cy" {
  set p=##class(el.Player).%New() set p.Name=n,p.Born=60000,p.At=3723,p.Ok=1,p.Pay=.1
  if n'="Cy" { do p.Colors.Insert("Red") do p.Colors.Insert($select(n="Ada":"Blue",1:"Green")) set p.Team=t }
  do p.%Save()
 }
"""


@pytest.fixture
def ns(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    with namespace_with(tmp_path, CLASSES) as opened:
        run(opened, FILL)
        yield opened


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("FOR SOME %ELEMENT(Colors) (%VALUE = 'Red')", ["Ada", "Bob"]),
        ("FOR SOME %ELEMENT(Colors) (%VALUE = ?)", ["Ada"]),
        ("FOR SOME %ELEMENT(p.Colors) AS c (c.%VALUE %STARTSWITH 'G' AND c.%KEY = 2)", ["Bob"]),
        ("FOR SOME %ELEMENT(Colors) (%KEY > 2)", []),
        ("NOT FOR SOME %ELEMENT(Colors) (%VALUE = 'Blue')", ["Bob", "Cy"]),
        ("FOR SOME %ELEMENT(Colors) (%VALUE IN ('Blue', 'Green') AND Name = 'Bob') OR Name = 'Cy'", ["Bob", "Cy"]),
        ("FOR SOME (el.Player q) (q.ID < p.ID AND q.Name < 'B')", ["Bob", "Cy"]),
        ("FOR SOME (el.Team t, el.Player q) (t.ID = p.Team AND q.Name = 'Cy')", ["Ada", "Bob"]),
    ],
)
def test_for_some_finds_rows(ns: EmbeddedNamespace, condition: str, expected: list[str]) -> None:
    values = ["Blue"] * condition.count("?")
    found = ns.query(f"SELECT Name FROM el.Player p WHERE {condition} ORDER BY Name", values)
    assert found.column(0).to_pylist() == expected


def test_for_some_tells_which_rows_are_changed(ns: EmbeddedNamespace) -> None:
    assert ns.sql("DELETE FROM el.Player WHERE FOR SOME %ELEMENT(Colors) (%VALUE = 'Green')", []).count == 1
    assert ns.query("SELECT COUNT(*) AS n FROM el.Player").to_pylist() == [{"n": 2}]


@pytest.mark.parametrize(
    ("condition", "code", "place"),
    [
        ("FOR ALL (el.Team) (1 = 1)", -12, "line 2, column 11"),
        ("FOR SOME Colors", -1, "line 2, column 16"),
        ("FOR SOME %ELEMENT(Colors) %VALUE = 1", -1, "line 2, column 40"),
        ("FOR SOME %ELEMENT(Colours) (%VALUE = 1)", -29, "line 2, column 25"),
        ("FOR SOME (el.Teams) (1 = 1)", -30, "line 2, column 20"),
    ],
)
def test_what_is_wrong_with_for_some_is_told_with_its_place(
    ns: EmbeddedNamespace, condition: str, code: int, place: str
) -> None:
    with pytest.raises(SQLError) as caught:
        ns.query(f"SELECT Name FROM el.Player\nWHERE {condition}")
    assert caught.value.sqlcode == code
    assert place in str(caught.value)


def test_values_in_their_internal_and_external_form(ns: EmbeddedNamespace) -> None:
    shown = "%INTERNAL(Born), %INTERNAL(At), %INTERNAL(Ok), %EXTERNAL(Born), %EXTERNAL(At), %EXTERNAL(Ok)"
    shown += ", %ODBCOUT(Born)"
    found = ns.query(f"SELECT {shown} FROM el.Player WHERE ID = 1").to_pylist()
    assert list(found[0].values()) == [60000, 3723, 1, "04/10/2005", "01:02:03", "1", "2005-04-10"]


def test_a_statement_looks_for_tables_in_its_schema_path(ns: EmbeddedNamespace) -> None:
    code = ' set s=##class(%SQL.Statement).%New(,"nothing, ""el""") write s.%Prepare("select count(*) from Team")'
    assert run(ns, code + " set r=s.%Execute() do r.%Next() write r.%GetData(1)") == "11"
    code = ' set s=##class(%SQL.Statement).%New() set s.%SchemaPath="el,DEFAULT_SCHEMA"'
    assert run(ns, code + ' write s.%Prepare("insert into Team (Name) values (1)") write s.%Execute().%SQLCODE') == "10"
    code = ' set s=##class(%SQL.Statement).%New() write $system.Status.IsError(s.%Prepare("select Name from Team"))'
    assert run(ns, code) == "1"


def test_references_are_objects_when_objects_are_asked_for(ns: EmbeddedNamespace) -> None:
    code = """
 set s=##class(%SQL.Statement).%New() set s.%ObjectSelectMode={mode}
 do s.%Prepare("select Name, Team, Team->Name as T, Team as Club from el.Player where ID <> 2 order by ID")
 set r=s.%Execute()
 while r.%Next() {{ write r.Name," ",$isobject(r.Team),$isobject(r.%Get("Club")),$isobject(r.%GetData(2)),r.T," " }}
"""
    assert run(ns, code.format(mode=1)) == "Ada 111Reds Cy 000 "
    assert run(ns, code.format(mode=0)) == "Ada 000Reds Cy 000 "
    name = ' set s=##class(%SQL.Statement).%New() set s.%ObjectSelectMode=1 do s.%Prepare("select * from el.Player")'
    assert run(ns, name + " set r=s.%Execute() do r.%Next() write r.Team.Name") == "Reds"


def test_decimals_of_code_are_exact(ns: EmbeddedNamespace) -> None:
    assert run(ns, " &sql(select sum(Pay) into :x from el.Player) write x,x=.3") == ".31"
    assert ns.sql("UPDATE el.Player SET Pay = Pay * 3", []).count == 3
    assert ns.query("SELECT SUM(Pay) AS s FROM el.Player", decimals="exact").to_pylist() == [{"s": Decimal("0.90")}]

from pathlib import Path

import pytest
from isc.py.data.namespace import EmbeddedNamespace, current
from isc.py.objectscript import Frame, ObjectScriptError, compile_block


def written(code: str) -> str:
    frame = Frame(platform=current())
    compile_block(code.replace("$$$run(", "##class(%SQL.Statement).%ExecDirect(,")).execute(frame)
    return "".join(map(str, frame.output))


FILL = """
 set r=$$$run("insert into t.Person (Name, Born, Height, Member) values (?, ?, ?, 1)",
  "Ada","1815-12-10",1.65)
 set r=$$$run("insert into t.Person (Name, Children) values ('Bob', 2), ('Cy', 3)")
"""


def test_rows_are_inserted_queried_changed_and_deleted(namespace: EmbeddedNamespace) -> None:
    assert written(FILL + " write r.%SQLCODE,r.%ROWCOUNT,r.%ROWID,r.%StatementType") == "023INSERT"
    assert (
        written("""
 set s=##class(%SQL.Statement).%New() set q="select ID, Name, Born from t.Person where Name < ? order by Name"
 write s.%Prepare(q)
 set r=s.%Execute("Cz") while r.%Next() { write " ",r.ID,r.name,r.%Get("Born"),r.%GetData(2) }
 write " ",r.%SQLCODE,r.%ROWCOUNT
 set r=s.%Execute("B") while r.%Next() { write " ",r.Name }
""")
        == "1 1Ada-9153Ada 2BobBob 3CyCy 1003 Ada"
    )
    assert (
        written("""
 set r=$$$run("update t.Person set Children = Children + ?, Name = upper(Name) where Children > ?",
  10,2)
 write r.%ROWCOUNT,r.%SQLCODE
 set r=$$$run("update t.Person set Name = 'x' where ID = 99") write " ",r.%ROWCOUNT,r.%SQLCODE
 set r=$$$run("select Name, Children from t.Person where ID = 3") do r.%Next()
 write " ",r.Name,r.Children
 set r=$$$run("delete from t.Person where Name = ?","Ada") write " ",r.%ROWCOUNT
 write ##class(t.Person).%ExistsId(1)
 set r=$$$run("truncate table t.Person") write " ",r.%ROWCOUNT
""")
        == "10 0100 CY13 10 2"
    )


def test_an_insert_of_a_select_and_embedded_sql_write_too(namespace: EmbeddedNamespace) -> None:
    assert (
        written(
            FILL
            + """
 &sql(insert into t.Person (Name, Children) select Name, Children + 1 from t.Person where Children is not null)
 set n="new"
 &sql(insert into t.Person (Name) values (:n)) write SQLCODE
 &sql(select count(*) into :c from t.Person) write c
"""
        )
        == "06"
    )


def test_select_modes(namespace: EmbeddedNamespace) -> None:
    code = (
        FILL
        + """
 for mode=0,1,2 { set s=##class(%SQL.Statement).%New(mode),sc=s.%Prepare("select Born from t.Person where ID=1")
 set r=s.%Execute() do r.%Next() write r.Born,"," }
"""
    )
    assert written(code) == "-9153,1815-12-10,12/10/1815,"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("select Nam from t.Person", "-29"),
        ("select * from t.Persons", "-30"),
        ("select from where", "-1"),
        ("insert into t.Person (Nam) values (1)", "-29"),
        ("insert into t.Person (Name, Born) values (1)", "-62"),
        ("insert into t.Person (Children) values (1)", "-108"),
        ("update t.Person set Name = '123456789012345678901234567890x'", "-105"),
    ],
)
def test_what_cannot_be_run_has_its_sqlcode_and_changes_nothing(
    namespace: EmbeddedNamespace, sql: str, code: str
) -> None:
    code_of = f' set r=$$$run("{sql}") write r.%SQLCODE,"|",$length(r.%Message)>0,r.%Next(.sc),$$$ISERR(sc)'
    shown = written(FILL + code_of)
    assert shown == f"{code}|101"
    assert namespace.query("select Name from t.Person order by ID").to_pydict() == {"Name": ["Ada", "Bob", "Cy"]}


def test_prepare_refuses_by_status(namespace: EmbeddedNamespace) -> None:
    code = (
        ' set s=##class(%SQL.Statement).%New(),sc=s.%Prepare("select Nam from t.Person")'
        " write $system.Status.GetErrorText(sc)"
    )
    assert "ERROR #5540: SQLCODE: -29" in written(code)


def test_a_column_that_is_not_there_is_named(namespace: EmbeddedNamespace) -> None:
    with pytest.raises(ObjectScriptError, match=r"<PROPERTY DOES NOT EXIST> Nam .*did you mean Name"):
        written(FILL + ' set r=$$$run("select Name from t.Person") do r.%Next() write r.Nam')


def test_older_result_sets_and_class_queries(namespace: EmbeddedNamespace, tmp_path: Path) -> None:
    (tmp_path / "Q.cls").write_text("""Class t.Q Extends %RegisteredObject
{
Query ByName(name As %String) As %SQLQuery
{
SELECT ID, Name FROM t.Person WHERE Name = :name
}

Query Count(n As %Integer) As %Query(ROWSPEC = "A:%Integer,B:%String")
{
}

ClassMethod CountExecute(ByRef handle As %Binary, n As %Integer) As %Status
{
    set handle = $listbuild(0, n)
    quit $$$OK
}

ClassMethod CountFetch(ByRef handle As %Binary, ByRef row As %List, ByRef end As %Integer) As %Status
{
    set at = $list(handle, 1) + 1
    if at > $list(handle, 2) { set row = "", end = 1 quit $$$OK }
    set handle = $listbuild(at, $list(handle, 2)), row = $listbuild(at, "b"_at)
    quit $$$OK
}
}
""")
    namespace.load_path(tmp_path / "Q.cls")
    assert (
        written(
            FILL
            + """
 set rs=##class(%ResultSet).%New("t.Q:ByName") write rs.Execute("Bob"),rs.Next(),rs.Get("Name"),rs.Next(),rs.AtEnd
 set rs=##class(%ResultSet).%New() write " ",rs.Prepare("select Name from t.Person where ID=?"),rs.Execute(3),rs.Next()
 write rs.Data("Name"),rs.GetData(1),rs.GetColumnName(1),rs.Close()
 set s=##class(%SQL.Statement).%New() write " ",s.%PrepareClassQuery("t.Q","Count") set r=s.%Execute(2)
 while r.%Next() { write " ",r.A,r.B }
 write " ",$$$ISERR(s.%PrepareClassQuery("t.Q","None"))
"""
        )
        == "11Bob01 111CyCyName1 1 1b1 2b2 1"
    )

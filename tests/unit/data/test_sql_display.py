"""DISPLAYLIST: what people see instead of values, by ``%EXTERNAL`` and in display mode."""

from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.sql_result import run

CLASS = """Class d.Order Extends %Persistent
{
Property Nr As %Integer;
Property State As %String(VALUELIST = ",n,o,N", DISPLAYLIST = ",New one,Old one,Not yet", COLLATION = "EXACT");
Property Level As %Integer(VALUELIST = ",1,2", DISPLAYLIST = ",low,high");
}
"""


def test_values_are_shown_as_people_see_them(namespace: EmbeddedNamespace) -> None:
    namespace.classes.put("class", "d.Order", CLASS)
    namespace.sql("INSERT INTO d.Order VALUES (1, 'n', 2), (2, 'N', NULL), (3, NULL, 1)", [])
    sql = "SELECT Nr, %EXTERNAL(State) AS Seen, %INTERNAL(State) AS Kept, %EXTERNAL(Level) AS Height "
    sql += "FROM d.Order ORDER BY Nr"
    assert [tuple(row.values()) for row in namespace.query(sql).to_pylist()] == [
        (1, "New one", "n", "high"),
        (2, "Not yet", "N", None),
        (3, None, None, "low"),
    ]
    plain = "SELECT o.State, o.Level AS Height, Nr FROM d.Order o ORDER BY Nr"
    assert run(plain, [], 2)._rows == [("New one", "high", 1), ("Not yet", "", 2), ("", "low", 3)]
    assert run(plain, [], 1)._rows == run(plain, [], 0)._rows == [("n", 2, 1), ("N", "", 2), ("", 1, 3)]

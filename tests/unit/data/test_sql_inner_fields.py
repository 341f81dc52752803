"""Fields of objects inside objects inside the row, bytes, and names that have to be quoted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.transfer import class_rows
from isc.py.objectscript import dictionary

CLASSES = """Class h.Geo Extends %SerialObject
{
Property Lat As %Double;
Property Zone As %String(MAXLEN = 4);
}
----
Class h.Address Extends %SerialObject
{
Property City As %String;
Property Geo As h.Geo;
}
----
Class h.House Extends %Persistent
{
Property Name As %String;
Property Home As h.Address;
Property Raw As %Binary;
Property Odd As %String [ SqlFieldName = "odd name" ];
Property Phones As array Of h.Address;
}
"""


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    namespace = open_namespace(tmp_path)
    for text in CLASSES.split("----\n"):
        namespace.classes.put("class", text.split()[1], text)
    with use(namespace):
        yield namespace
    namespace.close()
    dictionary.reset()


def test_objects_in_objects_have_fields(houses: EmbeddedNamespace) -> None:
    insert = "INSERT INTO h.House (Name, Home_City, Home_Geo_Lat, Home_Geo_Zone) "
    insert += "VALUES ('a', 'Kiel', 54.25, 'CET'), ('b', NULL, NULL, NULL)"
    houses.sql(insert, [])
    houses.sql("UPDATE h.House SET Home_Geo_Lat = Home_Geo_Lat + 1 WHERE Home_Geo_Zone = 'cet'", [])
    sql = "SELECT Name, Home_City, Home_Geo_Lat, Home_Geo_Zone FROM h.House ORDER BY Name"
    assert [tuple(row.values()) for row in houses.query(sql).to_pylist()] == [
        ("a", "Kiel", 55.25, "CET"),
        ("b", None, None, None),
    ]
    first = dictionary.resolve("h.House").open(1)  # type: ignore[attr-defined]  # a class file's
    assert (first.Home.Geo.Lat, first.Home.Geo.Zone) == (55.25, "CET")
    rows = class_rows(houses, "h.House", properties="Home*").to_pylist()
    assert rows[0] == {"ID": 1, "Home_City": "Kiel", "Home_Geo_Lat": 55.25, "Home_Geo_Zone": "CET"}


def test_items_of_arrays_have_them_too(houses: EmbeddedNamespace) -> None:
    house = dictionary.resolve("h.House")(Name="a")
    address = dictionary.resolve("h.Address")()
    address.City, address.Geo.Lat = "Kiel", 54.0  # type: ignore[attr-defined]  # a class file's
    house.Phones.SetAt(address, "work")  # type: ignore[attr-defined]  # as above
    house.save()  # type: ignore[attr-defined]  # as above
    found = houses.query("SELECT Phones_City, Phones_Geo_Lat FROM h.House_Phones").to_pylist()
    assert found == [{"Phones_City": "Kiel", "Phones_Geo_Lat": 54.0}]


def test_bytes_are_bytes(houses: EmbeddedNamespace) -> None:
    houses.sql("INSERT INTO h.House (Name, Raw) VALUES (?, ?)", ["a", bytes(range(256))])
    houses.sql("INSERT INTO h.House (Name) VALUES ('b')", [])
    found = houses.query("SELECT Raw FROM h.House ORDER BY Name").to_pylist()
    assert found == [{"Raw": bytes(range(256))}, {"Raw": None}]
    assert houses.sql("SELECT Raw FROM h.House WHERE Name = 'a'", []).rows == [(bytes(range(256)).decode("latin-1"),)]
    houses.sql("CREATE TABLE h.Image (Name VARCHAR(5), Data BLOB)", [])
    houses.sql("INSERT INTO h.Image VALUES (?, ?)", ["x", b"\x00\xff"])
    assert houses.query("SELECT * FROM h.Image").to_pylist() == [{"Name": "x", "Data": b"\x00\xff"}]


def test_a_name_in_quotes_is_the_name_without_them(houses: EmbeddedNamespace) -> None:
    houses.sql("INSERT INTO h.House (\"odd name\") VALUES ('x')", [])
    assert houses.query('SELECT "odd name" FROM h.House WHERE "Odd Name" = \'X\'').num_rows == 1

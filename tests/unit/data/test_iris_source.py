"""An IRIS namespace, against a fake of the vendor driver's interface whose globals and SQL are our own store."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import fake_iris
import iris
import pyarrow as pa
import pytest
from isc.py.data.chunks import Progress
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.exceptions import ConfigurationError, DataError, SQLError, TableNotFoundError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.sources import open_source
from isc.py.data.sources.iris_source import IrisSource
from isc.py.objectscript import ClassNotFoundError, dictionary

URL = "iris://me:${IRIS_PASSWORD}@server:51773/USER"


@pytest.fixture(params=list(fake_iris.FORMS))
def source(
    request: pytest.FixtureRequest, namespace: EmbeddedNamespace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[IrisSource]:
    asked: list[dict[str, object]] = []

    def connect(**arguments: object) -> fake_iris.FakeConnection:
        asked.append(arguments)
        return fake_iris.FakeConnection(namespace)

    def create(connection: fake_iris.FakeConnection) -> fake_iris.FakeIRIS:
        return fake_iris.FakeIRIS(connection.namespace, fake_iris.FORMS[request.param])

    monkeypatch.setattr(iris, "connect", connect)
    monkeypatch.setattr(iris, "createIRIS", create)
    monkeypatch.setenv("IRIS_PASSWORD", "s3/cret")
    dictionary.resolve("t.Person").Import()
    found = open_source(NamespaceSettings("PROD", URL))
    assert isinstance(found, IrisSource)
    yield found
    found.close()
    assert [one["hostname"] for one in asked] == ["server"] * len(asked)
    assert all((one["port"], one["namespace"], one["password"]) == (51773, "USER", "s3/cret") for one in asked)


def test_global_class_table_and_query_give_what_the_store_holds(
    source: IrisSource, namespace: EmbeddedNamespace
) -> None:
    expected = namespace.class_rows("t.Person")
    assert source.class_rows("t.Person", decimals="float").equals(expected)
    assert source.table_rows("t.Person").to_pylist() == expected.to_pylist()
    assert source.query("SELECT * FROM t.Person").to_pylist() == namespace.query("SELECT * FROM t.Person").to_pylist()
    ours = namespace.global_rows("^t.PersonD", mask="-+d+", labels=["id", "name", "born", "height"])
    theirs = source.global_rows("^t.PersonD", mask="-+d+", labels=["id", "name", "born", "height"])
    assert theirs.equals(ours)


def test_bounds_and_properties(source: IrisSource) -> None:
    assert source.global_rows("t.PersonD", 2, 2).num_rows == 1
    assert source.global_rows("t.PersonD", 1, 1).column(0).to_pylist() == [1]
    assert source.class_rows("t.Person", 2, 5, "N*").to_pylist() == [{"ID": 2, "Name": "Bob"}]


def test_rows_in_parts_with_exact_decimals(source: IrisSource, namespace: EmbeddedNamespace) -> None:
    for number in range(3, 8):
        namespace.sql("INSERT INTO t.Person (Name, Height) VALUES (?, ?)", [f"P{number}", Decimal("1.5")])
    told: list[Progress] = []
    parts = list(source.class_chunks("t.Person", 2, 6, "N*,Height", size=2, decimals="exact", report=told.append))
    assert [part.num_rows for part in parts] == [2, 2, 1]
    assert {part.schema for part in parts} == {parts[0].schema}
    assert parts[-1].to_pylist() == [{"ID": 6, "Name": "P6", "Height": Decimal("1.5")}]
    assert [(one.rows, one.fraction) for one in told] == [(2, 0.4), (4, 0.8), (5, 1.0)]
    assert source.class_rows("t.Person", 1, 1, "Height").to_pylist() == [{"ID": 1, "Height": Decimal("1.65")}]
    whole = source.global_rows("t.PersonD", 2)
    assert pa.concat_tables(list(source.global_chunks("^t.PersonD", 2, size=4))).equals(whole)
    with pytest.raises(ClassNotFoundError):
        source.class_chunks("t.None", size=3)
    with pytest.raises(DataError, match=r"\^none has no rows"):
        source.global_chunks("none", size=3)


def test_frames_are_stored_in_one_transaction(source: IrisSource, namespace: EmbeddedNamespace) -> None:
    frame = pa.table({"name": ["Carl", "Dora"], "BORN": [date(1990, 1, 1), None], "Height": [1.5, None]})
    assert source.write_rows("t.person", frame) == 2
    assert (
        source.write_rows("t.Person", pa.table({"Name": ["Carl", "Zoe"], "Height": [1.9, 1.7]}), "upsert", ["Name"])
        == 2
    )
    found = namespace.query("SELECT Name, Height, Born FROM t.Person WHERE ID > 2 ORDER BY ID").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("Carl", 1.9, date(1990, 1, 1)), ("Dora", None, None), ("Zoe", 1.7, None),
    ]  # fmt: skip
    before = namespace.class_rows("t.Person").to_pylist()
    with pytest.raises(SQLError) as caught:
        source.write_rows("t.Person", pa.table({"Name": ["Good", None]}), "replace")
    assert caught.value.sqlcode == -108
    assert namespace.class_rows("t.Person").to_pylist() == before
    assert namespace.query("SELECT ID FROM t.Person ORDER BY ID").to_pylist() == [{"ID": row["ID"]} for row in before]
    assert source.write_rows("t.Made", pa.table({"Code": ["a"], "Number": [7]})) == 1
    assert namespace.query("SELECT Code, Number FROM t.Made").to_pylist() == [{"Code": "a", "Number": 7}]


def test_the_languages_platform(source: IrisSource) -> None:
    source.global_set("scratch", ("a", 1), "one")
    source.global_set("scratch", ("a", 2), 2)
    assert source.global_get("scratch", ("a", 1)) == "one"
    assert source.global_get("scratch", ("b",)) is None
    assert source.global_data("scratch", ("a",)) == 10
    assert source.global_order("scratch", ("a", ""), 1) == "1"
    assert source.global_order("scratch", ("a", ""), -1) == "2"
    assert source.global_order("scratch", ("a", "2"), 1) == ""
    assert source.global_increment("scratch", ("n",), 5) == 5
    source.tstart()
    assert source.tlevel() == 1
    source.global_kill("scratch", ("a",))
    source.trollback()
    assert source.global_data("scratch", ("a",)) == 10
    source.tstart()
    source.global_kill("scratch", ())
    source.tcommit()
    assert source.global_data("scratch", ()) == 0
    assert source.sql("SELECT Name FROM t.Person WHERE ID = ?", [1]).rows == [("Ada",)]
    assert source.sql("UPDATE t.Person SET Name = ? WHERE ID = ?", ["Eve", 1]).count == 1


def test_mistakes_are_named(source: IrisSource, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClassNotFoundError, match=r"t\.Persn"):
        source.class_rows("t.Persn")
    with pytest.raises(TableNotFoundError, match=r"did you mean t\.Person"):
        source.table_rows("t.Persn")
    with pytest.raises(SQLError) as caught:
        source.query("SELECT Nam FROM t.Person")
    assert caught.value.sqlcode == -29
    with pytest.raises(DataError, match=r"\^none has no rows"):
        source.global_rows("none")
    with pytest.raises(SQLError, match="did you mean Name"):
        source.class_rows("t.Person", properties="Nmae")
    monkeypatch.setattr(iris, "connect", lambda **_: (_ for _ in ()).throw(RuntimeError("Access Denied")))
    with pytest.raises(DataError, match=r"'OTHER': no connection to iris://me:\$\{IRIS_PASSWORD\}@h/U: Access Denied"):
        open_source(NamespaceSettings("OTHER", "iris://me:${IRIS_PASSWORD}@h/U")).query("SELECT 1")
    with pytest.raises(ConfigurationError, match="names no server and namespace"):
        open_source(NamespaceSettings("OTHER", "iris://host")).query("SELECT 1")

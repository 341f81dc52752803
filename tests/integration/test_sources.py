"""Namespaces that are other databases, each a real one."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pg8000.dbapi
import pyarrow as pa
import pytest
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.exceptions import ConfigurationError, DataError, SQLError, TableNotFoundError
from isc.py.data.sources import Source, open_source
from isc.py.iscpython_c.exceptions import IscError
from servers import PostgresServer

JAR = "/usr/share/java/postgresql.jar"
ROWS = [
    {
        "id": 1,
        "name": "Ada é€",
        "born": date(1815, 12, 10),
        "seen": datetime(2024, 2, 29, 23, 59, 59, 123000),
        "at": time(6, 30),
        "amount": Decimal("12.50"),
        "ratio": 0.1,
        "member": True,
        "count": 2**40,
    },
    {
        "id": 2,
        "name": "",
        "born": date(9999, 12, 31),
        "seen": datetime(1970, 1, 1),
        "at": time(0, 0),
        "amount": Decimal("-12345678901234567.89"),
        "ratio": -1e300,
        "member": False,
        "count": -1,
    },
    {"id": 3} | dict.fromkeys(("name", "born", "seen", "at", "amount", "ratio", "member", "count")),
]

Open = Callable[..., Source]


@pytest.fixture(scope="module")
def sales(postgres_server: PostgresServer) -> PostgresServer:
    """The server with a table ``shop.Sale`` of `ROWS`."""
    connection = pg8000.dbapi.connect("postgres", host="127.0.0.1", port=postgres_server.port)
    cursor = connection.cursor()
    cursor.execute("DROP SCHEMA IF EXISTS shop CASCADE")
    cursor.execute("CREATE SCHEMA shop")
    cursor.execute(
        'CREATE TABLE shop."Sale" (id int PRIMARY KEY, name text, born date, seen timestamp, at time, '
        "amount numeric(20,2), ratio float8, member boolean, count int8)"
    )
    marks = ", ".join(["%s"] * len(ROWS[0]))
    cursor.executemany(f'INSERT INTO shop."Sale" VALUES ({marks})', [list(row.values()) for row in ROWS])
    connection.commit()
    connection.close()
    return postgres_server


@pytest.fixture(params=["adbc", "sqlalchemy", "odbc", "jdbc"])
def postgres(request: pytest.FixtureRequest, sales: PostgresServer) -> Iterator[Source]:
    """The same database by each way to it."""
    settings = {
        "adbc": NamespaceSettings("SALES", sales.url, "adbc"),
        "sqlalchemy": NamespaceSettings("SALES", sales.url, "sqlalchemy"),
        "odbc": NamespaceSettings(
            "SALES",
            f"odbc:Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={sales.port};Database=postgres;Uid=postgres;"
            "BoolsAsChar=0;MaxLongVarcharSize=1000000",
        ),
        "jdbc": NamespaceSettings(
            "SALES",
            f"jdbc:postgresql://127.0.0.1:{sales.port}/postgres?user=postgres",
            "",
            JAR,
            "org.postgresql.Driver",
        ),
    }
    if request.param == "jdbc" and not Path(JAR).exists():
        pytest.skip(f"{JAR} is not installed: apt-get install libpostgresql-jdbc-java")
    source = open_source(settings[request.param])
    yield source
    source.close()


def test_values_and_types_are_the_same_by_every_way(postgres: Source) -> None:
    found = postgres.query('SELECT * FROM shop."Sale" ORDER BY id')
    assert found.to_pylist() == ROWS
    kinds = {field.name: field.type for field in found.schema}
    assert pa.types.is_decimal(kinds["amount"])
    assert pa.types.is_date(kinds["born"])
    assert pa.types.is_timestamp(kinds["seen"])
    assert pa.types.is_boolean(kinds["member"])


def test_parameters_by_place_and_by_name(postgres: Source) -> None:
    by_place = postgres.query("SELECT name FROM shop.\"Sale\" WHERE id = ? AND '?' = '?'", [1])
    assert by_place.to_pylist() == [{"name": "Ada é€"}]
    like = "SELECT id FROM shop.\"Sale\" WHERE name LIKE 'A%'"
    assert postgres.query(like).to_pylist() == [{"id": 1}]
    assert postgres.query(f"{like} AND id < ?", [9]).to_pylist() == [{"id": 1}]
    sql = 'SELECT id FROM shop."Sale" WHERE id > :low AND count::int8 < :high -- :no'
    assert postgres.query(sql, {"low": 1, "high": 0}).to_pylist() == [{"id": 2}]
    with pytest.raises(SQLError, match=r"1 parameter\(s\) \?, 2 value"):
        postgres.query('SELECT 1 FROM shop."Sale" WHERE id = ?', [1, 2])
    with pytest.raises(SQLError, match="no value for :low; there are hight"):
        postgres.query('SELECT 1 FROM shop."Sale" WHERE id = :low', {"hight": 1})


def test_a_table_by_its_name_in_any_case_with_bounds_and_wildcards(postgres: Source) -> None:
    found = postgres.table_rows("shop.SALE", 2, 3, "n*,amount")
    assert found.column_names == ["id", "name", "amount"]
    assert found.column("id").to_pylist() == [2, 3]
    assert postgres.class_rows("shop.Sale", properties="name").num_rows == 3


def test_mistakes_are_named(postgres: Source) -> None:
    with pytest.raises(TableNotFoundError, match=r"did you mean shop\.Sale"):
        postgres.table_rows("shop.Sael")
    with pytest.raises(SQLError, match=r"no column 'nmae'.*did you mean name"):
        postgres.table_rows("shop.Sale", properties="nmae")
    with pytest.raises(DataError, match="whole numbers, not 'b'"):
        postgres.table_rows("shop.Sale", "b")
    with pytest.raises(IscError, match="which has no globals"):
        postgres.global_rows("^Sale")


def test_sqlcodes_and_life_after_an_error(postgres: Source) -> None:
    for sql, code in [
        ("SELECT * FROM nothing", -30),
        ('SELECT nothing FROM shop."Sale"', -29),
        ("SELEC 1", -1),
        ('INSERT INTO shop."Sale" (id) VALUES (1)', -119),
        ('INSERT INTO shop."Sale" (id) VALUES (NULL)', -108),
    ]:
        with pytest.raises(SQLError) as caught:
            postgres.execute(sql)
        assert caught.value.sqlcode == code, str(caught.value)
        assert "'SALES'" in str(caught.value)
    assert postgres.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_rows_are_written_and_counted(postgres: Source, sales: PostgresServer) -> None:
    postgres.execute("CREATE TABLE shop.copy (id int8, name text, amount numeric(10,2), born date)")
    try:
        rows = pa.table(
            {
                "id": [1, 2],
                "name": ["a", None],
                "amount": pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)),
                "born": [date(2024, 1, 1), None],
            }
        )
        assert postgres.write_rows("shop.copy", rows) == 2
        assert postgres.query("SELECT * FROM shop.copy ORDER BY id").to_pylist() == rows.to_pylist()
        assert postgres.execute("UPDATE shop.copy SET name = ? WHERE id = ?", ["b", 2]) == 1
        with pytest.raises(DataError, match="'merge' is unknown"):
            postgres.write_rows("shop.copy", rows, "merge")
    finally:
        postgres.execute("DROP TABLE shop.copy")


def test_rows_come_in_batches(postgres: Source) -> None:
    sql = "SELECT g AS n, CASE WHEN g = 1 THEN NULL ELSE g * 0.01 END AS x FROM generate_series(1, 120000) g"
    batches = list(postgres.batches(sql))
    assert sum(batch.num_rows for batch in batches) == 120_000
    assert {batch.schema for batch in batches} == {batches[0].schema} or all(
        batch.schema.equals(batches[0].schema) for batch in batches
    )
    last = pa.Table.from_batches(batches).column("x").to_pylist()[-1]
    assert last == Decimal("1200.00")


def test_a_server_that_comes_back_is_used_again(sales: PostgresServer) -> None:
    source = open_source(NamespaceSettings("SALES", sales.url))
    assert source.query("SELECT 1 AS one").num_rows == 1
    sales.stop()
    with pytest.raises(IscError, match="'SALES'"):
        source.query("SELECT 1 AS one")
    with pytest.raises(DataError, match=r"'SALES': no connection to postgresql://postgres@127\.0\.0\.1"):
        source.query("SELECT 1 AS one")
    sales.start()
    assert source.query("SELECT 1 AS one").num_rows == 1
    source.close()


@pytest.mark.parametrize("driver", ["adbc", "sqlalchemy"])
def test_sqlite_and_duckdb(tmp_path: Path, driver: str) -> None:
    file = tmp_path / "sales.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE Sale (ID INTEGER PRIMARY KEY, Name TEXT)")
        connection.executemany("INSERT INTO Sale VALUES (?, ?)", [(1, "a"), (2, "b")])
    connection.close()
    source = open_source(NamespaceSettings("FILE", f"sqlite:///{file}", driver))
    assert source.table_rows("sale", 2).to_pylist() == [{"ID": 2, "Name": "b"}]
    assert source.write_rows("New", pa.table({"n": [1, 2, 3]})) == 3
    assert source.write_rows("New", pa.table({"n": [4]}), "replace") == 1
    assert source.query("SELECT n FROM New").to_pylist() == [{"n": 4}]
    assert sorted(source.table_names()) in (["New", "Sale"], ["main.New", "main.Sale"])
    source.close()


def test_duckdb_by_adbc(tmp_path: Path) -> None:
    source = open_source(NamespaceSettings("DUCK", f"duckdb:///{tmp_path / 'sales.duckdb'}"))
    assert source.write_rows("Sale", pa.table({"ID": [1, 2], "Name": ["a", "b"]})) == 2
    assert source.table_rows("Sale", 1, 1).to_pylist() == [{"ID": 1, "Name": "a"}]
    source.close()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (NamespaceSettings("N", "somewhere"), ("'somewhere'", "DIALECT://")),
        (NamespaceSettings("N", "nothing://host/db"), ("'N'", "nothing", "install")),
        (NamespaceSettings("N", "mysql://host/db", "adbc"), ("no ADBC driver for mysql", "sqlalchemy")),
        (NamespaceSettings("N", "sqlite:////no/such/file.db"), ("'N'", "/no/such/file.db")),
        (NamespaceSettings("N", "odbc:Driver={No Such};Server=x;PWD=secret"), ("'N'", "PWD=***", "PostgreSQL Unicode")),
        (NamespaceSettings("N", "jdbc:x:y", "", "/no.jar"), ("no jar /no.jar",)),
        (NamespaceSettings("N", "postgresql://me:secret@127.0.0.1:1/db"), ("'N'", "me:***@127.0.0.1:1")),
    ],
    ids=["no url", "dialect", "adbc", "file", "odbc", "jar", "refused"],
)
def test_what_cannot_be_opened_says_why(settings: NamespaceSettings, words: tuple[str, ...]) -> None:
    with pytest.raises((ConfigurationError, IscError)) as caught:
        open_source(settings).query("SELECT 1")
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert "secret" not in str(caught.value)


def test_moments_that_are_no_iso_come_as_pg8000_has_them(sales: PostgresServer) -> None:
    source = open_source(NamespaceSettings("SALES", sales.url, "sqlalchemy"))
    found = source.query(
        "SELECT timestamp '2024-02-29 01:02:03.5' AS a, date '0001-01-01' AS b, time '23:59:59.25' AS c, "
        "timestamptz '2024-01-01 00:00:00+02' AS d"
    )
    assert found.to_pylist() == [
        {
            "a": datetime(2024, 2, 29, 1, 2, 3, 500_000),
            "b": date(1, 1, 1),
            "c": time(23, 59, 59, 250_000),
            "d": datetime(2023, 12, 31, 22, tzinfo=UTC),
        }
    ]
    assert source.query("SELECT date 'infinity' AS a, timestamp '20000-01-01' AS b").to_pylist() == [
        {"a": "infinity", "b": "20000-01-01 00:00:00"}
    ]
    source.close()

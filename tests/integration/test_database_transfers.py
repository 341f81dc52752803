"""Transfers from and to other databases through `Main`: parts, decimals, progress, and frames that are stored."""

import gc
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.exceptions import DataError, SQLError, TableNotFoundError
from isc.py.data.namespace import named, open_namespace, use
from isc.py.data.sources import Source, open_source
from isc.py.iscpython_c.context import Context
from isc.py.objectscript import NotSupportedError
from isc.py.terminal import Main
from servers import PostgresServer

JAR = "/usr/share/java/postgresql.jar"
FRAME = pa.table(
    {
        "ID": pa.array([1, 2, 3], pa.int64()),
        "Name": ["Ada é€", None, ""],
        "Born": pa.array([date(1, 1, 1), date(9999, 12, 31), None]),
        "Seen": pa.array([datetime(1, 1, 1, 0, 0, 0, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), None]),
        "Clock": pa.array([time(0, 0), time(23, 59, 59, 500000), None]),
        "Amount": pa.array([Decimal("12.50"), Decimal("-12345678901234567.89"), None], pa.decimal128(38, 2)),
        "Ratio": pa.array([0.1, -1e300, None]),
        "Member": pa.array([True, False, None]),
        "Picture": pa.array([b"\x00\xff", b"", None]),
        "Count": pa.array([2**40, None, -1], pa.int64()),
    }
)


def _url(way: str, server: PostgresServer, folder: Path) -> str:
    place = f"127.0.0.1:{server.port}/postgres"
    java = f'\njar = "{JAR}"\ndriver_class = "org.postgresql.Driver"'
    driver = "odbc:Driver={PostgreSQL Unicode};Server=127.0.0.1;Database=postgres;Uid=postgres"
    return {
        "adbc": f'url = "{server.url}"\ndriver = "adbc"',
        "sqlalchemy": f'url = "{server.url}"\ndriver = "sqlalchemy"',
        "odbc": f'url = "{driver};Port={server.port}"',
        "jdbc": f'url = "jdbc:postgresql://{place}?user=postgres"{java}',
        "sqlite": f'url = "sqlite:///{folder / "own.db"}"\ndriver = "adbc"',
        "sqlite-sqlalchemy": f'url = "sqlite:///{folder / "own.db"}"\ndriver = "sqlalchemy"',
        "duckdb": f'url = "duckdb:///{folder / "own.duckdb"}"',
    }[way]


def _database(way: str, server: PostgresServer, folder: Path) -> Iterator[Source]:
    if way == "jdbc" and not Path(JAR).exists():
        pytest.skip(f"{JAR} is not installed: apt-get install libpostgresql-jdbc-java")
    (folder / "own.db").touch()
    (folder / "iscpy.toml").write_text(f"[namespaces.DB]\n{_url(way, server, folder)}\n")
    here = open_namespace(folder)
    with use(here):
        source = named("DB")
        assert isinstance(source, Source)
        yield source
        for table in ("numbers", "stored", "strict"):
            source.execute(f"DROP TABLE IF EXISTS {table}")
        source.close()
    here.close()


@pytest.fixture(params=["adbc", "sqlalchemy", "odbc", "jdbc"])
def postgres(request: pytest.FixtureRequest, postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Source]:
    """The namespace ``DB``: PostgreSQL by each way."""
    yield from _database(request.param, postgres_server, tmp_path)


@pytest.fixture(params=["adbc", "sqlalchemy", "odbc", "jdbc", "sqlite", "sqlite-sqlalchemy", "duckdb"])
def database(request: pytest.FixtureRequest, postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Source]:
    """The namespace ``DB``: every database by each way."""
    yield from _database(request.param, postgres_server, tmp_path)


def _value(name: str) -> Any:
    return Context().namespace[name]


def _bind(name: str, value: object) -> None:
    Context().namespace[name] = value


def test_rows_come_in_parts_while_the_database_is_asked_other_things(postgres: Source) -> None:
    postgres.execute("CREATE TABLE numbers (id int PRIMARY KEY, price numeric(10,2), few int)")
    postgres.execute(
        "INSERT INTO numbers SELECT g, CASE WHEN g > 2500 THEN g * 0.01 END, NULL FROM generate_series(1, 7000) g"
    )
    told: list[Any] = []
    Main.ExecuteTable(
        "numbers", "Parts", "arrow", 2, 6001, "price,few", "DB", decimals="exact", chunksize=2500, progress=told.append
    )
    parts = []
    for part in _value("Parts"):
        parts.append(part)
        assert postgres.query("SELECT count(*) AS n FROM numbers").to_pylist() == [{"n": 7000}]
    assert [part.num_rows for part in parts] == [2500, 2500, 1000]
    assert {part.schema for part in parts} == {parts[0].schema}
    assert parts[0].schema.types[0] == pa.int64()
    assert parts[0].schema.types[2] == pa.int64()  # all of it is NULL
    assert pa.types.is_decimal(parts[0].schema.types[1])
    assert [row["id"] for part in parts for row in part.to_pylist()] == list(range(2, 6002))
    assert parts[-1].column("price")[-1].as_py() == Decimal("60.01")
    assert [(one.rows, round(one.fraction, 2)) for one in told] == [(2500, 0.42), (5000, 0.83), (6000, 1.0)]

    Main.ExecuteTable("numbers", "Floats", "dataframe", 7000, "", "*", "DB")
    assert _value("Floats")["price"].tolist() == [70.0]
    Main.ExecuteQuery(
        "SELECT id FROM numbers WHERE id < :top ORDER BY id", "Parts", "list", "DB", {"top": 6}, chunksize=3
    )
    assert list(_value("Parts")) == [[("id",), (1,), (2,), (3,)], [("id",), (4,), (5,)]]


def test_a_wrong_query_is_told_at_once_and_parts_that_nobody_takes_hold_nothing(postgres: Source) -> None:
    with pytest.raises(SQLError) as caught:
        Main.ExecuteQuery("SELECT * FROM nothing", "Parts", "arrow", "DB", chunksize=2)
    assert caught.value.sqlcode == -30
    postgres.execute("CREATE TABLE numbers (id int PRIMARY KEY)")
    postgres.execute("INSERT INTO numbers SELECT generate_series(1, 100)")
    for take in (0, 1):
        Main.ExecuteQuery("SELECT id FROM numbers", "Parts", "arrow", "DB", chunksize=10)
        for _ in range(take):
            next(_value("Parts"))
        del Context().namespace["Parts"]
        gc.collect()
    postgres.execute("DROP TABLE numbers")  # a reading transaction would hold its lock
    with pytest.raises(DataError, match="chunksize -1 is no number of rows"):
        Main.ExecuteQuery("SELECT 1 AS one", "Parts", "arrow", "DB", chunksize=-1)
    with pytest.raises(DataError, match="'some' is unknown"):
        Main.ExecuteTable("numbers", "Parts", "arrow", 1, "", "*", "DB", decimals="some")
    with pytest.raises(TableNotFoundError):
        Main.ExecuteClass("numbers.None", "Parts", "arrow", 1, "", "*", "DB", chunksize=5)
    with pytest.raises(NotSupportedError, match="which has no globals"):
        Main.ExecuteGlobal("^numbers", "Parts", "arrow", namespace="DB", chunksize=5)


def test_what_is_stored_comes_back(database: Source) -> None:
    _bind("frame", FRAME)
    assert Main.StoreDataframe("frame", "stored", namespace="DB") == 3
    back = database.table_rows("STORED")
    if database._driver.dialect == "sqlite":  # it has no types for dates, times and decimals: they are texts there
        assert back.column("Name").to_pylist() == ["Ada é€", None, ""]
        assert back.column("Born").to_pylist() == ["0001-01-01", "9999-12-31", None]
        assert back.column("Seen").to_pylist() == ["0001-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", None]
        assert back.column("Picture").to_pylist() == [b"\x00\xff", b"", None]
        assert back.column("Count").to_pylist() == [2**40, None, -1]
        assert str(back.column("Amount")[0]) == "12.5"
        return
    assert back.to_pylist() == FRAME.to_pylist()
    assert back.schema.types == FRAME.schema.types


def test_append_replace_and_upsert(database: Source) -> None:
    database.execute(
        "CREATE TABLE strict (id int PRIMARY KEY, code varchar(10) NOT NULL, amount numeric(12,2), born date DEFAULT "
        "'2000-01-01')"
    )
    assert _stored(pd.DataFrame({"ID": [1, 2], "Code": ["a", "b"]})) == 2
    assert _rows(database) == [(1, "a", None), (2, "b", None)]
    assert database.query("SELECT count(*) AS n FROM strict WHERE born = '2000-01-01'").to_pylist() == [{"n": 2}]

    assert _stored(pd.DataFrame({"code": ["B", "c"], "id": [2, 3], "amount": [1.25, None]}), "upsert") == 2
    assert _rows(database) == [(1, "a", None), (2, "B", 1.25), (3, "c", None)]
    assert _stored(pd.DataFrame({"code": ["c"], "id": [4]}), "upsert", "CODE") == 1
    assert _rows(database) == [(1, "a", None), (2, "B", 1.25), (4, "c", None)]
    assert _stored(pd.DataFrame({"id": [9], "code": ["z"]}), "replace") == 1
    assert _rows(database) == [(9, "z", None)]
    with pytest.raises(SQLError):  # the table is the one it was, with its key
        database.execute("INSERT INTO strict (id, code) VALUES (9, 'twice')")
    assert (
        _stored(pd.DataFrame({"id": pd.Series([], dtype="int64"), "code": pd.Series([], dtype="str")}), "replace") == 0
    )
    assert _rows(database) == []


def _stored(frame: pd.DataFrame, mode: str = "append", key: str = "") -> int:
    _bind("frame", frame)
    return Main.StoreDataframe("frame", "strict", mode, key, "DB")


def _rows(database: Source) -> list[tuple[object, ...]]:
    found = database.query("SELECT id, code, amount FROM strict ORDER BY id").to_pylist()
    return [(row["id"], row["code"], None if row["amount"] is None else float(row["amount"])) for row in found]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_a_write_that_fails_in_the_middle_leaves_what_was_there(database: Source, mode: str) -> None:
    database.execute("CREATE TABLE strict (id int PRIMARY KEY, code varchar(10) NOT NULL, amount numeric(12,2))")
    _stored(pd.DataFrame({"id": [1], "code": ["kept"]}))
    many = pd.DataFrame({"id": range(1 if mode == "upsert" else 2, 2_202), "code": "x"})
    many.loc[2_100, "code"] = None
    with pytest.raises(SQLError) as caught:
        _stored(many, mode)
    assert caught.value.sqlcode == -108, str(caught.value)
    assert _rows(database) == [(1, "kept", None)]
    assert _stored(pd.DataFrame({"id": [2], "code": ["next"]})) == 1


def test_a_table_whose_rows_are_refused_is_not_made(database: Source) -> None:
    _bind("frame", pa.table({"n": [1], "list": pa.array([[1, 2]])}))
    with pytest.raises(DataError, match=r"column 'list' of list<.*> cannot be stored: make it text"):
        Main.StoreDataframe("frame", "stored", namespace="DB")
    assert not any("stored" in name.lower() for name in database.table_names())


def test_frames_that_do_not_fit_are_told_why(database: Source) -> None:
    database.execute("CREATE TABLE strict (id int PRIMARY KEY, code varchar(10) NOT NULL, amount numeric(12,2))")
    for frame, mode, key, words in [
        (pd.DataFrame({"id": [1], "cod": ["a"]}), "append", "", "'cod' of the frame is no field.*did you mean code"),
        (pd.DataFrame({"id": [1], "ID": [2]}), "append", "", "twice: rename one"),
        (pd.DataFrame({"code": ["a"]}), "upsert", "", "upsert needs a key"),
        (pd.DataFrame({"code": ["a"]}), "upsert", "cod", r"key column\(s\) cod are none of the frame"),
        (pd.DataFrame({"id": [7, 7], "code": ["a", "b"]}), "upsert", "", "2 rows of the frame have the key id = 7"),
        (pd.DataFrame({"id": [1]}), "merge", "", "'merge' is unknown"),
    ]:  # fmt: skip
        with pytest.raises(DataError, match=words):
            _stored(frame, mode, key)
    assert _rows(database) == []


def test_values_are_converted_by_the_database_where_it_has_the_type(postgres: Source) -> None:
    postgres.execute(
        "CREATE TABLE strict (id smallint PRIMARY KEY, u uuid, j jsonb, n numeric(6,1), d date, z timestamptz, r real)"
    )
    frame = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "d": ["2024-02-29", None],
            "n": pa.array([1.26, None], pa.float64()),
            "z": pa.array([datetime(2024, 1, 1, 12, tzinfo=UTC), None]),
            "r": pa.array([1.5, None], pa.float64()),
        }
    )
    _bind("frame", frame)
    assert Main.StoreDataframe("frame", "strict", namespace="DB") == 2
    found = postgres.query("SELECT id, n, d, r, extract(epoch FROM z)::int8 AS z FROM strict ORDER BY id").to_pylist()
    assert found[0] == {"id": 1, "n": Decimal("1.3"), "d": date(2024, 2, 29), "r": 1.5, "z": 1704110400}
    assert found[1] == {"id": 2} | dict.fromkeys(("n", "d", "r", "z"))
    _bind("frame", pa.table({"id": [70_000]}))
    with pytest.raises(SQLError, match=r"out of range|outside"):
        Main.StoreDataframe("frame", "strict", namespace="DB")


def test_a_process_with_a_java_machine_ends_by_a_signal_as_others_do(tmp_path: Path) -> None:
    if not Path(JAR).exists():
        pytest.skip(f"{JAR} is not installed: apt-get install libpostgresql-jdbc-java")
    code = (
        "import os, signal, sys\n"
        "from isc.py.data.configuration import NamespaceSettings\n"
        "from isc.py.data.sources import open_source\n"
        "from isc.py.iscpython_c.exceptions import IscError\n"
        "try:\n"
        f"    open_source(NamespaceSettings('N', 'jdbc:nothing:here', '', {JAR!r})).query('SELECT 1')\n"
        "except IscError as error:\n"
        "    print(error, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "signal.pause()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "set jar to the file of the JDBC driver" in done.stdout
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert list(tmp_path.glob("hs_err*")) == []


def test_no_connection_is_left(postgres_server: PostgresServer, tmp_path: Path) -> None:
    url = postgres_server.new_database()
    name = url.rpartition("/")[2]
    watching = open_source(NamespaceSettings("WATCH", postgres_server.url, "adbc"))
    sql = f"SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '{name}'"
    place = f"127.0.0.1:{postgres_server.port}/{name}"
    ways = [
        NamespaceSettings("N", url, "adbc"),
        NamespaceSettings("N", url, "sqlalchemy"),
        NamespaceSettings("N", f"odbc:Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={postgres_server.port};"
                               f"Database={name};Uid=postgres"),
    ]  # fmt: skip
    if Path(JAR).exists():
        ways.append(
            NamespaceSettings("N", f"jdbc:postgresql://{place}?user=postgres", "", JAR, "org.postgresql.Driver")
        )
    for settings in ways:
        source = open_source(settings)
        for _ in range(3):
            assert next(source.query_chunks("SELECT generate_series(1, 10) AS g", size=3)).num_rows == 3
            with pytest.raises(SQLError):
                source.query_chunks("SELECT nothing", size=3)
            assert source.write_rows("made", pa.table({"n": [1]})) == 1
            source.execute("DROP TABLE made")
        gc.collect()
        source.close()
        for _ in range(200):  # the server's process of a connection ends after the connection
            if watching.query(f"{sql} AND pg_sleep(0.05) IS NOT NULL").to_pylist() == [{"n": 0}]:
                break
        else:
            raise AssertionError(f"{settings.url} leaves a connection")
    watching.close()

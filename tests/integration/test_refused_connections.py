"""A database that cannot be reached: the error names the namespace, the place and the mend, and never a password."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.exceptions import DataError
from isc.py.data.sources import open_source
from isc.py.ens.bank import open_bank
from isc.py.ens.exceptions import BankError
from servers import PostgresServer, postgres_programs

JAR = "/usr/share/java/postgresql.jar"
RIGHT, WRONG = "r1ght-s3cret", "wr0ng-s3cret"
WAYS = ["adbc", "sqlalchemy", "odbc", "jdbc"]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that asks for a password."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="iscpy-pg-", ignore_cleanup_errors=True) as folder:
        password = Path(folder) / "password"
        password.write_text(f"{RIGHT}\n")
        home = Path(folder) / "server"
        home.mkdir()
        Path(folder).chmod(0o755)  # the server runs as somebody else
        made = PostgresServer(programs, home, initdb=["--auth-host=scram-sha-256", f"--pwfile={password}"])
        yield made
        made.stop("immediate")


def settings(way: str, port: int, database: str = "postgres", host: str = "127.0.0.1") -> NamespaceSettings:
    url = {
        "odbc": f"odbc:Driver={{PostgreSQL Unicode}};Server={host};Port={port};Database={database};Uid=postgres;"
        "Pwd=${SALES_PASSWORD}",
        "jdbc": f"jdbc:postgresql://{host}:{port}/{database}?user=postgres&password=${{SALES_PASSWORD}}",
    }.get(way, f"postgresql://postgres:${{SALES_PASSWORD}}@{host}:{port}/{database}")
    if way != "jdbc":
        return NamespaceSettings("SALES", url, "" if way == "odbc" else way)
    if not Path(JAR).exists():
        pytest.skip(f"{JAR} is not installed: apt-get install libpostgresql-jdbc-java")
    return NamespaceSettings("SALES", url, "", JAR, "org.postgresql.Driver")


def refused(asked: NamespaceSettings) -> str:
    source = open_source(asked)
    try:
        with pytest.raises(DataError) as caught:
            source.query("SELECT 1 AS a")
    finally:
        source.close()
    return str(caught.value)


@pytest.mark.parametrize("way", WAYS)
def test_the_right_password_is_taken(way: str, server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_PASSWORD", RIGHT)
    source = open_source(settings(way, server.port))
    assert source.query("SELECT 1 AS a").to_pylist() == [{"a": 1}]
    source.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_connection_that_is_refused_says_where_why_and_what_to_do(
    way: str, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, str] = {}
    for what, password in (("no password", ""), ("a wrong password", WRONG)):
        monkeypatch.setenv("SALES_PASSWORD", password)
        told[what] = refused(settings(way, server.port))
    monkeypatch.setenv("SALES_PASSWORD", RIGHT)
    told["no database"] = refused(settings(way, server.port, "nosuch"))
    told["nobody there"] = refused(settings(way, 1))
    told["no host"] = refused(settings(way, server.port, host="no-such-host.invalid"))
    mends = {
        "no password": "are user and password right? The url takes the password from the environment as ${NAME}",
        "a wrong password": "are user and password right?",
        "no database": "is the database's name right?",
        "nobody there": "is the server running there, and is the port right?",
        "no host": "there is no computer of that name",
    }
    for what, mend in mends.items():
        assert "namespace 'SALES': no connection to" in told[what], told[what]
        assert ("no-such-host.invalid" if what == "no host" else "127.0.0.1") in told[what]
        assert mend in told[what], (what, told[what])
        assert RIGHT not in told[what]
        assert WRONG not in told[what]
        assert "drivers that are installed" not in told[what]


def test_a_driver_that_is_missing_is_told_with_those_that_are_there() -> None:
    asked = NamespaceSettings("SALES", "odbc:Driver={No Such Driver};Server=127.0.0.1")
    assert "drivers that are installed: " in refused(asked)


def test_a_bank_that_is_refused_says_where_why_and_what_to_do(server: PostgresServer) -> None:
    place = f"127.0.0.1:{server.port}"
    for url, why, mend in (
        (f"postgresql://postgres:{WRONG}@{place}/postgres", "password authentication failed", "are user and password"),
        (f"postgresql://postgres@{place}/postgres", "the server asks for a password", "are user and password"),
        (f"postgresql://postgres:{RIGHT}@{place}/nosuch", 'database "nosuch" does not exist', "database's name right?"),
        (f"postgresql://postgres:{RIGHT}@127.0.0.1:1/postgres", "refused", "is the server running there"),
        (f"postgresql://postgres:{RIGHT}@no-such-host.invalid/postgres", "no-such-host", "no computer of that name"),
    ):
        with pytest.raises(BankError) as caught:
            open_bank(url)
        shown = str(caught.value)
        assert "cannot be opened as a message bank" in shown
        assert why in shown
        assert mend in shown, shown
        assert url.partition("@")[2] in shown
        assert RIGHT not in shown
        assert WRONG not in shown
        assert "sqlalche.me" not in shown
    open_bank(f"postgresql://postgres:{RIGHT}@{place}/postgres").close()

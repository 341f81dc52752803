"""What the command line says of a namespace that is another database."""

import sqlite3
from pathlib import Path

import pytest
from isc.py.console import namespaces, stored
from isc.py.data.configuration import NamespaceSettings, read_configuration
from isc.py.data.exceptions import ConfigurationError, DataError
from isc.py.data.sources.alchemy import AlchemyDriver
from isc.py.iscpython_c.exceptions import IscError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with sqlite3.connect(tmp_path / "sales.db") as connection:
        connection.execute("CREATE TABLE Sale (ID INTEGER PRIMARY KEY, Product TEXT)")
    connection.close()
    (tmp_path / "iscpy.toml").write_text(
        '[namespaces.SALES]\nurl = "sqlite:///sales.db"\n'
        '[namespaces.AWAY]\nurl = "postgresql://me:s3cret@127.0.0.1:1/db"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("isc.py.data.namespace._current", [])
    return tmp_path


def test_statements_are_run_and_their_rows_counted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored.sql("INSERT INTO Sale (Product) VALUES ('Cola'), ('Tea')", project, namespace="SALES", as_json=False)
    assert capsys.readouterr().out == "2 rows\n"
    stored.sql("SELECT Product FROM Sale WHERE ID = 2", project, namespace="SALES", as_json=True)
    assert '"Tea"' in capsys.readouterr().out
    stored.sql("PRAGMA user_version = 7", project, namespace="SALES", as_json=False)


def test_check_says_whether_a_database_answers(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    namespaces.check("SALES", project, as_json=False)
    assert capsys.readouterr().out == "namespace SALES answers: SQLite, 1 table\n"
    with pytest.raises(DataError, match=r"no connection to postgresql://me:\*\*\*@.*is the server running") as caught:
        namespaces.check("AWAY", project, as_json=False)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(DataError, match="'SALES' is another database"):
        namespaces.compact("SALES", project)


def test_the_folders_own_namespace_is_no_database(tmp_path: Path) -> None:
    for text in (
        'namespace = "SALES"\n[namespaces.SALES]\nurl = "sqlite:///sales.db"\n',
        '[namespaces.USER]\nurl = "sqlite:///sales.db"\n',
    ):
        (tmp_path / "iscpy.toml").write_text(text)
        with pytest.raises(ConfigurationError, match=r"is the folder's own.*another name"):
            read_configuration(tmp_path)


def test_a_driver_that_is_not_installed_is_named_with_its_mend() -> None:
    with pytest.raises(IscError, match=r"'N': .*pip install oracledb, and write oracle\+oracledb://"):
        AlchemyDriver(NamespaceSettings("N", "oracle://me@127.0.0.1/db"), "oracle").read("SELECT 1", ())

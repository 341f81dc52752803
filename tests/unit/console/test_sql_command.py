"""``iscpy sql``: statements of standard input, columns of the same name, transactions that nobody ends."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.console.stored import sql
from isc.py.data.administration import create
from isc.py.data.exceptions import DataError, SQLError
from isc.py.data.namespace import EmbeddedNamespace, named, open_namespace, use
from isc.py.data.sql_forms import statements
from isc.py.objectscript import dictionary


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    dictionary.reset()
    namespace = open_namespace(tmp_path)
    with use(namespace):
        yield tmp_path
    namespace.close()
    dictionary.reset()


def test_a_text_is_divided_into_statements() -> None:
    text = "select 'a;b', \"c;d\" -- e;f\n; /* g; */ select 2\nGO\nselect 3;\n-- nothing\n"
    assert [item.strip() for item in statements(text)] == [
        "select 'a;b', \"c;d\" -- e;f",
        "/* g; */ select 2",
        "select 3",
    ]


def test_statements_of_standard_input_run_in_one_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """CREATE TABLE z.T (a INT); INSERT INTO z.T VALUES (1);
START TRANSACTION; DELETE FROM z.T; ROLLBACK; SELECT a, a FROM z.T"""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    sql("-", folder, as_json=True)
    shown = capsys.readouterr().out
    assert json.loads(shown[shown.rindex("[") :]) == [{"a": 1, "a_2": 1}]
    sql("SELECT a AS b, a AS c, b FROM (SELECT a, a + 1 AS b FROM z.T)", folder, as_json=False)
    assert capsys.readouterr().out.split("\n")[2].split() == ["1", "│", "1", "│", "2"]


def test_a_transaction_that_nobody_ends_is_undone_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("CREATE TABLE z.T (a INT); START TRANSACTION; INSERT INTO z.T VALUES (1)")
    )
    with pytest.raises(DataError, match="was not committed: nothing of it was written"):
        sql("-", folder, as_json=True)
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1; SELECT nothing FROM z.T; DROP TABLE z.T"))
    with pytest.raises(SQLError, match="'nothing' not found"):
        sql("-", folder, as_json=True)
    found = named()
    assert isinstance(found, EmbeddedNamespace)
    assert found.query("SELECT COUNT(*) AS n FROM z.T").to_pylist() == [{"n": 0}]


def test_names_of_namespaces_compare_without_case(folder: Path) -> None:
    create(folder, "SHOP").close()
    assert named("shop").name == "SHOP"
    with pytest.raises(DataError, match="namespace 'SHOP' exists already"):
        create(folder, "Shop")

"""The sample production, run as ``make demo`` runs it, and what must hold of what it leaves behind."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from isc.py import Main
from isc.py.data import open_namespace, set_current
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.data.sources import open_source
from isc.py.ens import Director
from isc.py.ens.bank import MessageRow, open_bank
from isc.py.ens.exceptions import MessageFailedError
from isc.py.iscpython_c.context import free
from isc.py.msg import ExecutionRequest, QueryRequest, Request, RestoreRequest, TableRequest
from isc.py.objectscript import dictionary
from servers import PostgresServer

ROOT = Path(__file__).parents[2]
PROCESS, OPERATION = "isc.py.test.Process", "isc.py.ens.Operation"
JAR = "/usr/share/java/postgresql.jar"
QUERY = "SELECT * FROM isc_py_test.CannibalizationData"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder the demo ran in and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, ROOT / "samples" / "demo.py", folder],
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def director(demo: tuple[Path, str]) -> Any:
    dictionary.reset()
    free()
    with Director("isc.py.test.Production", demo[0]) as running:
        yield running
    dictionary.reset()


@pytest.fixture
def messages(demo: tuple[Path, str]) -> list[MessageRow]:
    bank = open_bank(demo[0] / ".iscpy" / "bank.sqlite")
    rows = bank.messages(session=1)
    bank.close()
    return rows


@pytest.fixture
def response(messages: list[MessageRow]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(messages[-1].body)
    return found


def comparable(text: str, folder: str) -> list[str]:
    """The lines up to the trace, without what differs from run to run."""
    shown = text.partition("Every message")[0].replace(folder, "FOLDER")
    return [re.sub(r"SHOWCASE\d+", "SHOWCASE", line).rstrip() for line in shown.strip().splitlines()]


def test_the_readme_shows_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("<!-- output of: make demo -->\n```text\n")[2].partition("```")[0]
    assert comparable(block, "samples/.demo") == comparable(demo[1], str(demo[0]))


def test_the_trace_names_every_host_and_the_messages_between_them(demo: tuple[Path, str]) -> None:
    trace = demo[1].partition("draws it):")[2]
    for name in ("External", PROCESS, OPERATION, "isc.py.msg.QueryRequest", "isc.py.msg.SaveRequest", "cube(3) is 27"):
        assert name in trace


def test_every_message_of_the_session_is_completed_in_the_bank(messages: list[MessageRow]) -> None:
    assert len(messages) == 14
    assert {row.status for row in messages} == {"Completed"}
    assert (messages[0].target, messages[0].class_name) == (PROCESS, "Ens.Request")
    assert (messages[-1].source, messages[-1].class_name) == (PROCESS, "isc.py.test.Response")


def test_the_matrix_is_what_pandas_gives_for_the_rows_of_the_class(
    demo: tuple[Path, str], response: dict[str, Any]
) -> None:
    rows = open_namespace(demo[0]).query(QUERY).to_pandas()
    sales = rows[["Cola", "ColaZero", "Lemonade", "IceTea", "Water", "HotChocolate"]]
    pd.testing.assert_frame_equal(pd.DataFrame(json.loads(response["Matrix"])), sales.corr())
    assert int(response["Rows"]) == len(rows) == 156


def test_the_picture_is_where_the_template_puts_it(demo: tuple[Path, str], response: dict[str, Any]) -> None:
    picture = demo[0] / response["Picture"]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    found = re.fullmatch(r"\./SHOWCASE(\d+)\.png", response["Picture"])
    assert found is not None
    assert 1 <= int(found[1]) <= 100


def test_the_saved_context_restores_into_a_new_worker(director: Director, response: dict[str, Any]) -> None:
    director.send_sync(OPERATION, ExecutionRequest(Code="del cube"), timeout=60)
    director.send_sync(OPERATION, RestoreRequest(ContextId=str(response["ContextId"])), timeout=60)
    code = "three = cube(3)\nrows = len(Data)\nsame = Corr.equals(Sales.corr())"
    answer: Any = director.send_sync(OPERATION, ExecutionRequest(Code=code, Variables="three,rows,same"), timeout=60)
    assert dict(answer.Variables) == {"three": "27", "rows": "156", "same": "True"}


def test_the_operations_frame_is_that_of_execute_query_and_execute_table(director: Director) -> None:
    director.send_sync(OPERATION, QueryRequest(Query=QUERY, Variable="Data"), timeout=60)
    director.send_sync(OPERATION, TableRequest(Table="isc_py_test.CannibalizationData", Variable="Table"), timeout=60)
    code = "import io\nout = Data.to_json(orient='split', date_format='iso')\nequal = Data.equals(Table)"
    answer: Any = director.send_sync(OPERATION, ExecutionRequest(Code=code, Variables="out,equal"), timeout=60)
    set_current(open_namespace(director.folder))
    Main.ExecuteQuery(QUERY, "Here")
    Main.SimpleString("shown = Here.to_json(orient='split', date_format='iso')")
    assert answer.Variables["out"] == Main.GetVariable("shown")
    assert answer.Variables["equal"] == "True"


def with_connection(kind: str, folder: Path) -> EmbeddedNamespace:
    dictionary.reset()
    free()
    namespace = open_namespace(folder)
    set_current(namespace)
    namespace.load_path(ROOT / "samples" / "cls")
    production = (ROOT / "samples/cls/isc/py/test/Production.cls").read_text(encoding="utf-8")
    (folder / "Production.cls").write_text(production.replace(">RAW<", f">{kind}<"), encoding="utf-8")
    namespace.load_path(folder / "Production.cls")
    return namespace


@pytest.mark.parametrize("kind", ["ODBC", "JDBC"])
def test_the_rows_may_come_from_another_database(
    kind: str, tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the picture goes
    if kind == "JDBC" and not Path(JAR).exists():
        pytest.skip(f"{JAR} is not installed: apt-get install libpostgresql-jdbc-java")
    namespace = with_connection(kind, tmp_path)
    data: Any = dictionary.resolve("isc.py.test.CannibalizationData")
    data.Import()
    source = open_source(NamespaceSettings("PG", postgres_server.url))
    source.write_rows(
        "isc_py_test.CannibalizationData", namespace.table_rows("isc_py_test.CannibalizationData"), "replace"
    )
    source.close()
    port = postgres_server.port
    (tmp_path / "iscpy.toml").write_text(
        "[namespaces.ODBC]\n"
        f'url = "odbc:Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={port};Database=postgres;Uid=postgres"\n'
        "[namespaces.JDBC]\n"
        f'url = "jdbc:postgresql://127.0.0.1:{port}/postgres?user=postgres"\njar = "{JAR}"\n'
    )
    with Director("isc.py.test.Production", tmp_path) as director:
        response: Any = director.send_sync(PROCESS, Request(), timeout=100)
    sales = namespace.query(QUERY).to_pandas()[["Cola", "ColaZero", "Lemonade", "IceTea", "Water", "HotChocolate"]]
    pd.testing.assert_frame_equal(pd.DataFrame(json.loads(response.Matrix)), sales.corr())
    dictionary.reset()


def test_a_connection_that_is_not_configured_says_so(tmp_path: Path) -> None:
    with_connection("ODBC", tmp_path)
    with Director("isc.py.test.Production", tmp_path) as director, pytest.raises(MessageFailedError) as caught:
        director.send_sync(PROCESS, Request(), timeout=60)
    assert "namespace 'ODBC' does not exist" in str(caught.value)
    assert "[namespaces.ODBC] with a url" in str(caught.value)
    dictionary.reset()


def test_person_is_populated(tmp_path: Path) -> None:
    dictionary.reset()
    namespace = open_namespace(tmp_path)
    set_current(namespace)
    namespace.load_path(ROOT / "samples/cls/isc/py/test/Person.cls")
    person: Any = dictionary.resolve("isc.py.test.Person")
    assert person.Populate(20) == 1
    rows = namespace.query("SELECT Name, DOB, Height FROM isc_py_test.Person").to_pandas()
    assert len(rows) == 20
    assert rows.Name.str.contains(",").all()
    assert rows.DOB.notna().all()
    assert rows.Height.between(1.5, 2).all()
    dictionary.reset()

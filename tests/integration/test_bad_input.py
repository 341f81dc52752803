"""What a newcomer gets wrong, through ``iscpy``: the message names thing, place and mend, and the bank keeps it.

The command runs in this process (its entry point, with arguments and streams of its own): thirty starts take long.
"""

import io
import json
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from isc.py.console.cli import main
from isc.py.objectscript import dictionary

PRODUCTION = """Class Demo.Production Extends Ens.Production
{{

XData ProductionDefinition
{{
<Production Name="Demo.Production">
  <Item Name="Python" ClassName="isc.py.ens.Operation">
    <Setting Target="Host" Name="Timeout">{timeout}</Setting>
  </Item>
{items}
</Production>
}}

}}
"""
PROCESS_ITEM = '  <Item Name="Process" ClassName="Demo.Process"/>'
PROCESS = """Class Demo.Process Extends (Ens.BusinessProcessBPL, isc.py.ens.ProcessUtils)
{{

XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context>
<property name='Count' type='%Integer'/>
</context>
<sequence>
{activities}
</sequence>
</process>
}}

}}
"""


ANNOTATED = """<call name='Run' target='Python'><annotation>x = {}</annotation>
<request type='isc.py.msg.ExecutionRequest'>
<assign property='callrequest.Code' value='process.GetAnnotation("Run")' action='set'/>
</request>
</call>"""
OPERATION = (
    '<Item Name="Shop" ClassName="isc.py.ens.Operation"><Setting Target="Host" Name="{}">No.Such</Setting></Item>'
)


@dataclass
class Done:
    """What a command printed, and its status."""

    returncode: int
    stdout: str
    stderr: str


def iscpy(folder: Path, *arguments: str) -> Done:
    stdout, stderr, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["iscpy", *arguments]
    dictionary.reset()
    code: object = 0
    try:
        with chdir(folder), redirect_stdout(stdout), redirect_stderr(stderr):
            main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.argv = before
        dictionary.reset()
    return Done(int(str(code)), stdout.getvalue(), stderr.getvalue())


def load(folder: Path, activities: str = "", timeout: int = 0) -> Done:
    """Load a production, with a process when there are activities."""
    items = PROCESS_ITEM if activities else ""
    (folder / "Production.cls").write_text(PRODUCTION.format(items=items, timeout=timeout), encoding="utf-8")
    files = ["Production.cls"]
    if activities:
        (folder / "Process.cls").write_text(PROCESS.format(activities=activities), encoding="utf-8")
        files.append("Process.cls")
    return iscpy(folder, "load", *files)


def last_line(done: Done) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr or "isc/py" not in done.stderr, done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    return line


def kept(folder: Path) -> dict[str, Any]:
    """The first message of the last session."""
    trace: dict[str, Any] = json.loads(iscpy(folder, "trace", "--json").stdout)
    first: dict[str, Any] = trace["messages"][0]
    return first


def execute(folder: Path, code: str, *more: str) -> Done:
    return iscpy(folder, "send", "Python", "isc.py.msg.ExecutionRequest", "--set", f"Code={code}", *more)


def says(text: str, *words: str) -> None:
    assert [word for word in words if word not in text] == [], text


# --- refused when the class is loaded ---


@pytest.mark.parametrize(
    ("activities", "words"),
    [
        ("<loop name='Each'/>", ("<loop>", "line 11")),
        ("<foreach name='Each' key='k'/>", ("<foreach>", "'Each'", "line 11", "'property'", "add it")),
        ("<asign name='Count' property='context.Count' value='1'/>", ("<asign>", "line 11", "assign")),
        (
            "<if name='Big?' condition='context.Count > '><true/></if>",
            ("<SYNTAX>", "context.Count >", "'Big?'", "line 11", "Demo.Process"),
        ),
        (
            "<assign name='Two' property='context.Count' value='(1+' action='set'/>",
            ("<SYNTAX>", "(1+", "'Two'", "line 11", "Demo.Process"),
        ),
        ("<code name='Block'><![CDATA[ set x = ]]></code>", ("<SYNTAX>", "set x =", "'Block'", "line 11")),
        ("<trace name='T' value='1'>", ("no XML", "line")),
    ],
    ids=[
        "unknown element",
        "missing attribute",
        "misspelt element",
        "condition",
        "value",
        "code",
        "not closed",
    ],
)
def test_a_process_that_cannot_run_is_refused_at_load(tmp_path: Path, activities: str, words: tuple[str, ...]) -> None:
    done = load(tmp_path, activities)
    says(last_line(done), "Process.cls", *words)
    assert "Demo.Production" in done.stdout
    assert not (tmp_path / ".iscpy/namespaces/USER/classes/Demo.Process.cls").exists()


# --- found when the process runs; the message is kept with its error ---


@pytest.mark.parametrize(
    ("activities", "words"),
    [
        (
            "<assign name='Set it' property='context.Cont' value='1' action='set'/>",
            ("'Set it'", "Demo.Process", "line 11", "Cont of Ens.BP.Context", "Count"),
        ),
        (
            "<assign name='Answer' property='response.StringVale' value='1' action='set'/>",
            ("'Answer'", "Demo.Process", "line 11", "StringVale", "StringValue"),
        ),
        (
            ANNOTATED.format("#{context.Nothing}"),
            ("'Run'", "#{context.Nothing}", "line 11", "Nothing"),
        ),
        (
            ANNOTATED.format("${%PopulateUtils:Integr:1}"),
            ("'Run'", "${%PopulateUtils:Integr:1}", "line 11", "Integr"),
        ),
        (
            "<call name='Run' target='Pyton'><request type='isc.py.msg.ExecutionRequest'/></call>",
            ("'Run'", "line 11", "'Pyton'", "Python"),
        ),
        (
            "<call name='Run' target='Python'><request type='isc.py.msg.ExecutionReqest'/></call>",
            ("'Run'", "line 11", "isc.py.msg.ExecutionReqest", "isc.py.msg.ExecutionRequest"),
        ),
        (
            "<call name='Run' target='Python'><request type='isc.py.msg.ExecutionRequest'>"
            "<assign property='callrequest.Code' value='\"1/0\"' action='set'/></request></call>",
            ("'Run'", "line 11", "Python", "ZeroDivisionError"),
        ),
    ],
    ids=["context", "response", "template name", "template method", "target", "request class", "code"],
)
def test_a_process_that_fails_names_activity_line_and_mend(
    tmp_path: Path, activities: str, words: tuple[str, ...]
) -> None:
    assert load(tmp_path, activities).returncode == 0
    line = last_line(iscpy(tmp_path, "send", "Process", "Ens.StringRequest"))
    says(line, *words)
    row = kept(tmp_path)
    assert (row["target"], row["status"]) == ("Process", "Error")
    says(row["error"], *words)


# --- messages to the operation ---


def test_code_that_raises_shows_the_users_own_lines(tmp_path: Path) -> None:
    load(tmp_path)
    done = execute(tmp_path, "rows = []\nfirst = rows[0]")
    says(last_line(done), "IndexError", "list index out of range")
    says(done.stderr, "line 2", "first = rows[0]")
    row = kept(tmp_path)
    assert row["status"] == "Error"
    says(row["error"], "IndexError", "first = rows[0]")


def test_code_with_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    load(tmp_path)
    done = execute(tmp_path, "x = 1\ny = (2")
    says(last_line(done), "SyntaxError", "line 2")
    assert kept(tmp_path)["status"] == "Error"


def test_a_variable_that_is_not_there_is_named(tmp_path: Path) -> None:
    load(tmp_path)
    says(last_line(execute(tmp_path, "total = 1", "--set", "Variables=totl")), "'totl'")
    assert kept(tmp_path)["status"] == "Error"


def test_an_endless_loop_ends_at_the_timeout(tmp_path: Path) -> None:
    load(tmp_path, timeout=1)
    says(last_line(execute(tmp_path, "while True: pass")), "Timeout", "1 s", "interrupted", "context is kept")
    assert kept(tmp_path)["status"] == "Error"


def test_a_query_on_a_missing_table_names_it_and_the_mend(tmp_path: Path) -> None:
    load(tmp_path)
    query = ("--set", "Query=SELECT * FROM Shop.Nothing", "--set", "Variable=Data")
    done = iscpy(tmp_path, "send", "Python", "isc.py.msg.QueryRequest", *query)
    says(last_line(done), "SQLCODE -30", "Shop.Nothing", "iscpy load")
    assert kept(tmp_path)["status"] == "Error"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Python", "isc.py.msg.ExecutionReqest"], ("isc.py.msg.ExecutionReqest", "isc.py.msg.ExecutionRequest")),
        (["Python", "isc.py.msg.ExecutionRequest", "--set", "Cod=1"], ("'Cod'", "ExecutionRequest", "Code")),
        (["Python", "isc.py.msg.QueryRequest", "--set", "Query=SELECT 1"], ("QueryRequest.Variable", "required")),
        (["Python", "Ens.Request"], ("isc.py.ens.Operation", "Ens.Request", "ExecutionRequest")),
        (["Pyton", "Ens.Request"], ("'Pyton'", "Demo.Production", "Python")),
        (["Python", "%Library.File"], ("%Library.File", "no message", "Ens.Request")),
    ],
    ids=["class", "property", "required", "not taken", "target", "no message"],
)
def test_a_request_that_does_not_fit_is_kept_with_the_reason(
    tmp_path: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    load(tmp_path)
    says(last_line(iscpy(tmp_path, "send", *arguments)), *words)
    row = kept(tmp_path)
    assert (row["target"], row["class_name"], row["status"]) == (arguments[0], arguments[1], "Error")


# --- productions ---


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            '<Item Name="Shop" ClassName="Demo.Missing"/>',
            ("'Shop'", "Demo.Missing", "line 10", "Demo.Production", "load"),
        ),
        ('<Item Name="Shop" ClassName="isc.py.ens.Operatio"/>', ("'Shop'", "line 10", "isc.py.ens.Operation")),
        (
            OPERATION.format("Initialiser"),
            ("'Shop'", "Initialiser", "Initializer", "line 10"),
        ),
        (
            OPERATION.format("Initializer"),
            ("'Shop'", "No.Such"),
        ),
        ('<Item Name="Shop" ClassName="Ens.Request"/>', ("'Shop'", "Ens.Request", "business host", "line 10")),
    ],
    ids=["missing class", "misspelt class", "setting", "initializer", "no host"],
)
def test_a_production_that_does_not_fit_does_not_start(tmp_path: Path, item: str, words: tuple[str, ...]) -> None:
    (tmp_path / "Production.cls").write_text(PRODUCTION.format(items=item, timeout=0), encoding="utf-8")
    assert iscpy(tmp_path, "load", "Production.cls").returncode == 0
    says(last_line(iscpy(tmp_path, "run")), *words)
    says(last_line(execute(tmp_path, "x = 1")), *words)

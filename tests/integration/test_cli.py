"""``iscpy`` as a shell sees it: output, exit status, last line of stderr."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import until

SAMPLES = Path(__file__).parents[2] / "samples" / "cls"
ISCPY = Path(sys.executable).with_name("iscpy")


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "160"}
    return subprocess.run(
        [ISCPY, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    done = iscpy(folder, "load", str(SAMPLES))
    assert done.returncode == 0, done.stderr
    return folder


def test_help_names_the_commands(tmp_path: Path) -> None:
    done = iscpy(tmp_path, "--help")  # test_imports.py holds what it may load, and with it its time
    assert done.returncode == 0
    assert "load" in done.stdout


def test_help_touches_nothing(tmp_path: Path) -> None:
    iscpy(tmp_path, "--help")
    iscpy(tmp_path, "load", "--help")
    assert list(tmp_path.iterdir()) == []


def test_version(tmp_path: Path) -> None:
    assert iscpy(tmp_path, "--version").stdout.split()[0] == "iscpy"


@pytest.mark.parametrize("arguments", [["load"], ["nosuchcommand"], ["sql", "a", "b"], ["load", "--nosuchoption"]])
def test_wrong_usage_is_status_2_with_a_hint(tmp_path: Path, arguments: list[str]) -> None:
    done = iscpy(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


def test_load_shows_a_line_a_file(loaded: Path) -> None:
    done = iscpy(loaded, "load", str(SAMPLES / "isc/py/test/Person.cls"))
    assert "isc.py.test.Person" in done.stdout
    assert done.stderr == ""


def test_load_as_json_tells_notes(tmp_path: Path) -> None:
    (tmp_path / "A.cls").write_text("Class Demo.A Extends Demo.Missing\n{\n}\n", encoding="utf-8")
    done = iscpy(tmp_path, "load", "A.cls", "--json")
    assert done.returncode == 0
    (report,) = json.loads(done.stdout)
    assert report["class_name"] == "Demo.A"
    assert "Demo.Missing" in report["notes"][0]


def test_a_file_that_is_no_class_fails_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "Good.cls").write_text("Class Demo.Good\n{\n}\n", encoding="utf-8")
    (tmp_path / "Bad.cls").write_text("Class Demo.Bad\n{\n\nPropertie Name;\n\n}\n", encoding="utf-8")
    done = iscpy(tmp_path, "load", "Good.cls", "Bad.cls")
    assert done.returncode == 1
    assert "Demo.Good" in done.stdout
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "Bad.cls" in last
    assert "Bad.cls:4:1" in last


def test_sql_shows_rows_and_json(loaded: Path) -> None:
    query = "SELECT COUNT(*) AS People FROM isc_py_test.Person"
    assert json.loads(iscpy(loaded, "sql", query, "--json").stdout) == [{"People": 0}]
    assert "People" in iscpy(loaded, "sql", query).stdout


def test_a_failure_is_one_line_and_debug_shows_more(loaded: Path) -> None:
    short = iscpy(loaded, "sql", "SELECT * FROM Demo.Nothing")
    assert short.returncode == 1
    assert "Traceback" not in short.stderr
    assert "Demo.Nothing" in short.stderr.splitlines()[-1]
    long = iscpy(loaded, "--debug", "sql", "SELECT * FROM Demo.Nothing")
    assert long.returncode == 1
    assert "Traceback" in long.stderr
    assert long.stderr.splitlines()[-1] == short.stderr.splitlines()[-1]


def test_nothing_is_coloured_in_a_pipe(loaded: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [ISCPY, "sql", "SELECT 1 AS One"], cwd=loaded, env=environment, capture_output=True, text=True, check=True
    )
    assert "\x1b" not in done.stdout


PRODUCTION = """Class Demo.Production Extends Ens.Production
{

XData ProductionDefinition
{
<Production Name="Demo.Production">
  <Item Name="Python" ClassName="isc.py.ens.Operation"/>
</Production>
}

}
"""
EXECUTION = "isc.py.msg.ExecutionRequest"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "Production.cls").write_text(PRODUCTION, encoding="utf-8")
    assert iscpy(folder, "load", "Production.cls").returncode == 0
    return folder


@pytest.fixture
def served(project: Path) -> Iterator[subprocess.Popen[str]]:
    """The production, run by another process."""
    running = subprocess.Popen(
        [ISCPY, "run"], cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    assert running.stdout is not None
    assert "Demo.Production runs" in running.stdout.readline()
    yield running
    running.stdout.close()
    if running.poll() is None:
        running.kill()
    running.wait(60)


def send(folder: Path, code: str, *more: str) -> subprocess.CompletedProcess[str]:
    return iscpy(folder, "send", "Python", EXECUTION, "--set", f"Code={code}", *more)


def test_send_starts_the_only_production_and_shows_the_response(project: Path) -> None:
    done = send(project, "x = 6 * 7", "--set", "Variables=x", "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["class"] == "isc.py.msg.ExecutionResponse"
    assert shown["properties"] == {"Variables": {"x": "42"}}
    assert json.loads(iscpy(project, "status", "--json").stdout) == {"production": None}


def test_nobody_else_can_look_below_the_folder_of_a_production(tmp_path: Path) -> None:
    (tmp_path / "a.mac").write_text("ROUTINE a\nstart quit\n", encoding="utf-8")
    assert iscpy(tmp_path, "load", "a.mac").returncode == 0  # it makes .iscpy, with folders in folders
    kept = tmp_path / ".iscpy"
    open_to_others = [path for path in [kept, *kept.rglob("*")] if path.is_dir() and path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_send_reads_a_request_from_a_file_and_code_from_another(project: Path, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("def f(n):\n    return n + 1\n\nx = f(1)\n", encoding="utf-8")
    (tmp_path / "request.json").write_text('{"Variables": "x"}', encoding="utf-8")
    done = send(project, f"@{tmp_path}/code.py", "--json", f"{tmp_path}/request.json", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["properties"] == {"Variables": {"x": "2"}}


def test_a_failing_message_shows_its_traceback_and_ends_with_status_1(project: Path) -> None:
    done = send(project, "value = 1 / 0")
    assert done.returncode == 1
    assert "value = 1 / 0" in done.stderr
    assert "ZeroDivisionError" in done.stderr.splitlines()[-1]
    assert "isc/py" not in done.stderr


def test_send_and_status_reach_the_production_that_runs(project: Path, served: subprocess.Popen[str]) -> None:
    send(project, "kept = 5")
    done = send(project, "kept += 1", "--set", "Variables=kept", "--json")
    assert json.loads(done.stdout)["properties"] == {"Variables": {"kept": "6"}}
    status = json.loads(iscpy(project, "status", "--json").stdout)
    assert (status["production"], status["pid"]) == ("Demo.Production", served.pid)
    assert (project / ".iscpy" / "control.sock").stat().st_mode & 0o777 == 0o600


def test_an_asynchronous_message_is_answered_in_the_bank(project: Path, served: subprocess.Popen[str]) -> None:
    session = json.loads(send(project, "x = 'later'", "--set", "Variables=x", "--async", "--json").stdout)["session"]
    send(project, "x = 1")  # the same worker: the first is done when this is
    rows = json.loads(iscpy(project, "messages", "--session", str(session), "--json").stdout)
    assert [(row["kind"], row["status"]) for row in rows] == [("Request", "Completed"), ("Response", "Completed")]
    assert rows[1]["body"] == {"Variables": {"x": "later"}}


def test_an_interrupt_stops_cleanly(project: Path, served: subprocess.Popen[str]) -> None:
    served.send_signal(signal.SIGINT)
    assert served.wait(60) == 0
    assert served.stdout is not None
    assert "Demo.Production has stopped" in served.stdout.read()
    assert not (project / ".iscpy" / "control.sock").exists()


def test_a_second_interrupt_cuts_off_what_runs(project: Path, served: subprocess.Popen[str]) -> None:
    began = project / "began"
    code = f"open({str(began)!r}, 'w').close()\nwhile True: pass"
    session = json.loads(send(project, code, "--async", "--json").stdout)["session"]
    until(began.exists)
    behind = json.loads(send(project, "x = 1", "--async", "--json").stdout)["session"]
    served.send_signal(signal.SIGINT)
    assert served.stdout is not None
    while "stopping" not in (line := served.stdout.readline()):
        assert line
    served.send_signal(signal.SIGINT)
    assert served.wait(60) == 0
    (row,) = json.loads(iscpy(project, "messages", "--session", str(session), "--json").stdout)
    assert row["status"] == "Error"
    assert "cut off" in row["error"]
    (row,) = json.loads(iscpy(project, "messages", "--session", str(behind), "--json").stdout)
    assert row["status"] == "Queued"
    send(project, "x = 2")
    rows = json.loads(iscpy(project, "messages", "--session", str(behind), "--json").stdout)
    assert [row["status"] for row in rows] == ["Completed", "Completed"]


def test_a_timeout_ends_the_production_that_was_started_for_the_message(project: Path) -> None:
    done = send(project, "while True: pass", "--timeout", "0.5")
    assert done.returncode == 1
    assert "no answer after 0.5 s" in done.stderr.splitlines()[-1]


def test_trace_draws_the_last_session_or_the_one_named(project: Path) -> None:
    first = json.loads(send(project, "x = 1", "--json").stdout)["session"]
    second = json.loads(send(project, "x = 2", "--json").stdout)["session"]
    assert f"session {second}" in iscpy(project, "trace").stdout
    shown = iscpy(project, "trace", str(first)).stdout
    assert f"session {first}" in shown
    assert "── isc.py.msg.ExecutionRequest ─▶" in shown
    assert json.loads(iscpy(project, "trace", str(first), "--json").stdout)["session"] == first


def test_what_is_not_there_is_said(project: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (["trace", "999999"], ("session 999999", "last ones are")),
        (["send", "Python", "--production", "Demo.Nothing"], ("Demo.Nothing",)),
        (["send", "Python", "--setup", "isc.py.test.Nothing:Import"], ("isc.py.test.Nothing",)),
        (["send", "Python", "--setup", "Demo.Production"], ("--setup", "CLASS:METHOD")),
    ):
        done = iscpy(project, *arguments)
        assert done.returncode == 1
        assert all(word in done.stderr.splitlines()[-1] for word in words), done.stderr
    empty = iscpy(tmp_path, "trace")
    assert empty.returncode == 1
    assert "iscpy send" in empty.stderr
    nobody = iscpy(tmp_path, "send", "Python")
    assert nobody.returncode == 1
    assert "iscpy load" in nobody.stderr


def response(class_name: str, **properties: object) -> dict[str, object]:
    return {"class": class_name, "properties": properties}


def test_emulate_runs_a_whole_process_against_recorded_responses(loaded: Path, tmp_path: Path) -> None:
    execution = "isc.py.msg.ExecutionResponse"
    recorded = [
        response("Ens.Response"),
        response(execution, Variables={"Matrix": "{}", "Rows": "3"}),
        response(execution),
        response(execution, Variables={"CubeOfThree": "27"}),
        response(execution, Variables={"Strongest": "a and b"}),
        response("Ens.StringResponse", StringValue="7"),
    ]
    (tmp_path / "stub.json").write_text(json.dumps(recorded), encoding="utf-8")
    done = iscpy(loaded, "emulate", "isc.py.test.Process", "--stub", f"*={tmp_path}/stub.json", "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert len(shown["exchanges"]) == 6
    assert shown["exchanges"][0]["request"]["properties"]["Query"].startswith("SELECT")
    assert shown["trace"] == ["Connection: RAW", "cube(3) is 27, the strongest pair is a and b"]
    assert shown["response"]["properties"]["ContextId"] == "7"

    (tmp_path / "stub.json").write_text(json.dumps(recorded[:2]), encoding="utf-8")
    short = iscpy(loaded, "emulate", "isc.py.test.Process", "--stub", f"*={tmp_path}/stub.json")
    assert short.returncode == 1
    assert "Correlation Matrix: Graph" in short.stderr
    assert "2 responses" in short.stderr


def test_emulate_names_the_call_that_has_no_stub(loaded: Path) -> None:
    nobody = iscpy(loaded, "emulate", "isc.py.test.Process")
    assert nobody.returncode == 1
    assert "isc.py.ens.Operation" in nobody.stderr


def test_load_tells_the_attributes_of_a_process_that_it_passes_over(tmp_path: Path) -> None:
    process = "<process><sequence>\n<trace name='T' value='1' valeu='2'/>\n</sequence></process>"
    text = f"Class Demo.P Extends Ens.BusinessProcessBPL\n{{\nXData BPL\n{{\n{process}\n}}\n}}\n"
    (tmp_path / "P.cls").write_text(text, encoding="utf-8")
    for _ in range(2):  # the second time from what was kept of the first
        done = iscpy(tmp_path, "load", "P.cls")
        assert done.returncode == 0
        assert "note: line 6: <trace> has no attribute 'valeu' (did you mean value?)" in done.stdout

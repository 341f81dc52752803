"""``iscpy`` commands that look at the bank of a folder and act on what it holds."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.exceptions import MessageFailedError
from isc.py.iscpython_c.context import free
from isc.py.msg import ExecutionRequest
from isc.py.objectscript import dictionary

ISCPY = Path(sys.executable).with_name("iscpy")
ENVIRONMENT = os.environ | {"NO_COLOR": "1", "COLUMNS": "200"}
PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production">
  <Item Name="Python" ClassName="isc.py.ens.Operation"/>
</Production>
}
}
"""


def iscpy(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [ISCPY, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [ISCPY, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def director(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Director]:
    folder = tmp_path_factory.mktemp("project")
    dictionary.reset()
    free()
    (folder / "p.cls").write_text(PRODUCTION)
    open_namespace(folder).load_path(folder)
    with Director("t.Production", folder) as made:
        made.send_sync("Python", ExecutionRequest(Code="x = 'first'\nprint('told')", Variables="x"), 30)
        with pytest.raises(MessageFailedError):
            made.send_sync("Python", ExecutionRequest(Code="raise OSError('amqp://me:hunter2@host')"), 30)
        made.send_sync("Python", ExecutionRequest(Code="y = 2", Variables="y"), 30)
        yield made
    open_namespace(folder).close()
    dictionary.reset()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("messages --status Eror", "no message has status 'Eror' (did you mean Error?)"),
        ("messages --kind Answer", "no message is of kind 'Answer'; there are Request, Response"),
        ("events --level errors", "no event has level 'errors' (did you mean error?)"),
        ("trace 2", "there is no session 2: message 2 is of session 1"),
        ("session list 2", "there is no session 2: message 2 is of session 1"),
        ("session open 777", "there is no session 777: the last ones are"),
        ("session show 1", "session 1 has no checkpoint: set Checkpoint=activity"),
        ("item enable Pyton", "has no item 'Pyton' (did you mean Python?)"),
        ("item enable Nobody", "has no item 'Nobody'; there are Python"),
        ("messages import nix.jsonl", "there is no file nix.jsonl"),
        ("messages export nix/all.jsonl", "nix/all.jsonl: there is no folder nix"),
        ("trace 1 --svg nix/a.svg", "nix/a.svg: there is no folder nix"),
    ],
)
def test_a_slip_is_named_with_what_there_is(director: Director, command: str, said: str) -> None:
    assert said in refused(director.folder, *command.split())


def test_what_is_found_nowhere_is_said(director: Director, tmp_path: Path) -> None:
    assert "no line of the event log fits" in iscpy(director.folder, "events", "--item", "Nobody")
    assert iscpy(director.folder, "messages", "--kind", "request") == iscpy(
        director.folder, "messages", "--kind", "Request"
    )
    assert "go to the folder of the production" in refused(tmp_path, "messages")
    assert "name both that are to be compared" in refused(
        tmp_path, "production", "diff", str(director.folder / "p.cls")
    )
    refused(tmp_path, "messages", "import", "nix.jsonl")
    assert not (tmp_path / ".iscpy" / "bank.sqlite").exists()


def test_secrets_in_errors_are_hidden_from_programs_too(director: Director) -> None:
    for command in ("messages --status Error --json", "trace 3 --json", "events --json", "status --json"):
        shown = iscpy(director.folder, *command.split())
        assert "hunter2" not in json.dumps([row for row in shown.splitlines() if '"Code"' not in row])
    assert "amqp://me:********@host" in iscpy(director.folder, "messages", "--status", "Error", "--json")


def test_the_help_cuts_no_sentence_short(tmp_path: Path) -> None:
    assert "..." not in iscpy(tmp_path, "--help").replace("[ARGS]...", "")


def test_status_has_queues_rates_and_errors(director: Director) -> None:
    (item,) = json.loads(iscpy(director.folder, "status", "--json"))["items"]
    assert (item["name"], item["waiting"], item["failed"]) == ("Python", 0, 1)
    assert item["completed"] >= 2
    assert item["per_second"] > 0
    assert item["last_error"] == "OSError: amqp://me:********@host"
    shown = iscpy(director.folder, "status")
    assert "t.Production runs" in shown
    assert "hunter2" not in shown


def test_live_status_ends_when_it_is_interrupted(director: Director) -> None:
    command = [ISCPY, "status", "--live", "--json"]
    with subprocess.Popen(command, cwd=director.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
    assert first["production"] == second["production"] == "t.Production"


def test_messages_are_found_by_what_they_say(director: Director) -> None:
    def ids(*options: str) -> list[int]:
        return [row["id"] for row in json.loads(iscpy(director.folder, "messages", "--json", *options))]

    assert ids("--where", "Code=y = 2") == [4]
    assert ids("--status", "Error") == [3]
    assert ids("--class", "*.ExecutionResponse", "--where", "Variables.x=first") == [2]
    assert ids("--text", "told", "--since", "1h", "--kind", "Request", "--item", "Python") == [1]
    assert ids("--until", "1h") == []
    assert "is no time" in refused(director.folder, "messages", "--since", "soon")


def test_the_event_log_is_json_lines_without_secrets(director: Director) -> None:
    lines = [json.loads(line) for line in iscpy(director.folder, "events", "--json").splitlines()]
    assert {"stdout", "error", "info"} <= {line["level"] for line in lines}
    (error,) = [line for line in lines if line["level"] == "error"]
    first, *frames = error["text"].splitlines()
    assert (error["item"], error["message"], first) == ("Python", 3, "OSError: amqp://me:********@host")
    assert "    raise OSError('amqp://me:********@host')" in frames
    assert "hunter2" not in iscpy(director.folder, "events")
    assert "hunter2" not in iscpy(director.folder, "trace", "3")
    assert iscpy(director.folder, "events", "--level", "stdout").rstrip().endswith("stdout  Python (session 1): told")


def test_a_message_is_sent_again_as_it_was_and_edited(director: Director) -> None:
    again = json.loads(iscpy(director.folder, "resend", "1", "--json"))
    assert again["properties"] == {"Variables": {"x": "first"}}
    edited = json.loads(iscpy(director.folder, "resend", "3", "--set", "Code=z = 3", "--set", "Variables=z", "--json"))
    assert edited["properties"] == {"Variables": {"z": "3"}}
    assert director.bank.message(3).status == "Error"  # type: ignore[union-attr]  # it is there
    assert "no message 999" in refused(director.folder, "resend", "999")
    assert "send the request 1 again" in refused(director.folder, "resend", "2")
    assert "no property 'Cod'" in refused(director.folder, "resend", "1", "--set", "Cod=x")


def test_a_trace_is_drawn_as_svg(director: Director) -> None:
    iscpy(director.folder, "trace", "1", "--svg", "one.svg")
    drawing = (director.folder / "one.svg").read_text()
    assert drawing.startswith("<svg xmlns=")
    assert "isc.py.msg.ExecutionRequest" in drawing
    assert "stdout: told" in drawing


def test_sessions_move_to_another_bank_and_old_ones_go(director: Director, tmp_path: Path) -> None:
    shown = iscpy(director.folder, "messages", "export", "out.jsonl", "--session", "1")
    assert shown.startswith("1 sessions with 2 messages")
    assert (director.folder / "out.jsonl").stat().st_mode & 0o077 == 0
    assert "no session 999" in refused(director.folder, "messages", "export", "x.jsonl", "--session", "999")
    assert not (director.folder / "x.jsonl").exists()
    moved = json.loads(iscpy(tmp_path, "messages", "import", str(director.folder / "out.jsonl"), "--json"))
    assert (moved["sessions"], moved["messages"]) == (1, 2)
    (request, response) = json.loads(iscpy(tmp_path, "messages", "--json"))
    assert request["body"]["Code"] == "x = 'first'\nprint('told')"
    assert response["corresponding"] == request["id"]
    assert "is in use by process" in refused(director.folder, "messages", "import", "out.jsonl")
    assert iscpy(tmp_path, "purge", "--before", "1h").startswith("0 sessions")
    assert json.loads(iscpy(tmp_path, "purge", "--before", "2100-01-01", "--pretend", "--json"))["messages"] == 2
    assert iscpy(tmp_path, "purge", "--before", "2100-01-01").startswith("1 sessions")
    assert json.loads(iscpy(tmp_path, "messages", "--json")) == []


def test_run_writes_metrics_and_the_event_log(tmp_path: Path) -> None:
    (tmp_path / "p.cls").write_text(PRODUCTION)
    iscpy(tmp_path, "load", "p.cls")
    command = [ISCPY, "run", "--metrics-port", "0", "--event-log", "events.jsonl", "--json-log"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().partition("http://")[2].split()[0]
        iscpy(tmp_path, "send", "Python", "isc.py.msg.ExecutionRequest", "--set", "Code=print('seen')")
        with urllib.request.urlopen(f"http://{address}") as answer:
            metrics = answer.read().decode()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert 'isc_py_messages_total{item="Python",status="Completed"} 1.0' in metrics
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [(line["item"], line["text"]) for line in lines if line["level"] == "stdout"] == [("Python", "seen\n")]
    assert {line["production"] for line in lines} == {"t.Production"}
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o077 == 0

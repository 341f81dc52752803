"""``Checkpoint=activity``: the context as each message left it, opened, and messages run on it again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.data.exceptions import ContextError
from isc.py.data.namespace import open_namespace, set_current
from isc.py.ens import Director
from isc.py.ens.checkpoint import CheckpointError, checkpoint_of, checkpoints_of, purge_checkpoints, restore
from isc.py.ens.exceptions import MessageFailedError
from isc.py.iscpython_c.context import Context, free
from isc.py.msg import ExecutionRequest
from isc.py.objectscript import dictionary

ISCPY = Path(sys.executable).with_name("iscpy")
PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production">
  <Item Name="Python" ClassName="isc.py.ens.Operation">
    <Setting Target="Host" Name="Checkpoint">activity</Setting>
    <Setting Target="Host" Name="CheckpointCount">8</Setting>
    <Setting Target="Host" Name="Initializer">isc.py.init.Test</Setting>
  </Item>
</Production>
}
}
"""


def iscpy(folder: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [ISCPY, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def director(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Director]:
    dictionary.reset()
    free()
    scope = '<Setting Target="Host" Name="ContextScope">session</Setting>'
    text = PRODUCTION.replace("  </Item>", f"    {scope}\n  </Item>") if hasattr(request, "param") else PRODUCTION
    (tmp_path / "p.cls").write_text(text)
    open_namespace(tmp_path).load_path(tmp_path)
    with Director("t.Production", tmp_path) as made:
        yield made
    open_namespace(tmp_path).close()
    dictionary.reset()


def ran(director: Director, code: str) -> int:
    """The message, which is its session, too."""
    header = director.send_async("Python", ExecutionRequest(Code=code, Variables="x"))
    director.wait(header, 30)
    return header


def test_the_context_is_there_as_each_message_left_it(director: Director) -> None:
    messages = [ran(director, f"x = {n}\nseen = [*globals().get('seen', []), {n}]") for n in range(3)]
    for number, message in enumerate(messages):
        code = f"x, seen == list(range({number + 1})), cube(2)"
        assert iscpy(director.folder, "session", "open", str(message), "--code", code) == f"({number}, True, 8)\n"
    before = iscpy(director.folder, "session", "open", str(messages[1]), str(messages[1]), "--before", "--code", "x")
    assert before == "0\n"
    first = ["session", "open", str(messages[0]), "--before", "--code", "'x' in globals()"]
    assert iscpy(director.folder, *first) == "False\n"
    typed = iscpy(director.folder, "session", "open", str(messages[2]), given="x = x + 40\nx\n\n")
    assert "42" in typed
    assert director.send_sync("Python", ExecutionRequest(Code="", Variables="x"), 30).Variables["x"] == "2"  # type: ignore[attr-defined]


def test_a_message_that_fails_has_a_checkpoint_and_runs_again_edited(director: Director) -> None:
    ran(director, "x = 7")
    failing = director.send_async("Python", ExecutionRequest(Code="x = x * 6\nx = x / 0", Variables="x"))
    with pytest.raises(MessageFailedError):
        director.wait(failing, 30)
    ran(director, "x = 'later'")
    assert checkpoint_of(director.folder, failing).item == "Python"
    assert iscpy(director.folder, "session", "open", str(failing), "--code", "x") == "42\n"
    mended = json.loads(iscpy(director.folder, "session", "replay", str(failing), "--set", "Code=x = x * 6", "--json"))
    assert mended["properties"] == {"Variables": {"x": "42"}}
    count = len(director.bank.messages())
    assert count == len(director.bank.messages())
    sent = iscpy(director.folder, "resend", str(failing), "--restore", "--set", "Code=x = x * 5", "--json")
    assert json.loads(sent)["properties"] == {"Variables": {"x": "35"}}


@pytest.mark.parametrize("director", ["session"], indirect=True)
def test_a_session_with_a_context_of_its_own_has_checkpoints_of_that(director: Director) -> None:
    first, second = ran(director, "x = 'mine'"), ran(director, "x = globals().get('x', 'none')")
    set_current(director.namespace)
    for message, left in ((first, "mine"), (second, "none")):
        restore(director.folder, checkpoint_of(director.folder, message))
        assert Context().namespace["x"] == left
        restore(director.folder, checkpoint_of(director.folder, message), before=True)
        assert "x" not in Context().namespace
        assert "cube" in Context().namespace


def test_variables_are_listed_without_loading_them(director: Director) -> None:
    message = ran(director, "x = 1\nlock = (n for n in ())")
    (found,) = json.loads(iscpy(director.folder, "session", "list", str(message), "--json"))
    assert (found["message"], list(found["skipped"])) == (message, ["lock"])
    shown = iscpy(director.folder, "session", "show", str(message))
    assert "variable x" in shown
    assert "not saved" in shown
    events = [event.text for event in director.bank.events(message)]
    assert any("not in the checkpoint: lock" in text for text in events)


def test_what_could_not_be_saved_is_told_when_the_context_is_opened(director: Director) -> None:
    message = ran(director, "x = 1\nlock = (n for n in ())")
    assert "Not there: lock (" in iscpy(director.folder, "session", "open", str(message), given="\n")
    command = [ISCPY, "session", "open", str(message), "--code", "lock"]
    done = subprocess.run(command, cwd=director.folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "lock is not there, it could not be saved: " in done.stderr.splitlines()[-1]


def test_a_variable_that_is_secret_by_its_name_is_shown_without_its_value(director: Director) -> None:
    message = str(ran(director, "db_password = 'hunter2'\nx = 1"))
    for command in (["show", message], ["show", message, "--json"], ["list", message, "--json"]):
        shown = iscpy(director.folder, "session", *command)
        assert "hunter2" not in shown
        assert "********" in shown


def test_only_so_many_are_kept_and_old_ones_are_purged(director: Director) -> None:
    messages = [ran(director, f"x = {n}") for n in range(12)]
    kept = [message for message in messages if checkpoints_of(director.folder, message)]
    assert kept == messages[-8:]
    with pytest.raises(CheckpointError, match="not kept any more"):
        restore(director.folder, checkpoint_of(director.folder, kept[0]), before=True)
    with pytest.raises(CheckpointError, match="Checkpoint=activity"):
        checkpoint_of(director.folder, messages[0])
    assert purge_checkpoints(director.folder, 0.0) == 0
    assert purge_checkpoints(director.folder, 1e12) == 8


def test_a_checkpoint_that_was_changed_is_refused_before_it_is_read(director: Director) -> None:
    message = ran(director, "x = 1")
    path = director.folder / ".iscpy" / "checkpoints" / str(message) / f"{message}.context"
    assert path.stat().st_mode & 0o077 == 0
    data = path.read_bytes()
    set_current(director.namespace)
    Context().namespace["mine"] = 1
    for changed in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), data.partition(b"\n")[0] + b"\n" + b"0" * 64 + b"x"):
        path.write_bytes(changed)
        with pytest.raises(ContextError, match="signature"):
            restore(director.folder, checkpoint_of(director.folder, message))
        assert Context().namespace["mine"] == 1
    path.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        checkpoint_of(director.folder, message)


def test_a_checkpoint_leads_to_no_file_elsewhere(director: Director) -> None:
    message = ran(director, "x = 1")
    path = director.folder / ".iscpy" / "checkpoints" / str(message) / f"{message}.context"
    head, _, data = path.read_bytes().partition(b"\n")
    held = json.loads(head) | {"before": "../../secret.key"}
    path.write_bytes(json.dumps(held).encode() + b"\n" + data)
    with pytest.raises(CheckpointError, match="not kept"):
        restore(director.folder, checkpoint_of(director.folder, message), before=True)

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from isc.py.ens import Director

Start = Callable[..., Director]
OPERATION = "isc.py.ens.Operation"


def iscpy(folder: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isc.py.console", *arguments]
    return subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, check=False)


def test_a_line_runs_on_a_context_of_its_own_or_on_that_of_an_operation(start: Start) -> None:
    folder = start().folder
    assert iscpy(folder, "zpy", "6 * 7").stdout == "42\n"
    assert iscpy(folder, "zpy", "x = cube(2)", "--target", OPERATION).stdout == ""
    assert iscpy(folder, "zpy", "x + 1", "--target", OPERATION).stdout == "9\n"
    failed = iscpy(folder, "zpy", "1/0", "--target", OPERATION)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == "error: ZeroDivisionError: division by zero"


def test_the_prompt_works_on_a_running_operation(start: Start) -> None:
    folder = start().folder
    shown = iscpy(
        folder, "shell", "--target", OPERATION, given="def f(x):\n  return cube(x)\n\nf(3)\nprint(1)\n1/0\n\n"
    )
    assert shown.returncode == 0
    assert "27\n" in shown.stdout
    assert "ZeroDivisionError" in shown.stdout


def test_contexts_are_saved_compared_and_restored(start: Start) -> None:
    folder = start().folder
    for value in ("1", "2"):
        iscpy(folder, "zpy", f"x = {value}", "--target", OPERATION)
        saved = iscpy(folder, "context", "save", "--mask", "x", "--name", "mine", "--json")
        assert json.loads(saved.stdout)["context"] == value
    changed = iscpy(folder, "context", "diff", "1", "2", "--json")
    assert json.loads(changed.stdout) == [{"name": "x", "kind": "changed", "before": "1", "after": "2"}]
    assert iscpy(folder, "context", "restore", "1").returncode == 0
    assert iscpy(folder, "zpy", "x", "--target", OPERATION).stdout == "1\n"
    failed = iscpy(folder, "context", "restore", "77")
    assert failed.returncode == 1
    assert "77" in failed.stderr

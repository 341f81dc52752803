"""How long a user waits: commands in an empty folder, and a production from its start to its first response.

Wall and CPU time of fresh processes (theirs and their children's), beside an interpreter that does nothing and one that
imports pandas.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .report import Report

_CLASS = """Class Bench.Start Extends Ens.Production
{

XData ProductionDefinition
{
<Production Name="Bench.Start">
  <Item Name="Python" ClassName="isc.py.ens.Operation"/>
</Production>
}

}
"""
_ISCPY = [sys.executable, "-c", "from isc.py.console.cli import main; main()"]
_COMMANDS = ("--help", "send Nope", "status", "messages", "sql --help", "emulate --help", "load Bench.cls")
_SEND = "send Python isc.py.msg.ExecutionRequest --set Code=x=1 --set Variables=x --production Bench.Start"

_SENT = "iscpy send: start, first response, stop"
_FIRST = "iscpy send: start, first response"
_PLACES = {"iscpy load Bench.cls": "loads", _SENT: "made"}  # the folder a command works in; else an empty one


def _times(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Seconds until a process says something, until it ends, and of CPU, its children's too."""
    before, started = os.times(), time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        said = time.perf_counter() - started
        process.stdout.read()
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return said, wall, cpu


def run(*, short: bool) -> Report:
    """Each way several times, in turn."""
    rounds = 3 if short else 11
    ways = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import pandas'": [sys.executable, "-c", "import pandas"],
        "python -c 'import isc.py'": [sys.executable, "-c", "import isc.py"],
        "python -c 'from isc.py import Main'": [sys.executable, "-c", "from isc.py import Main"],
        **{f"iscpy {text}": [*_ISCPY, *text.split()] for text in _COMMANDS},
        _SENT: [*_ISCPY, *_SEND.split()],
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    first: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place, name) for name in ("empty", "loads", "made")}
        for folder in folders.values():
            folder.mkdir()
            (folder / "Bench.cls").write_text(_CLASS)
        made = folders["made"]
        subprocess.run([*_ISCPY, "load", "Bench.cls"], cwd=made, check=True, capture_output=True)
        subprocess.run([*_ISCPY, *_SEND.split()], cwd=made, check=True, capture_output=True)
        for _ in range(rounds):
            for name, command in ways.items():
                said, seconds, of_cpu = _times(command, folders[_PLACES.get(name, "empty")])
                wall[name].append(seconds)
                cpu[name].append(of_cpu)
                if name == _SENT:
                    first.append(said)
    report = Report("startup")
    first_response = report.add(_FIRST, first, "s")
    waited = {name: report.add(name, values, "s") for name, values in wall.items()}
    used = {name: report.add(f"{name} (CPU)", values, "s CPU") for name, values in cpu.items()}
    report.summary["help_seconds"] = round(waited["iscpy --help"], 3)
    report.summary["send_nope_cpu_seconds"] = round(used["iscpy send Nope"], 3)
    report.summary["first_response_seconds"] = round(first_response, 3)
    report.ratio("ratio_help_pandas_cpu", used["iscpy --help"], used["python -c 'import pandas'"])
    report.ratio("ratio_send_pandas_cpu", used[_SENT], used["python -c 'import pandas'"])
    return report

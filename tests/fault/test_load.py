"""Many messages in one run: memory stays flat, the end is as fast as the start, each message ends once.

``make load`` runs the long form: 1,000,000 messages; the suite sends 20,000. An input makes four of them: a request and
its response between service and process, and between process and operation.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

LONG = int(os.environ.get("ISCPY_LOAD") or 0)  # how many messages, about; 1 for the long form
MESSAGES = 1_000_000 if LONG == 1 else LONG or 20_000
A_INPUT = 4
WARM = 4  # slices before the memory is compared: caches fill, queues get their length
# The clock of a run of half a minute tells of the machine's other work (the suite's other tests begin and end beside
# it), so the short form does not ask it; and processor time varies with what the other work does to the caches. Work
# that grows with the number of messages would make it 0.2.
LEAST_SPEED, LEAST_ECONOMY = (0.9, 0.9) if LONG else (0.0, 0.4)


@pytest.mark.timeout(14400 if LONG else 600)
def test_memory_is_flat_and_the_end_as_fast_as_the_start(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("load.py")), str(tmp_path), str(MESSAGES // A_INPUT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    slices = found["slices"]
    print(f"{'inputs':>9} {'inputs/s':>9} {'CPU ms/input':>13} {'Director MB':>12} {'workers MB':>11}")
    total = 0
    for size, seconds, cpu, director, workers in slices:
        total += size
        print(f"{total:9} {size / seconds:9.0f} {cpu / size * 1000:13.2f} {director:12.1f} {workers:11.1f}")
    speed, cost = _ratio([size / seconds for size, seconds, *_ in slices]), _ratio([cpu for _, _, cpu, *_ in slices])
    growth = {name: _growth([row[at] for row in slices]) for name, at in (("Director", 3), ("workers", 4))}
    print(f"speed of the end to the start {speed:.2f}, processor time {1 / cost:.2f}; growth in MB {growth}")

    inputs = MESSAGES // A_INPUT
    counts = {(kind, target, status): number for kind, target, status, number, _ in found["headers"]}
    assert counts == {  # two more requests set the counter and read it
        ("Request", "Process", "Completed"): inputs,
        ("Request", "Run", "Completed"): inputs + 2,
        ("Response", "In", "Completed"): inputs,
        ("Response", "Process", "Completed"): inputs,
        ("Response", "External", "Completed"): 2,
    }
    assert all(number == answered for kind, _, _, number, answered in found["headers"] if kind == "Response")
    assert (found["runs"], found["stuck"]) == (inputs, 0)
    assert 1 / cost >= LEAST_ECONOMY
    assert speed >= LEAST_SPEED
    assert growth["Director"] <= 8
    assert growth["workers"] <= 4


def _ratio(values: list[float]) -> float:
    """The last third to the first, of medians."""
    third = len(values) // 3
    return statistics.median(values[-third:]) / statistics.median(values[1 : third + 1])


def _growth(values: list[float]) -> float:
    """Megabytes from when it was warm to the end."""
    return round(statistics.median(values[-3:]) - statistics.median(values[WARM : WARM + 3]), 1)

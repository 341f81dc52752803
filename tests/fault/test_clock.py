"""A Director under load whose clock jumps: hours ahead, back, and across its own death.

libfaketime shifts the wall clock of the Director and its workers by what a file says; the clock that never jumps
(`time.monotonic`) stays as it is, as in the kernel.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fault.test_storm import Storm
from isc.py.ens.bank import open_bank

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
CODE = """
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from fault.storm import main

main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "", Connection(int(sys.argv[4])))
"""
HOUR = 3600


class Clocked(Storm):
    """A storm whose Director has a clock of its own."""

    def jump(self, seconds: int) -> None:
        (self.folder / "clock").write_text(f"{seconds:+}")

    def start(self, odd: str = "") -> None:
        first = max((number for _, number, _ in self.acknowledged), default=0) + 10
        until, self.until = multiprocessing.Pipe(duplex=False)
        environment = os.environ | {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        command = [sys.executable, "-c", CODE, str(self.folder), self.bank, str(first), str(until.fileno())]
        with (self.folder / "stderr").open("a") as errors:
            started = subprocess.Popen(
                command, env=environment, pass_fds=[until.fileno()], stdout=subprocess.PIPE, stderr=errors, text=True
            )
        until.close()
        self.told = started.stdout
        self.process = _Process(started)  # type: ignore[assignment]  # as much of one as a storm needs
        self.workers = [int(pid) for pid in self.line()[1:]]

    def seen(self, seconds: int) -> None:
        """Let it run until its clock has jumped that far."""
        bank = open_bank(self.bank)
        try:
            while True:
                self.line()
                row = bank.message(self.acknowledged[-1][2]) if self.acknowledged else None
                if row is not None and abs(row.created - time.time() - seconds) < HOUR / 4:
                    return
        finally:
            bank.close()


class _Process:
    def __init__(self, started: subprocess.Popen[str]) -> None:
        self.kill = started.kill
        self.join = started.wait

    def close(self) -> None:
        """There is nothing to give back."""


@pytest.mark.timeout(600)
def test_a_clock_that_jumps_loses_and_delays_nothing(tmp_path: Path) -> None:
    if not LIBRARY.exists():
        pytest.skip("no libfaketime is installed: apt-get install libfaketime")
    storm: Any = Clocked(tmp_path, f"sqlite:///{tmp_path / 'bank.sqlite'}")
    storm.jump(0)
    storm.start()
    try:
        for seconds in (0, 5 * HOUR, -3 * HOUR, 240 * HOUR):
            storm.jump(seconds)
            storm.seen(seconds)
            storm.kills["jump"] += 1
        storm.process.kill()  # its processes wait for timers that end in ten days, by the clock of the next one
        storm.rest()
        storm.jump(-240 * HOUR)
        storm.start()
        storm.seen(-240 * HOUR)
        storm.stop()
    finally:
        if storm.process is not None:
            storm.process.kill()
            storm.rest()
    storm.check()

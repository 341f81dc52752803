"""Signals reach the process they are for, and no other one that has got its number."""

import errno
import os
import signal
import subprocess
import sys

import pytest
from isc.py.ens.process_handle import ProcessHandle

WAITS = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]


def test_a_signal_reaches_the_process() -> None:
    with subprocess.Popen(WAITS, stdout=subprocess.PIPE) as process:
        handle = ProcessHandle(process.pid)
        handle.send(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM
        handle.send(signal.SIGTERM)  # it is gone, and its number may be another one's
        handle.close()
        handle.close()


def test_a_process_that_is_gone_or_whose_handle_is_closed_gets_none() -> None:
    with subprocess.Popen(WAITS, stdout=subprocess.PIPE) as process:
        handle = ProcessHandle(process.pid)
        handle.close()
        handle.send(signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.readline()  # it runs
        assert process.poll() is None
        process.kill()
        process.wait(60)
    gone = ProcessHandle(process.pid)
    gone.send(signal.SIGKILL)
    gone.close()


def test_without_descriptors_of_processes_the_number_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> int:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(os, "pidfd_open", refuse)
    with subprocess.Popen(WAITS, stdout=subprocess.PIPE) as process:
        handle = ProcessHandle(process.pid)
        handle.send(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        handle.close()

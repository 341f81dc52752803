"""Threads that look after all hosts go on, whatever one host does."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.ens.bank.bank import Bank, open_bank
from isc.py.ens.event_log import EventLog
from isc.py.ens.hosts import BusinessOperation
from isc.py.ens.intake import Ways
from isc.py.ens.monitor import Monitor, Watch
from isc.py.ens.production import Item
from isc.py.ens.relay import Relay
from isc.py.ens.timers import Timers

WAIT = 60.0


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    opened = open_bank(tmp_path / "bank.sqlite")
    yield opened
    opened.close()


def fails() -> int:
    raise ValueError("not today")


def test_a_call_that_fails_keeps_no_other_from_being_made(caplog: pytest.LogCaptureFixture) -> None:
    timers, called = Timers(), threading.Event()
    timers.later(0, fails)
    timers.later(0, called.set)
    assert called.wait(WAIT)
    timers.stop()
    assert "not today" in caplog.text


def test_an_item_that_cannot_be_looked_at_keeps_no_other_from_it(bank: Bank, caplog: pytest.LogCaptureFixture) -> None:
    host = BusinessOperation()
    host.QueueCountAlert = 1
    looked, enough = [], threading.Event()

    def waiting() -> int:
        looked.append(1)
        if len(looked) > 1:
            enough.set()
        return 0

    watches = {
        name: Watch(Item(name, "x"), host, ask, lambda: 0.0, lambda: 0.0)
        for name, ask in {"Bad": fails, "Good": waiting}.items()
    }
    monitor = Monitor(bank, Relay(bank, Ways("t.P", {}, lambda _: None)), watches)
    monitor.start()
    assert enough.wait(WAIT)
    monitor.stop()
    assert "item Bad: it cannot be looked at" in caplog.text


def test_the_log_has_what_is_no_unicode(bank: Bank, tmp_path: Path) -> None:
    log = EventLog(bank, tmp_path / "events.jsonl", "half \ud800")
    bank.write([Bank.event("info", "A", "text")]).result()
    log.stop()
    assert json.loads((tmp_path / "events.jsonl").read_text())["production"] == "half \ud800"

"""The file of the event log goes on after what it comes from, or what it goes to, was away."""

import json
import time
from pathlib import Path

import pytest
from isc.py.ens.bank import Bank, open_bank
from isc.py.ens.event_log import EventLog
from servers import PostgresServer

AWAY = "does not go on for now"


def _told(bank: Bank, text: str) -> None:
    bank.write([Bank.event("info", "t.Production", text)], patient=True).result()


def _await(caplog: pytest.LogCaptureFixture) -> None:
    deadline = time.monotonic() + 60
    while AWAY not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


def _await_texts(path: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while not path.exists() or len(_texts(path)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pg8000 leaves lost sockets open
def test_it_goes_on_when_the_server_is_back(
    postgres_server: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bank = open_bank(postgres_server.new_database())
    path = tmp_path / "events.jsonl"
    log = EventLog(bank, path, "t.Production")
    try:
        _told(bank, "before")
        _await_texts(path, 1)
        postgres_server.stop()
        _await(caplog)
        postgres_server.start()
        _told(bank, "after")
        _await_texts(path, 2)
    finally:
        log.stop()
        bank.close()
    assert _texts(path) == ["before", "after"]


def test_it_goes_on_when_there_is_room_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bank = open_bank(tmp_path / "bank.sqlite")
    path = tmp_path / "events.jsonl"
    path.symlink_to("/dev/full")
    log = EventLog(bank, path, "t.Production")
    try:
        _told(bank, "first")
        _await(caplog)
        assert "No space left on device" in caplog.text
        _told(bank, "second")
        path.unlink()
        _await_texts(path, 2)
    finally:
        log.stop()
        bank.close()
    assert _texts(path) == ["first", "second"]

"""A bank that cannot be written for a moment, while hosts fail and alert: all goes on when it can be written again."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from isc.py.ens import Director, Item, MessageFailedError, ProductionError
from isc.py.ens.bank.writer import SqliteWriter
from isc.py.msg import StringRequest, StringResponse
from patience import until

MODULE = """
import time
from pathlib import Path

from isc.py.ens import BusinessOperation, BusinessProcess, BusinessService
from isc.py.ens.adapters.base import InboundAdapter
from isc.py.msg import StringRequest, StringResponse


def wait_for(name):
    Path("at " + name).touch()
    while not Path(name).exists():
        time.sleep(0.005)


class Fails(BusinessOperation):
    def on_request(self, request):
        if request.StringValue == "fail":
            wait_for("go")
            raise ValueError("out of paper")
        return StringResponse(StringValue=request.StringValue)


class FailsOnce(BusinessProcess):
    def on_request(self, request):
        if not Path("go").exists():
            wait_for("go")
            raise ValueError("out of ink")
        return StringResponse(StringValue="done")


class Sends(BusinessProcess):
    def on_request(self, request):
        wait_for("go")
        self.send_async("Echo", StringRequest(StringValue="later"), wanted=False)
        return StringResponse(StringValue="sent")


class Ticks(BusinessService):
    ADAPTER = InboundAdapter

    def on_process_input(self, data, hint=None):
        if Path("tick").exists():
            self.send_async("Echo", StringRequest(StringValue="tick"))


class Alerts(BusinessOperation):
    def on_request(self, request):
        print("alert:", request.AlertText)
"""
ALERTS = {"AlertOnError": "1"}
Run = Callable[..., Director]


@pytest.fixture
def run(hosts: Callable[[str, str], Run]) -> Run:
    of = hosts("failing", MODULE)

    def start(name: str, settings: dict[str, str]) -> Director:
        others = [Item("Echo", "failing.Fails"), Item("Bad", "failing.Fails"), Item("Ens.Alert", "failing.Alerts")]
        return of([Item(name, f"failing.{name}", settings=ALERTS | settings), *others])

    return start


@contextlib.contextmanager
def away(director: Director, folder: Path) -> Iterator[None]:
    """The bank is locked by another connection; its writer is told so at once, else that takes it 10 s."""
    writer: Any = director.bank._writer
    assert isinstance(writer, SqliteWriter)
    writer._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(folder / ".iscpy" / "bank.sqlite", isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def alerts(director: Director) -> list[str]:
    return [event.text.strip() for event in director.bank.events() if event.level == "stdout"]


def logged(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return any(text in record.getMessage() for record in caplog.records)


def test_a_message_that_fails_has_its_end_in_the_bank(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    director = run("Fails", {"BadMessageHandler": "Bad"})
    header_id = director.send_async("Fails", StringRequest(StringValue="fail"))
    until((tmp_path / "at go").exists)
    with away(director, tmp_path):
        (tmp_path / "go").touch()
        until(lambda: logged(caplog, "cannot be written"))
    with pytest.raises(MessageFailedError, match="out of paper"):
        director.wait(header_id, 60)
    row = director.bank.message(header_id)
    assert row is not None
    assert (row.status, "out of paper" in row.error) == ("Error", True)
    until(lambda: alerts(director) == ["alert: ValueError: out of paper"])
    until(lambda: len(director.bank.messages(target="Bad")) == 1)


def test_a_step_that_fails_is_done_again(run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    director = run("FailsOnce", {"ReplyCodeActions": "E=R", "RetryInterval": "0.01"})
    header_id = director.send_async("FailsOnce", StringRequest())
    until((tmp_path / "at go").exists)
    with away(director, tmp_path):
        (tmp_path / "go").touch()
        until(lambda: logged(caplog, "cannot be written"))
    answer = director.wait(header_id, 60)
    assert isinstance(answer, StringResponse)
    assert answer.StringValue == "done"
    until(lambda: [text for text in alerts(director) if "out of ink" in text])


def test_an_item_that_goes_while_a_message_to_it_is_written_holds_nobody_up(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    director = run("Sends", {})
    header_id = director.send_async("Sends", StringRequest())
    until((tmp_path / "at go").exists)
    with away(director, tmp_path):
        (tmp_path / "go").touch()
        until(lambda: logged(caplog, "cannot be written"))
        director.steering.items.end("Echo")
    answer = director.wait(header_id, 60)
    assert isinstance(answer, StringResponse)
    assert answer.StringValue == "sent"
    (row,) = director.bank.messages(target="Echo")
    assert row.status == "Queued"
    until(lambda: any("its item is gone" in event.text for event in director.bank.events(row.session)))


def test_who_waits_when_the_production_stops_is_told(run: Run, tmp_path: Path) -> None:
    director = run("Fails", {})
    told: list[str] = []

    def wait(call: Callable[[], object]) -> None:
        with contextlib.suppress(ProductionError, MessageFailedError):
            call()
        told.append("told")

    first = director.send_async("Fails", StringRequest(StringValue="fail"))
    until((tmp_path / "at go").exists)
    second = director.send_async("Fails", StringRequest(StringValue="next"))
    calls: list[Callable[[], object]] = [
        lambda: director.wait(first),
        lambda: director.wait(second),
        lambda: director.send_sync("Fails", StringRequest(StringValue="last")),
    ]
    waiting = [threading.Thread(target=wait, args=(call,), daemon=True) for call in calls]
    for thread in waiting:
        thread.start()
    until(lambda: len(director.bank.messages(target="Fails")) == 3)
    director.stop(grace=0)
    for thread in waiting:
        thread.join(60)
    assert told == ["told"] * 3


def test_a_service_goes_on_looking(run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    director = run("Ticks", {"Adapter.CallInterval": "0.01"})
    with away(director, tmp_path):
        (tmp_path / "tick").touch()
        until(lambda: logged(caplog, "item Ticks: the message bank could not be written"))
        time.sleep(0.5)  # what it sends of that meets the lock, too
    until(lambda: len(director.bank.messages(target="Echo", status="Completed")) >= 2)
    until(lambda: any("could not be written" in text for text in alerts(director)))

"""What becomes of messages whose operation fails, dies, waits or is stopped, and who is told."""

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from isc.py.ens import Director, Item, MessageFailedError, MessageTimeoutError, ProductionError
from isc.py.ens.bank import Bank, open_bank
from isc.py.ens.monitor import Monitor, Watch
from isc.py.msg import StringRequest
from isc.py.objectscript import dictionary
from patience import until

MODULE = '''
import os
import time
from pathlib import Path

from isc.py.ens import BusinessOperation, RetryMessage, SuspendMessage
from isc.py.msg import StringResponse


class Fickle(BusinessOperation):
    """Does what its message says."""

    def on_init(self):
        self.count = 0
        if Path("broken").exists():
            raise ValueError("no paper at all")

    def on_request(self, request):
        text = request.StringValue
        self.count += 1
        with open("attempts", "a") as file:
            file.write(text + "\\n")
        tries = Path("attempts").read_text().split("\\n").count(text)
        if text.startswith("third") and tries < 3:
            raise RetryMessage("not yet")
        if text == "never":
            raise RetryMessage("not now")
        if text == "suspend":
            raise SuspendMessage("look at me")
        if text == "error":
            raise ValueError("out of paper")
        if text == "die" or (text == "die once" and tries == 1):
            os._exit(1)
        if text == "eat":
            held = [bytes(1 << 20) for _ in range(4096)]
        if text == "wait":
            while not Path("go").exists():
                time.sleep(0.02)
        return StringResponse(StringValue=text + " done")


class Alerts(BusinessOperation):
    def on_request(self, request):
        print("alert:", getattr(request, "AlertText", "") or request.StringValue)
'''
Run = Callable[..., Director]


@pytest.fixture
def run(hosts: Callable[[str, str], Run]) -> Run:
    of = hosts("fickle", MODULE)

    def start(pool: int = 1, schedule: str = "", **settings: Any) -> Director:
        settings = {"RetryInterval": "0.02", **settings}
        items = [
            Item("F", "fickle.Fickle", pool, settings=settings, schedule=schedule),
            Item("Ens.Alert", "fickle.Alerts"),
        ]
        return of(items)

    return start


def send(director: Director, text: str) -> Any:
    return director.send_sync("F", StringRequest(StringValue=text), timeout=60)


def failure(director: Director, text: str) -> tuple[str, str]:
    with pytest.raises(MessageFailedError) as caught:
        send(director, text)
    row = director.bank.message(caught.value.header_id)
    assert row is not None
    return row.status, row.error.splitlines()[0]  # the user's frames follow


def alerts(director: Director) -> list[str]:
    director.stop()
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    found = [event.text.strip() for event in bank.events() if event.host == "Ens.Alert" and event.level == "stdout"]
    bank.close()
    return found


def test_a_message_is_tried_again_until_it_passes_or_its_time_is_over(run: Run) -> None:
    director = run(FailureTimeout="60", AlertOnError="1")
    assert send(director, "third time").StringValue == "third time done"
    director.stop()
    director = run(FailureTimeout="1", AlertOnError="1")
    status, error = failure(director, "never")
    assert (status, re.sub(r"\d+ times in [\d.]+ s", "N times", error)) == (
        "Error",
        "not now (tried N times, FailureTimeout is 1 s)",
    )
    assert failure(director, "error") == ("Error", "ValueError: out of paper")
    assert [text.partition(" (tried")[0] for text in alerts(director)] == [
        "alert: attempt 1: not yet; it is tried again every 0.02 s, for 60 s at most",
        "alert: attempt 1: not now; it is tried again every 0.02 s, for 1 s at most",
        "alert: not now",
        "alert: ValueError: out of paper",
    ]


def test_reply_code_actions_decide(run: Run) -> None:
    director = run(ReplyCodeActions="E*paper=S,E=F", BadMessageHandler="Ens.Alert")
    assert failure(director, "error") == ("Suspended", "ValueError: out of paper")
    assert failure(director, "suspend")[0] == "Suspended"
    assert alerts(director) == ["alert: error", "alert: suspend"]  # the copies for the BadMessageHandler


def test_a_message_that_kills_its_worker_is_suspended_in_the_end(run: Run) -> None:
    director = run(CrashLimit="2")
    assert send(director, "die once").StringValue == "die once done"
    status, error = failure(director, "die")
    assert status == "Suspended"
    assert "it did so 2 times (CrashLimit)" in error
    assert send(director, "alive").StringValue == "alive done"


def test_a_worker_gets_no_more_memory_than_it_may(run: Run) -> None:
    director = run(MemoryLimit="256")
    assert failure(director, "eat") == ("Error", "MemoryError: the worker may take 256 MB (MemoryLimit)")
    assert send(director, "alive").StringValue == "alive done"


def test_disabled_it_keeps_its_queue_and_its_order(run: Run) -> None:
    director = run(ReplyCodeActions="E=D")
    first = director.send_async("F", StringRequest(StringValue="error"))
    second = director.send_async("F", StringRequest(StringValue="second"))
    runner = director._runners["F"]
    until(lambda: not runner.is_enabled and runner.waiting() == 2)  # the one in front waits, too
    with pytest.raises(MessageTimeoutError, match=r"no answer after 0\.1 s \(item 'F' is disabled\); it goes on"):
        director.wait(second, 0.1)
    shown = next(item for item in director.status()["items"] if item["name"] == "F")
    assert (shown["state"], shown["waiting"]) == ("disabled", 2)
    assert shown["last_error"] == "the operation is disabled (D of ReplyCodeActions): ValueError: out of paper"
    director.stop()
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    assert [row.status for row in (bank.message(first), bank.message(second)) if row] == ["Queued", "Queued"]
    bank.close()


def test_a_stop_leaves_what_waits_for_its_next_attempt_to_the_next_start(run: Run) -> None:
    director = run(FailureTimeout="-1", RetryInterval="3600")  # the stop does not wait for it
    headers = [director.send_async("F", StringRequest(StringValue=text)) for text in ("third", "fourth", "fifth")]
    until(lambda: Path("attempts").exists() and bool(Path("attempts").read_text()))
    director.stop()
    Path("attempts").write_text("third\nthird\n")
    director.start()
    assert [director.wait(header, 60).StringValue for header in headers] == [  # type: ignore[attr-defined]
        "third done",
        "fourth done",
        "fifth done",
    ]
    assert Path("attempts").read_text().split()[2:] == ["third", "fourth", "fifth"]


def test_a_full_queue_lets_programs_wait_and_queues_are_watched(run: Run) -> None:
    director = run(QueueLimit="2", QueueCountAlert="2", QueueWaitAlert="0.3", InactivityTimeout="0.4")
    director.send_async("F", StringRequest(StringValue="wait"))
    until(lambda: Path("attempts").exists())  # it runs: what comes now waits
    runner: Any = director._runners["F"]

    def send_many() -> None:
        for number in range(16):
            director.send_async("F", StringRequest(StringValue=f"n{number}"))

    sender = threading.Thread(target=send_many)
    sender.start()
    deadline = time.monotonic() + 60
    names = ("QueueCountAlert", "QueueWaitAlert", "InactivityTimeout")
    while time.monotonic() < deadline:
        told = [event.text for event in director.bank.events() if event.level == "alert" and event.host == "F"]
        if len({text.split(":")[0] for text in told}) == 3:
            break
        time.sleep(0.05)
    assert {text.split(":")[0] for text in told} == set(names)
    assert sender.is_alive()
    assert len(director.bank.messages()) < 16
    assert runner.waiting() == 2
    Path("go").touch()
    sender.join(60)
    assert not sender.is_alive()
    assert len([text for text in told if text.startswith("QueueCountAlert")]) == 1


class Switch:
    is_enabled = True

    def enable(self) -> None:
        self.is_enabled = True

    def disable(self) -> None:
        self.is_enabled = False


def test_a_schedule_starts_and_stops(run: Run) -> None:
    director = run()
    item = Item("F", "fickle.Fickle", schedule="START:*-*-*T08:00:00,STOP:*-*-*T18:00:00")
    host = dictionary.resolve("fickle.Fickle")._New()  # type: ignore[attr-defined]  # a host
    switch = Switch()
    watch = Watch(item, host, lambda: 0, lambda: 0.0, time.monotonic, switch)
    monitor = Monitor(director.bank, director._relay, {"F": watch})
    for hour, runs in [(7, False), (9, True), (12, True), (19, False)]:
        monitor.look(watch, datetime(2026, 3, 2, hour))
        assert switch.is_enabled is runs
    director.enable("F", on=False)
    header = director.send_async("F", StringRequest(StringValue="x"))
    director.enable("F")
    assert director.wait(header, 60).StringValue == "x done"  # type: ignore[attr-defined]  # a StringResponse


def test_what_waits_while_the_schedule_says_off_is_not_run_by_a_start(run: Run) -> None:
    director = run(schedule="STOP:*-*-*T00:00:00")
    shown = next(item for item in director.status()["items"] if item["name"] == "F")
    assert shown["state"] == "off (Schedule)"
    header = director.send_async("F", StringRequest(StringValue="x"))
    director.stop()
    director.start()
    assert director._runners["F"].waiting() == 1
    assert not Path("attempts").exists()
    director.enable("F")  # by hand
    assert director.wait(header, 60).StringValue == "x done"  # type: ignore[attr-defined]  # a StringResponse


def test_why_a_production_did_not_start_is_in_its_event_log(run: Run) -> None:
    director = run()
    director.stop()
    Path("broken").touch()
    with pytest.raises(ProductionError, match="no paper at all"):
        director.start()
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    (told,) = [event.text for event in bank.events() if event.level == "error"]
    bank.close()
    assert told.startswith("did not start: item 'F' did not start: ")


def test_a_message_whose_class_is_gone_is_an_error_that_keeps_its_body(run: Run) -> None:
    director = run()
    header = director.bank.next_id()
    written = Bank.header(header, "Request", header, "Old", "F", ("t.Gone", '{"A": "b"}'), "Queued")
    director.bank.write([Bank.session(header, "made.P"), *written]).result()
    director.stop()
    director.start()
    with pytest.raises(MessageFailedError, match=r"t\.Gone"):
        director.wait(header, 60)
    row = director.bank.message(header)
    assert row is not None
    assert (row.status, row.class_name, row.body) == ("Error", "t.Gone", '{"A": "b"}')
    assert send(director, "alive").StringValue == "alive done"

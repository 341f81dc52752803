"""A worker is given messages ahead; none of them runs twice, is lost, or runs before one that was sent before it."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.ens import Director
from isc.py.ens.exceptions import MessageFailedError, MessageTimeoutError, TargetNotFoundError
from isc.py.msg import ExecutionRequest, StringRequest, StringResponse

Start = Callable[..., Director]
ODD = """
import os, time
from pathlib import Path
from isc.py.ens import BusinessOperation
from isc.py.msg import StringResponse

class Odd(BusinessOperation):
    '''Writes down what it is sent; the first time some numbers do what they are not expected to.'''

    def on_request(self, request):
        folder = Path({folder!r})
        with (folder / "ran").open("a") as ran:
            print(request.StringValue, file=ran)
        number = request.StringValue
        odd = folder / f"odd{{number}}"
        if odd.exists():
            what = odd.read_text()
            odd.unlink()
            if what == "dies":
                os._exit(3)
            if what == "fails":
                raise ValueError("not yet")
            if what == "loops":
                while True:
                    pass
            if what == "none":
                return None
            time.sleep(float(what))
        return StringResponse(StringValue=number)
"""
ITEM = """<Item Name="Odd" ClassName="odd.Odd">
<Setting Target="Host" Name="ReplyCodeActions">E=R,X=R</Setting>
<Setting Target="Host" Name="RetryInterval">0.01</Setting>
<Setting Target="Host" Name="FailureTimeout">60</Setting>
<Setting Target="Host" Name="CrashLimit">3</Setting>
{more}</Item>"""
COUNT = 300


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "odd.py").write_text(ODD.format(folder=str(tmp_path)))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def send_all(director: Director) -> list[int]:
    return [director.send_async("Odd", StringRequest(StringValue=str(number))) for number in range(COUNT)]


def ran(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "ran").read_text().split()]


def test_fifo_holds_through_retries_crashes_and_slow_messages(start: Start, odd: Path) -> None:
    for number, what in ((100, "fails"), (101, "dies"), (150, "0.1"), (200, "none"), (201, "fails"), (250, "dies")):
        (odd / f"odd{number}").write_text(what)
    director = start(items=ITEM.format(more=""))
    headers = send_all(director)
    for number, header in enumerate(headers):
        assert director.wait(header, 60) == StringResponse(StringValue=str(number))
    again = {100, 101, 200, 201, 250}
    assert ran(odd) == [number for number in range(COUNT) for _ in range(2 if number in again else 1)]
    crashes = {header: director.bank.message(header) for header in headers}
    assert [number for number, header in enumerate(headers) if crashes[header].crashes] == [101, 250]  # type: ignore[union-attr]  # they are there


def test_one_thread_has_many_requests_on_their_way(start: Start, odd: Path) -> None:
    (odd / "odd7").write_text("fails")
    director = start(items=ITEM.format(more="").replace("E=R,X=R", ""))
    sent = [director.send("Odd", StringRequest(StringValue=str(number))) for number in range(COUNT)]
    for number, request in enumerate(sent):
        if number == 7:
            with pytest.raises(MessageFailedError, match="not yet") as failed:
                request.response(60)
            assert failed.value.header_id == request.header_id
        else:
            assert request.response(60) == StringResponse(StringValue=str(number))
        assert request.is_done
    assert ran(odd) == list(range(COUNT))
    (odd / "odd300").write_text("loops")
    late = director.send("Odd", StringRequest(StringValue="300"))
    with pytest.raises(MessageTimeoutError, match=str(late.header_id)):
        late.response(0)
    assert director.bank.message(late.header_id) is not None
    with pytest.raises(TargetNotFoundError, match="Old"):
        director.send("Old", StringRequest(StringValue="1"))
    director.cut()


def test_a_stop_that_waits_lets_a_message_be_tried_again_whose_worker_died(start: Start, odd: Path) -> None:
    (odd / "odd0").write_text("0.5")
    (odd / "odd10").write_text("dies")
    director = start(items=ITEM.format(more=""))
    sent = [director.send("Odd", StringRequest(StringValue=str(number))) for number in range(20)]
    sent[-1].written.result(60)
    director.stop()
    assert [request.response(60) for request in sent] == [StringResponse(StringValue=str(n)) for n in range(20)]
    assert ran(odd) == sorted([*range(20), 10])


def test_only_the_message_that_is_too_slow_is_interrupted(start: Start, odd: Path) -> None:
    for number in (100, 101, 200):
        (odd / f"odd{number}").write_text("loops")
    more = '<Setting Target="Host" Name="Timeout">1</Setting>'
    director = start(items=ITEM.format(more=more).replace("E=R,X=R", ""))
    failed = []
    for number, header in enumerate(send_all(director)):
        try:
            assert director.wait(header, 60) == StringResponse(StringValue=str(number))
        except MessageFailedError as error:
            assert "Timeout" in error.error
            failed.append(number)
    assert failed == [100, 101, 200]
    assert ran(odd) == list(range(COUNT))


def test_what_was_given_to_a_worker_stays_queued_when_its_operation_is_disabled(start: Start, odd: Path) -> None:
    director = start(items=ITEM.format(more=""))
    headers = send_all(director)
    director.wait(headers[COUNT // 2], 60)
    for _ in range(20):
        director.enable("Odd", on=False)
        director.enable("Odd")
    director.enable("Odd", on=False)
    later = director.send_async("Odd", StringRequest(StringValue=str(COUNT)))
    director.enable("Odd")
    director.wait(later, 60)
    assert ran(odd) == list(range(COUNT + 1))


def test_a_restart_under_load_runs_each_message_once_in_its_order(start: Start, odd: Path) -> None:
    director = start(items=ITEM.format(more=""))
    headers = send_all(director)
    for number in (20, 60, 100, 140):
        director.wait(headers[number], 60)
        director.steering.act("Odd", "restart")
    director.wait(headers[-1], 60)
    assert ran(odd) == list(range(COUNT))


def test_large_messages_and_answers_do_not_wait_for_each_other(start: Start) -> None:
    director = start()
    code = "x = '*' * 1000000 #" + "y" * 1_000_000
    small = ExecutionRequest(Code="y = 1", Variables="y")
    found: list[object] = []

    def ask(request: ExecutionRequest) -> None:
        for _ in range(10):
            found.append(director.send_sync("isc.py.ens.Operation", request, 60))

    threads = [
        threading.Thread(target=ask, args=(request,))
        for request in (small, ExecutionRequest(Code=code, Variables="x"), small, small)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40


def test_what_may_have_begun_is_marked_when_the_machine_went_down(start: Start, odd: Path) -> None:
    director = start(items=ITEM.format(more=""))
    director.enable("Odd", on=False)
    header = director.send_async("Odd", StringRequest(StringValue="1"))
    director.stop()
    (odd / ".iscpy" / "begun").unlink()
    again = Director("t.Production", odd)
    with again:
        assert again.wait(header, 60) == StringResponse(StringValue="1")
        row = again.bank.message(header)
        assert row is not None
        assert row.crashes == 1
        assert any(event.header == header and "may have run" in event.text for event in again.bank.events())

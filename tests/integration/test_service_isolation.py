"""Services whose code loops, dies or fails: in workers, and in the Director."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from isc.py.ens import Director, Item
from isc.py.ens.adapters.files import FileStream
from isc.py.ens.adapters.http_in import HTTPAnswer, HTTPInput
from isc.py.ens.adapters.sql import SQLRow
from isc.py.ens.exceptions import ProductionError, StepFailedError
from isc.py.ens.input_codec import packed, unpacked
from isc.py.msg import StringRequest

MODULE = '''
import os
import time

from isc.py.ens import BusinessOperation, BusinessService
from isc.py.msg import StringRequest, StringResponse


class Upper(BusinessOperation):
    def on_request(self, request):
        with open("taken", "a") as file:
            file.write(request.StringValue + "\\n")
        return StringResponse(StringValue=request.StringValue.upper())


class Front(BusinessService):
    """Does what its input says."""

    def on_init(self):
        self.where = os.getpid()

    def on_process_input(self, data, hint=None):
        verb, _, what = str(data).partition(" ")
        print("came", data)
        if verb == "loop":
            while True:
                try:
                    time.sleep(0.001)
                except Exception:
                    pass
        self.send_async("Upper", StringRequest(StringValue="async " + what))
        if verb == "die":
            os._exit(3)
        if verb == "fail":
            raise ValueError("out of paper")
        answer = self.send_sync("Upper", StringRequest(StringValue=what))
        return [answer.StringValue, self.where]
'''
Run = Callable[..., Director]


@pytest.fixture
def run(hosts: Callable[[str, str], Run]) -> Run:
    of = hosts("front", MODULE)

    def start(**settings: Any) -> Director:
        return of([Item("In", "front.Front", settings=settings), Item("Upper", "front.Upper")])

    return start


def give(director: Director, text: str, key: str = "") -> Any:
    assert director._intake is not None
    return director._intake.runners["In"].take(text, None, key)


def taken(director: Director) -> list[str]:
    """What was sent to the operation, in the order of the bank."""
    return [row.body for row in director.bank.messages(target="Upper")]


def test_code_in_a_worker_sends_answers_fails_and_dies_on_its_own(run: Run) -> None:
    director = run(Isolation="worker", Timeout="60")
    (pid,) = director.status()["items"][0]["workers"]
    assert give(director, "send one", "k1") == ["ONE", pid]
    with pytest.raises(StepFailedError, match="ValueError: out of paper"):
        give(director, "fail two", "k2")
    with pytest.raises(StepFailedError, match="died of the input"):
        give(director, "die three", "k3")
    answer, other = give(director, "send four", "k3")  # its input failed: it may come again
    assert (answer, other == pid) == ("FOUR", False)
    director.wait(director.send_async("Upper", StringRequest(StringValue="last")), 60)
    assert [text for text in taken(director) if "async" in text] == [
        '{"StringValue":"async one"}',
        '{"StringValue":"async four"}',
    ]
    events = [event for event in director.bank.events() if event.host == "In"]
    assert "came send one" in "".join(event.text for event in events if event.level == "stdout")
    assert 'front.py", line' in "".join(event.text for event in events if event.level == "error")


@pytest.mark.parametrize("isolation", ["worker", "director"])
def test_an_input_ends_with_its_time(run: Run, isolation: str) -> None:
    director = run(Isolation=isolation, Timeout="4")
    with pytest.raises(StepFailedError, match=r"Timeout: the input (took|ran) longer than 4 s"):
        give(director, "loop")
    assert give(director, "send two")[0] == "TWO"


def test_what_cannot_go_to_a_worker_is_said(run: Run) -> None:
    director = run(Isolation="worker")
    assert director._intake is not None
    with pytest.raises(ProductionError, match=r"the input is a .*lock.*Isolation=director"):
        director._intake.runners["In"].take(threading.Lock())


def test_what_adapters_hand_on_crosses_as_it_is() -> None:
    http = HTTPInput("body", "POST", "/a", "q=1")
    http.headers, http.data = {"x": "y"}, b"\xff"
    found = unpacked(packed(http, "x"))
    assert (str(found), found.method, found.path, found.query) == ("body", "POST", "/a", "q=1")
    assert (found.headers, found.data) == ({"x": "y"}, b"\xff")
    stream = unpacked(packed(FileStream("text", "/in/a.txt"), "x"))
    assert (str(stream), stream.Filename) == ("text", "/in/a.txt")
    assert unpacked(packed(SQLRow({"A": 1, "B": None}), "x")).values == {"A": 1, "B": None}
    answer = unpacked(packed(HTTPAnswer(b"\x00", 404, "x/y"), "x"))
    assert (answer.content, answer.status, answer.content_type) == (b"\x00", 404, "x/y")
    plain = {"a": [1, 2.5, True, None, b"x"], 3: StringRequest(StringValue="m")}
    assert unpacked(packed(plain, "x")) == plain

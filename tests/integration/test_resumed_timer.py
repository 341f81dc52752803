"""A timer is not lost by a worker that dies just when its instance goes on; other bounds of processes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.ens import Director, Item
from isc.py.msg import StringRequest, StringResponse
from patience import until

MODULE = '''
import os
from pathlib import Path

from isc.py.ens import BusinessProcess
from isc.py.msg import StringResponse

made = 0


class Waits(BusinessProcess):
    """In a worker the second object that is made dies once when the file "die" is there: the first one is its host."""

    def configure(self, item, settings):
        global made
        super().configure(item, settings)
        made += 1
        die = Path("die")
        if made == 2 and die.exists() and die.read_text() != str(os.getpid()):
            die.unlink()
            os._exit(1)

    def on_request(self, request):
        Path("waits").touch()
        self.set_timer(0.5, "alarm")

    def on_response(self, request, response, key):
        return StringResponse(StringValue=key)
'''
WAIT = 60.0
Run = Callable[..., Director]


@pytest.fixture
def run(hosts: Callable[[str, str], Run]) -> Run:
    of = hosts("waiting", MODULE)

    def start(**settings: str) -> Director:
        return of([Item("P", "waiting.Waits", settings=settings)])

    return start


def test_a_timer_runs_on_when_the_worker_dies_as_its_instance_is_restored(run: Run, tmp_path: Path) -> None:
    director = run()
    header_id = director.send_async("P", StringRequest())
    until((tmp_path / "waits").exists)
    director.stop(grace=0)
    (tmp_path / "die").write_text(str(os.getpid()))
    director = run()
    answer = director.wait(header_id, WAIT)
    assert isinstance(answer, StringResponse)
    assert answer.StringValue == "alarm"
    assert not (tmp_path / "die").exists()


def test_what_is_held_for_a_disabled_process_counts_for_its_limit(run: Run) -> None:
    director = run(QueueLimit="2")
    director.enable("P", False)
    for _ in range(2):
        assert director._ways.has_room("P")
        director.send_async("P", StringRequest())
    assert not director._ways.has_room("P")
    director.enable("P")
    until(lambda: director._ways.has_room("P"))


def test_settings_may_be_long(run: Run) -> None:
    director = run(BusinessPartner="x" * 300_000)
    header_id = director.send_async("P", StringRequest())
    assert director.wait(header_id, WAIT)

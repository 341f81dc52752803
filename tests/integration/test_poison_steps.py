"""A step that ends the Director itself is counted by the next ones, and suspended: the production can start again."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError
from isc.py.ens.bank import open_bank
from isc.py.ens.recovery import CUT_LIMIT
from isc.py.msg import StringRequest, StringResponse
from isc.py.objectscript import dictionary

MODULE = """
import os

from isc.py.ens import BusinessOperation, BusinessProcess
from isc.py.msg import StringResponse


class Says(BusinessOperation):
    def on_request(self, request):
        return StringResponse(StringValue=request.StringValue)


class Poison(BusinessProcess):
    '''Ends its process like a library that crashes: at once, or when it has its answer.'''

    def on_request(self, request):
        if request.StringValue == "begin":
            os._exit(3)
        self.send_async("Says", request, key="said")

    def on_response(self, request, response, key):
        if response.StringValue == "answer":
            os._exit(3)
        return response
"""
PRODUCTION = """Class Poison.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="Poison.Production">
<Item Name="Says" ClassName="poison_steps.Says"/>
<Item Name="Poison" ClassName="poison_steps.Poison">
<Setting Target="Host" Name="Isolation">director</Setting>
</Item>
</Production>
}
}
"""
SENDS = """
import sys
from isc.py.ens import Director
from isc.py.msg import StringRequest
with Director("Poison.Production", ".") as director:
    for text in sys.argv[1:]:
        director.send_async("Poison", StringRequest(StringValue=text))
    director.wait_for_stop(60)
"""


def die(folder: Path, *texts: str) -> None:
    """A Director that sends these, and dies of one of them."""
    command = [sys.executable, "-c", SENDS, *texts]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr


@pytest.mark.parametrize("when", ["begin", "answer"])
def test_a_step_that_ends_the_director_is_suspended_in_the_end(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "poison_steps.py").write_text(MODULE)
    (tmp_path / "production.cls").write_text(PRODUCTION)
    monkeypatch.syspath_prepend(str(tmp_path))
    namespace = open_namespace(tmp_path)
    assert [report.error for report in namespace.load_path(tmp_path / "production.cls") if report.error] == []
    die(tmp_path, when)
    die(tmp_path, "waits")  # at its start, of what the first one left
    path = tmp_path / ".iscpy" / "bank.sqlite"
    bank = open_bank(path)
    with contextlib.closing(bank):
        poison, *others = [row for row in bank.messages(target="Poison") if row.kind == "Request"]
        assert poison.crashes == 1
        assert others == [] or [row.crashes for row in others] == [0]
        (told,) = [event.text for event in bank.events(poison.session) if "cut" in event.text]
        assert told == f"the Director ended while the message ran (cut 1 of {CUT_LIMIT}): it is tried again"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE headers SET crashes = ? WHERE id = ?", (CUT_LIMIT - 1, poison.id))
    connection.close()
    with Director("Poison.Production", tmp_path) as director:
        with pytest.raises(MessageFailedError, match=f"its run was cut {CUT_LIMIT} times") as failed:
            director.wait(poison.id, 60)
        assert failed.value.status == "Suspended"
        assert director.send_sync("Poison", StringRequest(StringValue="fine"), 60) == StringResponse(StringValue="fine")
        assert director.bank.running() == []
    dictionary.forget(["Poison.Production"])

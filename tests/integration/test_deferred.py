"""Requests that are answered later, when the Director died in between."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError
from isc.py.msg import StringRequest, StringResponse
from isc.py.objectscript import dictionary

PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production">
  <Item Name="Later" ClassName="t.Later"/><Item Name="Answers" ClassName="t.Answers"/>
  <Item Name="Asks" ClassName="t.Asks"/>
</Production>
}
}
"""
LATER = """Class t.Later Extends Ens.BusinessOperation
{
Method OnMessage(request, Output response) As %Status
{
    do ..DeferResponse(.token)
    set file = ##class(%File).%New("FOLDER/token")
    do file.Open("WN")
    do file.WriteLine(token)
    do file.Close()
    quit $$$OK
}
}
"""
ANSWERS = """Class t.Answers Extends Ens.BusinessOperation
{
Method OnMessage(request, Output response) As %Status
{
    set answer = ##class(Ens.StringResponse).%New()
    set answer.StringValue = "at last"
    quit ..SendDeferredResponse(request.StringValue, answer)
}
}
"""
ASKS = """Class t.Asks Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<call name='Call' target='Later' async='0'><request type='Ens.StringRequest'/><response type='Ens.StringResponse'>
<assign property='response.StringValue' value='"told: "_callresponse.StringValue'/></response></call>
</sequence></process>
}
}
"""
PROGRAM = """
import sys
from isc.py.ens import Director
from isc.py.msg import StringRequest
director = Director("t.Production", sys.argv[1])
director.start()
print(director.send_async(sys.argv[2], StringRequest(StringValue="x")), flush=True)
director.wait_for_stop()
"""


def deferred(director: Director) -> bool:
    return bool(director.bank.messages(status="Deferred"))


@pytest.mark.parametrize(("target", "answer"), [("Later", "at last"), ("Asks", "told: at last")])
def test_it_is_answered_once_under_the_next_director(tmp_path: Path, target: str, answer: str) -> None:
    dictionary.reset()
    texts = {"p": PRODUCTION, "l": LATER.replace("FOLDER", str(tmp_path)), "a": ANSWERS, "b": ASKS}
    for name, text in texts.items():
        (tmp_path / f"{name}.cls").write_text(text)
    namespace = open_namespace(tmp_path)
    assert [report.error for report in namespace.load_path(tmp_path) if report.error] == []
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), target], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        header_id = int(process.stdout.readline())
        token = tmp_path / "token"
        while not (token.exists() and token.read_text().strip()):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    with Director("t.Production", tmp_path) as director:
        deadline = time.monotonic() + 60
        while not deferred(director) and time.monotonic() < deadline:  # killed before its status was kept, it ran again
            time.sleep(0.01)
        assert deferred(director)
        asked = StringRequest(StringValue=token.read_text().strip())
        director.send_sync("Answers", asked, 30)
        assert director.wait(header_id, 30) == StringResponse(StringValue=answer)
        with pytest.raises(MessageFailedError, match="no request waits for a deferred response"):
            director.send_sync("Answers", asked, 30)
        requests = [row for row in director.bank.messages() if row.kind == "Request" and row.target == "Later"]
        assert [row.status for row in requests] == ["Completed"]
        responses = [row for row in director.bank.messages() if row.corresponding == requests[0].id]
        assert len(responses) == 1
        assert {state[2] for state in director.bank.process_states()} <= {"Completed"}
    dictionary.reset()

"""Process instances whose Director was killed go on where they stood."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError
from isc.py.ens.bank import open_bank
from isc.py.msg import StringRequest, StringResponse
from isc.py.objectscript import dictionary

PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production">
  <Item Name="Echo" ClassName="t.Echo"/><Item Name="Slow" ClassName="t.Echo"/>
  <Item Name="Outer" ClassName="t.Outer"/><Item Name="Inner" ClassName="t.Inner"/>
  <Item Name="Router" ClassName="EnsLib.MsgRouter.RoutingEngine">
    <Setting Target="Host" Name="BusinessRuleName">t.Rule</Setting>
    <Setting Target="Host" Name="ResponseFrom">*</Setting>
    <Setting Target="Host" Name="ForceSyncSend">1</Setting>
  </Item>
</Production>
}
}
"""
# The file "runs" says what ran; an operation waits as long as a file "hold WHAT" is there.
ECHO = """Class t.Echo Extends Ens.BusinessOperation
{
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set file = ##class(%File).%New("FOLDER/runs")
    do file.Open("WA")
    do file.WriteLine(request.StringValue)
    do file.Close()
    while ##class(%File).Exists("FOLDER/hold "_request.StringValue) { hang 0.01 }
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_"!"
    quit $$$OK
}
XData MessageMap
{
<MapItems><MapItem MessageType="Ens.StringRequest"><Method>OnMessage</Method></MapItem></MapItems>
}
}
"""
CALL = """<call name='{name}' target='{target}' async='{is_async}'>
<request type='Ens.StringRequest'><assign property='callrequest.StringValue' value='{value}'/></request>
<response type='Ens.StringResponse'>
<assign property='context.Got' value='context.Got_"{name}="_callresponse.StringValue_" "'/></response></call>"""
BPL = """Class t.{name} Extends Ens.BusinessProcessBPL
{{
XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<context><property name='Got' type='%String'/></context>
<sequence>{steps}<assign property='response.StringValue' value='context.Got'/></sequence>
</process>
}}
}}
"""


def call(name: str, target: str, value: str, *, is_async: int = 0) -> str:
    return CALL.format(name=name, target=target, value=value, is_async=is_async)


OUTER = BPL.format(
    name="Outer",
    steps=call("A", "Echo", '"a"')
    + call("B", "Slow", '"b"', is_async=1)
    + call("C", "Inner", "request.StringValue")
    + "<sync name='S' calls='B' type='all'/>"
    + "<delay name='D' duration='\"PT0.2S\"'/>"
    + call("E", "Echo", '"e"'),
)
INNER = BPL.format(name="Inner", steps=call("I", "Echo", '"i"') + call("J", "Slow", '"j"'))
RULE = """Class t.Rule Extends Ens.Rule.Definition
{
Parameter RuleAssistClass = "EnsLib.MsgRouter.RuleAssist";
XData RuleDefinition
{
<ruleDefinition alias="" context="EnsLib.MsgRouter.RoutingEngine"><ruleSet name="">
<rule name="r"><when condition="1"><send transform="" target="Echo,Slow"/><return/></when></rule>
</ruleSet></ruleDefinition>
}
}
"""
PROGRAM = """
import sys
from isc.py.ens import Director, MessageFailedError
from isc.py.msg import StringRequest
director = Director("t.Production", sys.argv[1])
director.start()
print(director.send_async(sys.argv[2], StringRequest(StringValue="x")), flush=True)
director.wait_for_stop()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dictionary.reset()
    texts = {"p": PRODUCTION, "e": ECHO.replace("FOLDER", str(tmp_path)), "o": OUTER, "i": INNER, "r": RULE}
    for name, text in texts.items():
        (tmp_path / f"{name}.cls").write_text(text)
    reports = open_namespace(tmp_path).load_path(tmp_path)
    assert [report.error for report in reports if report.error] == []
    return tmp_path


def killed_when(folder: Path, target: str, run: str) -> int:
    """Send to the target in a process of its own, and kill that as soon as an operation runs what is held."""
    (folder / f"hold {run}").touch()
    runs = folder / "runs"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), target], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        header_id = int(process.stdout.readline())
        while not (runs.exists() and run in runs.read_text().split()):
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
    (folder / f"hold {run}").unlink()
    return header_id


@pytest.mark.parametrize("run", ["b", "j"])
def test_an_instance_goes_on_where_the_director_was_killed(folder: Path, run: str) -> None:
    header_id = killed_when(folder, "Outer", run)
    with Director("t.Production", folder) as director:
        answer = director.wait(header_id, 30)
        assert isinstance(answer, StringResponse)
        assert sorted(answer.StringValue.split()) == ["A=a!", "B=b!", "C=I=i!", "E=e!", "J=j!"]
        rows = director.bank.messages()
        assert {row.status for row in rows} == {"Completed"}
        assert [state[2] for state in director.bank.process_states()] == ["Completed", "Completed"]
        requests = [row.id for row in rows if row.kind == "Request"]
        assert sorted(row.corresponding or 0 for row in rows if row.kind == "Response") == requests
    counts = {name: (folder / "runs").read_text().split().count(name) for name in "abije"}
    assert counts.pop(run) == 2  # what was cut is run again, and nothing else but what ran beside it
    assert all(count <= 2 for count in counts.values())


def test_a_router_goes_on(folder: Path) -> None:
    header_id = killed_when(folder, "Router", "x")
    with Director("t.Production", folder) as director:
        assert director.wait(header_id, 30) == StringResponse(StringValue="x!")
    assert (folder / "runs").read_text().split() == ["x"] * 3


def test_an_instance_whose_class_does_not_fit_its_state_any_more_ends_as_an_error(folder: Path) -> None:
    header_id = killed_when(folder, "Outer", "a")
    bank = open_bank(folder / ".iscpy" / "bank.sqlite")
    (state,) = bank.process_states()
    text = json.loads(state[3]) | {"context": {"Gone": "1"}}
    bank.write([bank.process(state[0], state[0], "Outer", "t.Outer", "Running", json.dumps(text))]).result()
    bank.close()
    with Director("t.Production", folder) as director:
        outcome = director.bank.message(header_id)
        while outcome is not None and outcome.status not in ("Error", "Completed"):
            outcome = director.bank.message(header_id)
            time.sleep(0.002)
        assert outcome is not None
        assert outcome.status == "Error"
        assert "Gone" in outcome.error
        assert director.send_sync("Echo", StringRequest(StringValue="y"), 20) == StringResponse(StringValue="y!")
        assert [row[2] for row in director.bank.process_states()] == ["Error"]


def changed(folder: Path, text: str) -> None:
    """Load another version of t.Outer."""
    (folder / "o.cls").write_text(text)
    assert [report.error for report in open_namespace(folder).load_path(folder) if report.error] == []
    dictionary.reset()


def without_programs(folder: Path) -> None:
    """The bank has no version of any class, as one that an earlier version of isc-py wrote."""
    bank = open_bank(folder / ".iscpy" / "bank.sqlite")
    bank.write([("DELETE FROM programs", ())]).result()
    bank.close()


def test_an_instance_whose_class_changed_and_was_not_kept_goes_on_and_says_so(folder: Path) -> None:
    header_id = killed_when(folder, "Outer", "j")
    without_programs(folder)
    changed(folder, OUTER.replace('"e"', '"f"'))
    with Director("t.Production", folder) as director:
        answer = director.wait(header_id, 30)
        assert isinstance(answer, StringResponse)
        assert "E=f!" in answer.StringValue
        told = [event.text for event in director.bank.events() if event.level == "warning" and "changed" in event.text]
        assert told == [
            f"class t.Outer has changed since process instance {header_id} was kept: it goes on where it stood, with "
            "the class as it is now"
        ]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [("", r"stands at step \d+, and t.Outer has"), (call("Other", "Echo", '"o"') * 9, "waits for call 'A'")],
)
def test_an_instance_that_its_changed_class_cannot_go_on_with_ends_as_an_error(
    folder: Path, steps: str, reason: str
) -> None:
    header_id = killed_when(folder, "Outer", "j")
    without_programs(folder)
    changed(folder, BPL.format(name="Outer", steps=steps))
    with Director("t.Production", folder) as director:
        with pytest.raises(MessageFailedError, match=reason):
            director.wait(header_id, 30)
        assert director.send_sync("Echo", StringRequest(StringValue="y"), 20) == StringResponse(StringValue="y!")


def test_a_message_that_always_ends_its_director_is_suspended(folder: Path) -> None:
    header_id = killed_when(folder, "Echo", "x")
    bank = open_bank(folder / ".iscpy" / "bank.sqlite")
    bank.write([("UPDATE headers SET crashes = 9 WHERE id = ?", (header_id,))]).result()
    bank.close()
    with Director("t.Production", folder) as director:
        row = director.bank.message(header_id)
        assert row is not None
        assert (row.status, row.crashes) == ("Suspended", 10)
        assert "was cut 10 times" in row.error
        assert director.send_sync("Echo", StringRequest(StringValue="y"), 20) == StringResponse(StringValue="y!")

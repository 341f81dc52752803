"""What code of hosts logs is an event of its host and session, wherever it stands; OnStart and OnStop."""

from collections.abc import Callable

import pytest
from isc.py.ens import Director, MessageFailedError, ProductionError
from isc.py.ens.bank import open_bank
from isc.py.msg import StringRequest, StringResponse

Start = Callable[..., Director]

TOOL = """Class t.Tool
{
ClassMethod Say(text)
{
    $$$LOGINFO("tool: "_text)
    do ##class(Ens.Util.Log).LogWarning("t.Tool", "Say", "careful: "_text)
}
}
"""
SERVICE = """Class t.Service Extends Ens.BusinessService
{
Method OnProcessInput(input, Output answer) As %Status
{
    $$$TRACE("service: "_input)
    do ##class(t.Tool).Say("service")
    set sc = ..SendRequestSync("Coded", ##class(Ens.StringRequest).%New(input), .response)
    set:$isobject(response) answer = response.StringValue
    quit sc
}
}
"""
CODED = """Class t.Coded Extends Ens.BusinessProcess
{
Method OnRequest(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    $$$LOGINFO("coded")
    quit ..SendRequestSync("Drawn", request, .response)
}
}
"""
DRAWN = """Class t.Drawn Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<code name='Write'><![CDATA[ $$$LOGERROR("drawn") do ##class(t.Tool).Say("drawn") ]]></code>
<call name='Do' target='Done' async='0'>
<request type='Ens.StringRequest'><assign property='callrequest' value='request'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response></call>
</sequence></process>
}
}
"""
DONE = """Class t.Done Extends Ens.BusinessOperation
{
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    $$$LOGWARNING("done")
    do ##class(t.Tool).Say("done")
    if request.StringValue = "bad" quit $$$ERROR($$$GeneralError, "refused")
    set response = ##class(Ens.StringResponse).%New(request.StringValue_"!")
    quit $$$OK
}
}
"""
ITEMS = "".join(
    f'<Item Name="{name}" ClassName="t.{name}"/>' for name in ("Service", "Coded", "Drawn", "Done")
)  # fmt: skip


def test_every_host_tells_what_its_code_logs(start: Start) -> None:
    director = start(TOOL, SERVICE, CODED, DRAWN, DONE, items=ITEMS)
    assert director.service("Service").process_input("x") == "x!"
    director.send_sync("Done", StringRequest(StringValue="y"), 60)
    director.stop()
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    told = [(event.host, event.level, event.text) for event in bank.events() if event.host in ITEMS]
    bank.close()
    expected = {
        ("Service", "trace", "service: x"),
        ("Service", "info", "tool: service"),
        ("Service", "warning", "careful: service"),
        ("Coded", "info", "coded"),
        ("Drawn", "error", "drawn"),
        ("Drawn", "info", "tool: drawn"),
        ("Drawn", "warning", "careful: drawn"),
        ("Done", "warning", "done"),
        ("Done", "info", "tool: done"),
        ("Done", "warning", "careful: done"),
    }
    assert set(told) == expected
    assert len(told) == len(expected) + 3  # the operation ran twice


def test_what_an_operation_that_fails_has_logged_is_kept(start: Start) -> None:
    director = start(TOOL, DONE, items='<Item Name="Done" ClassName="t.Done"/>')
    with pytest.raises(MessageFailedError, match="refused") as caught:
        director.send_sync("Done", StringRequest(StringValue="bad"), 60)
    events = [event for event in director.bank.events() if event.header == caught.value.header_id]
    assert [event.text for event in events][:2] == ["done", "tool: done"]
    assert director.send_sync("Done", StringRequest(StringValue="z"), 60) == StringResponse(StringValue="z!")


CALLBACKS = """ClassMethod OnStart(pTimeStarted As %String) As %Status
{
    set ^Started = $length(pTimeStarted, "-")
    write "hello"
    quit STATUS
}
ClassMethod OnStop() As %Status
{
    set ^Stopped = $increment(^Stops)
    quit $$$OK
}
XData ProductionDefinition"""


def test_a_production_is_told_of_its_start_and_its_stop(start: Start) -> None:
    director = start()
    director.stop()
    file = director.folder / "c0.cls"
    text = file.read_text()
    for status, error in (("$$$OK", ""), ('$$$ERROR($$$GeneralError, "not today")', "OnStart .*not today")):
        file.write_text(text.replace("XData ProductionDefinition", CALLBACKS.replace("STATUS", status)))
        assert not director.namespace.load_path(file)[0].error
        if error:
            with pytest.raises(ProductionError, match=error):
                director.start()
        else:
            director.start()
            assert director.namespace.globals["Started"].get() == 3
            assert [event.text for event in director.bank.events() if event.level == "stdout"] == ["hello"]
            director.stop()
    assert director.namespace.globals["Stops"].get() == 1

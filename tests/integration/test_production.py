import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.ens import Director, MessageFailedError, MessageTimeoutError, ProductionError, TargetNotFoundError
from isc.py.ens.bank import open_bank
from isc.py.ens.control import ControlClient
from isc.py.msg import (
    ExecutionRequest,
    ExecutionResponse,
    Request,
    RestoreRequest,
    SaveRequest,
    StreamExecutionRequest,
    StringRequest,
    StringResponse,
)
from patience import until

OPERATION = "isc.py.ens.Operation"
Start = Callable[..., Director]

PROCESS = """Class t.Process Extends (Ens.BusinessProcessBPL, isc.py.ens.ProcessUtils)
{
Property Factor As %Integer [ InitialExpression = 1 ];
XData BPL
{
<process language='objectscript' request='Ens.Request' response='Ens.StringResponse'>
<context><property name='Sum' type='%String'/><property name='Cube' type='%String'/></context>
<sequence>
<trace value='"factor "_process.Factor'/>
<call name='Add' target='isc.py.ens.Operation' async='0'>
<annotation><![CDATA[
total = sum(range(#{process.Factor}))
print("computed", total)
]]></annotation>
<request type='isc.py.msg.ExecutionRequest'>
<assign property='callrequest.Code' value='process.GetAnnotation("Add")'/>
<assign property='callrequest.Variables' value='"total"'/></request>
<response type='isc.py.msg.ExecutionResponse'>
<assign property='context.Sum' value='callresponse.Variables.GetAt("total")'/></response>
</call>
<call name='Cube' target='isc.py.ens.Operation' async='1'>
<request type='isc.py.msg.ExecutionRequest'><assign property='callrequest.Code' value='"c = cube(3)"'/>
<assign property='callrequest.Variables' value='"c"'/></request>
<response type='isc.py.msg.ExecutionResponse'>
<assign property='context.Cube' value='callresponse.Variables.GetAt("c")'/></response>
</call>
<sync name='Wait' calls='Cube' type='all' timeout='20'/>
<assign property='response.StringValue' value='context.Sum_"/"_context.Cube'/>
</sequence>
</process>
}
}
"""
PROCESS_ITEM = """<Item Name="t.Process" ClassName="t.Process" PoolSize="1" Enabled="true">
<Setting Target="Host" Name="Factor">5</Setting></Item>"""


def run(director: Director, code: str, variables: str = "", **more: object) -> dict[str, str]:
    response = director.send_sync(OPERATION, ExecutionRequest(Code=code, Variables=variables, **more), timeout=30)
    assert isinstance(response, ExecutionResponse)
    return dict(response.Variables)


def test_code_runs_in_a_worker_whose_context_persists(start: Start) -> None:
    director = start()
    assert run(director, "import os\nx = 6 * 7\npid = os.getpid()", "x,pid")["x"] == "42"
    found = run(director, "y = x + cube(2)", "y,pid", Serialization="Repr")
    assert found["y"] == "50"
    assert int(found["pid"]) != os.getpid()
    response = director.send_sync(OPERATION, StreamExecutionRequest(Code="z = 'é' * 3", Variables="z"), timeout=30)
    assert dict(response.Variables) == {"z": "ééé"}  # type: ignore[attr-defined]  # a StreamExecutionResponse


def test_every_message_is_in_the_bank_with_its_trace(start: Start) -> None:
    director = start(PROCESS, items=PROCESS_ITEM)
    assert director.send_sync("t.Process", Request(), timeout=30) == StringResponse(StringValue="10/27")
    trace = director.bank.trace()
    assert trace is not None
    assert [(m.kind, m.source, m.target, m.status) for m in trace.messages] == [
        ("Request", "External", "t.Process", "Completed"),
        ("Request", "t.Process", OPERATION, "Completed"),
        ("Response", OPERATION, "t.Process", "Completed"),
        ("Request", "t.Process", OPERATION, "Completed"),
        ("Response", OPERATION, "t.Process", "Completed"),
        ("Response", "t.Process", "External", "Completed"),
    ]
    assert {(event.level, event.text) for event in trace.events} == {("trace", "factor 5"), ("stdout", "computed 10\n")}
    (state,) = director.bank.process_states()
    assert state[1:3] == ("t.Process", "Completed")
    assert json.loads(state[3])["context"] == {"Sum": "10", "Cube": "27"}


WRITER = """Class t.Writer Extends Ens.BusinessOperation
{
Method Say(pRequest As Ens.StringRequest, Output pResponse As Ens.StringResponse) As %Status
{
    write "operation: "
    do ##class(t.Tool).Tell(pRequest.StringValue)
    set pResponse = ##class(Ens.StringResponse).%New()
    set pResponse.StringValue = "said"
    quit $$$OK
}
XData MessageMap
{
<MapItems><MapItem MessageType="Ens.StringRequest"><Method>Say</Method></MapItem></MapItems>
}
}
"""
TOOL = """Class t.Tool Extends %RegisteredObject
{
ClassMethod Tell(text)
{
    write text," ",$x,!
    quit 1
}
}
"""
CODED = """Class t.Coded Extends Ens.BusinessProcess
{
Method OnRequest(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    do ##class(t.Tool).Tell("coded")
    quit ..SendRequestSync("t.Writer", request, .response)
}
}
"""
TELLER = """Class t.Teller Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<code name='Write'><![CDATA[ write "process: " do ##class(t.Tool).Tell("x") ]]></code>
<if name='Asked' condition='##class(t.Tool).Tell("condition")'><true>
<call name='Coded' target='t.Coded' async='0'>
<request type='Ens.StringRequest'><assign property='callrequest' value='request'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response></call>
</true></if>
</sequence></process>
}
}
"""


def test_what_methods_write_is_told_by_the_trace(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("t.Writer", "t.Coded", "t.Teller")
    items = "".join(f'<Item Name="{name}" ClassName="{name}" PoolSize="1" Enabled="true"/>' for name in names)
    director = start(WRITER, TOOL, CODED, TELLER, items=items)
    assert director.send_sync("t.Teller", StringRequest(StringValue="hi"), timeout=30) == StringResponse(
        StringValue="said"
    )
    trace = director.bank.trace()
    assert trace is not None
    assert [(event.host, event.text) for event in trace.events if event.level == "stdout"] == [
        ("t.Teller", "process: x 11\n"),
        ("t.Teller", "condition 10\n"),
        ("t.Coded", "coded 6\n"),
        ("t.Writer", "operation: hi 14\n"),
    ]
    assert capsys.readouterr().out == ""


def test_code_that_fails_is_an_error_status_with_its_traceback_and_the_context_is_kept(start: Start) -> None:
    director = start()
    run(director, "x = 1")
    with pytest.raises(MessageFailedError) as caught:
        run(director, "x = 2\n1/0")
    row = director.bank.message(caught.value.header_id)
    assert row is not None
    assert row.status == "Error"
    assert "ZeroDivisionError" in row.error
    assert "line 2" in row.error
    assert run(director, "", "x") == {"x": "2"}


@pytest.mark.parametrize(
    ("code", "mentions"),
    [
        ("x = (", "SyntaxError"),
        ("import sys; sys.exit(1)", "SystemExit"),
        ("raise KeyboardInterrupt", "interrupted"),
        ("raise Exception('x' * 10**7)", "Exception"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_whatever_code_raises_the_worker_lives_on(start: Start, code: str, mentions: str) -> None:
    director = start()
    pid = run(director, "import os\np = os.getpid()", "p")["p"]
    with pytest.raises(MessageFailedError, match=mentions):
        run(director, code)
    assert run(director, "", "p")["p"] == pid
    assert run(director, "q = os.getpid()", "q")["q"] == pid


def test_a_worker_that_is_killed_in_mid_run_is_an_error_and_a_new_one_takes_the_next(
    start: Start, tmp_path: Path
) -> None:
    director = start()
    pid = int(run(director, "import os\np = os.getpid()", "p")["p"])
    header = director.send_async(
        OPERATION, ExecutionRequest(Code=f"import time\nopen({str(tmp_path / 'began')!r}, 'w').close()\ntime.sleep(60)")
    )
    until((tmp_path / "began").exists)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(MessageFailedError, match=rf"worker process \(pid {pid}\) died while the message ran"):
        director.wait(header, 60)
    found = run(director, "import os\nc, p = cube(3), os.getpid()", "c,p")
    assert found["c"] == "27"
    assert int(found["p"]) != pid


def test_an_endless_loop_ends_at_the_timeout_and_the_context_is_kept(start: Start) -> None:
    director = start(timeout="2")
    run(director, "x = 5")
    with pytest.raises(MessageFailedError, match="ran longer than 2 s and was interrupted"):
        run(director, "while True: pass")
    assert run(director, "", "x") == {"x": "5"}


def test_code_that_will_not_be_interrupted_is_killed_with_its_worker(start: Start) -> None:
    director = start(timeout="2")
    with pytest.raises(MessageFailedError, match="could not be interrupted"):
        run(director, "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass")
    assert run(director, "x = cube(2)", "x") == {"x": "8"}


def test_a_saved_context_restores_into_a_new_worker(start: Start) -> None:
    director = start()
    run(director, "import pandas as pd\nfactor = 3\ndef power(x): return x ** factor\nframe = pd.DataFrame({'a': [1]})")
    saved = director.send_sync(OPERATION, SaveRequest(Name="s"), timeout=30)
    assert isinstance(saved, StringResponse)
    pid = int(run(director, "import os\np = os.getpid()", "p")["p"])
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(MessageFailedError):
        run(director, "power(2)")
    with pytest.raises(MessageFailedError, match="NameError"):
        run(director, "power(2)")
    director.send_sync(OPERATION, RestoreRequest(ContextId=saved.StringValue), timeout=30)
    assert run(director, "x, n = power(2), len(frame)", "x,n") == {"x": "8", "n": "1"}
    assert run(director, "y = cube(3)", "y") == {"y": "27"}


def test_a_request_that_nobody_answers_says_so(start: Start) -> None:
    with pytest.raises(MessageFailedError, match=r"does not take Ens\.StringRequest: send one of"):
        start().send_sync(OPERATION, StringRequest(StringValue="x"), timeout=30)


def test_an_unknown_target_names_those_there_are(start: Start) -> None:
    with pytest.raises(TargetNotFoundError, match=r"no enabled item 'Nobody'; there are isc.py.ens.Operation"):
        start().send_sync("Nobody", Request())


def test_waiting_ends_at_its_timeout_and_the_message_goes_on(start: Start, tmp_path: Path) -> None:
    director = start()
    code = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)\nx = 1"
    header = director.send_async(OPERATION, ExecutionRequest(Code=code, Variables="x"))
    with pytest.raises(MessageTimeoutError, match="it goes on"):
        director.wait(header, 0.05)
    (tmp_path / "go").touch()
    assert dict(director.wait(header, 60).Variables) == {"x": "1"}  # type: ignore[attr-defined]  # ExecutionResponse


def test_messages_to_one_operation_keep_their_order(start: Start) -> None:
    director = start()
    run(director, "seen = []")
    headers = [director.send_async(OPERATION, ExecutionRequest(Code=f"seen.append({n})")) for n in range(50)]
    for header in headers:
        director.wait(header, 30)
    assert run(director, "", "seen") == {"seen": str(list(range(50)))}


def test_a_second_director_in_the_same_folder_is_refused(start: Start) -> None:
    director = start()
    with pytest.raises(ProductionError, match="already runs"):
        Director("t.Production", director.folder).start()
    assert run(director, "x = 1", "x") == {"x": "1"}


def test_other_processes_reach_a_running_director_through_its_socket(start: Start) -> None:
    director = start(PROCESS, items=PROCESS_ITEM)
    path = director.folder / ".iscpy" / "control.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ControlClient(director.folder) as client:
        answer = client.send(
            OPERATION, "isc.py.msg.ExecutionRequest", '{"Code": "x = 2", "Variables": "x"}', timeout=60
        )
        assert json.loads(answer["body"]) == {"Variables": {"x": "2"}}
        with pytest.raises(MessageFailedError, match="no property 'Cod'") as caught:
            client.send(OPERATION, "isc.py.msg.ExecutionRequest", '{"Cod": "x"}')
        kept = director.bank.message(caught.value.header_id)
        assert kept is not None
        assert (kept.status, kept.body) == ("Error", '{"Cod": "x"}')
        with pytest.raises(MessageFailedError, match=r"no\.Such"):
            client.send(OPERATION, "no.Such", "{}")
        assert [item["name"] for item in client.status()["items"]] == [OPERATION, "t.Process"]
        client.stop()
    assert director.wait_for_stop(60)
    director.stop()
    with pytest.raises(ProductionError, match="no production runs"):
        ControlClient(director.folder)


def test_a_socket_that_says_nonsense_harms_nobody(start: Start) -> None:
    director = start()
    for data in (b"x", b"\xff" * 64, b"\x05\0\0\0\0\0\0\0hello"):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(director.folder / ".iscpy" / "control.sock"))
            raw.sendall(data)
    assert run(director, "x = 1", "x") == {"x": "1"}


@pytest.mark.parametrize(
    ("items", "mentions"),
    [
        ('<Item Name="A" ClassName="no.Such"/>', ["item 'A'", "no.Such", "line 10"]),
        ('<Item Name="A" ClassName="Ens.Request"/>', ["is no business host"]),
        ('<Item Name="isc.py.ens.Operation"/>', ["is there twice"]),
        ('<Item Name="A" ClassName="isc.py.ens.Operation" PoolSize="x"/>', ["PoolSize 'x'"]),
        (
            '<Item Name="A" ClassName="isc.py.ens.Operation"><Setting Target="Host" Name="Timeut">1</Setting></Item>',
            ["no setting 'Timeut' (did you mean Timeout?)", "line 10"],
        ),
        (
            '<Item Name="A" ClassName="isc.py.ens.Operation"><Setting Target="Host" Name="Timeout">x</Setting></Item>',
            ["Timeout", "Numeric", "line 10"],
        ),
        ("<Item", ["no XML", "line"]),
    ],
)
def test_a_production_that_does_not_fit_is_refused_by_item_and_line(
    start: Start, items: str, mentions: list[str]
) -> None:
    with pytest.raises(ProductionError) as caught:
        start(items=items)
    for mention in mentions:
        assert mention in str(caught.value)


def test_an_initializer_that_fails_stops_the_start_with_every_reason(start: Start) -> None:
    text = 'Class t.Init Extends isc.py.init.Abstract\n{\nParameter Modules = "no_such_module";\n}\n'
    with pytest.raises(ProductionError, match=r"isc.py.ens.Operation.*did not start.*no_such_module"):
        start(text, initializer="t.Init")
    with pytest.raises(ProductionError, match=r"no\.Init"):
        start(initializer="no.Init")


def test_a_class_file_may_be_an_operation_with_a_message_map(start: Start) -> None:
    text = """Class t.Echo Extends Ens.BusinessOperation
{
Method Echo(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_"!"
    quit $$$OK
}
XData MessageMap
{
<MapItems><MapItem MessageType="Ens.StringRequest"><Method>Echo</Method></MapItem></MapItems>
}
}
"""
    text = text.replace("<MapItems>", "<MapItems>")
    from isc.py.msg import StringRequest

    director = start(text, items='<Item Name="Echo" ClassName="t.Echo"/>')
    assert director.send_sync("Echo", StringRequest(StringValue="hi"), 60) == StringResponse(StringValue="hi!")
    with pytest.raises(MessageFailedError, match=r"does not answer Ens\.Request"):
        director.send_sync("Echo", Request(), 60)


KILLED = """
import os, sys, time
from isc.py.ens import Director
from isc.py.msg import ExecutionRequest
director = Director("t.Production", {folder!r})
director.start()
GATE = '''
import os, time
while not os.path.exists({folder!r} + "/go"): time.sleep(0.01)
'''
WAIT = '''
import os, time
tries = open({folder!r} + "/tries", "a")
print("try", file=tries, flush=True)
if tries.tell() < 8:
    time.sleep(60)
'''
director.send_sync("isc.py.ens.Operation", ExecutionRequest(Code="done = 1"), 60)
before = director.send_async("isc.py.ens.Operation", ExecutionRequest(Code=GATE))
first = director.send_async("isc.py.ens.Operation", ExecutionRequest(Code=WAIT))
second = director.send_async("isc.py.ens.Operation", ExecutionRequest(Code="later = 2", Variables="later"))
open({folder!r} + "/go", "w").close()
director.wait(before)
deadline = time.monotonic() + 60
while not os.path.exists({folder!r} + "/tries") or director.bank.message(first).status != "Delivered":
    assert time.monotonic() < deadline
    time.sleep(0.01)
print(first, second, flush=True)
time.sleep(60)
"""


def test_a_director_that_is_killed_leaves_a_bank_with_all_that_was_committed(start: Start) -> None:
    director = start()
    director.stop()
    program = KILLED.format(folder=str(director.folder))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        running, queued = map(int, process.stdout.readline().split())
        process.kill()
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    rows = {message.id: message.status for message in bank.messages()}
    assert (rows[running], rows[queued]) == ("Delivered", "Queued")  # the first has run for long
    assert len(rows) == 6
    bank.close()
    again = Director("t.Production", director.folder)
    with again:
        until(lambda: (row := again.bank.message(queued)) is not None and row.status == "Completed")
        cut = again.bank.message(running)
        assert cut is not None
        assert (cut.status, cut.crashes) == ("Completed", 1)
        (told,) = [event for event in again.bank.events() if event.header == running]
        assert "tried again" in told.text


def test_a_message_that_was_not_waited_for_can_be_asked_for_later(start: Start) -> None:
    director = start()
    header = director.send_async(OPERATION, ExecutionRequest(Code="x = 1", Variables="x"))
    failing = director.send_async(OPERATION, ExecutionRequest(Code="1/0"))
    run(director, "")
    assert director._awaited._waiting == {}
    assert dict(director.wait(header).Variables) == {"x": "1"}  # type: ignore[attr-defined]  # ExecutionResponse
    with pytest.raises(MessageFailedError, match="ZeroDivisionError"):
        director.wait(failing)
    with pytest.raises(LookupError, match="no request 9999"):
        director.wait(9999)

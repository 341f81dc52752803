"""Items of a running production switched, restarted and upgraded: nothing lost, out of order, or run twice."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.control import ControlClient
from isc.py.ens.exceptions import MessageFailedError, ProductionError
from isc.py.msg import ExecutionRequest, Request, StringRequest
from patience import until

OPERATION = "isc.py.ens.Operation"
Start = Callable[..., Director]

PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{{
XData BPL
{{
<process language='objectscript' request='Ens.Request' response='Ens.StringResponse'>
<sequence>
<call name='Wait' target='isc.py.ens.Operation' async='0'>
<request type='isc.py.msg.ExecutionRequest'>
<assign property='callrequest.Code'
 value='"import os, time"_$char(10)_"while not os.path.exists(&apos;{gate}&apos;): time.sleep(0.01)"'/></request>
</call>
<assign property='response.StringValue' value='"{version}"'/>
</sequence>
</process>
}}
}}
"""
PROCESS_ITEM = '<Item Name="t.Process" ClassName="t.Process"/>'
ECHO = """Class t.Echo Extends Ens.BusinessOperation
{{
Property Mark As %String [ InitialExpression = "!" ];
Parameter SETTINGS = "Mark";
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_"{version}"
    quit $$$OK
}}
}}
"""
ECHO_ITEM = '<Item Name="Echo" ClassName="t.Echo"/>'


def run(director: Director, code: str, variables: str = "") -> dict[str, str]:
    response = director.send_sync(OPERATION, ExecutionRequest(Code=code, Variables=variables), timeout=30)
    return dict(response.Variables)  # type: ignore[attr-defined]  # an ExecutionResponse


def state(director: Director, name: str) -> dict[str, object]:
    (found,) = [item for item in director.status()["items"] if item["name"] == name]
    return dict(found)


def load(director: Director, name: str, text: str) -> None:
    path = director.folder / f"{name}.cls"
    path.write_text(text)
    reports = open_namespace(director.folder).load_path(path)
    assert [report.error for report in reports if report.error] == []


def test_a_disabled_operation_keeps_its_messages_until_it_is_enabled(start: Start) -> None:
    director = start()
    run(director, "seen = []")
    director.steering.act(OPERATION, "disable")
    headers = [director.send_async(OPERATION, ExecutionRequest(Code=f"seen.append({n})")) for n in range(20)]
    assert state(director, OPERATION)["state"] == "disabled"
    assert all(director.bank.message(header).processed is None for header in headers)  # type: ignore[union-attr]
    director.steering.act(OPERATION, "enable")
    for header in headers:
        director.wait(header, 30)
    assert run(director, "", "seen") == {"seen": str(list(range(20)))}


def test_a_disabled_process_begins_nothing_and_its_instances_end(start: Start, tmp_path: Path) -> None:
    director = start(PROCESS.format(gate=tmp_path / "gate", version="one"), items=PROCESS_ITEM)
    run(director, "import os, time")
    running = director.send_async("t.Process", Request())
    until(lambda: len(director.bank.messages(running)) == 2)
    director.steering.act("t.Process", "disable")
    waiting = director.send_async("t.Process", Request())
    (tmp_path / "gate").touch()
    assert director.wait(running, 30).StringValue == "one"  # type: ignore[attr-defined]
    assert state(director, "t.Process")["waiting"] == 1
    director.steering.act("t.Process", "enable")
    assert director.wait(waiting, 30).StringValue == "one"  # type: ignore[attr-defined]


def test_a_restarted_operation_has_a_new_worker_and_loses_and_repeats_nothing(start: Start, tmp_path: Path) -> None:
    director = start()
    pid = run(director, "import os\np = os.getpid()", "p")["p"]
    code = f"open({str(tmp_path / 'log')!r}, 'a').write('{{}} ')\nimport time; time.sleep(0.002)"
    headers: list[int] = []
    sender = threading.Thread(
        target=lambda: headers.extend(
            director.send_async(OPERATION, ExecutionRequest(Code=code.format(n))) for n in range(150)
        )
    )
    sender.start()
    for _ in range(3):
        director.steering.act(OPERATION, "restart")
    sender.join()
    for header in headers:
        director.wait(header, 30)
    assert (tmp_path / "log").read_text().split() == [str(n) for n in range(150)]
    assert run(director, "import os\np = os.getpid()", "p")["p"] != pid
    until(lambda: director.steering.items.retired == [])


def test_a_changed_operation_is_taken_up_and_the_queue_goes_on(start: Start) -> None:
    director = start(ECHO.format(version=" one"), items=ECHO_ITEM)
    assert director.send_sync("Echo", StringRequest(StringValue="a"), 30).StringValue == "a one"  # type: ignore[attr-defined]
    director.steering.act("Echo", "disable")
    headers = [director.send_async("Echo", StringRequest(StringValue=str(n))) for n in range(5)]
    load(director, "echo", ECHO.format(version=" two"))
    pids = state(director, OPERATION)["workers"]
    done = director.steering.reload()
    assert (done.classes, dict(done.items)) == (("t.Echo",), {"Echo": "reloaded"})
    assert state(director, OPERATION)["workers"] == pids
    assert state(director, "Echo")["state"] == "disabled"
    director.steering.act("Echo", "enable")
    answers = [director.wait(header, 30).StringValue for header in headers]  # type: ignore[attr-defined]
    assert answers == [f"{n} two" for n in range(5)]
    assert dict(director.steering.reload().items) == {}


def test_a_running_instance_ends_on_the_version_it_began_with(start: Start, tmp_path: Path) -> None:
    director = start(PROCESS.format(gate=tmp_path / "gate", version="one"), items=PROCESS_ITEM, pool=2)
    old = director.send_async("t.Process", Request())
    until(lambda: len(director.bank.messages(old)) == 2)
    load(director, "process", PROCESS.format(gate=tmp_path / "gate", version="two"))
    assert dict(director.steering.reload().items) == {"t.Process": "reloaded"}
    new = director.send_async("t.Process", Request())
    until(lambda: len(director.bank.messages(new)) == 2)
    (tmp_path / "gate").touch()
    assert director.wait(old, 30).StringValue == "one"  # type: ignore[attr-defined]
    assert director.wait(new, 30).StringValue == "two"  # type: ignore[attr-defined]
    until(lambda: director.steering.items.retired == [])


def test_a_version_that_does_not_start_leaves_the_old_one_at_work(start: Start) -> None:
    director = start(ECHO.format(version=" one"), items=ECHO_ITEM)
    text = (director.folder / "c0.cls").read_text()
    load(director, "c0", text.replace("isc.py.init.Test", "no.Such"))
    with pytest.raises(ProductionError, match=r"did not start.*no\.Such"):
        director.steering.reload()
    assert run(director, "c = cube(3)", "c") == {"c": "27"}
    load(director, "c0", text.replace('<Item Name="Echo"', "<Item <"))
    with pytest.raises(ProductionError, match="no XML"):
        director.steering.reload()
    assert director.send_sync("Echo", StringRequest(StringValue="a"), 30).StringValue == "a one"  # type: ignore[attr-defined]


def test_items_come_and_go_and_what_waits_for_one_waits_in_the_bank(start: Start) -> None:
    director = start(ECHO.format(version=" one"), items=ECHO_ITEM)
    text = (director.folder / "c0.cls").read_text()
    director.steering.act("Echo", "disable")
    header = director.send_async("Echo", StringRequest(StringValue="a"))
    load(director, "c0", text.replace(ECHO_ITEM, ""))
    assert dict(director.steering.reload().items) == {"Echo": "removed"}
    assert [item["name"] for item in director.status()["items"]] == [OPERATION]
    assert director.bank.message(header).status in ("Queued", "Delivered")  # type: ignore[union-attr]
    load(director, "c0", text)
    assert dict(director.steering.reload().items) == {"Echo": "added"}
    assert director.wait(header, 30).StringValue == "a one"  # type: ignore[attr-defined]


def test_an_item_that_is_off_in_the_definition_can_be_switched_on(start: Start) -> None:
    director = start(ECHO.format(version=" one"), items=ECHO_ITEM.replace("/>", ' Enabled="false"/>'))
    assert state(director, "Echo")["state"] == "disabled"
    director.steering.act("Echo", "enable")
    assert director.send_sync("Echo", StringRequest(StringValue="a"), 30).StringValue == "a one"  # type: ignore[attr-defined]


def test_the_socket_steers_and_names_what_is_wrong(start: Start) -> None:
    director = start()
    with ControlClient(director.folder) as client:
        client.item(OPERATION, "disable")
        assert client.status()["items"][0]["state"] == "disabled"
        client.item(OPERATION, "enable")
        with pytest.raises(ProductionError, match=r"has no item 'Nobody'; there are isc\.py\.ens\.Operation"):
            client.item("Nobody", "restart")
        with pytest.raises(ProductionError, match="enable, disable, restart"):
            client.item(OPERATION, "explode")
        assert client.reload() == {"classes": [], "items": {}}
        with pytest.raises(MessageFailedError):
            client.send(OPERATION, "isc.py.msg.ExecutionRequest", '{"Code": "1/0"}')

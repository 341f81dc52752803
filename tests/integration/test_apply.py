"""A changed production is taken over by the one that runs: all of it, or nothing, and no message is lost."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.definition import Definition, Item
from isc.py.ens.exceptions import MessageFailedError, ProductionError
from isc.py.ens.production_xml import write_class, write_xml
from isc.py.msg import ExecutionRequest, StringRequest

OPERATION = "isc.py.ens.Operation"
Start = Callable[..., Director]

ECHO = """Class t.Echo Extends Ens.BusinessOperation
{
Property Mark As %String [ InitialExpression = "!" ];
Parameter SETTINGS = "Mark";
Method OnInit() As %Status
{
    if ..Mark = "bad" quit $$$ERROR($$$GeneralError, "the mark is bad")
    quit $$$OK
}
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    set response.StringValue = request.StringValue_..Mark
    quit $$$OK
}
}
"""
ECHO_ITEM = '<Item Name="Echo" ClassName="t.Echo"/>'
SERVICE_ITEM = """<Item Name="Web" ClassName="EnsLib.HTTP.GenericService">
<Setting Target="Adapter" Name="Port">{port}</Setting><Setting Target="Host" Name="TargetConfigNames">Echo</Setting>
</Item>"""


def definition(*items: Item) -> Definition:
    python = Item(OPERATION, settings={"Initializer": "", "Timeout": ""})
    return Definition("t.Production", (python, *items))


def echo(mark: str = "!", **more: object) -> Item:
    return Item("Echo", "t.Echo", settings={"Mark": mark}, **more)  # type: ignore[arg-type]  # an Item's own


def web(port: int, name: str = "Web") -> Item:
    settings = {"Adapter.Port": str(port), "TargetConfigNames": "Echo"}
    return Item(name, "EnsLib.HTTP.GenericService", settings=settings)


def said(director: Director, text: str = "a") -> str:
    return str(director.send_sync("Echo", StringRequest(StringValue=text), 30).StringValue)  # type: ignore[attr-defined]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def port_of(director: Director, name: str) -> int:
    return int(director.service(name).adapter.port)


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def iscpy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "isc.py.console", "production", *arguments]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False, timeout=120)


def test_a_running_production_is_compared_with_a_file_and_takes_it_over(start: Start, tmp_path: Path) -> None:
    director = start(ECHO, items=ECHO_ITEM, initializer="")
    director.steering.act("Echo", "disable")
    waiting = director.send_async("Echo", StringRequest(StringValue="waits"))
    pids = {item["name"]: item["workers"] for item in director.status()["items"]}
    (tmp_path / "new.xml").write_text(
        write_xml(definition(echo("?"), Item("Second", "t.Echo", settings={"Mark": "."})))
    )
    compared = iscpy(tmp_path, "diff", "new.xml")
    assert "+ item 'Echo': setting Mark '?'" in compared.stdout, compared.stderr
    assert "+ item 'Second': class 't.Echo'" in compared.stdout
    done = iscpy(tmp_path, "apply", "new.xml")
    assert "Echo: changed\nSecond: added\nt.Production is applied to the production that runs\n" in done.stdout, done
    assert {item["name"]: item["workers"] for item in director.status()["items"]}[OPERATION] == pids[OPERATION]
    director.enable("Echo")
    assert director.wait(waiting, 30).StringValue == "waits?"  # type: ignore[attr-defined]
    assert iscpy(tmp_path, "diff", "new.xml").stdout == "no difference\n"


FLOW = """Class t.Flow Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<call name='Ask' target='Echo' async='0'><request type='Ens.StringRequest'>
<assign property='callrequest.StringValue' value='request.StringValue'/></request>
<response type='Ens.StringResponse'><assign property='response' value='callresponse'/></response></call>
</sequence></process>
}
}
"""


def test_another_actor_pool_size_is_that_of_the_processes_without_a_pool(start: Start) -> None:
    isolated = '<Setting Target="Host" Name="Isolation">worker</Setting>'
    flow = f'<Item Name="Flow" ClassName="t.Flow" PoolSize="{{}}">{isolated}</Item>'
    items = ECHO_ITEM + flow.format(0) + flow.format(1).replace('"Flow"', '"Own"')
    director = start(ECHO, FLOW, items=items, initializer="")

    def workers() -> dict[str, int]:
        return {item["name"]: len(item["workers"]) for item in director.status()["items"] if "Flow" in item["class"]}

    def applied(actors: int | None, mark: str = "!") -> dict[str, str]:
        settings = {"Isolation": "worker"}
        flows = [Item("Flow", "t.Flow", pool_size=0, settings=settings), Item("Own", "t.Flow", settings=settings)]
        made = replace(definition(echo(mark), *flows), actor_pool_size=actors)
        return dict(director.steering.apply(write_class(made)).items)

    applied(None)
    assert workers() == {"Flow": 1, "Own": 1}
    director.steering.act("Echo", "disable")
    begun = director.send_async("Flow", StringRequest(StringValue="begun on the old one"))
    assert applied(3) == {"Flow": "changed"}
    assert workers() == {"Flow": 3, "Own": 1}
    with pytest.raises(ProductionError, match="the mark is bad"):
        applied(2, "bad")
    assert workers() == {"Flow": 3, "Own": 1}
    assert applied(3) == {}
    director.enable("Echo")
    for header in (begun, director.send_async("Flow", StringRequest(StringValue="a"))):
        assert director.wait(header, 60).StringValue.endswith("!")  # type: ignore[attr-defined]
    assert applied(None) == {"Flow": "changed"}
    assert workers() == {"Flow": 1, "Own": 1}


def test_a_change_that_fails_at_its_last_item_changes_nothing(start: Start) -> None:
    """An operation of a later item that does not start, and a port that is taken: the earlier items are as before."""
    director = start(ECHO, items=ECHO_ITEM + SERVICE_ITEM.format(port=0), initializer="")
    store = open_namespace(director.folder).classes
    text, before = store.find("t.Production"), director.status()["items"]
    port = port_of(director, "Web")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wrong = taken.getsockname()[1]
        in_use = f"port {wrong} of 127.0.0.1 cannot be listened on: Address already in use$"
        changes = {
            "the mark is bad": [echo("?"), Item("Last", "t.Echo", settings={"Mark": "bad"})],
            in_use: [web(0, "Other"), echo("?"), web(wrong)],
            "there is no class 'no.Such'": [echo("?"), Item("Last", "no.Such")],
        }
        for reason, items in changes.items():
            with pytest.raises(ProductionError, match=reason):
                director.steering.apply(write_class(definition(*items)))
            after = director.status()["items"]
            assert [(item["name"], item["workers"]) for item in after] == [
                (item["name"], item["workers"]) for item in before
            ]
            assert said(director) == "a!"
            assert is_open(port_of(director, "Web"))
            assert store.find("t.Production") == text
            assert director.steering.items.retired == []
    assert port_of(director, "Web") >= 1024
    assert port >= 1024
    director.steering.apply(write_class(definition(echo("?"))))
    assert said(director) == "a?"


def test_a_service_takes_the_port_of_one_that_goes(start: Start) -> None:
    port = free_port()
    director = start(ECHO, items=ECHO_ITEM + SERVICE_ITEM.format(port=port), initializer="")
    done = director.steering.apply(write_class(definition(echo(), web(port, "Front"))))
    assert dict(done.items) == {"Echo": "changed", "Front": "added", "Web": "removed"}
    assert port_of(director, "Front") == port
    assert is_open(port)


def test_messages_that_come_while_changes_fail_and_succeed_end_once(start: Start) -> None:
    director = start(ECHO, items=ECHO_ITEM, initializer="")
    sent: list[int] = []
    changes = threading.Event()

    def send() -> None:
        while not changes.is_set() or len(sent) < 50:
            sent.append(director.send_async("Echo", StringRequest(StringValue=str(len(sent)))))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for mark in "?.":
            with pytest.raises(ProductionError):
                director.steering.apply(
                    write_class(definition(echo("no"), Item("Last", "t.Echo", settings={"Mark": "bad"})))
                )
            director.steering.apply(write_class(definition(echo(mark))))
    finally:
        changes.set()
        sender.join()
    answers = [director.wait(header, 60).StringValue for header in sent]  # type: ignore[attr-defined]
    assert [answer[:-1] for answer in answers] == [str(n) for n in range(len(sent))]
    assert {answer[-1] for answer in answers} <= set("!?.")
    assert said(director) == "a."


def test_what_was_sent_to_an_item_that_could_not_stay_waits_for_it(start: Start) -> None:
    """A class that changed twice: the first change fails, the second is taken, and Python's own items go on."""
    director = start(ECHO, items=ECHO_ITEM, initializer="")
    path = director.folder / "c1.cls"
    path.write_text(ECHO.replace("..Mark\n", '..Mark_" two"\n').replace('"bad"', '"!"'))
    open_namespace(director.folder).load_path(path)
    with pytest.raises(ProductionError, match=r"item 'Echo' did not start.*the mark is bad"):
        director.steering.reload()
    assert said(director) == "a!"
    path.write_text(ECHO.replace("..Mark\n", '..Mark_" three"\n'))
    open_namespace(director.folder).load_path(path)
    assert dict(director.steering.reload().items) == {"Echo": "reloaded"}
    assert said(director) == "a! three"
    with pytest.raises(MessageFailedError):
        director.send_sync(OPERATION, ExecutionRequest(Code="1/0"), 30)


def test_an_operation_whose_initializer_changed_is_reloaded(start: Start) -> None:
    text = """Class t.Begin Extends isc.py.init.Abstract
{
ClassMethod InitAll() [ Language = python ]
{
    from isc.py import Main
    Main.ExecuteCode("answer = %d")
}
}
"""
    director = start(text % 41, initializer="t.Begin")
    path = director.folder / "c1.cls"
    path.write_text(text % 42)
    open_namespace(director.folder).load_path(path)
    assert dict(director.steering.reload().items) == {OPERATION: "reloaded"}
    response = director.send_sync(OPERATION, ExecutionRequest(Code="", Variables="answer"), 30)
    assert dict(response.Variables) == {"answer": "42"}  # type: ignore[attr-defined]  # an ExecutionResponse


def test_another_production_than_the_one_that_runs_is_applied_for_its_start(start: Start, tmp_path: Path) -> None:
    start(ECHO, items=ECHO_ITEM, initializer="")
    (tmp_path / "other.xml").write_text(
        '<Production Name="t.Other"><Item Name="Echo" ClassName="t.Echo"/></Production>'
    )
    done = iscpy(tmp_path, "apply", "other.xml")
    assert done.stdout.endswith("t.Other is applied: its next start takes it; t.Production runs here and goes on\n"), (
        done
    )
    assert "t.Production runs here, not t.Other" in iscpy(tmp_path, "diff", "other.xml").stderr

"""Processes whose code loops, dies, eats memory or fails: in workers, and in the Director; PoolSize and order."""

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, Item, MessageFailedError, Production
from isc.py.msg import StringRequest
from isc.py.objectscript import dictionary
from patience import until

MODULE = '''
import os
import time
from pathlib import Path

from isc.py.ens import BusinessOperation, BusinessProcess
from isc.py.msg import StringRequest, StringResponse


def wait_for(name):
    ends = time.monotonic() + 60
    while not Path(name).exists():
        if time.monotonic() > ends:
            raise TimeoutError(name)
        time.sleep(0.01)


def note(text):
    with open("notes", "a") as file:
        file.write(text + "\\n")


class Upper(BusinessOperation):
    def on_request(self, request):
        if request.StringValue.startswith("after "):
            wait_for(request.StringValue.removeprefix("after "))
        return StringResponse(StringValue=request.StringValue.upper())


class Does(BusinessProcess):
    """Does what its message says."""

    def on_request(self, request):
        verb, _, what = request.StringValue.partition(" ")
        note(f"begin {request.StringValue}")
        if verb == "loop":
            while True:
                try:
                    time.sleep(0.001)
                except Exception:
                    pass
        if verb == "die":
            os._exit(3)
        if verb == "exit":
            raise SystemExit(what)
        if verb == "eat":
            held = [bytes(1 << 20) for _ in range(4096)]
        if verb == "fail" and Path("notes").read_text().count(f"begin {request.StringValue}") < int(what):
            print("about to fail")
            raise ValueError("out of paper")
        if verb == "call":
            return self.send_sync("Upper", StringRequest(StringValue=what))
        if verb == "meet":  # two steps that wait for each other
            Path(what).touch()
            wait_for({"a": "b", "b": "a"}[what])
        note(f"end {request.StringValue}")
        return StringResponse(StringValue=f"{request.StringValue} done in {os.getpid()}")
'''
LOOP = """Class t.Loop Extends Ens.BusinessProcessBPL
{{
XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'>
<sequence>
<trace name='Told' value='"before the loop"'/>
<if name='If' condition='request.StringValue = "loop"'><true>{loop}</true></if>
<assign name='A' property='response.StringValue' value='request.StringValue_" done"'/>
</sequence>
</process>
}}
}}
"""
CODE = "<code name='C'><![CDATA[ while 1 { try { set y = 2 } catch { } } ]]></code>"
WHILE = "<while name='W' condition='request.StringValue = \"while\"'><assign property='context.N' value='1'/></while>"
Run = Callable[..., Director]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    dictionary.reset()
    (tmp_path / "does.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    started: list[Director] = []

    def start(pool: int = 1, name: str = "does.Does", more: Sequence[Item] = (), **settings: Any) -> Director:
        items = [Item("P", name, pool, settings=settings), Item("Upper", "does.Upper", 2), *more]
        dictionary.register("made.P", type("P", (Production,), {"items": items, "actor_pool_size": 2}))
        director = Director("made.P", tmp_path)
        started.append(director)
        director.start()
        return director

    yield start
    (tmp_path / "go").touch()  # whoever still waits
    for director in started:
        director.stop()
    open_namespace(tmp_path).close()
    dictionary.reset()


def begun(director: Director, text: str, item: str = "P") -> int:
    return director.send_async(item, StringRequest(StringValue=text))


def done(director: Director, header_id: int) -> str:
    return str(director.wait(header_id, 60).StringValue)  # type: ignore[attr-defined]  # a StringResponse


def failure(director: Director, text: str, item: str = "P") -> tuple[str, str]:
    with pytest.raises(MessageFailedError) as caught:
        director.wait(begun(director, text, item), 60)
    return caught.value.status, caught.value.error


def load(folder: Path, text: str) -> None:
    (folder / "loop.cls").write_text(text)
    assert [report.error for report in open_namespace(folder).load_path(folder / "loop.cls") if report.error] == []


def notes() -> list[str]:
    return Path("notes").read_text().splitlines()


def told(director: Director, level: str) -> list[str]:
    director.bank.write([]).result()
    return [event.text for event in director.bank.events() if event.host == "P" and event.level == level]


def test_a_loop_without_end_a_death_and_eaten_memory_are_their_messages_own(run: Run, tmp_path: Path) -> None:
    kill = "<code name='C' LanguageOverride='python'><![CDATA[\nimport os\nos.abort()\n]]></code>"
    load(tmp_path, LOOP.format(loop=kill))
    bpl = Item("B", "t.Loop", settings={"Isolation": "worker", "CrashLimit": "1"})
    director = run(more=[bpl], Timeout="5", CrashLimit="2", MemoryLimit="256")
    waits = begun(director, "call after go")  # an instance that the worker holds when it dies
    status, error = failure(director, "loop")
    assert status == "Error"
    assert error.startswith("Timeout: the step ran longer than 5 s and was interrupted")
    assert 'does.py", line' in error
    status, error = failure(director, "die")
    assert status == "Suspended"
    assert "the worker process" in error
    assert notes().count("begin die") == 2
    assert failure(director, "eat")[1].startswith("MemoryError")
    Path("go").touch()
    assert done(director, waits) == "AFTER GO"
    (pid,) = director.status()["items"][0]["workers"]
    assert done(director, begun(director, "say")) == f"say done in {pid}"
    status, error = failure(director, "loop", "B")
    assert status == "Error"
    assert "died" in error
    assert done(director, begun(director, "more", "B")) == "more done"


@pytest.mark.parametrize(("isolation", "pool"), [("worker", 2), ("director", 0)])  # 0: ActorPoolSize, here 2
def test_steps_of_so_many_instances_run_at_the_same_time(run: Run, isolation: str, pool: int) -> None:
    director = run(pool, Isolation=isolation)
    both = [begun(director, text) for text in ("meet a", "meet b")]
    assert [done(director, header)[:12] for header in both] == ["meet a done ", "meet b done "]


@pytest.mark.parametrize("isolation", ["worker", "director"])
def test_code_that_would_end_its_program_ends_its_message(run: Run, isolation: str) -> None:
    director = run(Isolation=isolation)
    status, error = failure(director, "exit now")
    assert status == "Error"
    assert "SystemExit: now" in error
    assert done(director, begun(director, "say more")).startswith("say more done")


@pytest.mark.parametrize("isolation", ["worker", "director"])
def test_with_one_place_instances_begin_in_order_and_never_run_together(run: Run, isolation: str) -> None:
    director = run(1, Isolation=isolation)
    sent = [begun(director, f"say {number}") for number in range(20)]
    for header in sent:
        done(director, header)
    assert notes() == [f"{what} say {number}" for number in range(20) for what in ("begin", "end")]


@pytest.mark.parametrize("isolation", ["worker", "director"])
def test_steps_that_fail_are_done_as_reply_code_actions_say(run: Run, isolation: str) -> None:
    settings = {"Isolation": isolation, "RetryInterval": "0.02"}
    suspends = Item("S", "does.Does", settings={**settings, "ReplyCodeActions": "E*paper=RS", "FailureTimeout": "0.01"})
    warns = Item("W", "does.Does", settings={**settings, "ReplyCodeActions": "E*ink=S,E*paper=W"})
    director = run(more=[suspends, warns], **settings, ReplyCodeActions="E*paper=RS", FailureTimeout="60")
    assert done(director, begun(director, "fail 3")).startswith("fail 3 done")
    assert notes().count("begin fail 3") == 3
    status, error = failure(director, "fail 9", "S")
    assert (status, error.splitlines()[0]) == ("Suspended", "ValueError: out of paper")
    assert type(director.wait(begun(director, "fail 99", "W"), 60)).__name__ == "Response"
    warnings = [event for event in director.bank.events() if event.host == "W" and event.level == "warning"]
    assert warnings[0].text.startswith("ValueError: out of paper")


def test_disabled_by_a_failure_it_keeps_the_message_in_front(run: Run) -> None:
    director = run(ReplyCodeActions="E=D")
    runner = director._runners["P"]
    first, second = begun(director, "fail 2"), begun(director, "say 2")
    until(lambda: not runner.is_enabled)
    row = director.bank.message(first)
    assert row is not None
    assert row.status == "Queued"
    assert notes() == ["begin fail 2"]
    director.enable("P")
    assert done(director, first).startswith("fail 2 done")
    assert done(director, second).startswith("say 2 done")
    assert notes() == ["begin fail 2", "begin fail 2", "end fail 2", "begin say 2", "end say 2"]


def test_a_loop_in_the_director_ends_with_its_time_and_stops_nobody(run: Run, tmp_path: Path) -> None:
    text = LOOP.format(loop=CODE).replace("<sequence>", "<context><property name='N'/></context><sequence>", 1)
    load(tmp_path, text.replace("<assign", f"{WHILE}<assign", 1))
    director = run(name="t.Loop", Timeout="2")
    for loop in ("loop", "while"):
        status, error = failure(director, loop)
        assert status == "Error"
        assert error.startswith("Timeout: the step ran longer than 2 s")
    assert told(director, "trace") == ["before the loop"] * 2
    assert done(director, begun(director, "more")) == "more done"
    director.stop()
    director = run(name="t.Loop", Timeout="0", Isolation="director")
    header = begun(director, "loop")
    director.stop(0.2)  # it ends, though the step would not
    director = run(name="t.Loop", Timeout="2")
    with pytest.raises(MessageFailedError, match="ran longer"):
        director.wait(header, 60)


def test_alerts_of_a_process_are_sent_for_its_queue_its_silence_and_its_errors(run: Run) -> None:
    watched = {"QueueCountAlert": "2", "QueueWaitAlert": "0.05", "InactivityTimeout": "0.05", "AlertOnError": "1"}
    director = run(more=[Item("Ens.Alert", "does.Upper")], **watched)
    slow = begun(director, "meet a")  # it holds the only place until somebody writes b
    held = [begun(director, f"say {number}") for number in range(3)]
    wanted = {"QueueCountAlert", "QueueWaitAlert", "InactivityTimeout"}
    until(lambda: {text.partition(":")[0] for text in told(director, "alert")} >= wanted)
    Path("b").touch()
    for header in [slow, *held]:
        done(director, header)
    failure(director, "fail 9")

    def alerts() -> str:
        return "".join(row.body for row in director.bank.messages(target="Ens.Alert"))

    until(lambda: "ValueError: out of paper" in alerts() and all(name in alerts() for name in wanted))


def test_settings_that_have_no_effect_are_said_at_the_start(run: Run) -> None:
    director = run(Isolation="director", MemoryLimit="100", ReplyCodeActions=":?R=F,X=S,E=F")
    warnings = told(director, "warning")
    assert [text.partition(":")[0] for text in warnings] == ["ReplyCodeActions", "ReplyCodeActions", "MemoryLimit"]


@pytest.mark.parametrize("isolation", ["worker", "director"])
def test_a_message_class_that_is_gone_is_the_error_of_the_messages_that_are_of_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolation: str
) -> None:
    (tmp_path / "gone.py").write_text(
        "from isc.py.msg import StringRequest\n\n\nclass Note(StringRequest):\n    pass\n"
    )
    note = importlib.import_module("gone").Note
    director = run(Isolation=isolation)
    waits = director.send_async("P", note(StringValue="call after go"))
    until(lambda: bool(director.bank.messages(target="Upper")))
    director.enable("P", False)
    queued = director.send_async("P", note(StringValue="say more"))
    director.stop(0.1)
    (tmp_path / "gone.py").unlink()
    monkeypatch.delitem(sys.modules, "gone")
    dictionary.reset()
    (tmp_path / "go").touch()
    director = run(Isolation=isolation)
    for header in (waits, queued):
        with pytest.raises(MessageFailedError, match=r"gone\.Note"):
            director.wait(header, 60)
        row = director.bank.message(header)
        assert row is not None
        assert (row.class_name, '"StringValue"' in row.body) == ("gone.Note", True)
    assert done(director, begun(director, "call x")) == "X"
    assert len(director.bank.messages(target="Upper")) == 2  # what had waited sent nothing more
    assert len(told(director, "error")) == 2

"""Process instances end on the version of their class that they began with, whatever died and changed meanwhile."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError
from isc.py.ens.bank import Bank, export_messages, import_messages, open_bank, purge
from isc.py.ens.bank.programs import kept_program
from isc.py.ens.bank.schema import programs
from isc.py.msg import StringRequest, StringResponse
from isc.py.objectscript import dictionary
from sqlalchemy import select

PRODUCTION = """Class t.Production Extends Ens.Production
{{
XData ProductionDefinition
{{
<Production Name="t.Production">
  <Item Name="Slow" ClassName="t.Slow"/>
  <Item Name="Bpl" ClassName="t.Bpl">
    <Setting Target="Host" Name="{setting}">{version}</Setting>
    <Setting Target="Host" Name="Password">p{version}</Setting>
  </Item>
  <Item Name="Own" ClassName="t.Bpl" PoolSize="2"><Setting Target="Host" Name="Isolation">worker</Setting></Item>
  <Item Name="Python" ClassName="versions_of_shop.Order"/>
  <Item Name="InDirector" ClassName="versions_of_shop.Order">
    <Setting Target="Host" Name="Isolation">director</Setting>
  </Item>
</Production>
}}
}}
"""
# It waits as long as a file "hold" is there.
SLOW = """Class t.Slow Extends Ens.BusinessOperation
{
Method OnMessage(request As Ens.StringRequest, Output response As Ens.StringResponse) As %Status
{
    while ##class(%File).Exists("FOLDER/hold") { hang 0.01 }
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
CONTEXT = """Class t.Context Extends %RegisteredObject
{{
Property Kept{version} As %String;
Method Mark() As %String {{ quit "c{version}" }}
}}
"""
BASE = """Include Words

Class t.Base Extends Ens.BusinessProcessBPL
{{
Property {setting} As %String;
Property Password As %String;
Parameter SETTINGS = "{setting},Password";
Method Word() As %String {{ quit $$$WORD_"b{version}s"_..{setting}_..Password }}
}}
"""
BPL = """Include Words

Class t.Bpl Extends t.Base
{{
XData BPL
{{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'
 contextsuperclass='t.Context'>
<context><property name='Own{version}' type='%String'/></context>
<sequence>{before}
<assign property='context.Own{version}' value='"x{version}"'/>
<assign property='context.Kept{version}' value='"k{version}"'/>
<call name='S' target='Slow' async='0'><request type='Ens.StringRequest'/></call>
<assign property='response.StringValue'
 value='context.Own{version}_context.Kept{version}_context.Mark()_process.Word()_$$$WORD'/>
</sequence>
</process>
}}
}}
"""
MODULE = """
from isc.py.ens import BusinessProcess
from isc.py.msg import StringRequest, StringResponse


class Order(BusinessProcess):
    def on_request(self, request):
        {before}
        self.own{version} = "x{version}"
        self.send_sync("Slow", StringRequest(StringValue="s"))
        return self.answer{version}()

    def answer{version}(self):
        return StringResponse(StringValue=self.own{version} + "v{version}")
"""
PROGRAM = """
import sys
from isc.py.ens import Director
from isc.py.msg import StringRequest
folder, bank, *targets = sys.argv[1:]
director = Director("t.Production", folder, bank=bank)
director.start()
print(*(director.send_async(target, StringRequest(StringValue="x")) for target in targets), flush=True)
director.wait_for_stop()
"""
PYTHONS = ("Python", "InDirector")
ITEMS = ("Bpl", "Own", *PYTHONS)
Load = Callable[[int], None]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Load a version: each has other names of properties and methods, and another number of activities."""
    monkeypatch.syspath_prepend(tmp_path)

    def loaded(version: int) -> None:
        dictionary.reset()
        sys.modules.pop("versions_of_shop", None)
        names = {"version": version, "setting": f"Way{version}"}
        texts = {"p.cls": PRODUCTION, "c.cls": CONTEXT, "b.cls": BASE}
        for name, text in texts.items():
            (tmp_path / name).write_text(text.format(**names))
        (tmp_path / "s.cls").write_text(SLOW.replace("FOLDER", str(tmp_path)))
        (tmp_path / "Words.inc").write_text(f'#define WORD "w{version}"\n')
        before = "<assign property='context.Own1' value='\"gone\"'/>" * 5 if version == 1 else ""
        (tmp_path / "o.cls").write_text(BPL.format(before=before, **names))
        before = 'self.send_async("Slow", StringRequest(StringValue="first"), wanted=False)' if version == 1 else ""
        (tmp_path / "versions_of_shop.py").write_text(MODULE.format(before=before, **names))
        reports = open_namespace(tmp_path).load_path(tmp_path)
        assert [report.error for report in reports if report.error] == []

    yield loaded
    sys.modules.pop("versions_of_shop", None)


@pytest.fixture(params=["sqlite", "postgresql"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new bank."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bank.sqlite'}"
    return str(request.getfixturevalue("postgres_server").new_database())


@contextmanager
def opened(url: str) -> Iterator[Bank]:
    bank = open_bank(url)
    try:
        yield bank
    finally:
        bank.close()


def killed(folder: Path, url: str, *targets: str, waiting: int) -> list[int]:
    """Send to the targets in a process of its own, and kill that when so many instances wait for the operation."""
    command = [sys.executable, "-c", PROGRAM, str(folder), url, *targets]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process:
        assert process.stdout is not None
        sent = [int(word) for word in process.stdout.readline().split()]
        with opened(url) as bank:
            while sum(bool(kept.waits.calls) for kept in bank.running()) < waiting:
                assert process.poll() is None
                time.sleep(0.01)
        process.kill()
    return sent


def answer(item: str, version: int) -> str:
    """What an instance of a version answers."""
    if item in PYTHONS:
        return f"x{version}v{version}"
    settings = f"{version}p{version}" if item == "Bpl" else ""
    return f"x{version}k{version}c{version}w{version}b{version}s{settings}w{version}"


def answers(director: Director, sent: list[int]) -> list[str]:
    found = [director.wait(header_id, 60) for header_id in sent]
    return [answer.StringValue for answer in found if isinstance(answer, StringResponse)]


def test_instances_end_on_their_versions_when_directors_are_killed(load: Load, bank: str, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    load(1)
    first = killed(tmp_path, bank, *ITEMS, waiting=4)
    load(2)
    second = killed(tmp_path, bank, *ITEMS, waiting=8)
    load(3)
    (tmp_path / "hold").unlink()
    with Director("t.Production", tmp_path, bank=bank) as director:
        third = [director.send_async(item, StringRequest(StringValue="x")) for item in ITEMS]
        for version, sent in ((1, first), (2, second), (3, third)):
            assert answers(director, sent) == [answer(item, version) for item in ITEMS]
        told = sorted(event.text for event in director.bank.events() if "version they began with" in event.text)
        assert len(told) == 4 + 8  # by the second Director and by the third
        assert told[0] == "class t.Bpl has changed: 1 process instances end on the version they began with"
        assert {row.status for row in director.bank.messages()} == {"Completed"}
        assert {state[2] for state in director.bank.process_states()} == {"Completed"}


@pytest.fixture
def first(load: Load, tmp_path: Path) -> tuple[str, int]:
    """A bank with an instance of the first version, and that; the classes are of the second."""
    (tmp_path / "hold").touch()
    load(1)
    url = f"sqlite:///{tmp_path / 'bank.sqlite'}"
    (header_id,) = killed(tmp_path, url, "Bpl", waiting=1)
    (tmp_path / "hold").unlink()
    load(2)
    return url, header_id


def test_a_version_that_does_not_load_any_more_is_the_error_of_its_instance(
    first: tuple[str, int], tmp_path: Path
) -> None:
    url, header_id = first
    with opened(url) as bank:
        (digest,) = [kept.program for kept in bank.running()]
        text = json.loads(kept_program(bank, "Bpl", digest) or "")
        text["classes"]["t.Base"] = text["classes"]["t.Base"].replace("Ens.BusinessProcessBPL", "t.Gone")
        bank.write([("UPDATE programs SET text = ? WHERE digest = ?", (json.dumps(text), digest))]).result()
    with Director("t.Production", tmp_path, bank=url) as director:
        with pytest.raises(
            MessageFailedError, match=r"the version of class t\.Bpl that it began with does not load: .*t\.Gone"
        ):
            director.wait(header_id, 60)
        assert answers(director, [director.send_async("Bpl", StringRequest())]) == [answer("Bpl", 2)]


def test_a_purge_takes_versions_that_no_instance_has(first: tuple[str, int], tmp_path: Path) -> None:
    url, header_id = first

    def kept() -> list[str]:
        with opened(url) as bank:
            return [str(row[0]) for row in bank.rows(select(programs.c.digest).order_by(programs.c.changed))]

    (old,) = kept()
    with Director("t.Production", tmp_path, bank=url) as director:
        director.wait(header_id, 60)
        new = director.send_async("Bpl", StringRequest())
        director.wait(new, 60)
    assert kept()[0] == old
    assert len(kept()) == 2
    with opened(url) as bank:
        between = bank.messages(new)[0].created
        assert purge(bank, between).sessions == 1
    assert kept()[0] != old
    assert len(kept()) == 1
    with opened(url) as bank:
        assert purge(bank, time.time() + 60).sessions == 1
    assert len(kept()) == 1  # a Director may run that has begun instances with it


def test_versions_go_with_messages_into_another_bank(first: tuple[str, int], tmp_path: Path) -> None:
    url, _ = first
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    text = io.StringIO()
    with opened(url) as bank:
        export_messages(bank, text)
    text.seek(0)
    with opened(other) as bank:
        import_messages(bank, text, resume=True)
        (instance,) = [kept.id for kept in bank.running()]
        text.seek(0)
        import_messages(bank, text)  # it has the version already
    with Director("t.Production", tmp_path, bank=other) as director:
        assert answers(director, [instance]) == [answer("Bpl", 1)]


def test_a_worker_that_replaces_one_runs_its_version(load: Load, tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    load(1)
    with Director("t.Production", tmp_path) as director:
        sent = [director.send_async(item, StringRequest()) for item in ("Own", "Python")]
        while sum(bool(kept.waits.calls) for kept in director.bank.running()) < 2:
            time.sleep(0.01)
        load(2)  # on the disk; nobody has reloaded
        for item in director.status()["items"]:
            if item["name"] in ("Own", "Python"):
                for pid in item["workers"]:
                    os.kill(pid, signal.SIGKILL)
        (tmp_path / "hold").unlink()
        assert answers(director, sent) == [answer("Own", 1), answer("Python", 1)]

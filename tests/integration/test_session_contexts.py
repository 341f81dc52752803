"""``ContextScope=session``: a context for each message session."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from isc.py.data.context import Context
from isc.py.data.namespace import current
from isc.py.ens import Director, MessageFailedError
from isc.py.ens.bank import open_bank
from isc.py.ens.bank.schema import contexts
from isc.py.ens.context_purge import purge_session_contexts
from isc.py.ens.relay import Origin
from isc.py.msg import ExecutionRequest
from sqlalchemy import delete, select

Start = Callable[..., Director]
ITEM = """<Item Name="S" ClassName="isc.py.ens.Operation" PoolSize="{pool}">
<Setting Target="Host" Name="ContextScope">session</Setting>
<Setting Target="Host" Name="ContextLimit">2</Setting>
<Setting Target="Host" Name="Initializer">isc.py.init.Test</Setting></Item>"""

KILLED = """
import time
from isc.py.ens import Director
from isc.py.ens.relay import Origin
from isc.py.msg import ExecutionRequest
director = Director("t.Production", {folder!r})
director.start()
def run(session):
    request = ExecutionRequest(Code="", Variables="x")
    sent = director._relay.send(Origin("test", session), "S", request, is_async=False)
    return dict(sent.response(30).Variables)["x"]
print(run(301), run(302), run(303), flush=True)
time.sleep(60)
"""


def run(director: Director, session: int, code: str, variables: str = "") -> dict[str, str]:
    request = ExecutionRequest(Code=code, Variables=variables)
    response = director._relay.send(Origin("test", session), "S", request, is_async=False).response(60)
    return dict(response.Variables)  # type: ignore[attr-defined]  # an ExecutionResponse


def test_each_session_has_its_own_and_those_left_out_come_back(start: Start) -> None:
    director = start(items=ITEM.format(pool=1))
    for session in (101, 102, 103, 104):  # more than the limit
        run(director, session, f"x = {session}\ndef double(): return x * 2")
    for session in (101, 104, 102, 103):
        found = run(director, session, "y, c = double(), cube(2)", "x,y,c")
        assert found == {"x": str(session), "y": str(session * 2), "c": "8"}
    with pytest.raises(MessageFailedError, match="NameError"):
        run(director, 105, "x")


def test_many_sessions_at_once_keep_their_contexts_though_workers_hold_few(start: Start) -> None:
    director = start(items=ITEM.format(pool=2))
    count = "n = globals().get('n', 0) + 1"

    def session(number: int) -> list[str]:
        return [run(director, number, count, "n")["n"] for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(session, range(201, 217))) == [["1", "2", "3", "4"]] * 16


def test_sessions_are_pinned_to_workers_and_lost_with_them_by_name(start: Start) -> None:
    director = start(items=ITEM.format(pool=2))
    told = [event.text for event in director.bank.events() if event.level == "warning"]
    assert told == []  # no warning about variables that are not shared: a session has one worker
    pids = {session: int(run(director, session, "import os\np = os.getpid()", "p")["p"]) for session in (200, 201)}
    assert len(set(pids.values())) == 2
    assert all(int(run(director, s, "q = os.getpid()", "q")["q"]) == pids[s] for s in (200, 201))
    os.kill(pids[200], signal.SIGKILL)
    with pytest.raises(MessageFailedError, match=r"died|context of session 200 went with the worker"):
        run(director, 200, "p")
    with pytest.raises(MessageFailedError, match="the context of session 200 went with the worker that held it"):
        run(director, 200, "p")
    assert run(director, 202, "x = 1", "x") == {"x": "1"}
    assert run(director, 201, "", "p") == {"p": str(pids[201])}


def test_workers_with_a_context_each_are_told_of(start: Start) -> None:
    director = start(pool=2)
    (told,) = [event.text for event in director.bank.events() if event.level == "warning"]
    assert told == "PoolSize 2: each worker has a context of its own, variables are not shared between them"


def test_they_go_on_after_a_stop_and_are_lost_by_name_after_a_kill(start: Start) -> None:
    director = start(items=ITEM.format(pool=1))
    for session in (301, 302, 303):  # one more than the limit
        run(director, session, f"x = {session}")
    director.stop()
    program = KILLED.format(folder=str(director.folder))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "301 302 303\n"  # the first stop saved them all
        process.kill()
    again = Director("t.Production", director.folder)
    with again:
        (told,) = [event.text for event in again.bank.events() if "lost" in event.text and event.level == "warning"]
        assert told.startswith("2 session contexts were not saved when the last Director ended and are lost")
        assert "(sessions 302, 303)" in told
        assert run(again, 301, "", "x") == {"x": "301"}  # put away before
        for session in (302, 303, 302):
            with pytest.raises(MessageFailedError, match=f"the context of session {session} went with the worker"):
                run(again, session, "x")
        assert run(again, 304, "x = 4", "x") == {"x": "4"}
        assert again.bank.rows(select(contexts.c.session, contexts.c.state).order_by(contexts.c.session)) == [
            (301, "held"),
            (302, "lost"),
            (303, "lost"),
            (304, "held"),
        ]


def test_contexts_go_from_the_namespace_with_their_sessions(start: Start) -> None:
    director = start(items=ITEM.format(pool=1))
    for session in (501, 502, 503, 504, 501):  # the limit is 2: 501 is saved, comes back, 502 and 503 are saved
        run(director, session, f"x = {session}")
    user = Context.SaveContext(name="mine").context_id
    bank = director.bank
    saved = [int(row["ID"]) for row in current().query("select ID from isc_py_data.SavedContext").to_pylist()]
    assert len(saved) == 4
    assert purge_session_contexts(bank) == 0  # all are in use, or the bank says that a worker has what came of them
    with bank.transaction() as connection:
        connection.execute(delete(contexts).where(contexts.c.session == 502))  # as `purge` does with an old session
    assert purge_session_contexts(bank, pretend=True) == 1
    assert purge_session_contexts(bank) == 1
    assert run(director, 503, "", "x") == {"x": "503"}  # 501 or 504 is saved now
    values = current().query("select distinct ContextId from isc_py_data.SavedValue").to_pylist()
    rows = current().query("select ID from isc_py_data.SavedContext").to_pylist()
    assert {int(row["ContextId"]) for row in values} <= {int(row["ID"]) for row in rows}
    assert user in {int(row["ID"]) for row in rows}
    director.stop()  # the worker saves what it holds: what was saved before of the same sessions is of no use
    bank = open_bank(director.folder / ".iscpy" / "bank.sqlite")
    kept = {int(row[0]) for row in bank.rows(select(contexts.c.saved).where(contexts.c.state == "saved"))}
    assert purge_session_contexts(bank) >= 1
    bank.close()
    rows = current().query("select ID from isc_py_data.SavedContext").to_pylist()
    assert {int(row["ID"]) for row in rows} == kept | {user}

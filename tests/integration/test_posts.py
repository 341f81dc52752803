"""Requests that other programs post into the bank: taken once, whether a Director runs or not."""

import itertools
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pg8000.native
import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError, MessageTimeoutError, NotTakenError, PostBox, ProductionError
from isc.py.ens.bank import open_bank, purge
from isc.py.ens.bank.bells import ENDED
from isc.py.ens.bank.postgres_connection import CLAIM
from isc.py.ens.exceptions import BankError
from isc.py.msg import ExecutionRequest, ExecutionResponse
from servers import PostgresServer
from sqlalchemy import make_url

PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production"><Item Name="Run" ClassName="isc.py.ens.Operation"/></Production>
}
}
"""
POSTER = """
import sys
from isc.py.ens import PostBox
from isc.py.msg import ExecutionRequest

with PostBox(sys.argv[1]) as box:
    posts = [box.post("Run", ExecutionRequest(Code=f"x = {n} * 2", Variables="x")) for n in range(20)]
    print(*[dict(box.wait(post, 120).Variables)["x"] for post in posts])
"""
WAIT = 120.0
_numbers = itertools.count()
Place = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new bank."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'bank.sqlite'}"
    else:
        made = str(request.getfixturevalue("postgres_server").new_database())
    open_bank(made).close()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "p.cls").write_text(PRODUCTION)
    namespace = open_namespace(tmp_path)
    assert [report.error for report in namespace.load_path(tmp_path) if report.error] == []
    yield tmp_path
    namespace.close()


def test_what_is_posted_while_no_production_runs_is_taken_when_one_starts(url: str, folder: Path) -> None:
    with PostBox(url) as box:
        first = box.post("Run", ExecutionRequest(Code="x = [1]", Variables="x"), key="order 1")
        assert box.post("Run", ExecutionRequest(Code="x = [2]", Variables="x"), key="order 1") == first
        second = box.post("Run", ExecutionRequest(Code="x.append(2)", Variables="x"))
        assert second != first
        assert box.message(first) is None
        assert not box.has_ended(first)
        with pytest.raises(NotTakenError, match=f"post {first} was not taken within 0 s"):
            box.wait(first, 0)
        with pytest.raises(LookupError, match="no post 77"):
            box.wait(77, 0)
        with Director("t.Production", folder, bank=url) as director:
            answer = box.wait(second, WAIT)
            assert isinstance(answer, ExecutionResponse)
            assert dict(answer.Variables) == {"x": "[1, 2]"}
            assert isinstance(box.wait(first, WAIT), ExecutionResponse)
            requests = [row for row in director.bank.messages() if row.kind == "Request"]
        assert [(row.source, row.target, row.status) for row in requests] == [("External", "Run", "Completed")] * 2
        row = box.message(second)
        assert row is not None
        assert (row.id, row.session) == (requests[1].id, requests[1].id)


def test_other_processes_post_to_a_production_that_runs(url: str, folder: Path) -> None:
    with Director("t.Production", folder, bank=url):
        posters = [
            subprocess.Popen([sys.executable, "-c", POSTER, url], stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        told = [poster.communicate(timeout=WAIT)[0] for poster in posters]
    assert told == [" ".join(str(number * 2) for number in range(20)) + "\n"] * 2


def test_what_cannot_be_a_message_ends_as_an_error_that_says_why(url: str, folder: Path) -> None:
    with PostBox(url) as box, Director("t.Production", folder, bank=url) as director:
        nowhere = box.post("Nobody", ExecutionRequest())
        unknown = box.post_text("Run", "No.Such", "{}")
        broken = box.post_text("Run", "isc.py.msg.ExecutionRequest", "{")
        failing = box.post("Run", ExecutionRequest(Code="1/0"))
        for post, why in ((nowhere, "Nobody"), (unknown, "No.Such"), (broken, "JSON"), (failing, "ZeroDivisionError")):
            with pytest.raises(MessageFailedError, match=why) as caught:
                box.wait(post, WAIT)
            row = director.bank.message(caught.value.header_id)
            assert row is not None
            assert row.status == "Error"
        go = folder / "go"
        code = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)"
        late = box.post("Run", ExecutionRequest(Code=code))
        while box.message(late) is None:
            threading.Event().wait(0.01)
        with pytest.raises(MessageTimeoutError, match="it goes on"):
            box.wait(late, 0.01)
        go.touch()
        assert isinstance(box.wait(late, WAIT), ExecutionResponse)


def test_posts_go_with_their_sessions_and_others_stay(url: str, folder: Path) -> None:
    with PostBox(url) as box:
        gone = box.post("Run", ExecutionRequest(Code=""))
        with Director("t.Production", folder, bank=url):
            box.wait(gone, WAIT)
        stays = box.post("Run", ExecutionRequest(Code=""))
        bank = open_bank(url)
        assert purge(bank, bank.messages()[-1].created + 3600).messages == 2
        bank.close()
        with pytest.raises(LookupError, match="no post"):
            box.message(gone)
        assert box.message(stays) is None


def test_a_box_at_a_place_without_a_bank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="there is no message bank"):
        PostBox(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()


def test_who_waits_when_the_box_is_closed_is_told(tmp_path: Path) -> None:
    open_bank(tmp_path / "bank.sqlite").close()
    box = PostBox(tmp_path / "bank.sqlite")
    post = box.post("Run", ExecutionRequest())
    told: list[str] = []

    def wait() -> None:
        try:
            box.wait(post)
        except BankError as error:
            told.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not box._waiting:
        threading.Event().wait(0.005)
    box.close()
    waiting.join(WAIT)
    assert told == ["the post box is closed"]


@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pg8000 leaves lost sockets open
def test_a_server_that_restarts_loses_no_post_and_no_claim(postgres_server: PostgresServer, folder: Path) -> None:
    url = postgres_server.new_database()
    with Director("t.Production", folder, bank=url) as director, PostBox(url) as box:
        box.send_sync("Run", ExecutionRequest(Code="n = 0"), WAIT)
        posts = [box.post("Run", ExecutionRequest(Code="n += 1", Variables="n")) for _ in range(30)]
        postgres_server.stop("immediate")
        postgres_server.start()
        posts += [box.post("Run", ExecutionRequest(Code="n += 1", Variables="n")) for _ in range(30)]
        answers = [box.wait(post, WAIT) for post in posts]
        assert [dict(answer.Variables)["n"] for answer in answers] == [str(n) for n in range(1, 61)]  # type: ignore[attr-defined]
        assert director.lost == ""
        requests = [row for row in director.bank.messages() if row.kind == "Request"]
        assert [row.status for row in requests] == ["Completed"] * 61


def test_a_director_whose_bank_another_one_took_over_stops(postgres_server: PostgresServer, folder: Path) -> None:
    """The server ended its connection, and another one has the lock before it is back."""
    url = postgres_server.new_database()
    database = make_url(url).database
    with Director("t.Production", folder, bank=url) as director:
        director.send_sync("Run", ExecutionRequest(Code="x = 1"), WAIT)
        code = f"import time\nopen({str(folder / 'began')!r}, 'w').close()\ntime.sleep(600)"
        running = director.send_async("Run", ExecutionRequest(Code=code))
        while not (folder / "began").exists():
            threading.Event().wait(0.01)
        with (
            pg8000.native.Connection("postgres", port=postgres_server.port, database=database) as other,
            pg8000.native.Connection("postgres", port=postgres_server.port, database=database) as operator,
        ):
            taking = threading.Thread(target=lambda: other.run("SELECT pg_advisory_lock(:key)", key=CLAIM))
            taking.start()
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not operator.run(waits)[0][0]:
                pass
            holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            operator.run(holder)
            taking.join(WAIT)
            assert not taking.is_alive()
            assert director.wait_for_stop(WAIT)  # noticed though nobody wrote
            assert "another one has taken over: the message bank" in director.lost
            with pytest.raises(BankError, match="another one has taken over"):
                director.send_async("Run", ExecutionRequest(Code="x = 2"))
            director.stop()
    with Director("t.Production", folder, bank=url) as director:  # what ran is tried again, by who has the bank
        row = director.bank.message(running)
        assert row is not None
        assert row.crashes == 1
        assert row.status in ("Queued", "Delivered")
        director.stop(grace=0)


def test_the_second_director_is_told_who_has_the_bank(
    postgres_server: PostgresServer, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = postgres_server.new_database()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "p.cls").write_text(PRODUCTION)
    namespace = open_namespace(elsewhere)
    namespace.load_path(elsewhere)
    refused = pytest.raises(ProductionError, match=r"is in use by the production of process \d+ on .*: stop it first")
    with Director("t.Production", folder, bank=url), refused:
        Director("t.Production", elsewhere, bank=url).start()
    with Director("t.Production", elsewhere, bank=url) as director:
        director.send_sync("Run", ExecutionRequest(Code="x = 1"), WAIT)
    namespace.close()


def test_a_bell_is_heard_in_a_program_with_many_open_files(postgres_server: PostgresServer) -> None:
    url = postgres_server.new_database()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        bank = open_bank(url)
        bell = bank.bell(ENDED)
        assert bell.wait(WAIT) == {""}  # it is connected
        bank.write(bank.ring(ENDED, "7")).result()
        assert bell.wait(WAIT) == {"7"}
        bell.close()
        bank.close()
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

"""Banks in SQLite and in PostgreSQL: the same from outside."""

import gc
import io
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, MessageFailedError, ProductionError
from isc.py.ens.bank import Bank, export_messages, import_messages, open_bank, purge
from isc.py.ens.exceptions import BankError
from isc.py.msg import ExecutionRequest, ExecutionResponse
from servers import PostgresServer

PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production"><Item Name="Run" ClassName="isc.py.ens.Operation"/></Production>
}
}
"""
_numbers = itertools.count()
Place = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Makes the URLs of new banks."""

    def url() -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / f'{next(_numbers)}.sqlite'}"
        return str(request.getfixturevalue("postgres_server").new_database())

    return url


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "p.cls").write_text(PRODUCTION)
    namespace = open_namespace(tmp_path)
    assert [report.error for report in namespace.load_path(tmp_path) if report.error] == []
    yield tmp_path
    namespace.close()


def test_a_production_runs_on_it_and_a_second_one_is_refused(place: Place, folder: Path, tmp_path: Path) -> None:
    url = place()
    (folder / "iscpy.toml").write_text(f'bank = "{url}"\n')
    with Director("t.Production", folder) as director:
        answer = director.send_sync("Run", ExecutionRequest(Code="x = 'a\\0é'; print('\\0')", Variables="x"), 30)
        assert isinstance(answer, ExecutionResponse)
        assert dict(answer.Variables) == {"x": "a\0é"}
        with pytest.raises(MessageFailedError, match="ZeroDivisionError"):
            director.send_sync("Run", ExecutionRequest(Code="1/0"), 30)
        requests = [row for row in director.bank.messages() if row.kind == "Request"]
        assert [row.status for row in requests] == ["Completed", "Error"]
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "p.cls").write_text(PRODUCTION)
        open_namespace(elsewhere).load_path(elsewhere)
        second = Director("t.Production", elsewhere, bank=url)
        with pytest.raises(ProductionError, match=r"the message bank .* is in use by"):
            second.start()
    bank = open_bank(url)
    assert bank.next_id() == 4
    bank.close()


def filled(url: str) -> Bank:
    """A bank with an old session, one with an open message, one with a process that runs, and a new one."""
    bank = open_bank(url)
    for session, status in ((1, "Completed"), (2, "Queued"), (3, "Completed"), (4, "Completed")):
        bank.write(
            [
                bank.session(session, "t.Production"),
                *bank.header(session, "Request", session, "External", "Run", ("Ens.Request", "{}"), status),
                bank.event("info", "Run", "ran", session, session),
            ]
        ).result()
    answer = bank.header(5, "Response", 1, "Run", "External", ("Ens.Response", '{"a":1}'), "Completed", corresponding=1)
    process = bank.process(3, 3, "P", "t.P", "Running", "{}", '{"calls": [[1, 2]], "timers": []}')
    age = ("UPDATE headers SET created = created - ?, processed = processed - ? WHERE session < ?", (1000, 1000, 4))
    older = ("UPDATE sessions SET started = started - ? WHERE id < ?", (1000, 4))
    bank.write([*answer, process]).result()
    bank.write([age, older]).result()
    return bank


def test_what_is_old_and_over_is_purged_whole(place: Place) -> None:
    bank = filled(place())
    started = bank.messages(4)[0].created
    assert (counted := purge(bank, started - 500, pretend=True)).messages == 2
    assert len(bank.messages()) == 5
    assert purge(bank, started - 500) == counted
    assert {row.session for row in bank.messages()} == {2, 3, 4}
    assert all(row.body for row in bank.messages())
    assert [event.session for event in bank.events()] == [2, 3, 4]
    assert purge(bank, started - 500).sessions == 0
    bank.close()


def test_messages_go_from_one_bank_into_another(place: Place) -> None:
    bank, other = filled(place()), filled(place())
    text = io.StringIO()
    moved = export_messages(bank, text)
    assert (moved.sessions, moved.messages, moved.events) == (4, 5, 4)
    text.seek(0)
    assert import_messages(other, text) == moved
    rows = {row.id: row for row in other.messages()}
    assert len(rows) == 10
    (answer,) = [row for row in rows.values() if row.id > 5 and row.kind == "Response"]
    assert rows[answer.corresponding or 0].session == answer.session
    assert answer.body == '{"a":1}'
    assert [row.status for row in rows.values() if row.id > 5].count("Suspended") == 1
    with pytest.raises(LookupError, match="no session 77"):
        export_messages(bank, io.StringIO(), [77])
    broken = io.StringIO(text.getvalue() + '{"line": "message", "id": "x"}\n')
    with pytest.raises(BankError, match="line 16 of the file"):
        import_messages(other, broken)
    assert len(other.messages()) == 10
    with pytest.raises(BankError, match="holds no messages of isc-py"):
        import_messages(other, io.StringIO("hello\n"))
    bank.close()
    other.close()


class _Busy(io.StringIO):
    """Writes to a bank while that is exported."""

    def __init__(self, bank: Bank) -> None:
        super().__init__()
        self._bank = bank

    def write(self, text: str) -> int:
        if '"line": "session", "id": 4' in text:  # the next queries would see what comes now
            made = [*self._bank.header(90, "Request", 4, "P", "Run", ("Ens.Request", "{}"), "Queued", process=4)]
            process = self._bank.process(4, 4, "P", "t.P", "Running", "{}", '{"calls": [[1, 90]], "timers": []}')
            self._bank.write([*made, process, self._bank.event("info", "P", "later", 4, 90)]).result()
        return super().write(text)


def test_an_export_beside_a_production_is_of_one_moment(place: Place) -> None:
    bank = filled(place())
    text = _Busy(bank)
    moved = export_messages(bank, text)
    assert (moved.sessions, moved.messages, moved.events) == (4, 5, 4)
    assert bank.message(90) is not None
    assert "90" not in [str(json.loads(line).get("header")) for line in text.getvalue().splitlines()]
    bank.close()


# pg8000 leaves the socket of a connection that was lost, in the pool for reading, to the collector
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_production_waits_for_a_server_that_comes_back(postgres_server: PostgresServer, folder: Path) -> None:
    code = "import time; time.sleep(0.01)"
    with Director("t.Production", folder, bank=postgres_server.new_database()) as director:
        sent = [director.send_async("Run", ExecutionRequest(Code=code)) for _ in range(100)]
        postgres_server.stop("immediate")
        with pytest.raises(BankError, match="could not be written"):
            director.send_async("Run", ExecutionRequest(Code=code))
        postgres_server.start()
        for header_id in sent:
            director.wait(header_id, 60)
        rows = director.bank.messages()
        assert [row.status for row in rows] == ["Completed"] * 200
        director.send_sync("Run", ExecutionRequest(Code=code), 30)
    gc.collect()  # here, and not in the next test


def test_a_place_that_is_no_bank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="cannot be kept in mysql"):
        open_bank("mysql://h/d")
    with pytest.raises(BankError, match=r"postgresql://u:\*\*\*@127.0.0.1:1/d cannot be opened"):
        open_bank("postgresql://u:secret@127.0.0.1:1/d")
    (tmp_path / "x").write_text("no database at all, only text" * 100)
    with pytest.raises(BankError, match="cannot be opened as a message bank"):
        open_bank(tmp_path / "x")

"""Services and operations of a running production talk to real files, sockets, servers and databases."""

import contextlib
import json
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from isc.py.console.steering import act
from isc.py.ens import Director, ProductionError
from isc.py.ens.adapters.mllp import FrameReader, framed
from isc.py.msg import StringRequest
from isc.py.msg.hl7 import HL7Message

Start = Callable[..., Director]

ADT = "MSH|^~\\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|{control}|P|2.5\rPID|1||100^^^MR||{name}\r"
ECHO = """Class t.Echo Extends Ens.BusinessOperation
{
Method OnMessage(pRequest, Output pResponse) As %Status
{
    set pResponse = ##class(Ens.StringResponse).%New()
    if pRequest.%IsA("EnsLib.HTTP.GenericMessage") {
        set pResponse.StringValue = pRequest.Method_" "_pRequest.Path_": "_pRequest.Stream.Read()
    } elseif pRequest.%IsA("Ens.StreamContainer") {
        set pResponse.StringValue = pRequest.OriginalFilename_": "_pRequest.Stream.Read()
    } else {
        set pResponse.StringValue = "got it"
    }
    quit $$$OK
}
}
"""


def item(name: str, class_name: str, pool: int = 1, **settings: object) -> str:
    made = []
    for key, value in settings.items():
        target, _, plain = key.rpartition("__")
        made.append(f'<Setting Target="{target or "Host"}" Name="{plain}">{value}</Setting>')
    return f'<Item Name="{name}" ClassName="{class_name}" PoolSize="{pool}">{"".join(made)}</Item>'


def wait_for(met: Callable[[], object]) -> Any:
    """What a condition gives once it holds: others' threads and processes have their own time."""
    deadline = time.monotonic() + 60
    while not (found := met()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found
    return found


def ended(director: Director, target: str) -> list[Any]:
    """The requests to an item, once there are some and all have ended."""

    def met() -> list[Any]:
        rows = [row for row in director.bank.messages() if row.kind == "Request" and row.target == target]
        return rows if rows and all(row.status not in ("Queued", "Delivered") for row in rows) else []

    found: list[Any] = wait_for(met)
    return sorted(found, key=lambda row: row.id)


def port_of(director: Director, service: str) -> int:
    found: int = director.service(service).adapter.port
    return found


def folders(tmp_path: Path, *names: str) -> list[Path]:
    made = [tmp_path / "io" / name for name in names]
    for folder in made:
        folder.mkdir(parents=True)
    return made


# --- files ---


def test_files_go_in_and_out_and_into_the_archive(start: Start, tmp_path: Path) -> None:
    source, archive, out = folders(tmp_path, "in", "archive", "out")
    (source / "old.txt").write_text("first é")
    os.utime(source / "old.txt", (1, 1))
    (source / "new.txt").write_text("second")
    (source / "other.dat").write_text("not wanted")
    director = start(
        items=item(
            "In",
            "EnsLib.File.PassthroughService",
            TargetConfigNames="Out",
            Adapter__FilePath=source,
            Adapter__FileSpec="*.txt",
            Adapter__ArchivePath=archive,
            Adapter__AppendTimestamp="0",
            Adapter__CallInterval="0.05",
            Adapter__FileAccessTimeout="0",
        )
        + item("Out", "EnsLib.File.PassthroughOperation", Adapter__FilePath=out, Filename="%f"),
    )
    wait_for(lambda: len(list(archive.iterdir())) == 2)
    assert [json.loads(row.body)["OriginalFilename"] for row in ended(director, "Out")] == ["old.txt", "new.txt"]
    assert {path.name: path.read_text() for path in out.iterdir()} == {"old.txt": "first é", "new.txt": "second"}
    assert [path.name for path in source.iterdir()] == ["other.dat"]
    assert len({row.session for row in director.bank.messages()}) == 2


def test_a_file_that_was_taken_and_not_archived_is_not_sent_again(start: Start, tmp_path: Path) -> None:
    (source,) = folders(tmp_path, "in")
    items = item(
        "In",
        "EnsLib.File.PassthroughService",
        TargetConfigNames="Echo",
        Adapter__FilePath=source,
        Adapter__DeleteFromServer="0",
        Adapter__FileAccessTimeout="0",
        Adapter__CallInterval="0.05",
    ) + item("Echo", "t.Echo")
    (source / "a.txt").write_text("once")
    director = start(ECHO, items=items)
    ended(director, "Echo")
    director.stop()
    director.start()  # the file is where it was, as after a crash in front of the archive
    wait_for(lambda: [event for event in director.bank.events() if "taken before, in session" in event.text])
    (tmp_path / "changed").write_text("changed")
    (tmp_path / "changed").replace(source / "a.txt")  # whole at once: the service may look at any moment
    wait_for(lambda: len(ended(director, "Echo")) == 2)


def test_a_service_of_a_class_file_takes_files_and_one_that_fails_stays(start: Start, tmp_path: Path) -> None:
    (source,) = folders(tmp_path, "in")
    service = """Class t.Reader Extends Ens.BusinessService
{
Parameter ADAPTER = "EnsLib.File.InboundAdapter";
Property Adapter As EnsLib.File.InboundAdapter;
Property Target As %String;
Parameter SETTINGS = "Target";
Method OnInit() As %Status
{
    set ..Target = ..Target_"o"
    quit $$$OK
}
Method OnProcessInput(pInput As %Stream.Object, Output pOutput As %RegisteredObject) As %Status
{
    set request = ##class(Ens.StringRequest).%New()
    set request.StringValue = pInput.ReadLine()
    set status = ..SendRequestAsync(..Target, request)
    if request.StringValue = "bad" quit $$$ERROR($$$GeneralError, "a bad line")
    quit status
}
}
"""
    (source / "bad.txt").write_text("bad\nx")
    (source / "good.txt").write_text("good\nx")
    director = start(
        service,
        ECHO,
        items=item(
            "Reader",
            "t.Reader",
            Target="Ech",
            Adapter__FilePath=source,
            Adapter__FileAccessTimeout="0",
            Adapter__CallInterval="0.05",
        )
        + item("Echo", "t.Echo"),
    )
    wait_for(lambda: [path.name for path in source.iterdir()] == ["bad.txt"])
    assert [row.body for row in ended(director, "Echo")] == ['{"StringValue":"good"}']
    (error,) = wait_for(lambda: [event for event in director.bank.events() if event.level == "error"])
    assert error.host == "Reader"
    assert "a bad line" in error.text


# --- HTTP ---


def test_http_requests_are_answered_by_the_target(start: Start) -> None:
    director = start(
        ECHO,
        items=item("Web", "EnsLib.HTTP.GenericService", pool=4, TargetConfigNames="Echo", Adapter__Token="open sesame")
        + item("Once", "EnsLib.HTTP.GenericService", TargetConfigNames="Echo", OneWay="1", Adapter__MaxSize="1")
        + item("Echo", "t.Echo"),
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port_of(director, 'Web')}", timeout=60) as client:
        assert client.post("/a/b", content="x").status_code == 401
        answer = client.post("/a/b?c=d", content="höi", headers={"Authorization": "Bearer open sesame"})
        assert (answer.status_code, answer.text) == (200, "POST /a/b: höi")
    with httpx.Client(base_url=f"http://127.0.0.1:{port_of(director, 'Once')}", timeout=60) as client:
        assert client.put("/x", content="y", headers={"Idempotency-Key": "1"}).status_code == 202
        again = client.put("/x", content="y", headers={"Idempotency-Key": "1"})
        assert "taken before" in again.text
        assert client.put("/x", content="y" * (2 << 20)).status_code == 413
        assert client.put("/x", content=b"\xff\xfe").status_code == 400
        for said in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = client.post("/x", content="z", headers=said)
            assert (refused.status_code, "may not send here" in refused.text) == (403, True)
        evil = {"Host": "evil.example", "Origin": "http://evil.example"}  # a name that resolves to this machine
        refused = client.post("/x", content="z", headers=evil)
        assert (refused.status_code, "HostNames" in refused.text) == (421, True)
    assert len(ended(director, "Echo")) == 2


class _Answers(BaseHTTPRequestHandler):
    statuses: list[int]
    seen: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append(f"{self.path} {body}")
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[tuple[int, type[_Answers]]]:
    handler = type("Answers", (_Answers,), {"statuses": [], "seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port, handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_operation_posts_and_tries_again_while_the_server_is_busy(
    start: Start, web: tuple[int, type[_Answers]]
) -> None:
    port, answers = web
    answers.statuses = [503, 503, 200]
    director = start(
        items=item(
            "Post",
            "EnsLib.HTTP.GenericOperation",
            RetryInterval="0.05",
            Adapter__HTTPServer="127.0.0.1",
            Adapter__HTTPPort=port,
            Adapter__URL="/in",
        )
    )
    response = director.send_sync("Post", StringRequest(StringValue="hello"), timeout=30)
    assert str(response.Stream) == "thanks"  # type: ignore[attr-defined]  # a GenericMessage
    assert answers.seen == ["/in hello"] * 3


# --- HL7 over TCP ---


@contextlib.contextmanager
def mllp(port: int) -> Iterator[Callable[[str | bytes], str]]:
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        reader = FrameReader(connection, 1 << 20)

        def exchange(message: str | bytes) -> str:
            connection.sendall(framed(message.encode() if isinstance(message, str) else message))
            answer = reader.read()
            assert answer is not None
            return answer.decode()

        yield exchange


def test_hl7_is_acknowledged_once_it_is_in_the_bank(start: Start) -> None:
    director = start(
        ECHO,
        items=item(
            "In",
            "EnsLib.HL7.Service.TCPService",
            TargetConfigNames="Echo",
            Adapter__ReadTimeout="0.3",
            MessageSchemaCategory="2.5",
            LocalFacilityApplication="HERE:US",
            IgnoreDuplicates="1",
        )
        + item("Echo", "t.Echo"),
    )
    with mllp(port_of(director, "In")) as exchange:
        message = ADT.format(control="MSG1", name="DOÉ^JOHN")
        answer = exchange(message).split("\r")
        assert answer[1] == "MSA|AA|MSG1"
        assert answer[0].startswith("MSH|^~\\&|US|HERE|EPIC|HOSP|")
        assert "|ACK^A04|" in answer[0]
        (row,) = [row for row in director.bank.messages() if row.target == "Echo"]  # committed by now
        assert json.loads(row.body)["DocType"] == "2.5:ADT_A01"
        assert "DOÉ" in row.body
        assert exchange(message).split("\r")[1] == "MSA|AA|MSG1"
        assert exchange("PID|1").split("\r")[1].startswith("MSA|AR||")
        assert exchange(ADT.encode() + b"\xff\xfe").split("\r")[1].startswith("MSA|AR|{control}|not UTF-8")
    assert len(ended(director, "Echo")) == 1
    told = "a message was refused: not utf-8: byte 103 is FF; set the adapter's Charset, or MSH:18"
    wait_for(lambda: [event for event in director.bank.events() if event.text.lower() == told.lower()])
    with socket.create_connection(("127.0.0.1", port_of(director, "In")), 60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):  # what of the words it had not read yet when it closed
            assert connection.recv(100) == b""
    wait_for(lambda: [event for event in director.bank.events() if "a frame begins with the byte 0B" in event.text])
    with socket.create_connection(("127.0.0.1", port_of(director, "In")), 30) as connection:
        connection.sendall(b"\x0bMSH|^~")
        assert connection.recv(100) == b""
    begun = "not complete within 0.3 s: 7 bytes had come, beginning with b'MSH|^~'"
    wait_for(lambda: [event for event in director.bank.events() if event.text.endswith(begun)])
    with socket.create_connection(("127.0.0.1", port_of(director, "In")), 30) as connection:
        connection.sendall(b"\x0bMSH|\x1c")
    told = "its end, 1C, is without the 0D behind it"
    wait_for(lambda: [event for event in director.bank.events() if event.text.endswith(told)])


def test_hl7_is_read_by_the_characters_that_it_names_and_what_cannot_be_read_is_kept(start: Start) -> None:
    director = start(
        ECHO,
        items=item("In", "EnsLib.HL7.Service.TCPService", TargetConfigNames="Echo", BadMessageHandler="Bad")
        + item("Echo", "t.Echo")
        + item("Bad", "t.Echo"),
    )
    latin = "MSH|^~\\&|A|B|C|D|20260101||ADT^A04|7|P|2.5||||||8859/1\rPID|1||1||MÜLLER\r".encode("iso8859-1")
    with mllp(port_of(director, "In")) as exchange:
        assert exchange(latin).split("\r")[1] == "MSA|AA|7"
        assert exchange(latin.replace(b"8859/1", b"")).split("\r")[1].startswith("MSA|AR|7|not UTF-8: byte ")
    (good,), (bad,) = ended(director, "Echo"), ended(director, "Bad")
    assert "MÜLLER" in json.loads(good.body)["RawContent"]
    assert json.loads(bad.body)["StringValue"].encode("latin-1") == latin.replace(b"8859/1", b"")  # byte by byte
    assert [event for event in director.bank.events() if "refused and is with Bad: not " in event.text]


class Receiver:
    """An HL7 system that acknowledges as it is told; ``None`` closes without an answer."""

    def __init__(self, codes: list[str | None]) -> None:
        self.codes = codes
        self.seen: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        reader = FrameReader(connection, 1 << 20)
        while (message := reader.read()) is not None:
            control = message.decode().split("\r")[0].split("|")[9]
            self.seen.append(control)
            code = self.codes.pop(0) if self.codes else "AA"
            if code is None:
                return
            answer = f"MSH|^~\\&|B||A||20260101||ACK|1|P|2.5\rMSA|{code}|{control}\r"
            connection.sendall(framed(answer.encode()))

    def close(self) -> None:
        self._server.close()


def test_acknowledgements_decide_what_becomes_of_a_message(start: Start) -> None:
    receiver = Receiver(["AA", "AE", "AR", "AA", None, "AA"])
    director = start(
        items=item(
            "Out",
            "EnsLib.HL7.Operation.TCPOperation",
            RetryInterval="0.05",
            Adapter__IPAddress="127.0.0.1",
            Adapter__Port=receiver.port,
            Adapter__SSLConfig="",
        )
    )
    for control in ("fine", "error", "rejected", "cut"):
        director.send_async("Out", HL7Message(RawContent=ADT.format(control=control, name="A")))
    rows = ended(director, "Out")
    receiver.close()
    assert [row.status for row in rows] == ["Completed", "Suspended", "Completed", "Completed"]
    assert "AE" in rows[1].error
    assert receiver.seen == ["fine", "error", "rejected", "rejected", "cut", "cut"]


# --- SQL ---


def test_rows_of_a_database_go_in_once_and_out_by_a_statement(start: Start, tmp_path: Path) -> None:
    database = tmp_path / "orders.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE seen (text TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", [(1, "bread"), (2, "O'Hara's milk")])
        connection.commit()
    director = start(
        items=item(
            "Poll",
            "EnsLib.SQL.Service.GenericService",
            TargetConfigNames="Write",
            Adapter__DSN=f"sqlite:///{database}",
            Adapter__Query="SELECT id, name FROM orders WHERE name &lt;&gt; '?' ORDER BY id",
            Adapter__KeyFieldName="ID",
            Adapter__CallInterval="0.05",
        )
        + item(
            "Write",
            "EnsLib.SQL.Operation.GenericOperation",
            Query="INSERT INTO seen VALUES (?)",
            InputParameters="Stream",
            RetryInterval="0.1",
            Adapter__DSN=f"sqlite:///{database}",
        )
    )
    wait_for(lambda: len(ended(director, "Write")) == 2)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO orders VALUES (3, 'jam')")
        connection.commit()
        wait_for(lambda: len(ended(director, "Write")) == 3)
        found = [json.loads(row[0]) for row in connection.execute("SELECT text FROM seen")]
    assert found == [{"id": 1, "name": "bread"}, {"id": 2, "name": "O'Hara's milk"}, {"id": 3, "name": "jam"}]


def test_a_database_that_is_away_is_told_of_once_and_its_rows_come_when_it_is_back(
    start: Start, tmp_path: Path
) -> None:
    database = tmp_path / "later.db"
    director = start(
        ECHO,
        initializer="",
        items=item(
            "Poll",
            "EnsLib.SQL.Service.GenericService",
            TargetConfigNames="Echo",
            Adapter__DSN=f"sqlite:///{database}",
            Adapter__Query="SELECT id FROM orders",
            Adapter__KeyFieldName="id",
            Adapter__CallInterval="0.01",
        )
        + item("Echo", "t.Echo"),
    )

    def told(text: str) -> list[Any]:
        return [event for event in director.bank.events() if text in event.text]

    wait_for(lambda: told("no such table: orders"))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.execute("INSERT INTO orders VALUES (1)")
        connection.commit()
    assert len(ended(director, "Echo")) == 1
    wait_for(lambda: told("works again after: "))
    assert len([event for event in told("no such table: orders") if event.level == "error"]) == 1
    shown = {found["name"]: found for found in director.status()["items"]}
    assert shown["Poll"]["completed"] == 1


def test_what_cannot_be_processed_is_told_with_its_session(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    director = start(
        ECHO.replace("$$$OK", '$$$ERROR($$$GeneralError, "no paper")'),
        items=item("Web", "EnsLib.HTTP.GenericService", TargetConfigNames="Echo") + item("Echo", "t.Echo"),
    )
    answer = httpx.post(f"http://127.0.0.1:{port_of(director, 'Web')}/", content=b"x", timeout=60)
    (row,) = ended(director, "Echo")
    assert (answer.status_code, answer.text) == (500, f"the request could not be processed (session {row.session})\n")
    assert "no paper" in row.error
    act("Web", "disable", director.folder)
    assert capsys.readouterr().out == "Web is disabled: it takes no inputs\n"


# --- settings that do not fit ---


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (item("A", "EnsLib.File.PassthroughService", TargetConfigNames="B"), "needs a value for its setting FilePath"),
        (
            item("A", "EnsLib.File.PassthroughService", TargetConfigNames="B", Adapter__FilePath="/no/such"),
            "there is no folder '/no/such'",
        ),
        (
            item("A", "EnsLib.HL7.Service.TCPService", TargetConfigNames="B", Adapter__Port="many"),
            "setting Port: 'many' is not a whole number",
        ),
        (item("A", "EnsLib.HTTP.GenericService", Adapter__Port="0"), "TargetConfigNames is empty"),
        (
            item(
                "A", "EnsLib.SQL.Service.GenericService", TargetConfigNames="B", Adapter__DSN="HOSP", Adapter__Query="x"
            ),
            "setting DSN: it is no SQLAlchemy URL",
        ),
        (item("A", "EnsLib.HL7.Operation.TCPOperation", Adapter__IPAddres="x"), "did you mean IPAddress"),
        (
            item("A", "EnsLib.HL7.Operation.TCPOperation", Adapter__IPAddress="far"),
            "setting Port: name the one",
        ),
        (
            item("A", "EnsLib.HTTP.GenericOperation", Adapter__HTTPServer="http://far/x"),
            "setting HTTPServer: 'http://far/x' is more than a host: its port is HTTPPort",
        ),
        (
            item("A", "EnsLib.SQL.Operation.GenericOperation", Adapter__DSN="oracel://far/x", Query="SELECT 1"),
            "setting DSN: there is no database or driver 'oracel'",
        ),
    ],
)
def test_a_setting_of_an_adapter_that_does_not_fit_is_named(start: Start, made: str, says: str) -> None:
    with pytest.raises(ProductionError, match=f"item 'A'.*{says}"):
        start(ECHO, items=made + item("B", "t.Echo"))


def test_settings_of_other_products_are_kept_and_told(start: Start) -> None:
    director = start(
        ECHO,
        items=item("A", "EnsLib.HL7.Service.TCPService", TargetConfigNames="B", ArchiveIO="1", Adapter__JGService="x")
        + item("B", "t.Echo"),
    )
    told = [event.text for event in director.bank.events() if event.level == "warning" and event.host == "A"]
    assert [text.split(":")[0] for text in told] == [
        "EnsLib.HL7.Service.TCPService has no setting 'ArchiveIO'",
        "EnsLib.HL7.Adapter.TCPInboundAdapter has no setting 'JGService'",
    ]


# --- the clock, and adapters of one's own ---


def test_the_clock_and_an_adapter_of_a_class_file_call_the_service(start: Start) -> None:
    adapter = """Class t.Once Extends Ens.InboundAdapter
{
Property Done As %Boolean;
Method OnTask() As %Status
{
    if ..Done quit $$$OK
    set ..Done = 1
    quit ..BusinessHost.ProcessInput("from outside")
}
}
"""
    service = """Class t.Caller Extends Ens.BusinessService
{
Parameter ADAPTER = "{adapter}";
Method OnProcessInput(pInput, Output pOutput) As %Status
{
    set request = ##class(Ens.StringRequest).%New()
    set request.StringValue = pInput
    quit ..SendRequestAsync("Echo", request)
}
}
"""
    director = start(
        ECHO,
        adapter,
        service.replace("{adapter}", "t.Once"),
        service.replace("{adapter}", "isc.py.ens.TimerAdapter").replace("t.Caller", "t.Clock"),
        items=item("Once", "t.Caller", Adapter__CallInterval="0.05")
        + item("Clock", "t.Clock", Adapter__Cron="* * * * * *")
        + item("Echo", "t.Echo"),
    )

    def sent() -> dict[str, list[str]]:
        rows = [row for row in director.bank.messages() if row.target == "Echo"]
        return {
            name: [json.loads(row.body)["StringValue"] for row in rows if row.source == name]
            for name in ("Once", "Clock")
        }

    wait_for(lambda: len(sent()["Clock"]) >= 2)
    assert sent()["Once"] == ["from outside"]
    assert len(set(sent()["Clock"])) == len(sent()["Clock"])
    director.stop()
    with pytest.raises(ProductionError, match=r"item 'Clock'.*'often' is no cron expression"):
        start(
            service.replace("{adapter}", "isc.py.ens.TimerAdapter").replace("t.Caller", "t.Clock"),
            items=item("Clock", "t.Clock", Adapter__Cron="often"),
        )

"""HTTP and HL7 over TLS, in and out, with certificates of the test; what does not fit is named, nothing is lost."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from isc.py.data.exceptions import ConfigurationError
from isc.py.data.namespace import open_namespace, use
from isc.py.ens import Director, Item, MessageFailedError, ProductionError
from isc.py.ens.adapters.mllp import FrameReader, framed
from isc.py.ens.adapters.tls import server_context
from isc.py.ens.definition import Definition
from isc.py.ens.production_xml import write_class
from isc.py.msg import StringRequest
from isc.py.msg.hl7 import HL7Message

Start = Callable[..., Director]

ADT = "MSH|^~\\&|EPIC|HOSP|LAB|CLINIC|20260101120000||ADT^A04^ADT_A01|{control}|P|2.5\rPID|1||100^^^MR||{name}\r"
ECHO = """Class t.Echo Extends Ens.BusinessOperation
{
Method OnMessage(request, Output response) As %Status
{
    set response = ##class(Ens.StringResponse).%New()
    if request.%IsA("EnsLib.HTTP.GenericMessage") {
        set response.StringValue = request.Method_" "_request.Path_": "_request.Stream.Read()
    }
    quit $$$OK
}
}
"""
TABLES = """
[tls.mutual]
certificate = "server.pem"
ca = "ca.pem"

[tls.open]
certificate = "server.pem"

[tls.client]
certificate = "client.pem"
ca = "ca.pem"

[tls.nobody]
ca = "ca.pem"

[tls.stranger]
certificate = "client.pem"
ca = "other.pem"
"""


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Certificates of a server and a client in the folder of the production, and the authority that gave them."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    ca.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    ca.issue_cert("client@here").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "client.pem"))
    (tmp_path / "iscpy.toml").write_text(TABLES)
    return ca


def trusting(authority: trustme.CA, *, certificate: bool = True) -> ssl.SSLContext:
    """A client's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    if certificate:
        authority.issue_cert("another@here").configure_cert(context)
    return context


def wait_for(met: Callable[[], object]) -> None:
    """Others' threads and processes have their own time."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def port_of(director: Director, name: str) -> int:
    return int(director.service(name).adapter.port)


def texts(director: Director) -> str:
    return "\n".join(event.text for event in director.bank.events())


def python() -> Item:
    return Item("isc.py.ens.Operation", settings={"Initializer": "", "Timeout": ""})


def service(name: str, kind: str, table: str) -> Item:
    settings = {"TargetConfigNames": "Echo", "Adapter.SSLConfig": table}
    return Item(name, f"EnsLib.{kind}", settings=settings)


def http(port: int, name: str, table: str, failure: str = "-1") -> Item:
    settings = {"HTTPServer": "127.0.0.1", "HTTPPort": port, "SSLConfig": table}
    return _going_out(name, "EnsLib.HTTP.GenericOperation", failure, settings)


def hl7(port: int, name: str, table: str, failure: str = "-1") -> Item:
    settings = {"IPAddress": "127.0.0.1", "Port": port, "SSLConfig": table, "ResponseTimeout": 20}
    return _going_out(name, "EnsLib.HL7.Operation.TCPOperation", failure, settings)


def _going_out(name: str, class_name: str, failure: str, adapter: dict[str, object]) -> Item:
    settings = {f"Adapter.{key}": value for key, value in adapter.items()}
    return Item(name, class_name, settings={"RetryInterval": 0.05, "FailureTimeout": failure} | settings)


def apply(director: Director, *items: Item) -> None:
    director.steering.apply(write_class(Definition("t.Production", (python(), Item("Echo", "t.Echo"), *items))))


def test_http_goes_in_and_out_over_tls_or_says_what_does_not_fit(
    start: Start, authority: trustme.CA, tmp_path: Path
) -> None:
    director = start(ECHO, items='<Item Name="Echo" ClassName="t.Echo"/>', initializer="")
    services = [service("In", "HTTP.GenericService", "mutual"), service("Open", "HTTP.GenericService", "open")]
    apply(director, *services)
    port, open_port = port_of(director, "In"), port_of(director, "Open")
    with_one, without = trusting(authority), trusting(authority, certificate=False)
    assert httpx.post(f"https://localhost:{port}/a", content="x", verify=with_one, timeout=30).text == "POST /a: x"
    assert httpx.get(f"https://localhost:{open_port}/b", verify=without, timeout=30).text == "GET /b: "
    for scheme in ("https", "http"):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{scheme}://localhost:{port}/a", verify=without, timeout=30)

    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://localhost:{open_port}/b", verify=ssl.create_default_context(), timeout=30)
    for said in ("it has no client certificate", "what it sends is no TLS", "the other side ended the handshake"):
        wait_for(lambda said=said: f"connection from 127.0.0.1: {said}" in texts(director))

    shown = {item["name"]: item["completed"] for item in director.status()["items"]}
    assert (shown["In"], shown["Open"]) == (1, 1)
    wait_for(lambda: f"listens on 127.0.0.1:{port} with TLS" in texts(director))

    apply(
        director,
        *services,
        http(port, "Client", "client"),
        http(port, "Nobody", "nobody", failure="0.01"),
        http(port, "Stranger", "stranger"),
    )
    assert str(director.send_sync("Client", StringRequest(StringValue="hi"), 30).Stream).endswith(": hi")  # type: ignore[attr-defined]
    with pytest.raises(MessageFailedError, match="certificate"):
        director.send_sync("Nobody", StringRequest(StringValue="x"), 30)
    waits = director.send_async("Stranger", StringRequest(StringValue="stays"))
    wait_for(lambda: "its certificate is not accepted" in texts(director))
    assert director.bank.message(waits).processed is None  # type: ignore[union-attr]
    (tmp_path / "other.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    director.steering.act("Stranger", "restart")
    assert str(director.wait(waits, 30).Stream).endswith(": stays")  # type: ignore[attr-defined]


def test_hl7_goes_in_and_out_over_tls_or_says_what_does_not_fit(start: Start, authority: trustme.CA) -> None:
    director = start(ECHO, items='<Item Name="Echo" ClassName="t.Echo"/>', initializer="")
    inside = service("In", "HL7.Service.TCPService", "mutual")
    apply(director, inside)
    port = port_of(director, "In")
    with _secure(port, trusting(authority)) as connection:
        for control in ("one", "two"):  # on one connection, the second one long
            name = "N" * (3_000_000 if control == "two" else 1)
            connection.sendall(framed(ADT.format(control=control, name=name).encode()))
            answer = FrameReader(connection, 1 << 20, 30, 30).read()
            assert answer is not None
            assert f"MSA|AA|{control}" in answer.decode()
    with pytest.raises(OSError), _secure(port, trusting(authority, certificate=False)) as connection:
        assert FrameReader(connection, 1 << 20, 30, 30).read() is None
    wait_for(lambda: "connection from 127.0.0.1: it has no client certificate" in texts(director))
    with socket.create_connection(("127.0.0.1", port), 30) as plain:
        plain.sendall(framed(b"MSH|^~"))
        with contextlib.suppress(ConnectionResetError):
            while plain.recv(100):
                pass
    wait_for(lambda: "connection from 127.0.0.1: what it sends is no TLS" in texts(director))

    receiver = port_of(director, "In")
    apply(director, inside, hl7(receiver, "Out", "client"), hl7(receiver, "Plain", "", failure="0.01"))
    for control in ("three", "four"):
        ack = director.send_sync("Out", HL7Message(RawContent=ADT.format(control=control, name="A")), 30)
        assert f"MSA|AA|{control}" in ack.RawContent  # type: ignore[attr-defined]
    with pytest.raises(MessageFailedError, match=f"127.0.0.1:{receiver} "):
        director.send_sync("Plain", HL7Message(RawContent=ADT.format(control="five", name="A")), 30)
    got = [row for row in director.bank.messages() if row.target == "Echo" and row.kind == "Request"]
    assert len(got) == 4


@contextlib.contextmanager
def _secure(port: int, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    plain = socket.create_connection(("127.0.0.1", port), 30)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("mutal", r"has no table \[tls.mutal\] \(did you mean mutual\?\)"),
        ("nobody", "has no certificate: a server needs one"),
        ("missing", "certificate .*no.pem: No such file or directory"),
        ("mixed", "key .*client.pem is not the one of certificate .*server.pem"),
        ("keyless", "key .*ca.pem holds no private key in PEM form"),
        ("wrong", "ca .*iscpy.toml: no certificate in PEM form"),
        ("asking", "verifies clients and has no ca"),
    ],
)
def test_a_table_that_does_not_fit_is_named_when_the_service_starts(
    authority: trustme.CA, tmp_path: Path, table: str, said: str
) -> None:
    assert authority
    more = """
[tls.missing]
certificate = "no.pem"
[tls.mixed]
certificate = "server.pem"
key = "client.pem"
[tls.keyless]
certificate = "ca.pem"
[tls.wrong]
certificate = "server.pem"
ca = "iscpy.toml"
[tls.asking]
certificate = "server.pem"
verify_client = "required"
"""
    (tmp_path / "iscpy.toml").write_text(TABLES + more)
    with use(open_namespace(tmp_path)), pytest.raises(ProductionError, match=said):
        server_context(table)


def test_the_password_of_a_key_comes_from_the_environment(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = (tmp_path / "server.pem").read_bytes()
    locked = load_pem_private_key(pem, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    table = '[tls.locked]\ncertificate = "server.pem"\nkey = "locked.pem"\nkey_password = "{}"\n'
    for password, said in (("", "is encrypted, and key_password is empty"), ("x", "key_password is another one")):
        (tmp_path / "iscpy.toml").write_text(table.format(password))
        with use(open_namespace(tmp_path)), pytest.raises(ProductionError, match=said):
            server_context("locked")
    (tmp_path / "iscpy.toml").write_text(table.format("${KEY_OF_TEST}"))
    with use(open_namespace(tmp_path)):
        with pytest.raises(ConfigurationError, match="KEY_OF_TEST is not set"):
            server_context("locked")
        monkeypatch.setenv("KEY_OF_TEST", "open sesame")
        assert server_context("locked").verify_mode == ssl.CERT_NONE

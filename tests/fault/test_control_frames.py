"""Garbage on the control socket: it is refused, and the production goes on."""

import json
import random
import socket
import struct
from pathlib import Path

import pytest
from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.frames import receive_frame, send_frame
from isc.py.msg import ExecutionRequest

PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production"><Item Name="Run" ClassName="isc.py.ens.Operation"/></Production>
}
}
"""


def framed(data: bytes) -> bytes:
    return struct.pack("<Q", len(data)) + data


#: What is sent, and what the answer says: "" where the other side cannot know that the frame is over.
GARBAGE = [
    (b"\xff" * 16, "is no frame of ours"),
    (b"GET / HTTP/1.1\r\n\r\n", "is no frame of ours"),
    (framed(b""), "no JSON"),
    (framed(b"{"), "no JSON"),
    (framed(b"\xff\xfe"), "no JSON"),
    (framed(b"[" * 100_000), "no JSON"),
    (framed(b"[1, 2]"), "no object but list"),
    (framed(b"null"), "no object but NoneType"),
    (framed(b"{}"), "the request has no 'do'"),
    (framed(b'{"do": "dance"}'), "does not know 'dance'"),
    (framed(b'{"do": ["send"]}'), "does not know"),
    (framed(b'{"do": "send"}'), "the request has no 'target'"),
    (framed(b'{"do": "send", "target": {}, "class": 5, "body": null}'), ""),
    (framed(b'{"do": "item", "name": 5, "action": "dance"}'), ""),
    (framed(b'{"do": "apply", "text": 5}'), ""),
]


def test_garbage_is_refused_and_the_production_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.cls").write_text(PRODUCTION)
    namespace = open_namespace(tmp_path)
    namespace.load_path(tmp_path)
    chance = random.Random(1)
    request = {"do": "send", "target": "Run", "class": "isc.py.msg.ExecutionRequest", "body": '{"Code": "x = 1"}'}
    good = framed(json.dumps(request).encode())
    with Director("t.Production", tmp_path) as director:
        for data, why in GARBAGE:
            with connected(tmp_path) as connection:
                connection.sendall(data)
                answer = receive_frame(connection)
                assert answer is not None, data
                assert not answer["ok"], data
                assert why in answer["error"], data
        for _ in range(200):  # requests with some bytes changed, and cut anywhere
            changed = bytearray(good)
            for _ in range(chance.randrange(1, 5)):
                changed[chance.randrange(8, len(changed))] = chance.randrange(256)
            with connected(tmp_path) as connection:
                connection.sendall(changed[: chance.randrange(len(changed) + 1)])
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass
        with connected(tmp_path) as connection:
            send_frame(connection, request)
            answer = receive_frame(connection)
            assert answer is not None
            assert answer["ok"]
        director.send_sync("Run", ExecutionRequest(Code="x = 2"), 60)
        ends = {row.status for row in director.bank.messages() if row.kind == "Request"}
        assert ends <= {"Completed", "Error"}
    namespace.close()
    assert "Traceback" not in capfd.readouterr().err


def connected(folder: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect(".iscpy/control.sock")
    return connection

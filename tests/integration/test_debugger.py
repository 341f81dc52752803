import json
import re
import socket
from collections.abc import Callable

import pytest
from isc.py.ens import Director
from isc.py.msg import DebugRequest, ExecutionRequest
from isc.py.objectscript import dictionary

Start = Callable[..., Director]
OPERATION = "isc.py.ens.Operation"
ITEM = """<Item Name="Debugged" ClassName="isc.py.ens.Operation">
<Setting Target="Host" Name="DebugTimeout">0.5</Setting></Item>"""


def invited(director: Director) -> int:
    director.send_sync("Debugged", DebugRequest(), 60)
    text = "".join(event.text for event in director.bank.events() if event.level == "stdout")
    found = re.search(r"connect to 127\.0\.0\.1:(\d+)", text)
    assert found is not None, text
    return int(found.group(1))


def test_a_debugger_finds_the_port_and_the_message_goes_on_without_one(start: Start) -> None:
    director = start(items=ITEM)
    port = invited(director)
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        body = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "t"}})
        client.sendall(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert b"Content-Length" in client.recv(4096)
    response = director.send_sync("Debugged", ExecutionRequest(Code="x = 1", Variables="x"), 60)
    assert dict(response.Variables) == {"x": "1"}  # type: ignore[attr-defined]  # an ExecutionResponse


@pytest.fixture(autouse=True)
def _dictionary() -> None:
    dictionary.reset()

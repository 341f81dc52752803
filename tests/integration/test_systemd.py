"""The unit that the operations guide gives, and what ``iscpy run`` tells systemd, over a socket as systemd's."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from isc.py.ens.bank import open_bank
from isc.py.ens.control import ControlClient

GUIDE = Path(__file__).parent.parent.parent / "docs" / "operations.md"
PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production"><Item Name="Run" ClassName="isc.py.ens.Operation"/></Production>
}
}
"""
WAIT = 60.0


def unit() -> str:
    found = re.search(r"<!-- file: shop.service -->\n```ini\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(WAIT)
        yield listening


def test_the_unit_of_the_guide_is_one_that_systemd_takes(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    (tmp_path / "iscpy").symlink_to(sys.executable)  # any program that is there
    text = unit().replace("/srv/shop/venv/bin/iscpy", str(tmp_path / "iscpy")).replace("User=shop", "User=root")
    (tmp_path / "shop.service").write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", "shop.service"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    about_it = [line for line in done.stderr.splitlines() if "shop.service" in line or "shop" in line.split(":")[0]]
    assert about_it == [], done.stderr


def test_it_says_that_it_is_ready_lives_and_stops_and_drains(tmp_path: Path, systemd: socket.socket) -> None:
    (tmp_path / "p.cls").write_text(PRODUCTION)
    iscpy = [sys.executable, "-m", "isc.py.console"]
    subprocess.run([*iscpy, "load", "p.cls"], cwd=tmp_path, check=True, capture_output=True)
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    running = subprocess.Popen(
        [*iscpy, "run", "t.Production"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert systemd.recv(1000).decode() == "READY=1\nSTATUS=t.Production: Run"
        assert [systemd.recv(1000) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        go = tmp_path / "go"
        code = f"import os, time\nos.environ['NOTIFY_SOCKET']\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)"
        with ControlClient(tmp_path) as client:
            told = client.send("Run", "isc.py.msg.ExecutionRequest", f'{{"Code": {json.dumps(code)}}}', is_async=True)
            kept = code.replace("os.environ['NOTIFY_SOCKET']\n", "")
            slow = client.send("Run", "isc.py.msg.ExecutionRequest", f'{{"Code": {json.dumps(kept)}}}', is_async=True)
            queued = client.send("Run", "isc.py.msg.ExecutionRequest", '{"Code": "x = 1"}', is_async=True)
        running.send_signal(signal.SIGTERM)  # as KillMode=mixed: to the main process
        while (said := systemd.recv(1000)) == b"WATCHDOG=1":
            pass
        assert said.decode() == "STOPPING=1\nSTATUS=stopping: what is queued is finished first"
        assert systemd.recv(1000) == b"WATCHDOG=1"  # it lives while it drains
        go.touch()
        assert running.wait(WAIT) == 0, running.stdout.read()  # type: ignore[union-attr]
    finally:
        running.kill()
        running.communicate()
    bank = open_bank(tmp_path / ".iscpy" / "bank.sqlite")
    rows = [bank.message(header["header_id"]) for header in (told, slow, queued)]
    bank.close()
    assert [row.status for row in rows if row is not None] == ["Error", "Completed", "Completed"]
    assert rows[0] is not None
    assert "NOTIFY_SOCKET" in rows[0].error  # workers do not speak in its name

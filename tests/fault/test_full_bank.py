"""A bank in PostgreSQL whose server has no room: for its tables, then for its log of changes, without which it ends.

The disk is full for the server alone, by a library between it and the system: only root may mount a small disk.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pg8000.exceptions
import pg8000.native
import pytest
from fault.test_storm import Storm
from isc.py.ens.bank import open_bank
from servers import PostgresServer, postgres_programs


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="iscpy-full-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = Path(__file__).with_name("full_disk.c")
        built = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(source), "-ldl"]
        subprocess.run([*built, "-o", str(folder / "full_disk.so")], check=True)
        environment = {"LD_PRELOAD": str(folder / "full_disk.so"), "ISCPY_FULL_DISK": str(folder / "full")}
        made = PostgresServer(programs, folder, initdb=["--wal-segsize=1"], environment=environment, fsync="off")
        yield made
        (folder / "full").unlink(missing_ok=True)
        if made.runs():
            made.stop("immediate")


def _lines(storm: Storm, count: int) -> None:
    """Let so many more messages be acknowledged."""
    seen = len(storm.acknowledged)
    while len(storm.acknowledged) < seen + count:
        storm.line()


def _await(server: PostgresServer) -> None:
    """Until it answers; one that ended, since its recovery found no room either, is started as an operator would."""
    deadline = time.monotonic() + 60
    while not _answers(server):
        assert time.monotonic() < deadline, (server.folder / "log").read_text()[-3000:]
        if not server.runs():
            server.start()
        time.sleep(0.05)


def _answers(server: PostgresServer) -> bool:
    try:
        pg8000.native.Connection("postgres", host="127.0.0.1", port=server.port).close()
    except (pg8000.exceptions.Error, OSError):
        return False
    return True


# pg8000 leaves the socket of a connection that was lost, in the pool for reading, to the collector
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_without_room_loses_nothing_and_goes_on_when_there_is(server: PostgresServer, tmp_path: Path) -> None:
    full = server.folder / "full"
    storm = Storm(tmp_path, server.new_database())
    storm.start()
    assert storm.process is not None
    told = ""
    try:
        for place in ("/base/", "/pg_wal/"):
            _lines(storm, 50)
            storm.post()
            written = full.with_name("full.new")
            written.write_text(place)
            written.chmod(0o644)
            written.rename(full)
            if place == "/base/":
                while (words := storm.line())[0] != "full":
                    pass
                told = words[1].replace("_", " ")
            else:  # the sender waits: whether its commit was the last one is not known before the server is back
                while "PANIC:" not in (server.folder / "log").read_text():
                    time.sleep(0.02)
                while not _answers(server) and server.runs():
                    time.sleep(0.05)
            full.unlink()
            _await(server)
        _lines(storm, 50)
        storm.stop()
    finally:
        if storm.process is not None:
            storm.process.kill()
            storm.rest()
    storm.check()
    log = (server.folder / "log").read_text()
    assert 'PANIC:  could not write to file "pg_wal/' in log
    assert 'could not extend file "base/' in log
    assert "could not extend file" in told
    bank = open_bank(storm.bank)
    events = [event.text for event in bank.events() if event.text.startswith("the message bank could not be written")]
    bank.close()
    assert "could not extend file" in events[0]
    assert len(events) >= 2
    errors = (tmp_path / "stderr").read_text()
    assert "the message bank cannot be written: could not extend file" in errors
    assert errors.count("the message bank can be written again") == len(events)

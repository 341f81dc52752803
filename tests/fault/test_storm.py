"""Directors and workers that die at any moment under load, full disks, odd workers: every message ends once.

``make storm`` runs the long form: 300 rounds on SQLite and 100 on PostgreSQL.
"""

import itertools
import multiprocessing
import os
import random
import resource
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TextIO

import pytest
from fault.storm import ODD, PROCESS, PRODUCTION, serve
from isc.py.data.namespace import open_namespace
from isc.py.ens import PostBox
from isc.py.ens.bank import open_bank
from isc.py.ens.bank.posts import header_of
from isc.py.ens.bank.waits import Waits
from isc.py.ens.exceptions import BankError
from isc.py.msg import ExecutionRequest
from servers import PostgresServer

LONG = bool(os.environ.get("ISCPY_STORM"))
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["isc.py.ens.director", "isc.py.ens.process_runner", "sqlalchemy.dialects.sqlite", "alembic.command"]
)
KINDS = ("worker", "Director", "worker", "both", "worker")  # a Director takes seconds to start, a worker does not
ENDS = {"Completed", "Error", "Suspended", "Discarded"}


@dataclass
class Storm:
    """Rounds of one production; `acknowledged` is what the sender was told, by queue."""

    folder: Path
    bank: str
    process: "ForkServerProcess | None" = None
    until: "Connection | None" = None  # closed to end it
    told: "TextIO | None" = None
    workers: list[int] = field(default_factory=list)
    acknowledged: list[tuple[str, int, int]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    box: PostBox | None = None
    posts: list[int] = field(default_factory=list)  # what this process posted, beside what the Director sends

    def __post_init__(self) -> None:
        (self.folder / "production.cls").write_text(PRODUCTION)
        (self.folder / "process.cls").write_text(PROCESS)
        namespace = open_namespace(self.folder)
        assert [report.error for report in namespace.load_path(self.folder) if report.error] == []
        namespace.close()

    def start(self, odd: str = "") -> None:
        """A Director in a process of its own, forked from one that has the modules already."""
        first = max((number for _, number, _ in self.acknowledged), default=0) + 10
        until, self.until = _FORKS.Pipe(duplex=False)
        told, tells = _FORKS.Pipe(duplex=False)
        self.told = os.fdopen(os.dup(told.fileno()))
        told.close()
        self.process = _FORKS.Process(target=serve, args=(self.folder, self.bank, first, odd, until, tells))
        self.process.start()
        until.close()
        tells.close()
        self.workers = [int(pid) for pid in self.line()[1:]]

    def line(self) -> list[str]:
        assert self.told is not None
        words = self.told.readline().split()
        if len(words) == 3 and words[0] != "workers":
            self.acknowledged.append((words[0], int(words[1]), int(words[2])))
        elif not words:
            raise AssertionError((self.folder / "stderr").read_text()[-3000:])
        return words

    def round(self, chance: random.Random, what: str) -> None:
        """Let it run for a moment, then kill a worker, the Director, or both."""
        if self.process is None:
            self.start()
        assert self.process is not None
        for _ in range(chance.randrange(10, 60)):
            self.line()
        self.post()
        time.sleep(chance.random() / 20)  # anywhere within what it does
        self.kills[what] += 1
        if what != "Director":
            with suppress(ProcessLookupError):
                os.kill(chance.choice(self.workers), signal.SIGKILL)
        if what != "worker":
            self.process.kill()
            self.rest()

    def post(self) -> None:
        """Post three messages into the bank; those that may be in it already under the same key."""
        self.box = self.box or PostBox(self.bank)
        for _ in range(3):
            key = str(len(self.posts))
            while True:
                with suppress(BankError):
                    self.posts.append(self.box.post("Called", ExecutionRequest(Code="pass"), key=key))
                    break

    def rest(self) -> None:
        """Read what it told before it ended."""
        assert self.process is not None
        assert self.told is not None
        assert self.until is not None
        with suppress(AssertionError, IndexError):
            while self.line():
                pass
        self.process.join()
        self.process.close()
        self.until.close()
        self.told.close()
        self.process = None

    def finish(self, odd: str = "") -> None:
        """Let it do what is left."""
        if self.process is None or odd:
            self.stop()
            self.start(odd)
        self.stop()

    def take_posts(self) -> None:
        """Let it run until it has taken what was posted; what a stopped one has not taken waits for the next."""
        bank, left, deadline = open_bank(self.bank), self.posts, time.monotonic() + 60
        try:
            while left := [post for post in left if header_of(bank, post) is None]:
                assert time.monotonic() < deadline, f"posts {left} were not taken"
                self.line()
        finally:
            bank.close()

    def stop(self) -> None:
        if self.process is not None:
            assert self.until is not None
            self.take_posts()
            self.until.close()
            self.rest()

    def check(self) -> dict[str, object]:
        """Every message has one end, no process is stuck, no queue out of order."""
        bank = open_bank(self.bank)
        try:
            rows = {row.id: row for row in bank.messages(limit=10_000_000)}
            states = Counter(state[2] for state in bank.process_states())
            posted = [header_of(bank, post) for post in self.posts]
        finally:
            bank.close()
        if self.box is not None:
            self.box.close()
        untaken = [post for post, header_id in zip(self.posts, posted, strict=True) if header_id not in rows]
        lost = [item for item in self.acknowledged if item[2] not in rows]
        requests = [row for row in rows.values() if row.kind == "Request"]
        answers = Counter(row.corresponding for row in rows.values() if row.kind == "Response")
        open_ones = [row.id for row in requests if row.status not in ENDS]
        unanswered = [row.id for row in requests if row.status == "Completed" and answers[row.id] != 1]
        violations = {queue: _out_of_order(self.folder / queue) for queue in ("direct", "process")}
        figures: dict[str, object] = {
            "kills": dict(self.kills),
            "acknowledged": len(self.acknowledged),
            "posted": len(self.posts),
            "requests": len(requests),
            "statuses": dict(Counter(row.status for row in requests)),
            "run again": sum(row.crashes for row in requests),
            "lost": len(lost),
            "posted, not taken": len(untaken),
            "without an end": len(open_ones),
            "completed without one response": len(unanswered),
            "processes": dict(states),
            "out of order": violations,
        }
        for name, value in figures.items():
            print(f"{name:32} {value}")
        assert not lost
        assert not untaken
        assert len(set(posted)) == len(set(self.posts)) == len(self.posts)
        assert not open_ones
        assert not unanswered
        assert set(states) <= {"Completed", "Error"}
        assert violations == {"direct": 0, "process": 0}
        return figures


def _out_of_order(runs: Path) -> int:
    """How often a message ran first after one that was sent later."""
    first = list(dict.fromkeys(int(word) for word in runs.read_text().split()))
    return sum(later < earlier for earlier, later in itertools.pairwise(first))


@pytest.mark.timeout(14400 if LONG else 600)
@pytest.mark.parametrize(("kind", "rounds"), [("sqlite", 300 if LONG else 10), ("postgresql", 100 if LONG else 5)])
def test_kills_at_any_moment(request: pytest.FixtureRequest, tmp_path: Path, kind: str, rounds: int) -> None:
    bank = f"sqlite:///{tmp_path / 'bank.sqlite'}"
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        bank = server.new_database()
    storm = Storm(tmp_path, bank)
    chance = random.Random(rounds)
    try:
        for number in range(rounds):
            storm.round(chance, chance.choice(KINDS) if LONG else KINDS[number % len(KINDS)])
        storm.finish()
    finally:
        if storm.process is not None:
            storm.process.kill()
            storm.rest()
    figures = storm.check()
    assert sum(storm.kills.values()) == rounds
    assert set(storm.kills) == set(KINDS)
    assert figures["acknowledged"]


@pytest.mark.timeout(14400 if LONG else 240)
# pg8000 leaves the socket of a connection that was lost, in the pool for reading, to the collector
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_database_that_stops_and_starts_under_load(postgres_server: PostgresServer, tmp_path: Path) -> None:
    storm = Storm(tmp_path, postgres_server.new_database())
    storm.start()
    assert storm.process is not None
    try:
        for number in range(20 if LONG else 2):
            for _ in range(20):
                storm.line()
            storm.post()
            postgres_server.stop("immediate" if number % 2 else "fast")
            postgres_server.start()
            storm.kills["database"] += 1
            seen = len(storm.acknowledged)
            while len(storm.acknowledged) < seen + 20:
                storm.line()
        storm.stop()
    finally:
        if storm.process is not None:
            storm.process.kill()
            storm.rest()
    storm.check()


def test_a_disk_that_is_full_and_workers_that_misbehave(tmp_path: Path) -> None:
    storm = Storm(tmp_path, f"sqlite:///{tmp_path / 'bank.sqlite'}")
    storm.start(" ".join(ODD))
    assert storm.process is not None
    try:
        while len(storm.acknowledged) < 50:
            storm.line()
        pid = storm.process.pid
        assert pid is not None
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))  # no file of it grows any more
        while storm.line()[0] != "full":
            pass
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        seen = len(storm.acknowledged)
        while len(storm.acknowledged) < seen + 50:
            storm.line()
        storm.stop()
    finally:
        if storm.process is not None:
            storm.process.kill()
            storm.rest()
    storm.check()
    bank = open_bank(storm.bank)
    odd = {queue: bank.message(header_id) for queue, _, header_id in storm.acknowledged if queue in ODD}
    bank.close()
    assert set(odd) == set(ODD)
    for name, text in (("loop", "Timeout"), ("memory", "Memory"), ("frame", "worker")):
        row = odd[name]
        assert row is not None
        assert row.status in ("Error", "Suspended"), name
        assert text in row.error


@pytest.mark.parametrize("jump", [-1e6, 1e6, 0.0])
def test_a_timer_never_waits_longer_than_it_was_set_for_though_the_clock_jumped(jump: float) -> None:
    waits = Waits({}, {1: (5.0, time.time() + 5.0 - jump)})
    (left,) = Waits.of(waits.to_json()).left().values()
    assert 0 <= left <= 5
    assert (left == 0) == (jump > 0)

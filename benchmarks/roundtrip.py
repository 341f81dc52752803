"""A durable round trip: request committed, run in the worker process, response committed; beside other engines."""

import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from isc.py.data.namespace import open_namespace
from isc.py.ens import Director
from isc.py.ens.relay import Sent
from isc.py.msg import ExecutionRequest

from .peers import IN_FLIGHT, MissingError, Peer, celery, dbos, jupyter
from .report import Report

T = TypeVar("T")
PRODUCTION = """Class bench.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="bench.Production"><Item Name="Operation" ClassName="isc.py.ens.Operation" PoolSize="1"/></Production>
}
}
"""


def run(*, short: bool) -> Report:
    """Measure; 5,000 messages, or 500."""
    count = 500 if short else 5000
    report = Report("roundtrip")
    full, full_of_one = _director(report, "FULL", count)
    normal, normal_of_one = _director(report, "NORMAL", count)
    postgres = on_postgres(report, lambda url: _director(report, "FULL", count, url))
    fsync = _huey(report, count // 5, fsync=True)
    unsynced = _huey(report, count // 5, fsync=False)
    queued = _peer(report, "Celery with Redis, fsync always", celery, count // 5)
    workflows = _peer(report, "DBOS SQLite, workflow of one step", dbos, count // 10, threads=4)
    _peer(report, "not durable: Jupyter kernel", jupyter, count // 10, threads=0)
    _pipe(report, count)
    report.summary["per_second_64"] = round(full, 1)
    report.summary["p50_ms_1"] = next(row.median for row in report.rows if "FULL, one in flight" in row.way)
    report.summary["per_second_64_one_thread"] = round(full_of_one, 1)
    report.summary["normal_per_second_64"] = round(normal, 1)
    report.summary["normal_per_second_64_one_thread"] = round(normal_of_one, 1)
    report.summary["postgres_per_second_64"] = None if postgres is None else round(postgres[0], 1)
    durable = [speed for speed in (fsync, queued, workflows) if speed is not None]
    report.ratio("ratio_best_durable_peer", full, max(durable, default=None))
    report.ratio("ratio_normal_huey_without_fsync", normal, unsynced)
    return report


def _one_by_one(report: Report, way: str, count: int, call: Callable[[int], object]) -> None:
    found = []
    for number in range(count):
        started = time.perf_counter()
        call(number)
        found.append((time.perf_counter() - started) * 1000)
    report.rows.append(_milliseconds(way, found))


def _milliseconds(way: str, found: list[float]) -> Any:
    from .report import Row

    return Row(f"{way}, one in flight", statistics.median(found), min(found), max(found), "ms")


def _in_flight(count: int, ask: Callable[[int], object], threads: int = IN_FLIGHT) -> float:
    """Requests a second of as many threads as are in flight, each waiting for its answers."""
    numbers = iter(range(count))

    def one_after_the_other() -> None:
        for number in numbers:
            ask(number)

    with ThreadPoolExecutor(threads) as pool:  # a task a thread: a future for each message costs as much as the message
        started = time.perf_counter()
        for done in [pool.submit(one_after_the_other) for _ in range(threads)]:
            done.result()
        return count / (time.perf_counter() - started)


def _pipelined(count: int, send: Callable[[], Sent]) -> float:
    """Requests a second of one thread that has as many on their way as are in flight."""
    on_their_way: deque[Sent] = deque()
    started = time.perf_counter()
    for _ in range(count):
        if len(on_their_way) == IN_FLIGHT:
            on_their_way.popleft().response(60)
        on_their_way.append(send())
    for sent in on_their_way:
        sent.response(60)
    return count / (time.perf_counter() - started)


def _director(report: Report, synchronous: str, count: int, bank: str | None = None) -> tuple[float, float]:
    """Messages a second of as many threads as are in flight, and of one thread."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Production.cls").write_text(PRODUCTION)
        namespace = open_namespace(folder)
        namespace.load_path(Path(folder) / "Production.cls")
        with Director("bench.Production", folder, bank=bank, synchronous=synchronous, control=False) as director:

            def send() -> Sent:
                return director.send("Operation", ExecutionRequest(Code="x = 6 * 7", Variables="x"))

            def ask(number: int) -> object:
                return send().response(60)

            ask(0)
            way = f"isc-py, {'PostgreSQL' if bank else 'SQLite'} {synchronous}"
            _one_by_one(report, way, count // 5, ask)
            speed = _in_flight(count, ask)
            pipelined = _pipelined(count, send)
        namespace.close()
    report.add(f"{way}, {IN_FLIGHT} in flight of {IN_FLIGHT} threads", [speed], "messages/s")
    report.add(f"{way}, {IN_FLIGHT} in flight of one thread", [pipelined], "messages/s")
    return speed, pipelined


def on_postgres(report: Report, measure: Callable[[str], T]) -> T | None:
    """What is measured with the URL of Debian's own server, on a port of its own; None where there is none."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))  # the server that the tests start
    from servers import PostgresServer, postgres_programs

    programs = postgres_programs()
    if programs is None:
        report.peers_missing.append("postgresql (Debian)")
        return None
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer(programs, Path(folder))
        try:
            return measure(server.url)
        finally:
            server.stop("immediate")


def _peer(report: Report, way: str, peer: Peer, count: int, threads: int = IN_FLIGHT) -> float | None:
    """One in flight and, with `threads`, as many; the requests a second of those."""
    try:
        with peer() as (ask, many):
            _one_by_one(report, f"peer: {way}", max(count // 5, 10), ask)
            if many is not None:
                started = time.perf_counter()
                many(count)
                speed: float | None = count / (time.perf_counter() - started)
            else:
                speed = _in_flight(count, ask, threads) if threads else None
    except MissingError as error:
        report.peers_missing.append(str(error))
        return None
    return None if speed is None else report.add(f"peer: {way}, {threads} in flight", [speed], "messages/s")


_CONSUMER = """
import sys
from huey import SqliteHuey
huey = SqliteHuey(filename=sys.argv[1], fsync=sys.argv[2] == "1")
@huey.task()
def work(number):
    return 6 * 7
"""


def _huey(report: Report, count: int, *, fsync: bool) -> float | None:
    try:
        from huey import SqliteHuey
    except ImportError:
        report.peers_missing.append("huey")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "huey.db")
        program = (
            _CONSUMER
            + "consumer = huey.create_consumer(workers=1, initial_delay=0.001, max_delay=0.001)\nconsumer.run()\n"
        )
        huey = SqliteHuey(filename=path, fsync=fsync)

        def work(number: int) -> int:
            return 6 * 7

        work.__module__ = "__main__"
        task = huey.task(name="work")(work)
        consumer = subprocess.Popen(
            [sys.executable, "-c", program, path, "1" if fsync else "0"], stderr=subprocess.DEVNULL
        )
        try:

            def ask(number: int) -> object:
                return task(number).get(blocking=True, timeout=30, backoff=1.0, max_delay=0.001)

            ask(0)
            way = f"peer: huey SQLite, {'fsync' if fsync else 'no fsync'}, 1 ms poll"
            _one_by_one(report, way, max(count // 5, 10), ask)
            speed = _in_flight(count, ask)
        finally:
            consumer.kill()
            consumer.wait()
    return report.add(f"{way}, {IN_FLIGHT} in flight", [speed], "messages/s")


def _echo(connection: Any) -> None:
    while (received := connection.recv()) is not None:
        connection.send(received)


def _pipe(report: Report, count: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_echo, args=(theirs,))
    process.start()

    def ask(number: int) -> None:
        ours.send(number)
        ours.recv()

    _one_by_one(report, "floor, not durable: multiprocessing.Pipe", count, ask)
    ours.send(None)
    process.join()

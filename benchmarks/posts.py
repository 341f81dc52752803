"""Posts: what it costs another program to send to a production through its bank; not run by CI."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from isc.py.data.namespace import open_namespace
from isc.py.ens import Director, PostBox
from isc.py.ens.bank import open_bank
from isc.py.msg import ExecutionRequest

from .report import Report
from .roundtrip import PRODUCTION, on_postgres

THREADS = 16
REQUEST = ExecutionRequest(Code="x = 6 * 7")


def run(*, short: bool) -> Report:
    """Measure; 2,000 posts, or 200."""
    count = 200 if short else 2000
    report = Report("posts")
    with tempfile.TemporaryDirectory() as folder:
        _measure(report, "SQLite", f"sqlite:///{folder}/bank.sqlite", count)
    on_postgres(report, lambda url: _measure(report, "PostgreSQL", url, count))
    return report


def _measure(report: Report, way: str, bank: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Production.cls").write_text(PRODUCTION)
        namespace = open_namespace(folder)
        namespace.load_path(Path(folder) / "Production.cls")
        open_bank(bank).close()
        with PostBox(bank) as box:

            def post(_: int) -> int:
                return box.post("Operation", REQUEST)

            def ask(_: int) -> object:
                return box.send_sync("Operation", REQUEST, 60)

            last = post(0)
            report.add(f"{way}, posted by one thread", [_speed(count, 1, post)], "posts/s")
            report.add(f"{way}, posted by {THREADS} threads", [_speed(count, THREADS, post)], "posts/s")
            with Director("bench.Production", folder, bank=bank, control=False):
                started = time.perf_counter()
                box.wait(last, 60)
                last = post(0)
                box.wait(last, 600)
                waited = 2 * count + 2
                report.add(
                    f"{way}, {waited:,} that waited, until done", [waited / (time.perf_counter() - started)], "posts/s"
                )
                report.add(f"{way}, with response, one thread", [_speed(count // 4, 1, ask)], "posts/s")
                speed = _speed(count, THREADS, ask)
                report.add(f"{way}, with response, {THREADS} threads", [speed], "posts/s")
        report.summary[f"{way.lower()}_per_second_{THREADS}"] = round(speed, 1)
        namespace.close()


def _speed(count: int, threads: int, call: Callable[[int], object]) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(call, range(count)))
    return count / (time.perf_counter() - started)

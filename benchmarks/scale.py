"""Rows from 10^4 on, ten times more each: the cost of a row stays the same, and a stream takes no more memory.

Long form: 10^7 rows; ``--short``: 10^5. The memory is the peak of what is the process's own,
sampled while a step runs in a child.
"""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from isc.py.data.frames import frame_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.sql_stream import stream
from isc.py.data.transfer import class_rows
from isc.py.data.transfer_chunks import chunks_of_class

from .report import Report
from .rows import fill

_CHUNK = 100_000
_STEPS = ("class", "parts", "query", "stream")


def run(*, short: bool) -> Report:
    """Measure every size in a process of its own."""
    report = Report("scale")
    sizes = [10**4, 10**5] if short else [10**4, 10**5, 10**6, 10**7]
    costs: dict[tuple[str, int], float] = {}
    peaks: dict[tuple[str, int], float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            with use(open_namespace(folder)) as namespace:
                fill(namespace, Path(folder), size)
                namespace.close()
            for step in _STEPS:
                seconds, grown, _ = child(folder, step)
                costs[step, size], peaks[step, size] = seconds / size, grown
                report.add(f"{step}, {size:,} rows: nanoseconds a row", [seconds / size * 1e9], "ns")
                report.add(f"{step}, {size:,} rows: peak memory grew by", [grown], "MB")
    last, before = sizes[-1], sizes[-2]
    for step in _STEPS:
        report.ratio(f"cost_growth_{step}", costs[step, last], costs[step, before])
    for step in ("parts", "stream"):
        report.ratio(f"memory_growth_{step}", peaks[step, last], max(peaks[step, before], 1.0))
    return report


def child(folder: str, step: str) -> tuple[float, float, float]:
    """Seconds of a step, the MB by which the process's own memory grew at its peak, and those of what it made."""
    command = [sys.executable, "-m", "benchmarks.scale", folder, step]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, grown, made = map(float, ran.stdout.split())
    return seconds, grown, made


def _step(namespace: EmbeddedNamespace, step: str) -> float:
    """Run it; the bytes of the frame that it made."""
    sql = "select Name, Day, Number, Price from bench.Row where Flag = 1"
    if step == "class":
        return float(frame_of(class_rows(namespace, "bench.Row")).memory_usage(index=False).sum())
    if step == "parts":
        chunks = chunks_of_class(namespace, "bench.Row", 1, "", "*", size=_CHUNK)
        return sum(len(frame_of(chunk)) for chunk in chunks) * 0.0
    if step == "query":
        return namespace.query("select sum(Price) as s from bench.Row where Flag = 1").num_rows * 0.0
    return sum(batch.num_rows for batch in stream(namespace, sql, size=_CHUNK)) * 0.0


def _own() -> float:
    """MB of memory that is the process's own: pages of the store's file are the system's to give and take."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """One step on a folder that is filled."""
    folder, step = sys.argv[1:]
    with use(open_namespace(folder)) as namespace:
        frame_of(class_rows(namespace, "bench.Row", 1, 10))
        namespace.query("select count(*) as n from bench.Row where ID < 10")  # what is made once a process
        before, done = _own(), threading.Event()
        peaks = [before]

        def watch() -> None:
            while not done.wait(0.002):
                peaks.append(max(peaks.pop(), _own()))

        watcher = threading.Thread(target=watch)
        watcher.start()
        started = time.perf_counter()
        made = _step(namespace, step)
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        print(seconds, max(peaks[0], _own()) - before, made / 1e6)
        namespace.close()


if __name__ == "__main__":
    main()

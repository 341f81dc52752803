"""Calls into Python: from a C host through ``libiscpython``, from GT.M and from Python; beside the original's way."""

import os
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from isc.py import Callout
from isc.py.iscpython_c import get_include, get_library
from isc.py.iscpython_c.library import write_record

from .gtm import measured
from .report import Report, per_second

_SOURCE = Path(__file__).with_name("callout.c")


def run(*, short: bool) -> Report:
    """Measure; a million cached calls a round, or 10^5."""
    calls, copies, rounds = (100_000, 300, 1) if short else (1_000_000, 2_000, 5)
    report = Report("callout")
    found = _from_c(calls, copies, rounds)
    original = _calls(report, "peer: compile and run x=1, then str(x): the original's way, from C", found, "original")
    cached = _calls(report, "SimpleString from C, code seen before", found, "cached")
    _calls(report, "SimpleString from C, code of its own each time", found, "own")
    python = report.add(
        "SimpleString from Python, code seen before",
        per_second(calls, lambda: [Callout.SimpleString("x=1", "x") for _ in range(calls)], rounds),
        "calls/s",
    )
    floor = _bytes(report, "peer: memcpy of 1 MB", found, "memcpy")
    into = _bytes(report, "1 MB in as bytes", found, "in_bytes")
    _bytes(report, "1 MB in as text", found, "in_text")
    out = _bytes(report, "1 MB out of bytes, copied by the host", found, "out_bytes")
    _bytes(report, "1 MB out of text, copied by the host", found, "out_text")
    literal = _bytes(report, "peer: 1 MB in as a literal inside code", found, "in_literal")
    report.ratio("ratio_original_way", cached, original)
    report.summary["per_second_python"] = round(python)
    report.ratio("ratio_memcpy_in", into, floor)
    report.ratio("ratio_memcpy_out", out, floor)
    report.ratio("ratio_literal", into, literal)
    _in_gtm(report, calls, copies, rounds)
    return report


def _in_gtm(report: Report, calls: int, copies: int, rounds: int) -> None:
    found = measured(calls // 2, copies, rounds, calls // 5)
    if found is None:
        report.peers_missing.append("GT.M (Debian's fis-gtm)")
        return
    floor = _calls(report, "floor: a callout of GT.M that does nothing", found, "nothing")
    cached = _calls(report, "SimpleString from GT.M, code seen before", found, "cached")
    own = _calls(report, "SimpleString from GT.M, code of its own each time", found, "own")
    _bytes(report, "1 MB in from GT.M as bytes", found, "in")
    _bytes(report, "1 MB out into GT.M of bytes", found, "out")
    report.add("rows of a global of GT.M into a list of tuples", found["rows"], "rows/s")
    report.ratio("ratio_gtm_nothing", cached, floor)
    report.ratio("ratio_gtm_uncached", cached, own)


def _from_c(calls: int, copies: int, rounds: int) -> dict[str, list[float]]:
    """What the C program measured: figures a second, each round."""
    write_record()
    library = get_library().parent
    counts = {"original": calls // 10, "cached": calls, "own": calls // 10, "in_literal": copies // 50 + 1}
    found: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "callout"
        command = [os.environ.get("CC", "cc"), "-std=gnu11", "-O2", str(_SOURCE), "-o", str(program)]
        command += [f"-I{get_include()}", f"-L{library}", f"-Wl,-rpath,{library}", "-liscpython", "-ldl"]
        subprocess.run(command, check=True)
        answer = subprocess.run(
            [str(program), str(calls), str(copies), str(rounds)], check=True, capture_output=True, text=True
        )
    for line in answer.stdout.splitlines():
        name, seconds = line.split("\t")
        found[name].append(counts.get(name, copies) / float(seconds))
    return found


def _calls(report: Report, way: str, found: dict[str, list[float]], name: str) -> float:
    return report.add(way, found[name], "calls/s")


def _bytes(report: Report, way: str, found: dict[str, list[float]], name: str) -> float:
    return report.add(way, [value * 2**20 / 1e9 for value in found[name]], "GB/s")

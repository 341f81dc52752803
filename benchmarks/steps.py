"""What the isolation of processes costs: a step in the Director and in a worker, of a method and of BPL."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from isc.py.data.namespace import open_namespace
from isc.py.ens import BusinessProcess, Director, Item, Production
from isc.py.msg import Message, StringRequest, StringResponse
from isc.py.objectscript import dictionary

from .bpl import IN_FLIGHT
from .report import Report

_BPL = """Class bench.Echo Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.StringRequest' response='Ens.StringResponse'><sequence>
<assign property='response.StringValue' value='request.StringValue'/></sequence></process>
}
}
"""


class Echo(BusinessProcess):
    """Answers with what it is sent, in one step."""

    def on_request(self, request: Message) -> Message | None:
        """The answer."""
        return StringResponse(StringValue=str(request._get_property("StringValue")))


_WAYS = {
    "a method in the Director": ("benchmarks.steps.Echo", 1, "director"),
    "a method in a worker": ("benchmarks.steps.Echo", 1, "worker"),
    "a method in two workers": ("benchmarks.steps.Echo", 2, "worker"),
    "BPL in the Director": ("bench.Echo", 1, "director"),
    "BPL in a worker": ("bench.Echo", 1, "worker"),
}


def run(*, short: bool) -> Report:
    """Every way in one production, in turn."""
    count, rounds = (200, 2) if short else (2000, 5)
    items = [Item(way, name, pool, settings={"Isolation": where}) for way, (name, pool, where) in _WAYS.items()]
    dictionary.register("bench.Steps", type("Steps", (Production,), {"items": items}))
    latency: dict[str, list[float]] = {way: [] for way in _WAYS}
    rate: dict[str, list[float]] = {way: [] for way in _WAYS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "echo.cls").write_text(_BPL)
        open_namespace(folder).load_path(Path(folder, "echo.cls"))
        with Director("bench.Steps", folder) as director, ThreadPoolExecutor(IN_FLIGHT) as pool:

            def one(way: str) -> float:
                began = time.perf_counter()
                director.send_sync(way, StringRequest(StringValue="x"), timeout=60)
                return time.perf_counter() - began

            for _ in range(rounds):
                for way in _WAYS:
                    alone = sorted(one(way) for _ in range(count // 10))
                    latency[way].append(alone[len(alone) // 2] * 1000)
                    began = time.perf_counter()
                    list(pool.map(one, [way] * count))
                    rate[way].append(count / (time.perf_counter() - began))
    report = Report("steps")
    alone_ms = {way: report.add(way, values, "ms, 1 in flight") for way, values in latency.items()}
    for way, values in rate.items():
        report.add(way, values, f"a second, {IN_FLIGHT} in flight")
    report.summary["worker_ms_more"] = round(alone_ms["a method in a worker"] - alone_ms["a method in the Director"], 3)
    report.ratio("ratio_worker_director", alone_ms["a method in a worker"], alone_ms["a method in the Director"])
    return report

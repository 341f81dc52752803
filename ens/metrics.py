"""What Prometheus scrapes: the counts of a running production, or of a bank at rest, as its text format.

`MetricsServer` serves them on a loopback port of their own (``iscpy run --metrics-port``); they tell names of items and
numbers, never what a message says.
"""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from .observing import BOUNDS, ItemCounts, Observer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Production(Collector):
    def __init__(self, name: str, observer: Observer, status: Any) -> None:
        self._name = name
        self._observer = observer
        self._status = status

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("isc_py_production_start_time_seconds", "When it started.", labels=["production"])
        up.add_metric([self._name], self._observer.started)
        yield up
        messages = CounterMetricFamily(
            "isc_py_messages", "Requests, and inputs of services, that have ended.", labels=["item", "status"]
        )
        times = HistogramMetricFamily("isc_py_message_seconds", "From an item's queue to the end.", labels=["item"])
        status = self._status()
        counted = {item.name: item for item in self._observer.items()}
        # an item's counters are there, as 0, before its first message: a counter that begins at 1 has no rate
        for item in ({found["name"]: ItemCounts(found["name"]) for found in status["items"]} | counted).values():
            messages.add_metric([item.name, "Completed"], item.completed)
            messages.add_metric([item.name, "Error"], item.failed)
            total, buckets = 0, []
            for bound, count in zip([*map(str, BOUNDS), "+Inf"], item.buckets, strict=True):
                total += count
                buckets.append((bound, float(total)))
            times.add_metric([item.name], buckets, item.seconds)
        yield messages
        yield times
        waiting = GaugeMetricFamily("isc_py_queue_messages", "Requests that wait.", labels=["item"])
        workers = GaugeMetricFamily("isc_py_workers", "Worker processes.", labels=["item"])
        enabled = GaugeMetricFamily("isc_py_item_enabled", "Whether it takes messages.", labels=["item"])
        writable = GaugeMetricFamily("isc_py_bank_writable", "Whether the last attempt to write the bank worked.")
        writable.add_metric([], int(not status.get("bank_trouble")))
        yield writable
        for found in status["items"]:
            waiting.add_metric([found["name"]], found["waiting"])
            workers.add_metric([found["name"]], len(found["workers"]))
            enabled.add_metric([found["name"]], int(found.get("enabled", True)))
        yield waiting
        yield workers
        yield enabled


def registry_of(name: str, observer: Observer, status: Any) -> CollectorRegistry:
    """What a production exposes; `status` is `Director.status`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Production(name, observer, status))
    return registry


def exposition(registry: CollectorRegistry) -> str:
    """The text that Prometheus reads."""
    return generate_latest(registry).decode()


class MetricsServer:
    """Serves ``/metrics`` on 127.0.0.1 until it is stopped."""

    def __init__(self, registry: CollectorRegistry, port: int) -> None:
        self._server: WSGIServer | ThreadingHTTPServer
        self._thread: threading.Thread
        self._server, self._thread = start_http_server(port, "127.0.0.1", registry)
        self.port = int(self._server.server_address[1])

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

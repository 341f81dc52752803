"""What every benchmark prints: a table of medians, named ratios, and JSON for machines."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One way of doing the work; median, min and max in `unit`."""

    way: str
    median: float
    min: float
    max: float
    unit: str


@dataclass
class Report:
    """A benchmark's rows, its ratios, and the peers that are not installed."""

    name: str
    rows: list[Row] = field(default_factory=list)
    summary: dict[str, float | None] = field(default_factory=dict)
    peers_missing: list[str] = field(default_factory=list)

    def add(self, way: str, values: list[float], unit: str) -> float:
        """Add a way; its median."""
        median = statistics.median(values)
        self.rows.append(Row(way, median, min(values), max(values), unit))
        return median

    def ratio(self, name: str, ours: float, peer: float | None) -> None:
        """Add a ratio, None when the peer is missing."""
        self.summary[name] = round(ours / peer, 3) if peer else None

    def show(self) -> None:
        """Print the table."""
        table = Table(title=f"{self.name} on {machine()}", title_justify="left")
        table.add_column("way")
        for name in ("median", "min", "max"):
            table.add_column(name, justify="right")
        table.add_column("unit")
        for row in self.rows:
            table.add_row(
                row.way, *(f"{value:,.3g}" if value < 100 else f"{value:,.0f}" for value in _values(row)), row.unit
            )
        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120)
        console.print(table)
        for name, value in self.summary.items():
            console.print(f"{name}: {'peer missing' if value is None else f'{value:,.3g}'}", highlight=False)
        if self.peers_missing:
            console.print(
                f"peers missing: {', '.join(self.peers_missing)} (pip install 'isc-py[bench]')", highlight=False
            )

    def write(self, target: str) -> None:
        """Write the JSON to a file, or to standard output for ``-``."""
        found: dict[str, Any] = {
            "name": self.name,
            "machine": machine(),
            "rows": [asdict(row) for row in self.rows],
            "summary": self.summary,
            "peers_missing": self.peers_missing,
        }
        text = json.dumps(found, indent=2) + "\n"
        if target == "-":
            sys.stdout.write(text)
        else:
            Path(target).write_text(text, encoding="utf-8")


def _values(row: Row) -> tuple[float, float, float]:
    return row.median, row.min, row.max


def machine() -> str:
    """Cores, architecture and Python."""
    return f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"


def per_second(count: int, work: Callable[[], object], rounds: int) -> list[float]:
    """How many of `count` things `work` does a second, each round."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        found.append(count / (time.perf_counter() - started))
    return found

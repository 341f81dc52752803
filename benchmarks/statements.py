"""A SELECT of one row by its id, 10,000 times: CPU time a statement, planned once and planned anew each time."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.sql_parse import forget_trees
from isc.py.data.sql_plan import forget_plans
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import encode_key

from .report import Report

CLASS = """Class bench.Item Extends %Persistent
{
Property Name As %String;
Property Price As %Numeric;
}
"""
_ROWS = 10_000
BY_ID = "SELECT Name, Price FROM bench.Item WHERE ID = ?"
BY_VALUE = "SELECT Name, Price FROM bench.Item WHERE Name = ?"


def run(*, short: bool) -> Report:
    """Measure; 10,000 statements, or 500."""
    count = 500 if short else 10_000
    report = Report("statements")
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as namespace:
        _fill(namespace, Path(folder))
        kept = _measure(report, "by ID, planned once", count, lambda at: namespace.query(BY_ID, [at % _ROWS + 1]))
        anew = _measure(report, "by ID, planned anew each time", count // 10, lambda at: _anew(namespace, BY_ID, at))
        few = count // 10  # DuckDB looks through all rows
        by_value = _measure(report, "by value, planned once", few, lambda at: namespace.query(BY_VALUE, [f"Name {at}"]))
        value_anew = _measure(
            report, "by value, planned anew each time", few, lambda at: _anew(namespace, BY_VALUE, f"Name {at}")
        )
        peer = _peer(report, count)
        report.ratio("ratio_planned_once", anew, kept)
        report.ratio("ratio_planned_once_by_value", value_anew, by_value)
        report.ratio("ratio_sqlite3", peer, kept)
        namespace.close()
    return report


def _fill(namespace: EmbeddedNamespace, folder: Path) -> None:
    (folder / "Item.cls").write_text(CLASS)
    namespace.load_path(folder / "Item.cls")
    with namespace.store().write() as txn:
        for number in range(1, _ROWS + 1):
            txn.set(encode_key("bench.ItemD", (number,)), encode(["", f"Name {number}", number / 4]))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # for so long after a class was stored a plan is made each time
        if namespace.query(BY_ID, [1]).num_rows and time.time() - namespace.classes.folder.stat().st_mtime > 1:
            return


def _anew(namespace: EmbeddedNamespace, statement: str, value: object) -> None:
    forget_plans()
    forget_trees()
    namespace.query(statement, [value])


def _peer(report: Report, count: int) -> float:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Item (ID INTEGER PRIMARY KEY, Name TEXT, Price REAL)")
    connection.executemany(
        "INSERT INTO Item VALUES (?, ?, ?)", [(at, f"Name {at}", at / 4) for at in range(1, _ROWS + 1)]
    )

    def one(at: int) -> None:
        connection.execute("SELECT Name, Price FROM Item WHERE ID = ?", [at % _ROWS + 1]).fetchall()

    return _measure(report, "peer: sqlite3 in memory, by its key", count, one)


def _measure(report: Report, way: str, count: int, work: Callable[[int], object]) -> float:
    """Microseconds of CPU a statement: other work on the machine does not count."""
    work(0)
    found = []
    for first in range(0, count, max(count // 5, 1)):
        started = time.process_time()
        for at in range(first, first + max(count // 5, 1)):
            work(at)
        found.append((time.process_time() - started) * 1e6 / max(count // 5, 1))
    return report.add(way, found, "us CPU")

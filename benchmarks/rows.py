"""Rows into a DataFrame: our ways beside databases and drivers, over the same rows of eight fields."""

import sqlite3
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
from isc.py.data.frames import frame_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.transfer import class_rows, global_rows
from isc.py.iscpython_c.dollar_list import encode
from isc.py.iscpython_c.globals import encode_key

from .report import Report, per_second

CLASS = """Class bench.Row Extends %Persistent
{
Property Name As %String;
Property Day As %Date;
Property Moment As %TimeStamp;
Property Clock As %Time;
Property Number As %Integer;
Property Price As %Numeric;
Property Weight As %Double;
Property Flag As %Boolean;
}
"""
_EPOCH = date(1840, 12, 31)
_COMMIT = 100_000  # rows a commit
_SPAN = 100 * 365 * 86400  # seconds: a century


def run(*, short: bool) -> Report:
    """Measure; a million rows, or 10^5."""
    count, rounds = (100_000, 1) if short else (1_000_000, 5)
    report = Report("rows")
    with tempfile.TemporaryDirectory() as folder, use(open_namespace(folder)) as namespace:
        fill(namespace, Path(folder), count)
        frame_of(class_rows(namespace, "bench.Row", 1, 10))  # what is made once a process
        ours = _measure(report, "ExecuteGlobal (mask) to DataFrame", count, rounds, lambda: _global(namespace))
        _measure(
            report, "ExecuteClass to DataFrame", count, rounds, lambda: frame_of(class_rows(namespace, "bench.Row"))
        )
        first = _measure(report, "ExecuteQuery of the whole class, first time", count, 1, lambda: _query(namespace))
        _measure(report, "ExecuteQuery of the whole class, cached", count, rounds, lambda: _query(namespace))
        _memory(report, Path(folder))
        source = frame_of(class_rows(namespace, "bench.Row"))
        _peers(report, source, Path(folder), count, rounds, ours, first)
        namespace.close()
    return report


def _measure(report: Report, way: str, count: int, rounds: int, work: Callable[[], object]) -> float:
    return report.add(way, per_second(count, work, rounds), "rows/s")


def fill(namespace: EmbeddedNamespace, folder: Path, count: int) -> None:
    """A class with `count` rows."""
    (folder / "Row.cls").write_text(CLASS)
    namespace.load_path(folder / "Row.cls")
    start = datetime(2000, 1, 1)
    for first in range(1, count + 1, _COMMIT):
        with namespace.store().write() as txn:
            txn.set(encode_key("bench.RowD"), count)
            for number in range(first, min(first + _COMMIT, count + 1)):
                moment = start + timedelta(seconds=number * 61 % _SPAN)
                day = (moment.date() - _EPOCH).days
                row = ["", f"Name {number % 1000}", day, moment.strftime("%Y-%m-%d %H:%M:%S"), number % 86400, number]
                row += [Decimal(number % 10000) / 100, number / 7, number % 2]
                txn.set(encode_key("bench.RowD", (number,)), encode(row))


def _global(namespace: EmbeddedNamespace) -> pd.DataFrame:
    return frame_of(global_rows(namespace, "bench.RowD", mask="-+dmt+++b"))


def _query(namespace: EmbeddedNamespace) -> pd.DataFrame:
    return frame_of(namespace.query("select * from bench.Row"))


def _peers(
    report: Report, source: pd.DataFrame, folder: Path, count: int, rounds: int, ours: float, query: float
) -> None:
    frame = source.assign(
        Clock=source["Clock"].astype(str), Day=source["Day"].astype(str), Moment=source["Moment"].astype(str)
    )
    path = folder / "peer.db"
    connection = sqlite3.connect(path)
    frame.to_sql("peer", connection, index=False)
    _measure(
        report, "peer: pandas.read_sql on sqlite3", count, 1, lambda: pd.read_sql("select * from peer", connection)
    )
    connection.close()
    _connectorx(report, path, count, rounds)
    adbc = _adbc(report, path, count, rounds)
    report.ratio("ratio_adbc_sqlite", ours, adbc)
    report.ratio("ratio_query_adbc_sqlite", query, adbc)
    report.ratio("ratio_pyodbc", ours, _pyodbc(report, path, count))
    report.ratio("ratio_duckdb", ours, _duckdb(report, source, count, rounds))
    _vendor(report, count)


def _memory(report: Report, folder: Path) -> None:
    """By how much the memory of a process grows at its peak, beside the frame that it makes."""
    from .scale import child

    _, grown, frame = child(str(folder), "class")
    report.ratio("memory_of_frame", grown, frame)


def _connectorx(report: Report, path: Path, count: int, rounds: int) -> None:
    try:
        import connectorx
    except ImportError:
        report.peers_missing.append("connectorx")
        return
    _measure(
        report,
        "peer: connectorx SQLite to DataFrame",
        count,
        rounds,
        lambda: connectorx.read_sql(f"sqlite://{path}", "select * from peer"),
    )


def _adbc(report: Report, path: Path, count: int, rounds: int) -> float | None:
    try:
        from adbc_driver_sqlite import dbapi
    except ImportError:
        report.peers_missing.append("adbc-driver-sqlite")
        return None
    with dbapi.connect(f"file:{path}") as connection, connection.cursor() as cursor:

        def read() -> None:
            cursor.execute("select * from peer")
            cursor.fetch_arrow_table().to_pandas()

        return _measure(report, "peer: ADBC SQLite to DataFrame", count, rounds, read)


def _pyodbc(report: Report, path: Path, count: int) -> float | None:
    try:
        import pyodbc
    except ImportError:
        report.peers_missing.append("pyodbc")
        return None
    driver = next((name for name in pyodbc.drivers() if name.lower() == "sqlite3"), None)
    if driver is None:
        report.peers_missing.append("a SQLite driver for ODBC (apt-get install libsqliteodbc)")
        return None
    connection = pyodbc.connect(f"DRIVER={{{driver}}};DATABASE={path}")

    def read() -> None:
        cursor = connection.execute("select * from peer")
        pd.DataFrame.from_records(cursor.fetchall(), columns=[item[0] for item in cursor.description])

    found = _measure(report, "peer: pyodbc with SQLite to DataFrame", count, 1, read)
    connection.close()
    return found


def _duckdb(report: Report, source: pd.DataFrame, count: int, rounds: int) -> float:
    connection = duckdb.connect(":memory:")
    connection.register("source", source)
    connection.execute("create table peer as select * from source")

    def read() -> None:
        connection.cursor().sql("select * from peer").to_arrow_table().to_pandas(date_as_object=False)

    return _measure(report, "peer: DuckDB's own table to DataFrame", count, rounds, read)


def _vendor(report: Report, count: int) -> None:
    try:
        from iris import IRISList
    except ImportError:
        report.peers_missing.append("intersystems-irispython")
        return
    sample = min(count, 20_000)
    row = encode(["", "Name 1", 66000, "2020-01-01 00:00:00", 1, 1, Decimal("1.25"), 0.5, 1])

    def read() -> None:
        rows = []
        for _ in range(sample):
            found = IRISList(row)
            rows.append([found.get(at) for at in range(1, 10)])
        pd.DataFrame(rows)

    _measure(report, "peer: the vendor's IRISList to DataFrame", sample, 1, read)

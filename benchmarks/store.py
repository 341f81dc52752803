"""Frames into stores: `StoreDataframe` into classes of our own and into databases, beside the peers' own ways.

The rows are those of `benchmarks.rows`. A class has two indices, one of them unique; a plain one has none.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
from isc.py.data.configuration import NamespaceSettings
from isc.py.data.frames import frame_of
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.sources import open_source
from isc.py.data.store_frame import store_frame
from isc.py.data.transfer import class_rows

from .report import Report, per_second
from .rows import CLASS, fill

_INDEXED = CLASS.replace("bench.Row", "bench.Indexed").replace(
    "\n}\n", "\nIndex ByNumber On Number [ Unique ];\nIndex ByName On Name;\n}\n"
)


def run(*, short: bool) -> Report:
    """Measure; a million rows, or 10^5."""
    count, rounds = (100_000, 1) if short else (1_000_000, 3)
    report = Report("store")
    with tempfile.TemporaryDirectory() as name, use(open_namespace(name)) as namespace:
        folder = Path(name)
        fill(namespace, folder, count)
        rows = class_rows(namespace, "bench.Row").drop_columns(["ID"])
        (folder / "Indexed.cls").write_text(_INDEXED)
        namespace.load_path(folder / "Indexed.cls")
        store_frame(namespace, rows.slice(0, 10), "bench.Plain", "replace")  # what is made once a process
        ours = _measure(
            report, "StoreDataframe, a class without indices", count, rounds, _into(namespace, rows, "Plain")
        )
        _measure(report, "StoreDataframe, a class with two indices", count, 1, _into(namespace, rows, "Indexed"))
        _measure(
            report, "the same, rows that are there (upsert)", count, 1, _into(namespace, rows, "Indexed", "Number")
        )
        few = rows.slice(0, count // 10)
        small = _measure(
            report, "without indices, a tenth of the rows", count // 10, rounds, _into(namespace, few, "Plain")
        )
        report.ratio("ratio_linear", ours, small)
        _databases(report, rows, folder, count)
        _peers(report, rows, folder, count, rounds, ours)
        namespace.close()
    return report


def _measure(report: Report, way: str, count: int, rounds: int, work: Callable[[], object]) -> float:
    return report.add(way, per_second(count, work, rounds), "rows/s")


def _into(namespace: EmbeddedNamespace, rows: pa.Table, name: str, key: str = "") -> Callable[[], object]:
    mode = "upsert" if key else "replace"
    return lambda: store_frame(namespace, rows, f"bench.{name}", mode, [key] if key else [])


def _databases(report: Report, rows: pa.Table, folder: Path, count: int) -> None:
    (folder / "own.db").touch()
    for way, url in (("SQLite", f"sqlite:///{folder / 'own.db'}"), ("DuckDB", f"duckdb:///{folder / 'own.duckdb'}")):
        source = open_source(NamespaceSettings("BENCH", url, "adbc"))
        _measure(report, f"StoreDataframe, {way} by ADBC", count, 1, lambda: source.write_rows("own", rows))  # noqa: B023
        source.close()


def _peers(report: Report, rows: pa.Table, folder: Path, count: int, rounds: int, ours: float) -> None:
    plain = pa.table(
        [
            column.cast(pa.string()) if pa.types.is_temporal(column.type) else column
            for column in rows.columns
        ],
        names=rows.column_names,
    )  # fmt: skip
    report.ratio("ratio_adbc_sqlite", ours, _adbc(report, plain, folder, count, rounds))
    frame = frame_of(plain)

    def pandas_way() -> None:
        connection = sqlite3.connect(folder / "pandas.db")
        frame.to_sql("peer", connection, index=False, if_exists="replace")
        connection.commit()
        connection.close()

    report.ratio("ratio_pandas_sqlite", ours, _measure(report, "peer: pandas.to_sql on sqlite3", count, 1, pandas_way))
    connection = duckdb.connect(str(folder / "peer.duckdb"))

    def duck() -> None:
        connection.register("source", rows)
        connection.execute("CREATE OR REPLACE TABLE peer AS SELECT * FROM source")

    report.ratio("ratio_duckdb", ours, _measure(report, "peer: DuckDB, Arrow to its own table", count, rounds, duck))
    connection.close()


def _adbc(report: Report, rows: pa.Table, folder: Path, count: int, rounds: int) -> float | None:
    try:
        from adbc_driver_sqlite import dbapi
    except ImportError:
        report.peers_missing.append("adbc-driver-sqlite")
        return None
    with dbapi.connect(f"file:{folder / 'adbc.db'}") as connection, connection.cursor() as cursor:

        def ingest() -> None:
            cursor.adbc_ingest("peer", rows, mode="replace")
            connection.commit()

        return _measure(report, "peer: ADBC SQLite ingest", count, rounds, ingest)

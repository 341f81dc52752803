"""SELECT for what is larger than memory: rows are read as DuckDB takes them, and given in batches."""

import threading
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from .chunks import Progress, Report, lazy
from .fields import is_exact
from .namespace import EmbeddedNamespace
from .sql import database, refused
from .sql_ids import id_range
from .sql_lists import with_lists_shown
from .sql_plan import Parameters, planned_text, values_of

__all__ = ["stream"]


class _Course:
    """How far a query is: the rows it has given, and the part of each of its tables that was read."""

    def __init__(self, tables: int, report: Report | None) -> None:
        self._parts = [0.0] * tables
        self._rows = 0
        self._report = report
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def read(self, table: int, part: float) -> None:
        """That a part of a table was read. An error of the report is kept: DuckDB's threads are no place for it."""
        self._parts[table] = part
        try:
            self._tell()
        except BaseException as error:
            self.failure = error
            raise

    def given(self, rows: int) -> None:
        """That so many more rows were given."""
        self._rows += rows
        self._tell()

    def done(self) -> None:
        """That there are no more."""
        self._parts = [1.0] * len(self._parts)
        self._tell()

    def _tell(self) -> None:
        if self._report is not None:
            with self._lock:
                self._report(Progress(self._rows, sum(self._parts) / len(self._parts) if self._parts else 1.0))


def stream(
    namespace: EmbeddedNamespace,
    sql: str,
    parameters: Parameters = (),
    path: Sequence[str] = (),
    *,
    size: int = 100_000,
    decimals: str = "float",
    report: Report | None = None,
) -> pa.RecordBatchReader:
    """As `select`, in batches of up to `size` rows: neither the tables nor the answer are held in memory as a whole.

    `report` is called as rows are read and given, with the rows that were given and the part of the tables that was
    read; some calls come from threads of DuckDB.

    Raises:
        SQLError: as `select`; errors of later rows are raised by the reader.
    """
    plan = planned_text(namespace, sql, path, exact=is_exact(decimals))
    values = values_of(plan, parameters, sql)
    course = _Course(len(plan.tables), report)
    connection = database().cursor()
    try:
        for number, (use, fields) in enumerate(plan.tables):
            ids = id_range(use, values)
            once = sum(other.relation is use.relation for other, _ in plan.tables) == 1
            source = (
                lazy(namespace, use.relation, fields, ids.low, ids.high, size, _teller(course, number))
                if once
                else None
            )
            if source is None:
                connection.register(f"iscpy_t{number}", use.relation.load(fields, ids.low, ids.high))
                course.read(number, 1.0)
            else:
                connection.register(f"iscpy_t{number}", source)
        reader = connection.sql(plan.sql, params=values).to_arrow_reader(size)
    except duckdb.Error as error:
        connection.close()
        raise (course.failure or refused(error, sql)) from error
    batches = _batches(reader, connection, sql, course)
    if plan.lists:
        shown = (with_lists_shown(pa.Table.from_batches([batch]), plan.lists) for batch in batches)
        batches = (batch for table in shown for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(reader.schema, batches)


def _teller(course: _Course, table: int) -> Report:
    return lambda progress: course.read(table, progress.fraction)


def _batches(
    reader: pa.RecordBatchReader, connection: duckdb.DuckDBPyConnection, sql: str, course: _Course
) -> Iterator[pa.RecordBatch]:
    try:
        for batch in reader:
            yield batch
            course.given(batch.num_rows)
        course.done()
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        if course.failure is not None:
            raise course.failure from error
        if not isinstance(error, duckdb.Error):
            raise
        raise refused(error, sql) from error
    finally:
        connection.close()

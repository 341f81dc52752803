"""`DbapiDriver`: databases by a connection of Python's database API; what ODBC, JDBC and IRIS have in common."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pyarrow as pa

from ..exceptions import SQLError
from .arrow import reader_of
from .dialects import quoted, quoted_table
from .errors import sql_error
from .jobs import WriteJob
from .kinds import whole
from .parameters import Parameters, bound
from .sqlite_values import as_sqlite
from .writing import write_through

_BATCH = 50_000  # rows a batch
_MANY_ROWS = {"postgres", "mysql", "tsql", "sqlite", "duckdb", "redshift", "snowflake"}  # VALUES takes several rows
_ROWS, _VALUES = 1000, 2000  # that every database of these takes in a statement
Told = Sequence[pa.Field | pa.DataType | None]


@dataclass(frozen=True, slots=True)
class Way:
    """How one kind of connection is used.

    `opened` makes a connection that commits each statement (with True: one whose rows come as they are asked for);
    `tables` gives schema and name of its tables and views, `dialect` what sqlglot calls its SQL, `told` the types that
    it says of a cursor's columns; `fit` makes the rows that are written, and `value` a parameter, as the driver can
    take them.
    """

    opened: Callable[[bool], Any]
    tables: Callable[[Any], list[tuple[str, str]]]
    dialect: Callable[[Any], str]
    told: Callable[[Any], Told] = lambda cursor: ()
    fit: Callable[[pa.Table], pa.Table] = lambda rows: rows
    value: Callable[[object], object] = lambda value: value


class DbapiDriver:
    """A connection, made when it is first used and after an error; `kind` is what users call this way."""

    def __init__(self, name: str, kind: str, way: Way, *, streams: bool = False) -> None:
        self._name = name
        self._kind = kind
        self._way = way
        self._streams = streams
        self._held: Any = None
        self._dialect: str | None = None

    def connection(self) -> Any:
        """The connection. Raises what opening it does."""
        if self._held is None:
            self._held = self._way.opened(self._streams)
        return self._held

    @property
    def dialect(self) -> str:
        """What sqlglot calls the SQL of the database that is connected."""
        if self._dialect is None:
            self._dialect = self._way.dialect(self.connection())
        return self._dialect

    def another(self) -> "DbapiDriver":
        """A driver with a connection of its own to the same database, for rows that are read while others are."""
        return DbapiDriver(self._name, self._kind, self._way, streams=True)

    def _cursor(self, sql: str, parameters: Parameters) -> Any:
        text, values = bound(sql, parameters, "?")
        connection = self.connection()
        try:
            cursor = connection.cursor()
            if values:
                cursor.execute(text, [self._way.value(value) for value in values])
            else:
                cursor.execute(text)
        except Exception as error:
            raise self._error(error, sql) from error
        return cursor

    def _error(self, error: Exception, sql: str) -> SQLError:
        found = sql_error(self._name, error, sql)
        self.close()
        return found

    def read(self, sql: str, parameters: Parameters) -> pa.RecordBatchReader:
        """The rows of a query, as they come; no columns for another statement. Raises `SQLError`."""
        cursor = self._cursor(sql, parameters)
        if cursor.description is None:
            cursor.close()
            return reader_of([], [])
        names = [str(column[0]) for column in cursor.description]
        return reader_of(names, self._batches(cursor, sql), self._way.told(cursor))

    def _batches(self, cursor: Any, sql: str) -> Iterator[list[tuple[object, ...]]]:
        try:
            while rows := cursor.fetchmany(_BATCH):
                yield [tuple(row) for row in rows]
        except Exception as error:
            raise self._error(error, sql) from error
        finally:
            with contextlib.suppress(Exception):
                cursor.close()

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement and commit; how many rows it changed. Raises `SQLError`."""
        cursor = self._cursor(sql, parameters)
        count = max(int(cursor.rowcount), 0)
        cursor.close()
        return count

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of every table and view."""
        return self._way.tables(self.connection())

    def fields(self, schema: str, table: str) -> pa.Schema:
        """The columns of a table. Raises `SQLError`."""
        return self.read(f"SELECT * FROM {quoted_table(schema, table, self.dialect)} WHERE 1 = 0", ()).schema

    def write(self, job: WriteJob) -> None:
        """Do a job in one transaction.

        Raises:
            SQLError: the database refused; nothing was written.
        """
        connection = self.connection()
        job = replace(job, columns=job.rows.schema)
        if self.dialect == "sqlite":
            job = replace(job, rows=as_sqlite(job.rows))
        job = replace(job, rows=self._way.fit(job.rows))
        try:
            connection.autocommit = False
            write_through(_Session(self, connection), job)
            connection.commit()
            connection.autocommit = True
        except SQLError:
            raise  # the connection is closed by now, and its transaction with it
        except Exception as error:
            with contextlib.suppress(Exception):
                connection.rollback()
            raise self._error(error, job.shown) from error

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""
        connection, self._held = self._held, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


class _Session:
    """The open transaction of a connection."""

    def __init__(self, driver: DbapiDriver, connection: Any) -> None:
        self._driver = driver
        self._connection = connection
        self.dialect = driver.dialect

    def run(self, sql: str) -> None:
        cursor = self._connection.cursor()
        cursor.execute(sql)
        cursor.close()

    def insert(self, job: WriteJob, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        listed = ", ".join(quoted(name, self.dialect) for name in names)
        sql = f"INSERT INTO {self._target(job)} ({listed}) VALUES "
        row = f"({', '.join('?' * len(names))})"
        at, size = 0, min(_ROWS, _VALUES // len(names)) if self.dialect in _MANY_ROWS else 0
        if size > 1 and len(rows) >= size:  # many rows a statement: a tenth of the time of a statement a row
            cursor = self._connection.cursor()
            text = sql + ", ".join([row] * size)
            while at + size <= len(rows):
                cursor.execute(text, list(chain.from_iterable(rows[at : at + size])))
                at += size
            cursor.close()
        if at < len(rows):
            self._many(sql + row, rows[at:])

    def update(self, job: WriteJob, names: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        setters = ", ".join(f"{quoted(name, self.dialect)} = ?" for name in names)
        where = " AND ".join(f"{quoted(name, self.dialect)} = ?" for name in key)
        self._many(f"UPDATE {self._target(job)} SET {setters} WHERE {where}", rows)

    def _target(self, job: WriteJob) -> str:
        return quoted_table(job.schema, job.table, self.dialect)

    def _many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        cursor = self._connection.cursor()
        cursor.executemany(sql, rows)
        cursor.close()

    def read(self, sql: str) -> pa.Table:
        return whole(self._driver.read(sql, ()))

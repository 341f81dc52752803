"""`DbapiDriver`: databases by a connection of Python's database API; what ODBC, JDBC and IRIS have in common."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from isc.py.objectscript import NotSupportedError

from ..exceptions import SQLError
from .arrow import reader_of
from .errors import sql_error
from .parameters import Parameters, bound

_BATCH = 50_000  # rows a batch


class DbapiDriver:
    """A connection that `opened` makes when it is first used and after an error.

    `tables` gives schema and name of every table and view of a connection; `kind` is what users call this way.
    """

    dialect = ""

    def __init__(
        self, name: str, kind: str, opened: Callable[[], Any], tables: Callable[[Any], list[tuple[str, str]]]
    ) -> None:
        self._name = name
        self._kind = kind
        self._opened = opened
        self._tables = tables
        self._held: Any = None

    def connection(self) -> Any:
        """The connection. Raises what `opened` does."""
        if self._held is None:
            self._held = self._opened()
        return self._held

    def _cursor(self, sql: str, parameters: Parameters) -> Any:
        text, values = bound(sql, parameters, "?")
        connection = self.connection()
        try:
            cursor = connection.cursor()
            if values:
                cursor.execute(text, values)
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
        return reader_of([str(column[0]) for column in cursor.description], self._batches(cursor, sql))

    def _batches(self, cursor: Any, sql: str) -> Iterator[list[tuple[object, ...]]]:
        try:
            while rows := cursor.fetchmany(_BATCH):
                yield [tuple(row) for row in rows]
        except Exception as error:
            raise self._error(error, sql) from error
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
        return self._tables(self.connection())

    def ingest(self, schema: str, table: str, rows: pa.Table, *, replace: bool) -> int:
        """Append rows to a table that exists, in one transaction.

        Raises:
            NotSupportedError: the table is to be made: this way does not know the database's types.
            SQLError: the database refused.
        """
        if replace or table not in {name for _, name in self.tables()}:
            raise NotSupportedError(
                f"namespace {self._name!r}: {self._kind} makes no tables: create {table!r} first, then append"
            )
        connection = self.connection()
        names = ", ".join(_quoted(name) for name in rows.column_names)
        target = ".".join(_quoted(part) for part in (schema, table) if part)
        sql = f"INSERT INTO {target} ({names}) VALUES ({', '.join('?' * rows.num_columns)})"
        try:
            connection.autocommit = False
            cursor = connection.cursor()
            cursor.executemany(sql, [list(row.values()) for row in rows.to_pylist()])
            cursor.close()
            connection.commit()
            connection.autocommit = True
        except Exception as error:
            with contextlib.suppress(Exception):
                connection.rollback()
            raise self._error(error, sql) from error
        return len(rows)

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""
        connection, self._held = self._held, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

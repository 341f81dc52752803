"""Databases by ADBC: rows are Arrow from the driver on, and back into it."""

import contextlib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from sqlalchemy.engine import make_url

from ..configuration import NamespaceSettings
from ..exceptions import DataError
from .connecting import no_connection
from .dialects import create_table, quoted, quoted_table
from .errors import sql_error
from .jobs import WriteJob
from .kinds import is_decimal_text
from .merging import column_types_query, merge_statements
from .parameters import Parameters, bound
from .sqlite_values import as_sqlite

_MARKS = {"postgresql": "${}"}
_SYSTEM = {"information_schema", "pg_catalog", "pg_toast"}


class AdbcDriver:
    """A connection of ``adbc_driver_*.dbapi``, made when it is first used and after an error."""

    def __init__(self, settings: NamespaceSettings, dialect: str, module: str) -> None:
        self.dialect = {"postgresql": "postgres"}.get(dialect, dialect)
        self._settings = settings
        self._database = dialect
        self._module = module
        self._mark = _MARKS.get(dialect, "?")
        self._connection: Any = None
        self._open: dict[int, tuple[Any, Any]] = {}

    def _connected(self) -> Any:
        if self._connection is None:
            dbapi = import_module(f"{self._module}.dbapi")
            url = make_url(self._settings.secret_url())
            place = url.render_as_string(hide_password=False) if self._database == "postgresql" else url.database or ""
            if self._database == "sqlite" and place and not Path(place).exists():
                raise DataError(f"namespace {self._settings.name!r}: there is no file {Path(place).resolve()}")
            try:
                self._connection = dbapi.connect(place or ":memory:", autocommit=True)
            except Exception as error:
                raise no_connection(self._settings, error) from error
        return self._connection

    def another(self) -> "AdbcDriver":
        """A driver with a connection of its own to the same database, for rows that are read while others are."""
        made = AdbcDriver(self._settings, self._database, self._module)
        made._connection = self._connected().adbc_clone()
        return made

    def _cursor(self, sql: str, parameters: Parameters, *, rows: bool) -> Any:
        text, values = bound(sql, parameters, self._mark)
        cursor = self._connected().cursor()
        try:
            if rows:
                cursor.execute(text, values or None)
            else:
                cursor.executemany(text, [values] if values else None)
        except Exception as error:
            with contextlib.suppress(Exception):
                cursor.close()
            self.close()
            raise sql_error(self._settings.name, error, sql) from error
        return cursor

    def read(self, sql: str, parameters: Parameters) -> pa.RecordBatchReader:
        """The rows of a query, as they come; decimals are texts. Raises `SQLError`."""
        cursor = self._cursor(sql, parameters, rows=True)
        reader = cursor.fetch_record_batch()
        self._open[id(cursor)] = (reader, cursor)
        return pa.RecordBatchReader.from_batches(reader.schema, self._stream(cursor, reader, sql))

    def _stream(self, cursor: Any, reader: pa.RecordBatchReader, sql: str) -> Iterator[pa.RecordBatch]:
        """The batches; the cursor must live as long as they come."""
        try:
            yield from reader
        except Exception as error:
            self.close()
            raise sql_error(self._settings.name, error, sql) from error
        finally:
            self._let_go(id(cursor))

    def _let_go(self, number: int) -> None:
        for held in self._open.pop(number, ()):
            with contextlib.suppress(Exception):
                held.close()

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement and commit; how many rows it changed. Raises `SQLError`."""
        with self._cursor(sql, parameters, rows=False) as cursor:
            return max(int(cursor.rowcount), 0)

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of every table and view."""
        found = []
        for catalog in self._connected().adbc_get_objects(depth="tables").read_all().to_pylist():
            for schema in catalog["catalog_db_schemas"] or []:
                name = schema["db_schema_name"] or ""
                if name not in _SYSTEM and not name.startswith("pg_temp"):
                    tables = schema["db_schema_tables"] or []
                    found += [(name, table["table_name"]) for table in tables if "index" not in table["table_type"]]
        return found

    def fields(self, schema: str, table: str) -> pa.Schema:
        """The columns of a table, in the driver's own types. Raises `SQLError`."""
        target = quoted_table(schema, table, self.dialect)
        return self.read(f"SELECT * FROM {target} WHERE 1 = 0", ()).read_all().schema

    def write(self, job: WriteJob) -> None:
        """Do a job in one transaction, rows by the driver's bulk way.

        Raises:
            SQLError: the database refused; nothing was written.
        """
        connection = self._connected()
        rows = as_sqlite(job.rows) if self._database == "sqlite" else job.rows
        try:
            connection.adbc_connection.set_autocommit(False)
            with connection.cursor() as cursor:
                self._do(cursor, job, rows)
            connection.commit()
            connection.adbc_connection.set_autocommit(True)
        except Exception as error:
            self.close()  # its transaction goes with it
            raise sql_error(self._settings.name, error, job.shown) from error

    def _do(self, cursor: Any, job: WriteJob, rows: pa.Table) -> None:
        target = quoted_table(job.schema, job.table, self.dialect)
        if job.creates:
            if job.schema:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(job.schema, self.dialect)}")
            cursor.execute(create_table(job.schema, job.table, job.rows.schema, self.dialect))
        if job.clears:
            cursor.execute(f"DELETE FROM {target}")
        if not rows.num_rows:
            return
        if not job.key and self._takes(rows, job.fields):
            schema = None if self._database == "sqlite" else job.schema or None
            cursor.adbc_ingest(job.table, rows, mode="append", db_schema_name=schema)
            return
        stage = f"iscpy_stage_{uuid4().hex[:12]}"
        cursor.adbc_ingest(stage, rows, mode="create", temporary=True)
        kinds: dict[str, str] = {}
        if self._database == "postgresql":
            cursor.execute(column_types_query(job.schema, job.table))
            kinds = dict(cursor.fetchall())
        for statement in merge_statements(job, self.dialect, stage, kinds):
            cursor.execute(statement)

    def _takes(self, rows: pa.Table, fields: pa.Schema | None) -> bool:
        """Whether rows go into the table as they are: PostgreSQL converts nothing, DuckDB goes by the place."""
        if self._database != "postgresql":
            return self._database == "sqlite"
        return fields is None or all(  # a table that was just made has the types of the rows
            pa.types.is_decimal(item.type) if is_decimal_text(known) else known.type == item.type
            for item in rows.schema
            for known in [fields.field(item.name)]
        )

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""
        connection, self._connection = self._connection, None
        for number in list(self._open):  # rows that nobody took to their end
            self._let_go(number)
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

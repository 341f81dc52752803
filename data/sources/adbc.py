"""Databases by ADBC: rows are Arrow from the driver on."""

import contextlib
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.engine import make_url

from ..configuration import NamespaceSettings
from ..exceptions import DataError
from .errors import sql_error
from .parameters import Parameters, bound

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
                raise DataError(
                    f"namespace {self._settings.name!r}: no connection to {self._settings.shown_url()}: "
                    f"{str(error).splitlines()[0]}"
                ) from error
        return self._connection

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
        """The rows of a query, as they come. Raises `SQLError`."""
        cursor = self._cursor(sql, parameters, rows=True)
        reader = cursor.fetch_record_batch()
        numeric = [at for at, field in enumerate(reader.schema) if _is_numeric(field)]
        if not numeric:
            return pa.RecordBatchReader.from_batches(reader.schema, self._stream(cursor, reader, sql))
        table = pa.Table.from_batches(self._stream(cursor, reader, sql), reader.schema)
        for at in numeric:
            table = table.set_column(at, table.schema.field(at).name, _decimals(table.column(at)))
        return table.to_reader()

    def _stream(self, cursor: Any, reader: pa.RecordBatchReader, sql: str) -> Iterator[pa.RecordBatch]:
        """The batches; the cursor must live as long as they come."""
        try:
            yield from reader
        except Exception as error:
            self.close()
            raise sql_error(self._settings.name, error, sql) from error
        finally:
            with contextlib.suppress(Exception):
                reader.close()
                cursor.close()

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

    def ingest(self, schema: str, table: str, rows: pa.Table, *, replace: bool) -> int:
        """Append rows in one transaction. Raises `SQLError`."""
        connection = self._connected()
        mode = "replace" if replace else "create_append"
        connection.adbc_connection.set_autocommit(False)
        try:
            with connection.cursor() as cursor:
                if schema and self._database != "sqlite":
                    cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                count = cursor.adbc_ingest(table, rows, mode=mode, db_schema_name=schema or None)
            connection.commit()
        except Exception as error:
            self.close()
            raise sql_error(self._settings.name, error, f"writing {len(rows)} rows into {table}") from error
        connection.adbc_connection.set_autocommit(True)
        return int(count) if count and count > 0 else len(rows)

    def close(self) -> None:
        """Free the connection; the next call makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()


def _is_numeric(field: pa.Field) -> bool:
    """PostgreSQL's NUMERIC comes as text, so that no digit is lost."""
    return (field.metadata or {}).get(b"ADBC:postgresql:typname") == b"numeric"


def _decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    storage = column.combine_chunks()
    text = storage.storage if isinstance(storage, pa.ExtensionArray) else storage
    places = pc.max(pc.utf8_length(pc.replace_substring_regex(text, r"^[^.]*\.?", ""))).as_py() or 0
    try:
        return pa.chunked_array([pc.cast(text, pa.decimal128(38, min(places, 38)))])
    except pa.ArrowInvalid:  # NaN, Infinity, or more than 38 digits
        if re.search(r"nan|inf", str(pc.unique(text).to_pylist()), re.I):
            return pa.chunked_array([pc.cast(text, pa.float64())])
        return pa.chunked_array([text])

"""Databases by SQLAlchemy: whatever it has a dialect and an installed driver for."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy
from isc.py.objectscript import NotSupportedError
from sqlalchemy import types
from sqlalchemy.engine import Connection, CursorResult, Engine, make_url

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError
from .arrow import reader_of
from .errors import sql_error
from .parameters import Parameters, bound

_BATCH = 50_000  # rows a batch
_MARKS = {
    "qmark": "?",
    "format": "%s",
    "pyformat": "%(p{})s",
    "named": ":p{}",
    "numeric": ":{}",
    "numeric_dollar": "${}",
}
_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}


class AlchemyDriver:
    """An engine of SQLAlchemy, made when it is first used."""

    def __init__(self, settings: NamespaceSettings, dialect: str) -> None:
        self.dialect = _DIALECTS.get(dialect, dialect)
        self._settings = settings
        self._held: Engine | None = None

    def _engine(self) -> Engine:
        if self._held is None:
            try:
                url = make_url(self._settings.secret_url())
                if url.drivername in ("postgresql", "postgres"):
                    url = url.set(drivername="postgresql+pg8000")
                self._held = sqlalchemy.create_engine(url)
            except (sqlalchemy.exc.NoSuchModuleError, ModuleNotFoundError) as error:
                raise NotSupportedError(
                    f"namespace {self._settings.name!r}: {error}: install SQLAlchemy's driver for it"
                ) from error
            except sqlalchemy.exc.ArgumentError as error:
                raise ConfigurationError(
                    f"namespace {self._settings.name!r}: {self._settings.shown_url()!r} is no URL of a database"
                ) from error
        return self._held

    def _connect(self) -> Connection:
        try:
            return self._engine().connect()
        except sqlalchemy.exc.DBAPIError as error:
            raise DataError(
                f"namespace {self._settings.name!r}: no connection to {self._settings.shown_url()}: {error.orig}"
            ) from error

    def _run(self, connection: Connection, sql: str, parameters: Parameters) -> "CursorResult[Any]":
        style = self._engine().dialect.paramstyle
        escaped = sql.replace("%", "%%") if parameters and style in ("format", "pyformat") else sql
        text, values = bound(escaped, parameters, _MARKS[style])
        try:
            if not values:
                return connection.execution_options(no_parameters=True).exec_driver_sql(text)
            is_named = style in ("named", "pyformat")
            named = {f"p{number}": value for number, value in enumerate(values, start=1)}
            return connection.exec_driver_sql(text, named if is_named else tuple(values))
        except (sqlalchemy.exc.SQLAlchemyError, UnicodeError) as error:
            raise sql_error(self._settings.name, error, sql) from error

    def read(self, sql: str, parameters: Parameters) -> pa.RecordBatchReader:
        """The rows of a query, as they come. Raises `SQLError`."""
        connection = self._connect()
        try:
            result = self._run(connection.execution_options(stream_results=True), sql, parameters)
        except BaseException:
            connection.close()
            raise
        if not result.returns_rows:
            connection.commit()
            connection.close()
            return reader_of([], [])
        return reader_of(list(result.keys()), _batches(connection, result))

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run a statement and commit; how many rows it changed. Raises `SQLError`."""
        with self._connect() as connection:
            result = self._run(connection, sql, parameters)
            connection.commit()
            return max(int(result.rowcount), 0)

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of every table and view."""
        with self._connect() as connection:
            inspector = sqlalchemy.inspect(connection)
            if self.dialect in ("sqlite", "mysql"):
                return [("", name) for name in [*inspector.get_table_names(), *inspector.get_view_names()]]
            return [
                (schema, name)
                for schema in inspector.get_schema_names()
                if schema != "information_schema"
                for name in [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
            ]

    def ingest(self, schema: str, table: str, rows: pa.Table, *, replace: bool) -> int:
        """Append rows in one transaction. Raises `SQLError`."""
        columns = [sqlalchemy.Column(field.name, _type(field.type)) for field in rows.schema]
        target = sqlalchemy.Table(table, sqlalchemy.MetaData(), *columns, schema=schema or None)
        try:
            with self._connect() as connection:
                if schema and not sqlalchemy.inspect(connection).has_schema(schema):
                    connection.execute(sqlalchemy.schema.CreateSchema(schema))
                if replace:
                    target.drop(connection, checkfirst=True)
                target.create(connection, checkfirst=True)
                for batch in rows.to_batches(_BATCH):
                    connection.execute(target.insert(), batch.to_pylist())
                connection.commit()
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise sql_error(self._settings.name, error, f"writing {len(rows)} rows into {table}") from error
        return len(rows)

    def close(self) -> None:
        """Free the connections; the next call makes a new one."""
        engine, self._held = self._held, None
        if engine is not None:
            with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
                engine.dispose()


def _batches(connection: Connection, result: "CursorResult[Any]") -> Iterator[list[tuple[object, ...]]]:
    with connection:
        for part in result.partitions(_BATCH):
            yield [tuple(row) for row in part]


def _type(kind: pa.DataType) -> types.TypeEngine[Any]:
    """The column type for values of an Arrow type."""
    if pa.types.is_boolean(kind):
        return types.Boolean()
    if pa.types.is_integer(kind):
        return types.BigInteger()
    if pa.types.is_floating(kind):
        return types.Double()
    if pa.types.is_decimal(kind):
        return types.Numeric(kind.precision, kind.scale)
    if pa.types.is_timestamp(kind):
        return types.DateTime(timezone=kind.tz is not None)
    if pa.types.is_date(kind):
        return types.Date()
    if pa.types.is_time(kind):
        return types.Time()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return types.LargeBinary()
    return types.Text()

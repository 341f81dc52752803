"""Databases by SQLAlchemy: whatever it has a dialect and an installed driver for."""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import sqlalchemy
from isc.py.objectscript import NotSupportedError
from sqlalchemy import types
from sqlalchemy.engine import Connection, CursorResult, Engine, make_url

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, SQLError
from ..sql_parse import verb_of
from .arrow import reader_of
from .connecting import no_connection
from .dialects import quoted_table
from .errors import sql_error
from .jobs import WriteJob
from .kinds import decimal_field, whole
from .parameters import Parameters, bound
from .postgres_times import read_times_as_iso
from .sqlite_values import as_sqlite
from .writing import write_through

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
_DIGITS = 38
_INSTALL = {
    "mysql": "pip install pymysql, and write mysql+pymysql://…",
    "mariadb": "pip install pymysql, and write mariadb+pymysql://…",
    "mssql": "pip install pyodbc and Microsoft's ODBC driver, and write mssql+pyodbc://…",
    "oracle": "pip install oracledb, and write oracle+oracledb://…",
    "postgresql": "pip install 'isc-py[postgres]'",
    "duckdb": "pip install 'isc-py[adbc]' duckdb, and leave driver out",
}
_POOL = "iscpy"
logging.getLogger(f"sqlalchemy.pool.impl.QueuePool.{_POOL}").setLevel(logging.CRITICAL)  # its errors are raised, too
_NUMERIC = 1700  # types of PostgreSQL by their numbers
_OIDS: dict[object, pa.DataType] = {
    16: pa.bool_(), 17: pa.binary(), 20: pa.int64(), 21: pa.int64(), 23: pa.int64(), 26: pa.int64(),
    700: pa.float64(), 701: pa.float64(), 1082: pa.date32(), 1083: pa.time64("us"), 1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}  # fmt: skip


class AlchemyDriver:
    """An engine of SQLAlchemy, made when it is first used."""

    def __init__(self, settings: NamespaceSettings, dialect: str) -> None:
        self.dialect = _DIALECTS.get(dialect, dialect)
        self._settings = settings
        self._database = dialect
        self._held: Engine | None = None
        self._open: dict[int, tuple[CursorResult[Any], Connection]] = {}

    def _engine(self) -> Engine:
        if self._held is None:
            try:
                url = make_url(self._settings.secret_url())
                if url.drivername in ("postgresql", "postgres"):
                    url = url.set(drivername="postgresql+pg8000")
                self._held = sqlalchemy.create_engine(url, pool_logging_name=_POOL)
                if self._held.dialect.driver == "pg8000":
                    sqlalchemy.event.listen(self._held, "connect", read_times_as_iso)
                if self._held.dialect.use_insertmanyvalues:  # many rows a statement, not a statement a row
                    self._held.dialect.use_insertmanyvalues_wo_returning = True
            except (sqlalchemy.exc.NoSuchModuleError, ModuleNotFoundError) as error:
                mend = _INSTALL.get(self._database, "install SQLAlchemy's driver for it")
                raise NotSupportedError(f"namespace {self._settings.name!r}: {error}: {mend}") from error
            except sqlalchemy.exc.ArgumentError as error:
                raise ConfigurationError(
                    f"namespace {self._settings.name!r}: {self._settings.shown_url()!r} is no URL of a database"
                ) from error
        return self._held

    def _connect(self) -> Connection:
        try:
            return self._engine().connect()
        except sqlalchemy.exc.DBAPIError as error:
            raise no_connection(self._settings, error) from error
        except AttributeError as error:  # pg8000: a server that asks for a password, and a url without one
            if self._engine().url.password:
                raise
            raise no_connection(self._settings, error) from error

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
            streams = verb_of(sql) in ("select", "with", "values", "table")
            result = self._run(connection.execution_options(stream_results=streams), sql, parameters)
        except BaseException:
            connection.close()
            raise
        if not result.returns_rows:
            connection.commit()
            connection.close()
            return reader_of([], [])
        self._open[id(result)] = (result, connection)
        return reader_of(list(result.keys()), self._batches(connection, result, sql), self._told(result))

    def _batches(
        self, connection: Connection, result: "CursorResult[Any]", sql: str
    ) -> Iterator[list[tuple[object, ...]]]:
        try:
            for part in result.partitions(_BATCH):
                yield [tuple(row) for row in part]
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise sql_error(self._settings.name, error, sql) from error
        finally:
            self._let_go(id(result))

    def _let_go(self, number: int) -> None:
        for held in self._open.pop(number, ()):
            with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
                held.close()

    def _told(self, result: "CursorResult[Any]") -> list[pa.Field | pa.DataType | None]:
        described = result.cursor.description if result.cursor is not None else None
        if self.dialect != "postgres" or not described:
            return []
        return [decimal_field("") if column[1] == _NUMERIC else _OIDS.get(column[1]) for column in described]

    def another(self) -> "AlchemyDriver":
        """A driver with connections of its own to the same database, for rows that are read while others are."""
        return AlchemyDriver(self._settings, self._database)

    def fields(self, schema: str, table: str) -> pa.Schema:
        """The columns of a table. Raises `SQLError`."""
        return self.read(f"SELECT * FROM {quoted_table(schema, table, self.dialect)} WHERE 1 = 0", ()).schema

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

    def write(self, job: WriteJob) -> None:
        """Do a job in one transaction.

        Raises:
            SQLError: the database refused; nothing was written.
        """
        fit = (
            replace(job, rows=as_sqlite(job.rows), creates=False)
            if self.dialect == "sqlite"
            else replace(job, creates=False)
        )
        made = False
        with self._connect() as connection:
            try:
                if job.creates:
                    self._create(connection, job)
                    made = True
                write_through(_Session(self.dialect, connection), fit)
                connection.commit()
            except (sqlalchemy.exc.SQLAlchemyError, SQLError) as error:
                connection.rollback()
                if made:  # where making a table is no part of the transaction
                    with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
                        self._table(job).drop(connection, checkfirst=True)
                        connection.commit()
                if isinstance(error, SQLError):
                    raise
                raise sql_error(self._settings.name, error, job.shown) from error

    def _table(self, job: WriteJob) -> sqlalchemy.Table:
        columns = [sqlalchemy.Column(field.name, _type(field.type)) for field in job.rows.schema]
        return sqlalchemy.Table(job.table, sqlalchemy.MetaData(), *columns, schema=job.schema or None)

    def _create(self, connection: Connection, job: WriteJob) -> None:
        if job.schema and not sqlalchemy.inspect(connection).has_schema(job.schema):
            connection.execute(sqlalchemy.schema.CreateSchema(job.schema))
        self._table(job).create(connection)

    def close(self) -> None:
        """Free the connections; the next call makes a new one."""
        for number in list(self._open):  # rows that nobody took to their end
            self._let_go(number)
        engine, self._held = self._held, None
        if engine is not None:
            with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
                engine.dispose()


class _Session:
    """The open transaction of a connection."""

    def __init__(self, dialect: str, connection: Connection) -> None:
        self.dialect = dialect
        self._connection = connection

    def run(self, sql: str) -> None:
        self._connection.execution_options(no_parameters=True).exec_driver_sql(sql)

    def _target(self, job: WriteJob, names: Sequence[str]) -> sqlalchemy.TableClause:
        columns = [sqlalchemy.column(name, _type(job.rows.schema.field(name).type)) for name in names]
        return sqlalchemy.table(job.table, *columns, schema=job.schema or None)

    def insert(self, job: WriteJob, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        target = self._target(job, names)
        self._connection.execute(target.insert(), [dict(zip(names, row, strict=True)) for row in rows])

    def update(self, job: WriteJob, names: Sequence[str], key: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        target = self._target(job, [*names, *key])
        marks = [f"p{at}" for at in range(len(names) + len(key))]
        bound_to = dict(zip([*names, *key], marks, strict=True))
        statement = target.update().values({name: sqlalchemy.bindparam(bound_to[name]) for name in names})
        for name in key:
            statement = statement.where(target.c[name] == sqlalchemy.bindparam(bound_to[name]))
        self._connection.execute(statement, [dict(zip(marks, row, strict=True)) for row in rows])

    def read(self, sql: str) -> pa.Table:
        result = self._connection.execution_options(no_parameters=True).exec_driver_sql(sql)
        return whole(reader_of(list(result.keys()), [[tuple(row) for row in result]]))


def _type(kind: pa.DataType) -> types.TypeEngine[Any]:
    """The column type for values of an Arrow type."""
    if pa.types.is_boolean(kind):
        return types.Boolean()
    if pa.types.is_integer(kind):
        return types.BigInteger()
    if pa.types.is_floating(kind):
        return types.Double()
    if pa.types.is_decimal(kind):
        return types.Numeric(_DIGITS, max(kind.scale, 0))
    if pa.types.is_timestamp(kind):
        return types.DateTime(timezone=kind.tz is not None)
    if pa.types.is_date(kind):
        return types.Date()
    if pa.types.is_time(kind):
        return types.Time()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return types.LargeBinary()
    return types.Text()

"""Databases by JDBC (JPype's database API): ``url = "jdbc:…"``, ``jar`` and ``driver_class`` of the driver.

One Java machine a process: it starts with the first JDBC namespace, and a jar that another one needs later joins it.
"""

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError
from .connecting import no_connection
from .dbapi import DbapiDriver, Told, Way
from .dialects import dialect_of
from .kinds import decimal_field

_ROWS = 50_000  # that a streaming connection fetches at a time
_STREAMS = {
    "jdbc:postgresql:": f"defaultRowFetchSize={_ROWS}",
    "jdbc:mysql:": f"useCursorFetch=true&defaultFetchSize={_ROWS}",
    "jdbc:mariadb:": f"defaultFetchSize={_ROWS}",
}
_DECIMALS = {2, 3}  # java.sql.Types: NUMERIC, DECIMAL
_TIME, _TIMESTAMP, _ZONED = 92, 93, 2014
_KINDS = {
    -7: pa.bool_(), 16: pa.bool_(),
    -6: pa.int64(), 5: pa.int64(), 4: pa.int64(), -5: pa.int64(),
    7: pa.float64(), 6: pa.float64(), 8: pa.float64(),
    -2: pa.binary(), -3: pa.binary(), -4: pa.binary(), 2004: pa.binary(),
    91: pa.date32(), _TIME: pa.time64("us"), _TIMESTAMP: pa.timestamp("us"), _ZONED: pa.timestamp("us", "UTC"),
}  # fmt: skip


def jdbc_driver(settings: NamespaceSettings) -> DbapiDriver:
    """The driver of a namespace whose url is one of JDBC."""
    return DbapiDriver(
        settings.name, "JDBC", Way(lambda streams: _connected(settings, streams), _tables, _dialect, _told)
    )


def _connected(settings: NamespaceSettings, streams: bool) -> Any:
    _start(settings)
    import jpype
    import jpype.dbapi2 as dbapi

    url = settings.secret_url()
    if streams:
        more = next((more for start, more in _STREAMS.items() if url.startswith(start)), "")
        url = f"{url}{'&' if '?' in url else '?'}{more}" if more else url
    try:
        connection = dbapi.connect(url, driver=settings.driver_class or None, getters=_getter, setters=_setter)
    except Exception as error:
        raise no_connection(settings, error) from error
    connection.adapters[Decimal] = lambda value: jpype.JClass("java.math.BigDecimal")(format(value, "f"))
    connection.adapters[datetime] = _moment_of
    connection.adapters[time] = lambda value: jpype.JClass("java.time.LocalTime").parse(value.isoformat())
    connection.autocommit = not streams  # rows come as they are asked for within a transaction only
    return connection


def _setter(connection: Any, meta: Any, column: int, kind: type) -> Any:
    """What sets a parameter: by the type of its value, a class of Java as the object that it is."""
    import jpype.dbapi2 as dbapi

    return dbapi.SETTERS_BY_TYPE(connection, meta, column, kind) or dbapi.OBJECT


def _moment_of(value: datetime) -> Any:
    """A timestamp for Java: by its fields, or as a moment when it has a time zone."""
    import jpype

    if value.tzinfo is None:
        return jpype.JClass("java.time.LocalDateTime").parse(value.isoformat())
    return jpype.JClass("java.time.OffsetDateTime").parse(value.isoformat())


class _Getter:
    """Reads a column by a class of Java that loses nothing, by its text."""

    def __init__(self, java: Any, made: Any, otherwise: Any) -> None:
        self._java, self._made, self._otherwise = java, made, otherwise

    def get(self, rows: Any, column: int, is_call: bool) -> Any:
        if self._java is None or is_call:
            return self._otherwise.get(rows, column, is_call)
        import jpype

        try:
            found = rows.getObject(column, self._java)
        except jpype.JException:  # a driver before JDBC 4.2
            self._java = None
            return self._otherwise.get(rows, column, is_call)
        return None if found is None else self._made(str(found.toString()))


def _getter(connection: Any, meta: Any, column: int) -> Any:
    """What reads a column: by its type, but a BIT as BOOLEAN, which knows nulls, and times with their fractions."""
    import jpype
    import jpype.dbapi2 as dbapi

    found = dbapi.GETTERS_BY_TYPE(connection, meta, column)
    kind = int(meta.getColumnType(column + 1))
    if kind == _ZONED or (kind == _TIMESTAMP and _has_zone(meta, column + 1)):
        return _Getter(jpype.JClass("java.time.OffsetDateTime"), _moment, found)
    if kind == _TIME and not _has_zone(meta, column + 1):
        return _Getter(jpype.JClass("java.time.LocalTime"), time.fromisoformat, found)
    return dbapi.BOOLEAN if found == dbapi.BIT and found is not dbapi.BOOLEAN else found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _has_zone(meta: Any, column: int) -> bool:
    name = str(meta.getColumnTypeName(column)).lower()
    return name in ("timestamptz", "timetz") or "with time zone" in name


def _told(cursor: Any) -> Told:
    meta = cursor.resultSet.getMetaData()
    found: list[pa.Field | pa.DataType | None] = []
    for column in range(1, int(meta.getColumnCount()) + 1):
        kind = int(meta.getColumnType(column))
        if kind in _DECIMALS:
            found.append(decimal_field("", max(int(meta.getScale(column)), 0)))
        else:
            found.append(_KINDS[_ZONED] if kind == _TIMESTAMP and _has_zone(meta, column) else _KINDS.get(kind))
    return found


def _tables(connection: Any) -> list[tuple[str, str]]:
    rows = connection.connection.getMetaData().getTables(None, None, "%", ["TABLE", "VIEW"])
    found = []
    while rows.next():
        found.append((str(rows.getString(2) or ""), str(rows.getString(3))))
    rows.close()
    return found


def _dialect(connection: Any) -> str:
    return dialect_of(str(connection.connection.getMetaData().getDatabaseProductName()))


def _start(settings: NamespaceSettings) -> None:
    import jpype

    if settings.jar and not Path(settings.jar).is_file():
        raise ConfigurationError(
            f"namespace {settings.name!r}: there is no jar {settings.jar}: set jar to the file of the JDBC driver"
        )
    if settings.jar:
        jpype.addClassPath(settings.jar)
    if jpype.isJVMStarted():
        return
    try:
        # -Xrs: signals stay the process's own; the machine's handler of SIGTERM would end it by a crash
        jpype.startJVM("-Xrs", convertStrings=True, interrupt=False)
    except jpype.JVMNotFoundException as error:
        raise DataError(
            f"namespace {settings.name!r}: JDBC needs a Java machine: install one (Java 11 or later)"
        ) from error

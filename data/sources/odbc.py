"""Databases by ODBC (pyodbc): ``url = "odbc:Driver=…;Server=…"``."""

import datetime
import re
import uuid
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..configuration import NamespaceSettings
from .connecting import no_connection
from .dbapi import DbapiDriver, Told, Way
from .dialects import dialect_of
from .kinds import decimal_field

_GUID = -11  # SQL_GUID
_KINDS: dict[object, pa.DataType] = {
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    str: pa.string(),
    bytearray: pa.binary(),
    bytes: pa.binary(),
    datetime.date: pa.date32(),
    datetime.time: pa.time64("us"),
    datetime.datetime: pa.timestamp("us"),
}
_POSTGRES = {"BoolsAsChar": "0", "MaxLongVarcharSize": "1000000"}  # booleans and long texts as such
_STREAMS = {"UseDeclareFetch": "1", "Fetch": "50000"}  # rows by a cursor of the server, not all at once


def odbc_driver(settings: NamespaceSettings) -> DbapiDriver:
    """The driver of a namespace whose url is a connection string of ODBC."""
    way = Way(lambda streams: _connected(settings, streams), _tables, _dialect, _told, _fit, _value)
    return DbapiDriver(settings.name, "ODBC", way)


def _connected(settings: NamespaceSettings, streams: bool) -> Any:
    import pyodbc

    text = settings.secret_url().removeprefix("odbc:")
    if re.search(r"driver\s*=\s*\{?[^;}]*(postgres|psqlodbc)", text, re.I):
        text = _with(text, _POSTGRES | (_STREAMS if streams else {}))
    try:
        connection = pyodbc.connect(text, autocommit=True)
    except pyodbc.Error as error:
        known = ", ".join(pyodbc.drivers()) or "none"
        missing = error.args[0] in ("IM002", "IM003", "01000")  # there is no such driver, or its library is gone
        more = f"drivers that are installed: {known}" if missing else ""
        raise no_connection(settings, Exception(str(error.args[-1])), more) from error
    connection.add_output_converter(_GUID, _guid)
    return connection


def _with(text: str, options: dict[str, str]) -> str:
    """A connection string with options that it does not have yet."""
    more = [f"{name}={value}" for name, value in options.items() if not re.search(rf"(?i)\b{name}\s*=", text)]
    return ";".join([text.rstrip("; "), *more])


def _guid(value: bytes | None) -> str | None:
    return None if value is None else str(uuid.UUID(bytes_le=value))


def _told(cursor: Any) -> Told:
    return [
        decimal_field("", int(column[5] or 0)) if column[1] is Decimal else _KINDS.get(column[1])
        for column in cursor.description
    ]


def _fit(rows: pa.Table) -> pa.Table:
    """Times as texts: the times of ODBC have no fractions of a second."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_time(field.type):
            rows = rows.set_column(at, field.name, rows.column(at).cast(pa.string()))
    return rows


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.time) else value


def _tables(connection: Any) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        rows = cursor.tables().fetchall()
    return [(row[1] or "", row[2]) for row in rows if row[3] in ("TABLE", "VIEW")]


def _dialect(connection: Any) -> str:
    import pyodbc

    return dialect_of(str(connection.getinfo(pyodbc.SQL_DBMS_NAME)))

"""Databases by ODBC (pyodbc): ``url = "odbc:Driver=…;Server=…"``."""

from typing import Any

from ..configuration import NamespaceSettings
from ..exceptions import DataError
from .dbapi import DbapiDriver


def odbc_driver(settings: NamespaceSettings) -> DbapiDriver:
    """The driver of a namespace whose url is a connection string of ODBC."""
    return DbapiDriver(settings.name, "ODBC", lambda: _connected(settings), _tables)


def _connected(settings: NamespaceSettings) -> Any:
    import pyodbc

    try:
        return pyodbc.connect(settings.secret_url().removeprefix("odbc:"), autocommit=True)
    except pyodbc.Error as error:
        known = ", ".join(pyodbc.drivers()) or "none"
        raise DataError(
            f"namespace {settings.name!r}: no connection by {settings.shown_url()}: {error.args[-1]}; "
            f"drivers that are installed: {known}"
        ) from error


def _tables(connection: Any) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        rows = cursor.tables().fetchall()
    return [(row[1] or "", row[2]) for row in rows if row[3] in ("TABLE", "VIEW")]

"""Databases by JDBC (JPype's database API): ``url = "jdbc:…"``, ``jar`` and ``driver_class`` of the driver.

One Java machine a process: it starts with the first JDBC namespace, and a jar that another one needs later joins it.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError, DataError
from .dbapi import DbapiDriver


def jdbc_driver(settings: NamespaceSettings) -> DbapiDriver:
    """The driver of a namespace whose url is one of JDBC."""
    return DbapiDriver(settings.name, "JDBC", lambda: _connected(settings), _tables)


def _connected(settings: NamespaceSettings) -> Any:
    _start(settings)
    import jpype
    import jpype.dbapi2 as dbapi

    try:
        connection = dbapi.connect(settings.secret_url(), driver=settings.driver_class or None, getters=_getter)
    except Exception as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"namespace {settings.name!r}: no connection to {settings.shown_url()}: {text}") from error
    connection.adapters[Decimal] = lambda value: jpype.JClass("java.math.BigDecimal")(str(value))
    connection.autocommit = True
    return connection


def _getter(connection: Any, meta: Any, column: int) -> Any:
    """What reads a column: by its type, but a BIT as BOOLEAN, which knows nulls."""
    import jpype.dbapi2 as dbapi

    found = dbapi.GETTERS_BY_TYPE(connection, meta, column)
    return dbapi.BOOLEAN if found == dbapi.BIT and found is not dbapi.BOOLEAN else found


def _tables(connection: Any) -> list[tuple[str, str]]:
    rows = connection.connection.getMetaData().getTables(None, None, "%", ["TABLE", "VIEW"])
    found = []
    while rows.next():
        found.append((str(rows.getString(2) or ""), str(rows.getString(3))))
    rows.close()
    return found


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
        jpype.startJVM(convertStrings=True, interrupt=False)
    except jpype.JVMNotFoundException as error:
        raise DataError(
            f"namespace {settings.name!r}: JDBC needs a Java machine: install one (Java 11 or later)"
        ) from error

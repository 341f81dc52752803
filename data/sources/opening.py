"""Which driver a namespace's settings ask for."""

from importlib.util import find_spec

from isc.py.objectscript import NotSupportedError

from ..configuration import NamespaceSettings
from ..exceptions import ConfigurationError
from .source import Driver, Source

_ADBC = {"postgresql": "adbc_driver_postgresql", "sqlite": "adbc_driver_sqlite", "duckdb": "adbc_driver_duckdb"}
_KINDS = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "duckdb": "DuckDB", "mysql": "MySQL", "mssql": "SQL Server"}


def open_source(settings: NamespaceSettings) -> Source:
    """The namespace that settings describe; its connection is made when it is first used.

    Raises:
        ConfigurationError: the url is none of a known form, or a variable of it is not set.
        NotSupportedError: what it needs is not installed; names the extra.
    """
    scheme, _, rest = settings.url.partition(":")
    if scheme == "iris":
        from .iris_source import IrisSource

        _need("iris", "iris", settings)
        return IrisSource(settings)
    if scheme == "odbc":
        from .odbc import odbc_driver

        _need("pyodbc", "odbc", settings)
        return Source(settings.name, "ODBC", odbc_driver(settings))
    if scheme == "jdbc":
        from .jdbc import jdbc_driver

        _need("jpype", "jdbc", settings)
        return Source(settings.name, "JDBC", jdbc_driver(settings))
    if not rest.startswith("//"):
        raise ConfigurationError(
            f"namespace {settings.name!r}: url {settings.shown_url()!r} is none of DIALECT://…, odbc:…, jdbc:… and "
            "iris://…"
        )
    dialect = scheme.partition("+")[0]
    dialect = {"postgres": "postgresql"}.get(dialect, dialect)
    return Source(settings.name, _KINDS.get(dialect, dialect), _database(settings, scheme, dialect))


def _database(settings: NamespaceSettings, scheme: str, dialect: str) -> Driver:
    module = _ADBC.get(dialect, "")
    has_adbc = bool(module) and "+" not in scheme and find_spec(module) and find_spec("adbc_driver_manager")
    if settings.driver == "adbc" and not has_adbc:
        raise NotSupportedError(
            f"namespace {settings.name!r}: there is no ADBC driver for {scheme} here: "
            f"{f'pip install adbc-driver-manager {module}' if module else 'use driver = sqlalchemy'}"
        )
    if has_adbc and settings.driver != "sqlalchemy":
        from .adbc import AdbcDriver

        return AdbcDriver(settings, dialect, module)
    from .alchemy import AlchemyDriver

    return AlchemyDriver(settings, dialect)


def _need(module: str, extra: str, settings: NamespaceSettings) -> None:
    if find_spec(module) is None:
        raise NotSupportedError(f"namespace {settings.name!r} needs {module}: pip install 'isc-py[{extra}]'")

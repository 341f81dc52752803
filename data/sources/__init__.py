"""Namespaces that are other databases: what ADBC, SQLAlchemy, ODBC and JDBC reach, and IRIS."""

from .opening import open_source
from .source import Driver, Source

__all__ = ["Driver", "Source", "open_source"]

"""The SQL that databases differ in and that is written here: names, the types of columns, tables made for rows."""

import pyarrow as pa
from sqlglot import exp

__all__ = ["create_table", "dialect_of", "quoted", "quoted_table", "type_of"]

_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
_PRODUCTS = (
    ("postgres", "postgres"),
    ("duckdb", "duckdb"),
    ("sqlite", "sqlite"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("microsoft sql server", "tsql"),
    ("oracle", "oracle"),
    ("snowflake", "snowflake"),
    ("redshift", "redshift"),
    ("iris", "iris"),
    ("cache", "iris"),
)
_TEXT = {"tsql": "NVARCHAR(MAX)", "oracle": "CLOB", "mysql": "LONGTEXT", "iris": "VARCHAR(1000000)"}
_BYTES = {
    "postgres": "BYTEA", "tsql": "VARBINARY(MAX)", "mysql": "LONGBLOB", "iris": "VARBINARY(1000000)",
    "redshift": "VARBYTE",
}  # fmt: skip
_BOOLEAN = {"tsql": "BIT", "oracle": "NUMBER(1)", "iris": "BIT"}
_DOUBLE = {"tsql": "FLOAT(53)", "oracle": "BINARY_DOUBLE", "mysql": "DOUBLE", "iris": "DOUBLE", "sqlite": "REAL"}
_MOMENT = {"tsql": "DATETIME2(6)", "mysql": "DATETIME(6)"}
_ZONED = {"tsql": "DATETIMEOFFSET(6)", "mysql": "DATETIME(6)", "iris": "TIMESTAMP", "sqlite": "TIMESTAMP"}
_CLOCK = {"oracle": "VARCHAR2(16)", "mysql": "TIME(6)", "tsql": "TIME(6)"}
_DIGITS = 38
_OWN = ("iris", "")  # not known to sqlglot, so the standard's names


def dialect_of(product: str) -> str:
    """What sqlglot calls the SQL of a product or of a dialect of SQLAlchemy; "" for the standard's."""
    lower = product.lower()
    if lower in _DIALECTS:
        return _DIALECTS[lower]
    return next((dialect for words, dialect in _PRODUCTS if lower.startswith(words)), "")


def quoted(name: str, dialect: str) -> str:
    """A name as the database takes it whatever it is made of."""
    return exp.to_identifier(name, quoted=True).sql(dialect=None if dialect in _OWN else dialect)


def quoted_table(schema: str, table: str, dialect: str) -> str:
    """A table's name with its schema, if it has one."""
    return ".".join(quoted(part, dialect) for part in (schema, table) if part)


def type_of(kind: pa.DataType, dialect: str) -> str:
    """The type of a column for values of an Arrow type."""
    if pa.types.is_boolean(kind):
        return _BOOLEAN.get(dialect, "BOOLEAN")
    if pa.types.is_integer(kind):
        return "NUMBER(19)" if dialect == "oracle" else "BIGINT"
    if pa.types.is_floating(kind):
        return _DOUBLE.get(dialect, "DOUBLE PRECISION")
    if pa.types.is_decimal(kind):
        return f"{'NUMBER' if dialect == 'oracle' else 'NUMERIC'}({_DIGITS}, {min(max(kind.scale, 0), _DIGITS)})"
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            return _ZONED.get(dialect, "TIMESTAMP WITH TIME ZONE")
        return _MOMENT.get(dialect, "TIMESTAMP")
    if pa.types.is_date(kind):
        return "DATE"
    if pa.types.is_time(kind):
        return _CLOCK.get(dialect, "TIME")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _BYTES.get(dialect, "BLOB")
    return _TEXT.get(dialect, "TEXT")


def create_table(schema: str, table: str, columns: pa.Schema, dialect: str) -> str:
    """The statement that makes a table for rows."""
    lines = ", ".join(f"{quoted(item.name, dialect)} {type_of(item.type, dialect)}" for item in columns)
    return f"CREATE TABLE {quoted_table(schema, table, dialect)} ({lines})"

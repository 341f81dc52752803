"""The types that columns of CREATE TABLE have, as types of properties."""

from isc.py.objectscript import dictionary
from isc.py.objectscript.library.datatypes import COLUMN_KINDS, SKIPPED, is_datatype
from isc.py.objectscript.names import similar
from sqlglot import exp

from .exceptions import SQLError
from .property_types import is_stream

__all__ = ["COUNTED", "column_type"]

#: Types of a column that is the id of its row.
COUNTED = frozenset(("SERIAL", "IDENTITY", "BIGSERIAL"))
_TYPES = {
    "INT": "%Integer", "MEDIUMINT": "%Integer", "BIGINT": "%BigInt", "SMALLINT": "%SmallInt", "TINYINT": "%TinyInt",
    "DOUBLE": "%Double", "FLOAT": "%Double", "DECIMAL": "%Numeric", "BOOLEAN": "%Boolean", "BIT": "%Boolean",
    "DATE": "%Date", "TIME": "%Time", "TIMESTAMP": "%TimeStamp", "TIMESTAMPTZ": "%TimeStamp", "DATETIME": "%TimeStamp",
    "VARCHAR": "%String", "NVARCHAR": "%String", "CHAR": "%String", "NCHAR": "%String", "TEXT": "%String",
    "MEDIUMTEXT": "%String", "LONGTEXT": "%String", "VARBINARY": "%Binary", "BINARY": "%Binary",
    "MEDIUMBLOB": "%Binary", "LONGBLOB": "%Binary",
}  # fmt: skip
#: Those that sqlglot takes for types of the user.
_MORE = {
    "MONEY": "%Currency", "SMALLMONEY": "%Currency", "UNIQUEIDENTIFIER": "%String(36)", "SYSNAME": "%String(128)",
    "SMALLDATETIME": "%TimeStamp", "DATETIME2": "%TimeStamp", "TIMESTAMP2": "%TimeStamp", "POSIXTIME": "%TimeStamp",
    "NTEXT": "%String()", "CHARACTER": "%String", "LONGVARBINARY": "%Binary", "IMAGE": "%Binary", "RAW": "%Binary",
    "NATIONAL": "%String",
}  # fmt: skip
_UNBOUNDED = {"TEXT", "MEDIUMTEXT", "LONGTEXT"}


def column_type(kind: exp.DataType, name: str) -> tuple[str, list[str]]:
    """The type of a property for that of a column, and its parameters as a class file has them.

    Raises:
        SQLError: there is none of that name (-1); tells similar ones.
    """
    sizes = [item.name for item in kind.expressions if item.args.get("expression") is None]
    word = kind.this.value
    if word == "USER-DEFINED":
        return _named(kind, name, sizes)
    if word not in _TYPES:
        raise _unknown(word, name)
    found = _TYPES[word]
    if found == "%String":
        return found, [_longest(word, sizes)]
    if found == "%Numeric":
        precision, scale = int(sizes[0]) if sizes else 15, int(sizes[1]) if len(sizes) > 1 else 0 if sizes else 2
        largest = "9" * (precision - scale) + ("." + "9" * scale if scale else "")
        return found, [f"MAXVAL = {largest or '0'}", f"MINVAL = -{largest or '0'}", f"SCALE = {scale}"]
    return found, []


def _longest(word: str, sizes: list[str]) -> str:
    size = sizes[0] if sizes else "1" if word in ("CHAR", "NCHAR") else "" if word in _UNBOUNDED else "50"
    return f"MAXLEN = {size}" if size.isdigit() else 'MAXLEN = ""'


def _named(kind: exp.DataType, name: str, sizes: list[str]) -> tuple[str, list[str]]:
    """A type of the language (``%String(MAXLEN = 5)``), a class, or one of the words that sqlglot does not know."""
    written = kind.args.get("kind")
    shown = written if isinstance(written, str) else written.name if isinstance(written, exp.Expr) else kind.sql()
    if shown.upper() in _MORE:
        found, bracket, longest = _MORE[shown.upper()].partition("(")
        return found, [f"MAXLEN = {longest.rstrip(')')}" if longest != ")" else 'MAXLEN = ""'] if bracket else []
    if not (is_datatype(shown) or is_stream(shown) or dictionary.is_known(shown)):
        raise _unknown(shown, name)
    named = [(item.name, item.args["expression"]) for item in kind.expressions if item.args.get("expression")]
    parameters = [f"{key.upper()} = {_parameter(value)}" for key, value in named]
    return shown, parameters + [f"MAXLEN = {size}" for size in sizes[:1]]


def _parameter(value: exp.Expr) -> str:
    """A parameter as a class file has it."""
    if isinstance(value, exp.Neg):
        return f"-{_parameter(value.this)}"
    if isinstance(value, exp.Literal) and not value.is_string:
        return value.name
    return '"' + value.name.replace('"', '""') + '"'


def _unknown(shown: str, name: str) -> SQLError:
    known = sorted({*_TYPES, *_MORE, *COUNTED})
    if shown.startswith("%"):
        known = [f"%{kind}" for kind in sorted({*COLUMN_KINDS, *SKIPPED, "String"})]
    hint = similar(shown, known) or f": it may be {', '.join(known)}, or a class"
    return SQLError(-1, f"{shown} of field {name!r} is no type that a table can have{hint}")

"""A group's statements as PostgreSQL takes them fast: one text for many, with their values in it.

A text costs one answer of the server, whatever stands in it. Values are written by `literal`, which needs what
the writer sets: strings in which a backslash is a backslash.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy import BigInteger, Boolean, Float

from .grouped import INSERT, UPDATE, grouped, last_of_each
from .schema import metadata
from .writer import Statement

_LARGE = 1 << 20  # characters of one text, about: a longer one goes in parts


def batches(statements: Sequence[Statement]) -> Iterator[str]:
    """Texts that, run one after the other in a transaction, do what the statements do, in the order of `grouped`."""
    parts: list[str] = []
    size = 0
    for sql, rows in grouped(statements):
        for part in _texts(sql, rows):
            parts.append(part)
            size += len(part)
            if size > _LARGE:
                yield "; ".join(parts)
                parts, size = [], 0
    if parts:
        yield "; ".join(parts)


def literal(value: object) -> str:
    """A value as SQL's text has it.

    Raises:
        TypeError: it is none that a bank keeps.
    """
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'" if "\0" not in quoted else f"'{quoted.replace(chr(0), chr(0xFFFD))}'"  # it keeps no NUL
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return f"'{float.__repr__(value)}'"  # as a text it may be infinite, too
    raise TypeError(f"a bank keeps no {type(value).__name__}")


def _texts(sql: str, rows: list[Sequence[object]]) -> Iterator[str]:
    if inserted := INSERT.fullmatch(sql):
        table, columns, rest = inserted[1], inserted[2].split(", "), inserted[4]
        if "DO UPDATE" in rest:
            rows = last_of_each(rows, *map(columns.index, _keys(table)))
        names = ", ".join(f'"{column}"' for column in columns)
        for values in _values(rows):
            yield f'INSERT INTO "{table}" ({names}) VALUES {values}{rest}'
    elif updated := UPDATE.fullmatch(sql):
        table, columns = updated[1], [part.split(" = ")[0] for part in updated[2].split(", ")]
        names = ", ".join(f'"{column}"' for column in [*columns, "id"])
        changed = ", ".join(f'"{column}" = {_cast(table, column)}' for column in columns)
        for values in _values(last_of_each(rows, -1)):
            yield (
                f'UPDATE "{table}" SET {changed} FROM (VALUES {values}) AS taken ({names}) '
                f'WHERE "{table}".id = taken.id'
            )
    else:
        for row in rows:
            parts = sql.split("?")
            yield parts[0] + "".join(literal(value) + part for value, part in zip(row, parts[1:], strict=True))


@cache
def _keys(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in metadata.tables[table].primary_key)


@cache
def _cast(table: str, column: str) -> str:
    """A column of VALUES, which knows texts and numbers only, as the table has it."""
    kind = metadata.tables[table].c[column].type
    name = "text"
    if isinstance(kind, BigInteger):
        name = "bigint"
    elif isinstance(kind, Float):
        name = "double precision"
    elif isinstance(kind, Boolean):
        name = "boolean"
    return f'CAST(taken."{column}" AS {name})'


def _values(rows: list[Sequence[object]]) -> Iterator[str]:
    """The rows of VALUES, in parts that are not too large."""
    parts: list[str] = []
    size = 0
    for row in rows:
        text = f"({', '.join(map(literal, row))})"
        parts.append(text)
        size += len(text)
        if size > _LARGE:
            yield ", ".join(parts)
            parts, size = [], 0
    if parts:
        yield ", ".join(parts)

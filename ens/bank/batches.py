"""Statements as PostgreSQL takes them fast: rows that go into one table are one statement with one JSON parameter."""

import json
import re
from collections.abc import Sequence
from functools import cache

from sqlalchemy import BigInteger, Boolean, Float

from .schema import metadata
from .writer import Statement

_INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\) VALUES \([?, ]*\)(.*)", re.DOTALL)
_UPDATE = re.compile(r"UPDATE (\w+) SET ((?:\w+ = \?, )*\w+ = \?) WHERE id = \?")


def batches(statements: Sequence[Statement]) -> list[tuple[str, dict[str, object]]]:
    """SQL with named parameters that does what the statements do.

    Inserts go first, each table's together: nothing else touches a row before it is there. All others keep their
    order; neighbours of the same text become one.
    """
    inserts: dict[str, list[Sequence[object]]] = {}
    others: list[tuple[str, list[Sequence[object]]]] = []
    for sql, parameters in statements:
        if sql.startswith("INSERT "):
            inserts.setdefault(sql, []).append(parameters)
        elif others and others[-1][0] == sql:
            others[-1][1].append(parameters)
        else:
            others.append((sql, [parameters]))
    found: list[tuple[str, dict[str, object]]] = []
    for sql, rows in [*inserts.items(), *others]:
        batch = _batch(sql)
        if batch is None:
            found += [_one(sql, row) for row in rows]
            continue
        text, key = batch
        if key is not None:  # a statement may touch a row once: the last one of it is what remains
            rows = list({row[key]: row for row in rows}.values())
        found.append((text, {"rows": json.dumps([[_plain(value) for value in row] for row in rows])}))
    return found


@cache
def _batch(sql: str) -> tuple[str, int | None] | None:
    """The text for many rows and the position of the key, when no row may occur twice."""
    if inserted := _INSERT.fullmatch(sql):
        table, columns, rest = inserted[1], inserted[2].split(", "), inserted[3]
        names = ", ".join(f'"{column}"' for column in columns)
        text = f'INSERT INTO "{table}" ({names}) SELECT {_fields(table, columns)} {_SOURCE}{rest}'
        return text, columns.index("id") if "DO UPDATE" in rest else None
    if updated := _UPDATE.fullmatch(sql):
        table, columns = updated[1], [part.split(" = ")[0] for part in updated[2].split(", ")]
        typed = f"(SELECT {_fields(table, [*columns, 'id'])} {_SOURCE}) AS taken"
        values = ", ".join(f'"{column}" = taken."{column}"' for column in columns)
        return f'UPDATE "{table}" SET {values} FROM {typed} WHERE "{table}".id = taken.id', len(columns)
    return None


_SOURCE = "FROM json_array_elements(CAST(:rows AS json)) WITH ORDINALITY AS one(item, place) WHERE true"


def _fields(table: str, columns: Sequence[str]) -> str:
    found = []
    for at, column in enumerate(columns):
        kind = metadata.tables[table].c[column].type
        name = "text"
        if isinstance(kind, BigInteger):
            name = "bigint"
        elif isinstance(kind, Float):
            name = "double precision"
        elif isinstance(kind, Boolean):
            name = "boolean"
        found.append(f'CAST(item->>{at} AS {name}) AS "{column}"')
    return ", ".join(found)


def _one(sql: str, parameters: Sequence[object]) -> tuple[str, dict[str, object]]:
    parts = sql.split("?")
    text = parts[0] + "".join(f":p{at}{part}" for at, part in enumerate(parts[1:]))
    return text, {f"p{at}": _plain(value) for at, value in enumerate(parameters)}


def _plain(value: object) -> object:
    """Text without NUL, which PostgreSQL does not keep."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) and "\0" in value else value

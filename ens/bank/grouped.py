"""Statements of a group in an order in which those of one text are together, and SQLite's texts for many rows.

`batches` writes PostgreSQL's texts from the same groups.

SQLite runs a statement without Python's lock, and takes it again for each; one statement with many rows takes it once.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .writer import Statement

INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\) VALUES (\([?, ]*\))(.*)", re.DOTALL)
UPDATE = re.compile(r"UPDATE (\w+) SET ((?:\w+ = \?, )*\w+ = \?) WHERE id = \?")
_MANY = 32  # rows a statement, at most


def grouped(statements: "Sequence[Statement]") -> list[tuple[str, list[Sequence[object]]]]:
    """Each text with its rows of values.

    Inserts go first, each table's together: nothing else touches a row before it is there. All others keep their
    order; neighbours of the same text become one.
    """
    inserts: dict[str, list[Sequence[object]]] = {}
    others: list[tuple[str, list[Sequence[object]]]] = []
    for sql, parameters in statements:
        if sql.startswith("INSERT "):
            found = inserts.get(sql)
            if found is None:
                inserts[sql] = [parameters]
            else:
                found.append(parameters)
        elif others and others[-1][0] == sql:
            others[-1][1].append(parameters)
        else:
            others.append((sql, [parameters]))
    return [*inserts.items(), *others]


def last_of_each(rows: Sequence[Sequence[object]], *key: int) -> list[Sequence[object]]:
    """The rows without those after which another one has the same key: a statement may touch a row once.

    `key`: the places of the key's columns in a row, one or more.
    """
    return list(dict(zip(map(itemgetter(*key), rows), rows, strict=True)).values())


def for_sqlite(sql: str, rows: list[Sequence[object]]) -> Iterator[tuple[str, Sequence[object]]]:
    """Texts with values that do with as few statements as there are powers of two what the text does for each row."""
    if len(rows) > 1 and (form := _form(sql)) is not None:
        before, row, between, after, is_update = form
        if is_update:
            rows = last_of_each(rows, -1)
        at = 0
        while at < len(rows):
            size = _MANY
            while size > len(rows) - at:
                size //= 2  # few different texts: each is prepared once
            text = sql if size == 1 else f"{before}{between.join([row] * size)}{after}"
            yield text, [value for values in rows[at : at + size] for value in values]
            at += size
    else:
        for values in rows:
            yield sql, values


@cache
def _form(sql: str) -> tuple[str, str, str, str, bool] | None:
    """The parts of a text for many rows: before them, one of them, between, after; and whether it updates."""
    if inserted := INSERT.fullmatch(sql):
        return f"{sql[: inserted.start(3)]}", inserted[3], ", ", inserted[4], False
    if updated := UPDATE.fullmatch(sql):
        columns = [part.split(" = ")[0] for part in updated[2].split(", ")]
        values = ", ".join(f"{column} = taken.column{at}" for at, column in enumerate(columns, 1))
        row = f"({', '.join('?' * (len(columns) + 1))})"
        after = f") AS taken WHERE {updated[1]}.id = taken.column{len(columns) + 1}"
        return f"UPDATE {updated[1]} SET {values} FROM (VALUES ", row, ", ", after, True
    return None

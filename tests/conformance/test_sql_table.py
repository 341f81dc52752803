"""The table of SQL: statements and what they give, written from the public documentation of InterSystems SQL.

A line has three parts, divided by `` => ``: ``S`` when the statement is standard and SQLite must agree; the statement
(``\\n`` between lines), with its parameters as JSON behind `` :: `` when it has any; what it gives: rows divided by
``;``, values by ``,``, ``NULL`` for null, ``*n`` how many rows were changed, ``!-29`` an error of that SQLCODE and a
part of its text behind a blank. Lines build on the ones before them in their file.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from isc.py.data.exceptions import SQLError
from isc.py.data.namespace import EmbeddedNamespace, open_namespace, use
from isc.py.data.sql_write import is_write, write
from isc.py.objectscript import dictionary

HERE = Path(__file__).parent
SETUP = (HERE / "sql_setup.cls.txt").read_text()


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    place: str
    is_standard: bool
    sql: str
    parameters: Any
    expected: str


def table() -> Iterator[Line]:
    """Every line of every file."""
    for path in sorted(HERE.glob("sql_*.sql.txt")):
        for number, line in enumerate(path.read_text().split("\n"), start=1):
            if not line or line.startswith("#"):
                continue
            statement, arrow, expected = line[2:].rpartition(" => ")
            assert arrow, f"{path.name}:{number} has no =>"
            sql, _, parameters = statement.partition(" :: ")
            values = json.loads(parameters) if parameters else []
            yield Line(
                f"{path.name.split('.')[0]}:{number}", line[0] == "S", sql.replace("\\n", "\n"), values, expected
            )


LINES = list(table())


def shown(value: object) -> str:
    """A value as the table writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | Decimal):
        return f"{value:.10f}".rstrip("0").rstrip(".") if value == value else "NaN"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def rows_shown(rows: list[tuple[object, ...]]) -> str:
    """Rows as the table writes them."""
    return ";".join(",".join(map(shown, row)) for row in rows)


def run(namespace: EmbeddedNamespace, line: Line) -> str:
    """What a statement gives here."""
    try:
        if is_write(line.sql):
            return f"*{write(namespace, line.sql, line.parameters).count}"
        found = namespace.query(line.sql, line.parameters)
    except SQLError as error:
        _, _, told = line.expected.partition(" ")
        return f"!{error.sqlcode} {told if told in str(error) else error}" if told else f"!{error.sqlcode} {error}"
    return rows_shown(list(zip(*[column.to_pylist() for column in found.columns], strict=True)))


@pytest.fixture(scope="module")
def namespace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNamespace]:
    dictionary.reset()
    folder = tmp_path_factory.mktemp("sql")
    opened = open_namespace(folder)
    for number, text in enumerate(SETUP.split("\n----\n")):
        (folder / f"c{number}.cls").write_text(text)
    opened.load_path(folder)
    with use(opened):
        yield opened
    opened.close()
    dictionary.reset()


@pytest.fixture(scope="module")
def oracle() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("attach ':memory:' as t")
    connection.execute(
        "create table t.Company (ID integer primary key, Name text collate nocase, City text collate nocase, Size int)"
    )
    connection.execute(
        "create table t.Person (ID integer primary key, Name text collate nocase, Born text, Height real, Children int,"
        " Member int, Wakes text, Seen text, Code text, Company int)"
    )
    yield connection
    connection.close()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.place)
def test_a_statement_gives_what_the_documentation_says(line: Line, namespace: EmbeddedNamespace) -> None:
    assert run(namespace, line) == line.expected, line.sql


@pytest.mark.parametrize("line", [line for line in LINES if line.is_standard], ids=lambda line: line.place)
def test_sqlite_agrees_with_what_is_standard(line: Line, oracle: sqlite3.Connection) -> None:
    cursor = oracle.execute(line.sql, line.parameters)
    found = f"*{cursor.rowcount}" if is_write(line.sql) else rows_shown(cursor.fetchall())
    assert found == line.expected, line.sql


def test_the_table_is_as_large_as_promised() -> None:
    assert len(LINES) >= 150
    assert sum(line.is_standard for line in LINES) >= 60

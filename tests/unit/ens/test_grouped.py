"""A group of statements is written with few of them, and what comes of it is the same."""

import sqlite3

from hypothesis import given
from hypothesis import strategies as st
from isc.py.ens.bank import Bank
from isc.py.ens.bank.grouped import for_sqlite, grouped
from isc.py.ens.bank.schema import metadata
from isc.py.ens.bank.writer import Statement
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateTable

TABLES = ("headers", "bodies", "sessions", "processes", "events", "inputs")


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    dialect = create_engine("sqlite://").dialect
    for name in TABLES:
        connection.execute(str(CreateTable(metadata.tables[name]).compile(dialect=dialect)))
    return connection


def contents(connection: sqlite3.Connection) -> list[list[object]]:
    return [connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES]


ids = st.integers(1, 50)
statuses = st.sampled_from(["Queued", "Delivered", "Completed", "Error"])
changes = st.one_of(
    st.builds(lambda at, status, error: [Bank.status(at, status, error)], ids, statuses, st.text(max_size=5)),
    st.builds(lambda at: [Bank.cut(at)], ids),
    st.builds(lambda level, text: [Bank.event(level, "Host", text)], statuses, st.text(max_size=5)),
    st.builds(lambda at, status, state: [Bank.process(at, at, "P", "C", status, state)], ids, statuses, st.text()),
    st.builds(lambda key, at: [Bank.input("Host", key, at)], st.sampled_from("abc"), ids),
)


@given(st.lists(changes, max_size=100))
def test_a_group_does_what_its_statements_do_one_by_one(made: list[list[Statement]]) -> None:
    first = [
        statement
        for at in range(1, 51)
        for statement in [
            Bank.session(at, "t.P"),
            *Bank.header(at, "Request", at, "A", "B", ("c", "{}"), "Queued"),
        ]
    ]
    statements = first + [statement for each in made for statement in each]
    one_by_one, together = database(), database()
    for sql, values in statements:
        one_by_one.execute(sql, values)
    run = [(text, values) for sql, rows in grouped(statements) for text, values in for_sqlite(sql, rows)]
    for text, values in run:
        together.execute(text, values)
    assert contents(together) == contents(one_by_one)
    assert len(run) < len(statements)
    one_by_one.close()
    together.close()

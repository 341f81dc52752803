"""Banks of every earlier revision, with messages in them, in SQLite and in PostgreSQL."""

import itertools
import threading
from pathlib import Path

import pytest
from isc.py.ens.bank import open_bank
from isc.py.ens.bank.revision import migrate
from isc.py.ens.bank.schema import REVISION, metadata
from isc.py.ens.exceptions import BankError
from sqlalchemy import Connection, Engine, create_engine, inspect, text

EARLIER = [f"{number:04}" for number in range(1, int(REVISION))]
_numbers = itertools.count()
#: Rows of the first revision, then what each later one added.
ROWS = {
    "0001": [
        "INSERT INTO bodies (id, text) VALUES (1, '{}'), (2, '{\"a\":1}')",
        "INSERT INTO headers (id, kind, session, source, target, class, body, corresponding, status, error, is_async, "
        "created, processed) VALUES (1, 'Request', 1, 'External', 'X', 'Ens.Request', 1, NULL, 'Completed', '', false, "
        "1.5, 2.5), (2, 'Response', 1, 'X', 'External', 'Ens.Response', 2, 1, 'Completed', '', false, 2.5, 2.5), "
        "(9007199254740993, 'Request', 9007199254740993, 'External', 'X', 'Ens.Request', NULL, NULL, 'Queued', '', "
        "true, 3.5, NULL)",
        "INSERT INTO sessions (id, started, production) VALUES (1, 1.5, 't.P')",
        "INSERT INTO processes (id, session, host, class, status, state, changed) VALUES (1, 1, 'P', 't.P', 'Running', "
        "'{}', 2.5)",
        "INSERT INTO events (time, level, host, session, header, text) VALUES (1.5, 'info', 'X', 1, 1, 'ran')",
    ],
    "0002": [
        "UPDATE headers SET crashes = 3 WHERE id = 1",
        "INSERT INTO inputs (host, key, session, time) VALUES ('In', 'k', 1, 1.5)",
    ],
    "0004": [
        "INSERT INTO posts (key, target, class, body, created) VALUES ('k', 'X', 'Ens.Request', '{}', 1.5)",
        "INSERT INTO directors (id, place, since) VALUES (1, 'here', 1.5)",
        'UPDATE processes SET waits = \'{"calls": [[1, 2]], "timers": [], "program": "abc"}\' WHERE id = 1',
    ],
    "0003": ["INSERT INTO contexts (host, session, state, saved, changed) VALUES ('X', 1, 'saved', 7, 1.5)"],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> "list[Engine]":
    """Two empty databases."""
    made = []
    for _ in range(2):
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / f'{next(_numbers)}.sqlite'}"
        else:
            url = str(request.getfixturevalue("postgres_server").new_database())
            url = url.replace("postgresql://", "postgresql+pg8000://")
        made.append(create_engine(url))
    request.addfinalizer(lambda: [engine.dispose() for engine in made])
    return made


def bank_url(engine: Engine) -> str:
    return engine.url.set(drivername=engine.url.drivername.partition("+")[0]).render_as_string()


@pytest.mark.parametrize("revision", EARLIER)
def test_a_bank_of_each_earlier_revision_becomes_like_a_new_one_and_keeps_its_rows(
    engines: list[Engine], revision: str
) -> None:
    old, new = engines
    with old.begin() as connection:
        migrate(connection, None, revision)
        if revision == "0001":
            connection.execute(text("DROP TABLE alembic_version"))  # as it was before there were revisions
        for step in EARLIER[: EARLIER.index(revision) + 1]:
            for statement in ROWS[step]:
                connection.exec_driver_sql(statement)
        before = rows(connection)
    bank = open_bank(bank_url(old))
    (first, second, third) = bank.messages()
    assert (first.status, first.crashes, first.body) == ("Completed", 0 if revision == "0001" else 3, "{}")
    assert (second.corresponding, second.body) == (1, '{"a":1}')
    assert (third.id, third.status, third.is_async) == (9007199254740993, "Queued", True)
    assert bank.next_id() == third.id + 1
    bank.write([bank.event("info", "X", "ran again")]).result()
    assert [event.id for event in bank.events()] == [1, 2]
    (kept,) = bank.running()
    assert (kept.program, kept.waits.calls) == (("abc", {1: 2}) if revision == "0004" else ("", {}))
    bank.close()
    open_bank(bank_url(new)).close()
    with old.connect() as migrated, new.connect() as fresh:
        after = rows(migrated)
        for table, was in before.items():  # new columns come last
            assert [kept[: len(row)] for kept, row in zip(after[table], was, strict=False)] == was
        assert shape(migrated) == shape(fresh)


def test_a_bank_of_a_newer_version_is_refused_and_left_as_it_is(engines: list[Engine]) -> None:
    engine, _ = engines
    open_bank(bank_url(engine)).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("DROP TABLE posts"))  # as if that version had none
    with pytest.raises(BankError, match=r"newer version of isc-py.*revision 9999.*up to " + REVISION):
        open_bank(bank_url(engine))
    with engine.connect() as connection:
        assert not inspect(connection).has_table("posts")


def test_programs_that_open_a_new_bank_at_the_same_time_make_it_once(engines: list[Engine]) -> None:
    url = bank_url(engines[0])
    begin = threading.Barrier(6)
    errors: list[BaseException] = []

    def opened() -> None:
        begin.wait()
        try:
            open_bank(url).close()
        except Exception as error:  # noqa: BLE001  # any of them is wrong
            errors.append(error)

    threads = [threading.Thread(target=opened) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with engines[0].connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [(REVISION,)]


def rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """All rows by table, in the order of their first column."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {
        name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}" ORDER BY 1')).all()]
        for name in sorted(names & {"headers", "bodies", "sessions", "processes", "events", "inputs", "contexts"})
    }


def shape(connection: Connection) -> dict[str, object]:
    """What the database itself says of the tables; the order of columns does not count."""
    found: dict[str, object] = {}
    looking = inspect(connection)
    assert set(looking.get_table_names()) == set(metadata.tables)
    for name in set(looking.get_table_names()) - {"alembic_version"}:  # that is of Alembic itself
        columns = [
            (item["name"], str(item["type"]), item["nullable"], str(item["default"]), bool(item.get("autoincrement")))
            for item in looking.get_columns(name)
        ]
        indices = [(item["name"], item["column_names"], bool(item["unique"])) for item in looking.get_indexes(name)]
        references = [(item["constrained_columns"], item["referred_table"]) for item in looking.get_foreign_keys(name)]
        keys = looking.get_pk_constraint(name)["constrained_columns"]
        found[name] = (sorted(columns), sorted(indices), references, keys)
    return found

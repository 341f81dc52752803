"""Banks of other versions."""

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from isc.py.ens.bank import open_bank
from isc.py.ens.bank.revision import migrate
from isc.py.ens.bank.schema import REVISION, metadata
from isc.py.ens.bank.writer import Statement
from isc.py.ens.exceptions import BankError
from sqlalchemy import create_engine


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'made'}")
    with engine.begin() as connection:
        migrate(connection, None, REVISION)
        context = MigrationContext.configure(connection)
        differences = [item for item in compare_metadata(context, metadata) if "alembic_version" not in str(item)]
    engine.dispose()
    assert differences == []


def test_a_bank_of_an_older_version_is_migrated_and_keeps_its_messages(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrate(connection, None, "0001")
        connection.exec_driver_sql("DROP TABLE alembic_version")  # as it was before there were revisions
        connection.exec_driver_sql("INSERT INTO bodies VALUES (1, '{}')")
        values = "(1, 'Request', 1, 'External', 'X', 'Ens.Request', 1, NULL, 'Completed', '', 0, NULL, 1.0, 2.0)"
        connection.exec_driver_sql(f"INSERT INTO headers VALUES {values}")
    engine.dispose()
    bank = open_bank(path)
    (row,) = bank.messages()
    assert (row.id, row.status, row.crashes, row.body) == (1, "Completed", 0, "{}")
    assert bank.next_id() == 2
    bank.close()
    open_bank(path).close()


def test_a_bank_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    open_bank(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(BankError, match=r"newer version of isc-py.*revision 9999.*up to " + REVISION):
        open_bank(path)


def test_a_request_has_one_response(tmp_path: Path) -> None:
    bank = open_bank(tmp_path / "bank.sqlite")

    def header(number: int, corresponding: int | None) -> list[Statement]:
        return bank.header(number, "R", 1, "a", "b", ("c", "{}"), "Completed", corresponding=corresponding)

    bank.write(header(1, None)).result()
    first, second = bank.write(header(2, 1)), bank.write(header(3, 1))
    first.result()
    with pytest.raises(BankError, match="UNIQUE"):
        second.result()
    assert [row.id for row in bank.messages()] == [1, 2]
    bank.close()


def test_the_first_ids_are_given_once_each_to_threads_that_begin_together(tmp_path: Path) -> None:
    bank = open_bank(tmp_path / "bank.sqlite")
    together = threading.Barrier(8)
    found: list[int] = []

    def take() -> None:
        together.wait()
        found.append(bank.next_id())

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 9))
    bank.close()

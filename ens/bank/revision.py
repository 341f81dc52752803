"""Which revision the tables of a bank are of; older ones are migrated, newer ones refused."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select

from ..exceptions import BankError
from .schema import REVISION, metadata, version

_MIGRATING = 0x69736370  # a lock of PostgreSQL, until the end of the transaction


def revision_of(connection: Connection) -> str | None:
    """The revision of a bank: "0001" for one that was made before there were any, None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    if version.name in tables:
        found = connection.scalar(select(version.c.version_num))
        if found is not None:
            return str(found)
    return "0001" if "headers" in tables else None


def bring_up(connection: Connection, name: str) -> str | None:
    """Make the tables of a new bank, or migrate those of an older one; the revision that it had, None for a new one.

    Raises:
        BankError: it was made by a newer version.
    """
    found = revision_of(connection)
    if found != REVISION:  # all of it or nothing, and by one program at a time
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # its driver begins none for DDL
        else:
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        found = revision_of(connection)
    if found is None:
        metadata.create_all(connection)
        connection.execute(version.insert().values(version_num=REVISION))
    elif found > REVISION:
        raise BankError(
            f"the message bank {name} was made by a newer version of isc-py (its tables are of revision {found}, this "
            f"version knows them up to {REVISION}): use that version or a later one; nothing was changed"
        )
    elif found < REVISION:
        migrate(connection, found, REVISION)
    return found


def migrate(connection: Connection, found: str | None, wanted: str) -> None:
    """Bring tables from one revision (None: there are none) to a later one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if found is not None and version.name not in inspect(connection).get_table_names():
        command.stamp(config, found)
    command.upgrade(config, wanted)

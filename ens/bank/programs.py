"""What process instances were begun with: a row for each version of an item that has begun some.

A row is written with the first instance that a runner begins, and goes when a purge finds no instance of it any more.
The last one of an item stays: a Director that runs counts on it.
"""

import time

from sqlalchemy import Connection, delete, select

from .bank import Bank
from .schema import processes, programs
from .writer import Statement

_KEEP = (
    "INSERT INTO programs (host, digest, class, text, changed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (host, digest) DO "
    "UPDATE SET class = excluded.class, text = excluded.text, changed = excluded.changed"
)


def keep(host: str, digest: str, class_name: str, text: str) -> Statement:
    """Instances of an item are begun with this."""
    return _KEEP, (host, digest, class_name, text, time.time())


def kept_program(bank: Bank, host: str, digest: str) -> str | None:
    """The text that was kept for an item under a digest, None when there is none."""
    rows = bank.rows(select(programs.c.text).where(programs.c.host == host, programs.c.digest == digest))
    return str(rows[0][0]) if rows else None


def drop_unused(connection: Connection) -> None:
    """Delete the programs that no instance has, but for the last one of each item."""
    seen: set[str] = set()
    rows = select(programs.c.host, programs.c.digest).order_by(programs.c.changed.desc())
    for host, digest in connection.execute(rows).fetchall():
        if host not in seen:
            seen.add(host)
            continue
        ours = (processes.c.host == host, processes.c.program == digest)
        if connection.execute(select(processes.c.id).where(*ours).limit(1)).first() is None:
            connection.execute(delete(programs).where(programs.c.host == host, programs.c.digest == digest))

"""Session contexts as the bank knows them: held by a worker, saved under an id, or lost with their worker.

A row goes when its session is purged.
"""

import time

from sqlalchemy import select, update

from .bank import Bank
from .schema import contexts
from .writer import Statement

HELD, SAVED, LOST = "held", "saved", "lost"
_ROW = (
    "INSERT INTO contexts (host, session, state, saved, changed) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (host, session) DO UPDATE SET state = excluded.state, saved = excluded.saved, "
    "changed = excluded.changed"
)


def context_row(host: str, session: int, state: str, saved: int = 0) -> Statement:
    """What became of the context of a session; `saved` is the id it was saved under."""
    return _ROW, (host, session, state, saved, time.time())


def context_of(bank: Bank, host: str, session: int) -> tuple[str, int]:
    """The state of a session's context and the id it was saved under; ("", 0) when it has none."""
    query = select(contexts.c.state, contexts.c.saved).where(contexts.c.host == host, contexts.c.session == session)
    found = bank.rows(query)
    return (str(found[0][0]), int(found[0][1])) if found else ("", 0)


def lose_held(bank: Bank) -> list[tuple[str, list[int]]]:
    """Mark what workers of an earlier Director held as lost; the sessions by host."""
    with bank.transaction() as connection:
        query = select(contexts.c.host, contexts.c.session).where(contexts.c.state == HELD)
        found: dict[str, list[int]] = {}
        for host, session in connection.execute(query.order_by(contexts.c.host, contexts.c.session)):
            found.setdefault(str(host), []).append(int(session))
        if found:
            connection.execute(update(contexts).where(contexts.c.state == HELD).values(state=LOST, changed=time.time()))
    return list(found.items())

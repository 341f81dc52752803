"""Old sessions go: whole ones only, with all that belongs to them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, exists, func, or_, select

from .bank import Bank
from .programs import drop_unused
from .schema import bodies, contexts, events, headers, inputs, posts, processes, sessions

#: Statuses after which nothing happens to a message by itself or waits for a person.
FINAL = ("Completed", "Error", "Discarded", "Aborted")
_CHUNK = 200  # sessions a transaction: a running Director waits for a short one only
DAY = 86400.0


@dataclass(slots=True)
class Purged:
    """What went, or would go."""

    sessions: int = 0
    messages: int = 0
    events: int = 0


def purge(bank: Bank, before: float, *, pretend: bool = False) -> Purged:
    """Delete the sessions whose last message ended before a time (Unix seconds); a Director may run meanwhile.

    A session stays whole while one of its messages waits, runs, is suspended or deferred, or a process instance of it
    runs. A body stays while a message that stays has it. Keys of inputs and events without a session go by their own
    age, kept programs with the last process instance of theirs. With `pretend` it only counts.
    """
    purged = Purged()
    shared = _shared(bank)
    for chunk in _old(bank, before):
        with bank.transaction() as connection:
            chosen = [*_still_old(connection, chunk, before)]
            if not chosen:
                continue
            purged.sessions += len(chosen)
            ours = headers.c.session.in_(chosen)
            purged.messages += connection.scalar(select(func.count()).where(ours)) or 0
            purged.events += connection.scalar(select(func.count()).where(events.c.session.in_(chosen))) or 0
            if not pretend:
                _delete(connection, chosen, shared)
    with bank.transaction() as connection:
        loose = and_(events.c.session.is_(None), events.c.time < before)
        purged.events += connection.scalar(select(func.count()).where(loose)) or 0
        if not pretend:
            connection.execute(delete(events).where(loose))
            connection.execute(delete(inputs).where(inputs.c.time < before))
            drop_unused(connection)
    return purged


def older_than(days: float) -> float:
    """The moment that many days ago, for `purge`."""
    return time.time() - days * DAY


def _condition(before: float) -> "Sequence[object]":
    alive = exists().where(
        headers.c.session == sessions.c.id,
        or_(
            headers.c.status.not_in(FINAL),
            func.coalesce(headers.c.processed, headers.c.created) >= before,
        ),
    )
    running = exists().where(processes.c.session == sessions.c.id, processes.c.status == "Running")
    return [sessions.c.started < before, ~alive, ~running]


def _old(bank: Bank, before: float) -> Iterator[list[int]]:
    last = 0
    while True:
        query = (
            select(sessions.c.id)
            .where(sessions.c.id > last, *_condition(before))  # type: ignore[arg-type]  # conditions of SQLAlchemy
            .order_by(sessions.c.id)
            .limit(_CHUNK)
        )
        found = [int(row[0]) for row in bank.rows(query)]
        if not found:
            return
        yield found
        last = found[-1]


def _still_old(connection: Connection, chunk: list[int], before: float) -> Iterator[int]:
    query = select(sessions.c.id).where(sessions.c.id.in_(chunk), *_condition(before))  # type: ignore[arg-type]  # as above
    for row in connection.execute(query).fetchall():
        yield int(row[0])


def _shared(bank: Bank) -> set[int]:
    """Bodies that another message than their own has, too; there are few, if any."""
    return {int(row[0]) for row in bank.rows(select(headers.c.body).where(headers.c.body != headers.c.id))}


def _delete(connection: Connection, chosen: list[int], shared: set[int]) -> None:
    ours = headers.c.session.in_(chosen)
    held = {int(body) for (body,) in connection.execute(select(headers.c.body).where(ours)) if body is not None}
    connection.execute(delete(processes).where(processes.c.session.in_(chosen)))
    connection.execute(delete(events).where(events.c.session.in_(chosen)))
    connection.execute(delete(contexts).where(contexts.c.session.in_(chosen)))
    connection.execute(delete(posts).where(posts.c.header.in_(select(headers.c.id).where(ours))))
    connection.execute(delete(headers).where(ours))
    connection.execute(delete(sessions).where(sessions.c.id.in_(chosen)))
    doubtful = held & shared
    kept = select(headers.c.body).where(headers.c.body.in_(doubtful))
    still = {int(row[0]) for row in connection.execute(kept)} if doubtful else set()
    gone = sorted(held - still)
    for at in range(0, len(gone), 500):
        connection.execute(delete(bodies).where(bodies.c.id.in_(gone[at : at + 500])))

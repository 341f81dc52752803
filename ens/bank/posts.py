"""Posts as the bank knows them: requests that any program may put there, and the messages that they became."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from ..exceptions import BankError
from .bank import Bank
from .batches import literal
from .bells import ENDED, POSTED
from .schema import bodies, headers, posts
from .writer import Statement

_PUT = "INSERT INTO posts (key, target, class, body, created) VALUES ({}) ON CONFLICT (key) DO NOTHING RETURNING id"
_TAKEN = "UPDATE posts SET header = ?, body = ? WHERE id = ?"
_OPEN = ("Queued", "Delivered", "Deferred")


@dataclass(frozen=True, slots=True)
class Post:
    """A request that nobody has taken yet; `body` is its JSON."""

    id: int
    target: str
    class_name: str
    body: str


@dataclass(frozen=True, slots=True)
class PostEnd:
    """How the message of a post ended: with a response (class and JSON), or without one."""

    post: int
    header_id: int
    session: int
    status: str
    error: str
    class_name: str | None
    body: str | None


def put(bank: Bank, key: str, target: str, class_name: str, body: str) -> int:
    """Put a request into the bank, committed when this returns; the id of the post, of the earlier one under its key.

    Raises:
        BankError: the bank cannot be written. Whether the post is in it is not known: put it again under its key.
    """
    row = (key, target, class_name, body, time.time())
    try:
        if bank.is_server:
            return _put_on_server(bank, row)
        with bank.transaction() as connection:
            found = connection.exec_driver_sql(_PUT.format("?, ?, ?, ?, ?"), row).scalar()
            if found is None:
                found = connection.scalar(select(posts.c.id).where(posts.c.key == key))
            return int(found or 0)
    except SQLAlchemyError as error:
        raise BankError(f"the request could not be posted into {bank.name}: {error}") from error


def _put_on_server(bank: Bank, row: tuple[object, ...]) -> int:
    """One statement that is a transaction of its own, its values in its text: a single round trip."""
    put = _PUT.format(", ".join(map(literal, row)))
    told = f"SELECT id, pg_notify({literal(POSTED)}, '') FROM"
    with bank.single() as connection:
        found = connection.exec_driver_sql(f"WITH put AS ({put}) {told} put").first()
        if found is None:  # it was there
            found = connection.exec_driver_sql(f"{told} posts WHERE key = {literal(row[0])}").first()
    return int(found[0]) if found is not None else 0


def untaken(bank: Bank, full: Collection[str], limit: int) -> list[Post]:
    """The first posts that nobody has taken, without those to the targets in `full`."""
    query = select(posts.c.id, posts.c.target, posts.c["class"], posts.c.body).where(posts.c.header.is_(None))
    if full:
        query = query.where(posts.c.target.not_in(full))
    return [Post(*row) for row in bank.rows(query.order_by(posts.c.id).limit(_text(limit)))]


def taken(post: int, header_id: int) -> Statement:
    """The post has become a message; written together with it."""
    return _TAKEN, (header_id, "", post)


def unended(bank: Bank) -> dict[int, int]:
    """The posts whose messages have no end yet, by the ids of these."""
    query = select(posts.c.header, posts.c.id).join(headers, headers.c.id == posts.c.header)
    return dict(bank.rows(query.where(headers.c.status.in_(_OPEN))))


def ends(bank: Bank, wanted: Collection[int]) -> dict[int, PostEnd | None]:
    """How the messages of some posts ended: None for those without an end, nothing for those that are not there."""
    answer = headers.alias("answer")
    query = (
        select(
            posts.c.id,
            headers.c.id,
            headers.c.session,
            headers.c.status,
            headers.c.error,
            answer.c["class"],
            bodies.c.text,
        )
        .outerjoin(headers, headers.c.id == posts.c.header)
        .outerjoin(answer, answer.c.corresponding == headers.c.id)
        .outerjoin(bodies, bodies.c.id == answer.c.body)
        .where(posts.c.id.in_(_texts(wanted)))
    )
    found = bank.rows(query)
    return {row[0]: None if row[3] is None or row[3] in _OPEN else PostEnd(*row) for row in found}


def header_of(bank: Bank, post: int) -> int | None:
    """The message that a post became, None while nobody has taken it.

    Raises:
        LookupError: the bank has no such post.
    """
    found = bank.rows(select(posts.c.header).where(posts.c.id == _text(post)))
    if not found:
        raise LookupError(f"the bank {bank.name} has no post {post}")
    header: int | None = found[0][0]
    return header


def _text(number: int) -> BindParameter[int]:
    """A number that stands in the statement's text: with parameters pg8000 needs three round trips, else one."""
    return bindparam(None, number, type_=BigInteger, literal_execute=True)


def _texts(numbers: Collection[int]) -> BindParameter[Any]:
    return bindparam(None, list(numbers), type_=BigInteger, literal_execute=True, expanding=True)


def told_end(bank: Bank, post: int) -> list[Statement]:
    """What tells whoever waits for a post that its message has ended; written when it has."""
    return bank.ring(ENDED, str(post))

"""Posts as the bank knows them: requests that any program may put there, and the messages that they became."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from ..exceptions import BankError
from .bank import Bank
from .bells import ENDED, POSTED
from .schema import bodies, headers, posts
from .writer import Statement

_PUT = text(
    "INSERT INTO posts (key, target, class, body, created) VALUES (:key, :target, :class, :body, :created) "
    "ON CONFLICT (key) DO NOTHING RETURNING id"
)
_TAKEN = "UPDATE posts SET header = ?, body = ? WHERE id = ?"
_OPEN = ("Queued", "Delivered", "Deferred")
_NUL, _SHOWN = "\0", "\N{REPLACEMENT CHARACTER}"  # PostgreSQL keeps no NUL


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
    values = {"key": key, "target": target, "class": class_name, "body": body, "created": time.time()}
    shown = {name: value.replace(_NUL, _SHOWN) if isinstance(value, str) else value for name, value in values.items()}
    try:
        with bank.transaction() as connection:
            found = connection.scalar(_PUT, shown)
            if found is None:
                found = connection.scalar(select(posts.c.id).where(posts.c.key == shown["key"]))
            for sql, parameters in bank.ring(POSTED):
                connection.exec_driver_sql(sql.replace("?", "%s"), tuple(parameters))
            return int(found or 0)
    except SQLAlchemyError as error:
        raise BankError(f"the request could not be posted into {bank.name}: {error}") from error


def untaken(bank: Bank, full: Collection[str], limit: int) -> list[Post]:
    """The first posts that nobody has taken, without those to the targets in `full`."""
    query = select(posts.c.id, posts.c.target, posts.c["class"], posts.c.body).where(posts.c.header.is_(None))
    if full:
        query = query.where(posts.c.target.not_in(full))
    return [Post(*row) for row in bank.rows(query.order_by(posts.c.id).limit(limit))]


def taken(post: int, header_id: int) -> Statement:
    """The post has become a message; written together with it."""
    return _TAKEN, (header_id, "", post)


def unended(bank: Bank) -> dict[int, int]:
    """The posts whose messages have no end yet, by the ids of these."""
    query = select(posts.c.header, posts.c.id).join(headers, headers.c.id == posts.c.header)
    return dict(bank.rows(query.where(headers.c.status.in_(_OPEN))))


def ends(bank: Bank, wanted: Collection[int]) -> list[PostEnd]:
    """How the messages of some posts ended; those that have no end yet are left out."""
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
        .join(headers, headers.c.id == posts.c.header)
        .outerjoin(answer, answer.c.corresponding == headers.c.id)
        .outerjoin(bodies, bodies.c.id == answer.c.body)
        .where(posts.c.id.in_(wanted), headers.c.status.not_in(_OPEN))
    )
    return [PostEnd(*row) for row in bank.rows(query)]


def header_of(bank: Bank, post: int) -> int | None:
    """The message that a post became, None while nobody has taken it.

    Raises:
        LookupError: the bank has no such post.
    """
    found = bank.rows(select(posts.c.header).where(posts.c.id == post))
    if not found:
        raise LookupError(f"the bank {bank.name} has no post {post}")
    header: int | None = found[0][0]
    return header


def told_end(bank: Bank, post: int) -> list[Statement]:
    """What tells whoever waits for a post that its message has ended; written when it has."""
    return bank.ring(ENDED, str(post))

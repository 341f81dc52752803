"""The tables of the bank. Times are Unix seconds."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, MetaData, Table, Text
from sqlalchemy import Integer as PlainInteger

#: The revision of these tables: the name of the last one in `migrations/versions`.
REVISION = "0005"

#: 64 bits everywhere; SQLite counts up only what it calls INTEGER.
Integer = BigInteger().with_variant(PlainInteger(), "sqlite")

metadata = MetaData()

headers = Table(
    "headers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # Request or Response
    Column("session", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("body", Integer, ForeignKey("bodies.id")),
    Column("corresponding", Integer),  # the request a response answers
    Column("status", Text, nullable=False),
    Column("error", Text, nullable=False, default=""),
    Column("is_async", Boolean, nullable=False, default=False),
    Column("process", Integer),  # the process instance that sent the request
    Column("created", Float, nullable=False),
    Column("processed", Float),
    Column("crashes", Integer, nullable=False, default=0, server_default="0"),  # how often its run was cut
    Index("headers_session", "session"),
    Index("headers_status", "status"),
    Index("headers_answered", "corresponding", unique=True),  # one response for a request
)

bodies = Table("bodies", metadata, Column("id", Integer, primary_key=True), Column("text", Text, nullable=False))

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),  # the id of its first header
    Column("started", Float, nullable=False),
    Column("production", Text, nullable=False),
)

processes = Table(
    "processes",
    metadata,
    Column("id", Integer, primary_key=True),  # the id of the request's header
    Column("session", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("status", Text, nullable=False),  # Running, Completed or Error
    Column("state", Text, nullable=False),
    Column("waits", Text, nullable=False, default="{}", server_default="{}"),  # its open calls and timers, as JSON
    Column("changed", Float, nullable=False),
    Column("program", Text, nullable=False, default="", server_default=""),  # the digest of a row of programs, or ""
    Index("processes_status", "status"),
)

programs = Table(
    "programs",  # what process instances were begun with
    metadata,
    Column("host", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("class", Text, nullable=False),
    Column("text", Text, nullable=False),  # sources and settings, as JSON
    Column("changed", Float, nullable=False),  # when instances were last begun with it
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("time", Float, nullable=False),
    Column("level", Text, nullable=False),  # trace, info, warning, error, stdout, stderr
    Column("host", Text, nullable=False),
    Column("session", Integer),
    Column("header", Integer),
    Column("text", Text, nullable=False),
    Index("events_session", "session"),
)

inputs = Table(
    "inputs",  # what services took under a key, so that it is taken once
    metadata,
    Column("host", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("session", Integer),
    Column("time", Float, nullable=False),
)

contexts = Table(
    "contexts",  # what became of session contexts (ContextScope=session)
    metadata,
    Column("host", Text, primary_key=True),
    Column("session", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),  # held, saved or lost
    Column("saved", Integer, nullable=False),  # the id it was saved under, 0 for none
    Column("changed", Float, nullable=False),
    Index("contexts_session", "session"),
)

posts = Table(
    "posts",  # what other programs put here for the production to take
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),  # its sender's own: what is posted again under it is the same post
    Column("target", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("body", Text, nullable=False),  # empty once it was taken: the message has it
    Column("created", Float, nullable=False),
    Column("header", Integer),  # the message that it became
    Index("posts_key", "key", unique=True),
    Index("posts_header", "header"),
    sqlite_autoincrement=True,  # an id is never given twice: somebody may wait for it
)

directors = Table(
    "directors",  # one row: who writes messages, or did so last
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("place", Text, nullable=False),  # machine and folder
    Column("since", Float, nullable=False),
)

#: The revision a bank is of; Alembic's own table.
version = Table("alembic_version", metadata, Column("version_num", Text, primary_key=True))

"""The tables as they were before banks had a revision: headers, bodies, sessions, processes, events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them where they are not there."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table("headers"):
        return
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table("bodies", sa.Column("id", number, primary_key=True), sa.Column("text", sa.Text, nullable=False))
    op.create_table(
        "headers",
        sa.Column("id", number, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("session", number, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("body", number, sa.ForeignKey("bodies.id")),
        sa.Column("corresponding", number),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("is_async", sa.Boolean, nullable=False),
        sa.Column("process", number),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("processed", sa.Float),
    )
    for column in ("session", "status", "corresponding"):
        op.create_index(f"headers_{column}", "headers", [column])
    op.create_table(
        "sessions",
        sa.Column("id", number, primary_key=True),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("production", sa.Text, nullable=False),
    )
    op.create_table(
        "processes",
        sa.Column("id", number, primary_key=True),
        sa.Column("session", number, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
    )
    op.create_index("processes_status", "processes", ["status"])
    op.create_table(
        "events",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("time", sa.Float, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("session", number),
        sa.Column("header", number),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("events_session", "events", ["session"])

"""Other programs post messages into the bank; it knows which Director wrote last."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "posts",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("header", number),
        sqlite_autoincrement=True,
    )
    op.create_index("posts_key", "posts", ["key"], unique=True)
    op.create_index("posts_header", "posts", ["header"])
    op.create_table(
        "directors",
        sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
    )

"""What became of session contexts is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "contexts",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("session", number, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("saved", number, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
    )
    op.create_index("contexts_session", "contexts", ["session"])

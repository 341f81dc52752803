"""Process instances resume, cut runs are counted, a request has one response, inputs of services have keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is needed for that."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("headers", sa.Column("crashes", number, nullable=False, server_default="0"))
    op.add_column("processes", sa.Column("waits", sa.Text, nullable=False, server_default="{}"))
    op.drop_index("headers_corresponding", "headers")
    op.create_index("headers_answered", "headers", ["corresponding"], unique=True)
    op.create_table(
        "inputs",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("session", number),
        sa.Column("time", sa.Float, nullable=False),
    )

"""What process instances were begun with is kept: sources and settings, once for each version."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and let instances name their program in a column, which was among what they wait for."""
    op.create_table(
        "programs",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
    )
    op.add_column("processes", sa.Column("program", sa.Text, nullable=False, server_default=""))
    connection = op.get_bind()
    running = connection.execute(sa.text("SELECT id, waits FROM processes WHERE status = 'Running'")).all()
    for process_id, waits in running:
        if program := json.loads(waits).get("program"):
            values = {"program": program, "id": process_id}
            connection.execute(sa.text("UPDATE processes SET program = :program WHERE id = :id"), values)

"""The ways from one revision of the bank's tables to the next, for Alembic."""

"""Run by Alembic: migrates over the connection that `isc.py.ens.bank.revision` gives."""

from alembic import context
from isc.py.ens.bank.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

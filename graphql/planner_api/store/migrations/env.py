"""What Alembic runs: the migrations, on the connection it was given, in the transaction that is open on it."""

from __future__ import annotations

from alembic import context

from planner_api.store.migrate import VERSION_TABLE
from planner_api.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()

"""How Alembic works on a gradebook: on the connection that it is given, inside the transaction that is open on it."""

from alembic import context

from grader.gradebook.migrating import VERSION_TABLE
from grader.gradebook.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, version_table=VERSION_TABLE, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

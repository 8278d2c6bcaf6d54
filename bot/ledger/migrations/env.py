"""Alembic runs this file: the migrations go over the connection that `bot.clients.database` holds, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()

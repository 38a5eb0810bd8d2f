"""Runs migrations on the connection that :func:`api.store.migrate.migrate` hands over."""

from alembic import context

from api.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

"""Bringing a database to the tables of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from api.store.engine import Database

_LOCK = 0x59495A48414E
"""Key of the advisory lock under which PostgreSQL databases are migrated."""


def migrate(database: Database) -> None:
    """Create or upgrade the tables; several processes may ask at once."""
    with database.engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, to work on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config

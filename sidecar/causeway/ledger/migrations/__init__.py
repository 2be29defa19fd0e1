"""The ledger's schema through time. Old code must run on the next schema, one version apart."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from causeway.ledger.engine import Ledger

# Held while migrating, so that processes that start together migrate once.
_LOCK = 0x63_61_75_73


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(ledger: Ledger) -> None:
    """Bring the ledger to the newest schema. Safe to run again, and by several at once."""
    config = _config()
    with ledger.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest() -> str:
    """The schema this code is made for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(ledger: Ledger) -> str:
    """The schema the ledger has; empty before the first migration."""
    with ledger.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""

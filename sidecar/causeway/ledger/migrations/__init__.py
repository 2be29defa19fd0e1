"""The ledger's schema through time. Old code must run on the next schema, one version apart."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from causeway.ledger.engine import Ledger

# Held while migrating, so that processes that start together migrate once.
_VERSIONS = Path(__file__).parent / "versions"
_LOCK = 0x63_61_75_73


def upgrade(ledger: Ledger) -> None:
    """Bring the ledger to the newest schema. Safe to run again, and by several at once."""
    # Only here: alembic is large, and most processes only ask which schema there is.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with ledger.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest() -> str:
    """The schema this code is made for: versions are numbered, `0001_first.py` is the first."""
    return max(path.name.split("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def current(ledger: Ledger) -> str:
    """The schema the ledger has; empty before the first migration."""
    with ledger.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""

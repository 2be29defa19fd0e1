"""The ledger's schema through time: forward only, and only adding.

What is added has a default, nothing is renamed or taken away. So processes of the last version work
on beside those of the new one, and a schema newer than the code is no reason to stop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sqlalchemy import inspect, text

from causeway.ledger.engine import Ledger

# Held while migrating, so that processes that start together migrate once.
_VERSIONS = Path(__file__).parent / "versions"
_LOCK = 0x63_61_75_73


def upgrade(ledger: Ledger) -> None:
    """Bring the ledger to the newest schema. Safe to run again, and by several at once.

    All of it is one transaction: interrupted anywhere, it leaves the schema that was. A schema
    newer than this code stays as it is.
    """
    if standing(ledger) in ("same", "newer"):
        return
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


def standing(ledger: Ledger) -> Literal["missing", "older", "same", "newer"]:
    """How the ledger's schema stands to the one this code is made for."""
    found, ours = current(ledger), newest()
    if not found:
        return "missing"
    return "same" if found == ours else "older" if found < ours else "newer"


def newest() -> str:
    """The schema this code is made for: versions are numbered, `0001_first.py` is the first."""
    return max(path.name.split("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def current(ledger: Ledger) -> str:
    """The schema the ledger has; empty before the first migration."""
    with ledger.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""

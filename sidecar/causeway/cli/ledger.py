"""causeway ledger: the ledger's own upkeep."""

from __future__ import annotations

import click

from causeway.cli.common import load_settings
from causeway.ledger import migrations
from causeway.ledger.engine import Ledger


@click.group()
def ledger() -> None:
    """Look after the ledger."""


@ledger.command()
def upgrade() -> None:
    """Bring the ledger to this version's schema; safe to run again.

    \b
    causeway ledger upgrade
    """
    opened = Ledger(load_settings().ledger_url)
    before = migrations.current(opened) or "empty"
    migrations.upgrade(opened)
    click.echo(f"{opened.version()}: schema {before} → {migrations.current(opened)}")

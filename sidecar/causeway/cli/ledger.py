"""causeway ledger: the ledger's own upkeep."""

from __future__ import annotations

import click

from causeway.cli.common import load_settings
from causeway.ledger import migrations
from causeway.ledger.engine import Ledger

_STANDING = {
    "missing": "there is none yet; run: causeway ledger migrate",
    "older": "older than this version needs; run: causeway ledger migrate",
    "same": "as this version needs it",
    "newer": "newer than this version; it works on, but should be upgraded",
}


@click.group()
def ledger() -> None:
    """Look after the ledger: migrate, back up, restore."""


@ledger.command()
def migrate() -> None:
    """Bring the ledger to this version's schema; safe to run again, and to interrupt.

    Forward only. What it adds does not hinder processes of the last version, which may work on
    while it runs and after it.

    \b
    causeway ledger migrate
    """
    opened = Ledger(load_settings().ledger_url)
    before = migrations.current(opened) or "empty"
    migrations.upgrade(opened)
    click.echo(f"{opened.version()}: schema {before} → {migrations.current(opened)}")


# As it was called first.
ledger.add_command(migrate, "upgrade")


@ledger.command()
def status() -> None:
    """Show the schema, the database, the last backup and restore; exit 1 if it cannot be used.

    \b
    causeway ledger status
    """
    opened = Ledger(load_settings().ledger_url)
    standing = migrations.standing(opened)
    click.echo(f"database  {opened.version()}")
    if caution := opened.caution():
        click.echo(f"          {caution}")
    schema = migrations.current(opened) or "none"
    click.echo(f"schema    {schema}: {_STANDING[standing]}")
    if standing in ("missing", "older"):
        raise SystemExit(1)

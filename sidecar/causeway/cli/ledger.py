"""causeway ledger: the ledger's own upkeep."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from causeway.cli.common import load_settings, local
from causeway.errors import CausewayError
from causeway.ledger import backup as backups
from causeway.ledger import marks, migrations
from causeway.ledger import restore as restores
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
    with opened.read() as connection:
        copied = marks.get(connection, marks.BACKUP)
        restored = marks.get(connection, marks.RESTORED)
    click.echo(f"backup    {local(copied.at)} to {copied.value}" if copied else "backup    never")
    if restored:
        to = restored.value or "an unknown time"
        click.echo(f"restored  {local(restored.at)} to {to}")


@ledger.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def backup(path: Path) -> None:
    """Copy the ledger to PATH while everything works on, and check the copy.

    It holds the shops' secrets and customers' data, so only its owner may read it: keep it as safe
    as the ledger. The passwords of the operations pages and the connections' tokens are not in it;
    they are in the settings and in secrets.json of the data folder.

    \b
    causeway ledger backup /srv/backups/causeway-2026-11-20.sqlite
    """
    opened = Ledger(load_settings().ledger_url)
    if migrations.standing(opened) in ("missing", "older"):
        raise CausewayError("there is no ledger of this version to back up")
    made = backups.make(opened, path, datetime.now(UTC))
    rows = f"{sum(made.rows.values()):,} rows counted in both, " if made.rows else ""
    click.echo(f"{path}: {made.size / 2**20:.1f} MiB, schema {made.schema}, {rows}checked.")
    click.echo("It holds secrets and customers' data; only its owner can read it (mode 0600).")


@ledger.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the ledger that is there aside.")
def restore(path: Path, replace: bool) -> None:
    """Put the backup at PATH in the place of the ledger. Nothing of Causeway may run.

    Whatever was not done at the time of the backup is looked up before it is sent, so what was done
    since is found and not done again. Each shop's next comparison brings back its later orders.

    \b
    causeway ledger restore /srv/backups/causeway-2026-11-20.sqlite --replace
    """
    found = restores.restore(load_settings().ledger_url, path, datetime.now(UTC), replace=replace)
    when = local(found.taken_at) if found.taken_at else "an unknown time"
    click.echo(f"Restored to {when}, schema {found.schema}.")
    click.echo(f"{found.doubtful} deliveries are looked up before anything of them is sent.")
    for kept in found.kept:
        click.echo(f"Put aside: {kept}")
    click.echo("Start Causeway now; the shops send again what is lacking when they compare next.")

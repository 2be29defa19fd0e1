"""causeway mapping: what connections call the shop's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import click

from causeway.cli import mapping_files
from causeway.cli.common import actor, build, local, table
from causeway.engine.releasing import release_waiting
from causeway.engine.scenes import Scenes
from causeway.errors import CausewayError
from causeway.flows.mapping import find
from causeway.ledger import audit, mappings
from causeway.ledger.mappings import NewMapping
from causeway.policy import TableName

TABLES = click.Choice(get_args(TableName))


@click.group()
def mapping() -> None:
    """Say what a connection calls the shop's words."""


for command in (
    mapping_files.export,
    mapping_files.test,
    mapping_files.try_,
    mapping_files.import_,
    mapping_files.history,
    mapping_files.diff,
    mapping_files.rollback,
):
    mapping.add_command(command)


@mapping.command()
@click.argument("store")
@click.argument("table_name", metavar="TABLE", type=TABLES)
@click.argument("pattern")
@click.argument("value")
@click.option("--connection", default="*", help="Only towards this one.")
@click.option("--from", "valid_from", type=click.DateTime(), help="UTC; now if not given.")
@click.option("--until", "valid_until", type=click.DateTime(), help="UTC; for ever if not given.")
def add(
    store: str,
    table_name: str,
    pattern: str,
    value: str,
    connection: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> None:
    """Add an entry; every order that waited for it goes on.

    \b
    causeway mapping add berlin payment 'stripe*' CARD
    causeway mapping add berlin sku '#44' BOOK-7
    """
    parts = build()
    now = parts.context.now()
    new = NewMapping(table_name, pattern, value, connection, _utc(valid_from), _utc(valid_until))
    with parts.ledger.write() as opened:
        mappings.add(opened, store, new, actor(), now)
        audit.note(
            opened, "cli", "mapping add", f"{store} {mappings.named(table_name, pattern)}", now
        )
    gone, left = release_waiting(parts.context, store)
    parts.hints.work()
    click.echo(f"Added. {gone} waiting orders go on; {left} still wait.")


@mapping.command(name="list")
@click.argument("store")
@click.option("--all", "ended", is_flag=True, help="Removed ones too.")
def list_(store: str, ended: bool) -> None:
    """Show a store's entries, those of the settings file last.

    \b
    causeway mapping list berlin
    """
    parts = build()
    with parts.ledger.read() as opened:
        rows = mappings.of_store(opened, store, ended=ended)
    told = [
        [
            str(row.id),
            row.table_name,
            row.pattern,
            row.value,
            row.connection,
            local(row.valid_from),
            local(row.removed_at or row.valid_until),
        ]
        for row in rows
    ]
    told += [
        ["file", x.table, x.pattern, x.value, x.connection, local(x.valid_from),
         local(x.valid_until)]
        for x in parts.settings.policy(store).translations
    ]  # fmt: skip
    if not told:
        click.echo(f"Store {store} has no mappings.")
        return
    click.echo(table(["id", "table", "pattern", "value", "connection", "from", "until"], told))


@mapping.command()
@click.argument("store")
@click.argument("mapping_id", type=int)
def remove(store: str, mapping_id: int) -> None:
    """End an entry. What was sent with it stays as it was sent.

    \b
    causeway mapping remove berlin 7
    """
    parts = build()
    now = parts.context.now()
    with parts.ledger.write() as opened:
        done = mappings.remove(opened, store, mapping_id, actor(), now)
        audit.note(opened, "cli", "mapping remove", f"{store} {mapping_id}", now)
    if not done:
        raise CausewayError(f"store {store} has no entry {mapping_id} in force")
    click.echo("Removed.")


@mapping.command()
@click.argument("store")
@click.argument("table_name", metavar="TABLE", type=TABLES)
@click.argument("word")
@click.option("--connection", default="", help="Towards this one.")
def word(store: str, table_name: str, word: str, connection: str) -> None:
    """Show what a word becomes, and by which entry.

    \b
    causeway mapping word berlin payment stripe_sepa
    """
    parts = build()
    with parts.ledger.read() as opened:
        scene = Scenes(parts.context, opened).of(store, None, ())
    found = find(scene.translations, table_name, word, connection, parts.context.now())
    if found is None:
        raise CausewayError(f"no {table_name} entry fits “{word}”: it is sent as it is")
    click.echo(f"“{word}” becomes “{found.value}”, by “{found.pattern}”.")


def _utc(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=UTC) if value else None

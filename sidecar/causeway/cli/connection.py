"""causeway connection: the systems behind the shops."""

from __future__ import annotations

import click

from causeway.cli.common import build, local, table
from causeway.engine.limits import in_words
from causeway.engine.sender import resume as resume_connection
from causeway.errors import CausewayError
from causeway.ledger import connections


@click.group()
def connection() -> None:
    """Check the back offices, and go on with one that was paused."""


@connection.command(name="list")
def list_() -> None:
    """Show the configured connections and how they are.

    \b
    causeway connection list
    """
    parts = build()
    with parts.ledger.read() as opened:
        known = connections.every(opened)
    rows = []
    for item in parts.settings.connections:
        row = known.get(item.name, connections.ConnectionRow(item.name))
        state = f"paused: {row.paused_reason}" if row.paused_at else row.poll_problem or "well"
        state = in_words(parts.context.limits.standing(item.name)) or state
        rows.append([item.name, item.kind, ",".join(item.roles), local(row.polled_at), state])
    click.echo(table(["connection", "kind", "roles", "last read", "state"], rows))


@connection.command()
@click.argument("name")
def check(name: str) -> None:
    """Ask a connection whether address, credentials and settings are right.

    \b
    causeway connection check erp
    """
    parts = build()
    if name not in {c.name for c in parts.settings.connections}:
        raise CausewayError(f"there is no connection {name}")
    found = parts.context.connector(name).check()
    click.echo(found.detail)
    for problem in found.problems:
        click.echo(f"  - {problem}")
    raise SystemExit(0 if found.ok else 1)


@connection.command()
@click.argument("name")
def resume(name: str) -> None:
    """Send to a paused connection again.

    \b
    causeway connection resume erp
    """
    parts = build()
    with parts.ledger.write() as opened:
        done = resume_connection(opened, name, "cli", parts.context.now())
    if not done:
        raise CausewayError(f"connection {name} is not paused")
    parts.hints.work()
    click.echo(f"Connection {name} goes on.")

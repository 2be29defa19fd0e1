"""causeway case: what a person must look at."""

from __future__ import annotations

import click

from causeway.cli.common import build, local
from causeway.ledger import cases


@click.group()
def case() -> None:
    """Look at open cases."""


@case.command(name="list")
@click.option("--store", help="Only this shop's.")
def list_(store: str | None) -> None:
    """Show what is open, why, and what can be done about it.

    \b
    causeway case list --store berlin
    """
    parts = build()
    with parts.ledger.read() as connection:
        found = cases.find_open(connection, store=store)
    if not found:
        click.echo("No case is open.")
    for item in found:
        click.echo(f"{item.id}  {local(item.opened_at)}  {item.title}")
        click.echo(f"    {item.detail}")
        click.echo(f"    What to do: {item.remedy}")

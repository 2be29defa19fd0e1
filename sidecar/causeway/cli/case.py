"""causeway case: what a person must look at."""

from __future__ import annotations

import click

from causeway.cli.common import actor, build, local
from causeway.engine.case_desk import CaseDesk
from causeway.ledger import cases


@click.group()
def case() -> None:
    """Look at open cases, and deal with them."""


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


@case.command()
@click.argument("case_id", type=click.IntRange(1))
def retry(case_id: int) -> None:
    """Do again what it is about; the case closes when it is done.

    \b
    causeway case retry 7
    """
    parts = build()
    click.echo(CaseDesk(parts.context, actor()).retry(case_id))
    parts.hints.work()


@case.command()
@click.argument("case_id", type=click.IntRange(1))
@click.option("--reason", default="", help="What was done about it.")
def resolve(case_id: int, reason: str) -> None:
    """Say that it has been dealt with.

    \b
    causeway case resolve 7 --reason "booked by hand as SO-1001"
    """
    row = CaseDesk(build().context, actor()).resolve(case_id, reason)
    click.echo(f"Resolved: {row.title}")


@case.command()
@click.argument("case_id", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why it must not be done.")
def skip(case_id: int, reason: str) -> None:
    """Never do it: its delivery is cancelled, and what comes after it for the order goes on.

    \b
    causeway case skip 7 --reason "the customer paid in the shop, booked by hand"
    """
    parts = build()
    row = CaseDesk(parts.context, actor()).skip(case_id, reason)
    click.echo(f"Skipped: {row.title}")
    parts.hints.work()

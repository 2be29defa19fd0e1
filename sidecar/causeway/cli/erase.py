"""causeway erase: take a person out of the ledger."""

from __future__ import annotations

import click

from causeway.cli.common import actor, build
from causeway.engine.erasure import forget
from causeway.ledger import audit, erasure


@click.command()
@click.option("--store", required=True, help="The shop's name.")
@click.option("--order", "order_ids", multiple=True, help="The shop's id of an order; repeatable.")
@click.option("--customer", help="The shop's number of a customer's account.")
@click.option("--email", help="Everything of the shop in which this address stands.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def erase(
    store: str, order_ids: tuple[str, ...], customer: str | None, email: str | None, yes: bool
) -> None:
    """Remove names, addresses and e-mails from orders, events and deliveries; amounts stay.

    What the shop itself erases arrives here by itself. What was sent to other systems stays there:
    ask them. Backups made before hold what they held.

    \b
    causeway erase --store berlin --email erika@example.org
    causeway erase --store berlin --order 1042
    """
    if not (order_ids or customer or email):
        raise click.UsageError("say whom: --email, --customer or --order")
    parts = build()
    numbers, people = set(order_ids), {customer} if customer else set()
    if email:
        with parts.ledger.read() as connection:
            found = erasure.found_by_email(connection, store, email.strip())
        numbers.update(found[0])
        people.update(found[1])
    click.echo(f"{len(numbers)} orders and {len(people)} customers of {store}.")
    if not (numbers or people) or not (yes or click.confirm("Erase the person from them?")):
        return
    waiting = 0
    for number in sorted(numbers):
        with parts.ledger.write() as connection:
            now = parts.context.now()
            waiting += forget(connection, store, number, now).waiting
            audit.note(connection, actor(), "erase", f"{store}: order {number}", now)
    for person in sorted(people):
        with parts.ledger.write() as connection:
            erasure.customer(connection, store, person)
            now = parts.context.now()
            audit.note(connection, actor(), "erase", f"{store}: customer {person}", now)
    parts.ledger.checkpoint()
    click.echo("Done.")
    if waiting:
        click.echo(f"{waiting} deliveries are not done: they keep what they need until they are.")

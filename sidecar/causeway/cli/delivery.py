"""causeway delivery: what waits to be done."""

from __future__ import annotations

import click
from sqlalchemy import select

from causeway.cli.common import build, local, table
from causeway.errors import CausewayError
from causeway.ledger import audit, deliveries
from causeway.ledger.tables import deliveries as rows
from causeway.ledger.tables import is_unfinished


@click.group()
def delivery() -> None:
    """Look at deliveries that are not done, and try one again."""


@delivery.command(name="list")
def list_() -> None:
    """Show what waits, is of unknown outcome or parked.

    \b
    causeway delivery list
    """
    parts = build()
    with parts.ledger.read() as connection:
        found = connection.execute(
            select(rows).where(is_unfinished(rows)).order_by(rows.c.id).limit(200)
        ).all()
    lines = [
        [str(r.id), r.connection, r.key, r.state, local(r.due_at), r.reason[:60]] for r in found
    ]
    click.echo(table(["id", "connection", "key", "state", "due", "reason"], lines))


@delivery.command()
@click.argument("delivery_id", type=int)
def retry(delivery_id: int) -> None:
    """Try a delivery now; it is looked up first, so nothing is done twice.

    \b
    causeway delivery retry 17
    """
    parts = build()
    now = parts.context.now()
    with parts.ledger.write() as connection:
        if not deliveries.retry_now(connection, delivery_id, now):
            raise CausewayError(f"delivery {delivery_id} is not waiting, unknown or parked")
        audit.note(connection, "cli", "retry", f"delivery {delivery_id}", now)
    parts.hints.work()
    click.echo(f"Delivery {delivery_id} is due now.")

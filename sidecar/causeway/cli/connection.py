"""causeway connection: the systems behind the shops."""

from __future__ import annotations

import click
from sqlalchemy import or_, select

from causeway.bootstrap import Causeway
from causeway.canonical.codec import decode
from causeway.cli.common import build, local, table
from causeway.engine.checks import checked
from causeway.engine.limits import in_words
from causeway.engine.sender import resume as resume_connection
from causeway.engine.subscribing import in_words as webhooks_in_words
from causeway.errors import CausewayError
from causeway.flows.abilities import consequences
from causeway.flows.scene import Side
from causeway.flows.state import OrderState
from causeway.ledger import audit, connections, deliveries
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.ledger.tables import orders


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
        if row.shadow:
            state = f"in shadow: nothing is sent; {state}"
        rows.append([item.name, item.kind, ",".join(item.roles), local(row.polled_at), state])
    click.echo(table(["connection", "kind", "roles", "last read", "state"], rows))


@connection.command()
@click.argument("name")
def check(name: str) -> None:
    """Ask a connection whether address, credentials and settings are right.

    Says too what the system cannot do and what happens then, and where its webhooks arrive.

    \b
    causeway connection check erp
    """
    parts = build()
    _known(parts, name)
    found = checked(parts.context.connector(name))
    click.echo(found.detail)
    for problem in found.problems:
        click.echo(f"  - {problem}")
    if found.ok:
        _tell_abilities(parts, name)
        for sentence in webhooks_in_words(parts.context, name):
            click.echo(sentence)
    raise SystemExit(0 if found.ok else 1)


def _tell_abilities(parts: Causeway, name: str) -> None:
    sides = [
        Side(c.name, c.roles, parts.context.connector(c.name).capabilities)
        for c in parts.settings.connections
    ]
    mine = next(side for side in sides if side.name == name)
    sentences = consequences(mine, sides)
    click.echo("What it cannot do, and what happens then:" if sentences else "It can do it all.")
    for sentence in sentences:
        click.echo(f"  - {sentence}")


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


@connection.command()
@click.argument("name")
@click.option("--compare", is_flag=True, help="Show what would have been sent, order by order.")
def shadow(name: str, compare: bool) -> None:
    """Work everything out for a connection and send nothing there.

    Run it so beside another connector, compare, then go live.

    \b
    causeway connection shadow erp
    causeway connection shadow erp --compare
    """
    parts = build()
    _known(parts, name)
    if compare:
        click.echo(_compared(parts, name))
        return
    now = parts.context.now()
    with parts.ledger.write() as opened:
        connections.set_shadow(opened, name, True, None)
        audit.note(opened, "cli", "connection shadow", name, now)
    click.echo(f"Connection {name} is in shadow: nothing is sent there any more.")


@connection.command()
@click.argument("name")
@click.option(
    "--from", "first", required=True, metavar="ORDER", help="STORE:NUMBER, the first to be sent."
)
def live(name: str, first: str) -> None:
    """Send to a connection from one order on; older ones stay with whoever has them.

    \b
    causeway connection live erp --from berlin:1042
    """
    parts = build()
    _known(parts, name)
    store, _, number = first.partition(":")
    now = parts.context.now()
    with parts.ledger.write() as opened:
        row = opened.execute(
            select(orders.c.received_at).where(
                orders.c.store == store, or_(orders.c.number == number, orders.c.order_id == number)
            )
        ).first()
        if row is None:
            raise CausewayError(f"no order {number} of store {store} has arrived")
        connections.set_shadow(opened, name, False, row.received_at)
        count = deliveries.go_live(opened, name, row.received_at, now)
        audit.note(opened, "cli", "connection live", f"{name} from {first}", now)
    parts.hints.work()
    click.echo(f"Connection {name} is live from order {first}; {count} deliveries are sent now.")


def _known(parts: Causeway, name: str) -> None:
    if name not in {c.name for c in parts.settings.connections}:
        raise CausewayError(f"there is no connection {name}")


def _compared(parts: Causeway, name: str) -> str:
    """Each delivery in shadow, and the link that another connector left in the order's meta."""
    query = (
        select(
            deliveries_table.c.store,
            deliveries_table.c.order_id,
            deliveries_table.c.operation,
            deliveries_table.c.state,
            orders.c.number,
            orders.c.total,
            orders.c.currency,
            orders.c.state.label("record"),
        )
        .join(
            orders,
            (orders.c.store == deliveries_table.c.store)
            & (orders.c.order_id == deliveries_table.c.order_id),
        )
        .where(
            deliveries_table.c.connection == name,
            or_(
                deliveries_table.c.state == DeliveryState.SHADOW.value,
                deliveries_table.c.state == DeliveryState.CANCELLED.value,
            ),
        )
        .order_by(deliveries_table.c.id)
        .limit(1000)
    )
    with parts.ledger.read() as opened:
        found = opened.execute(query).all()
    rows = []
    for row in found:
        keys = parts.settings.policy(row.store).adopt.get(name, ())
        marks = decode(OrderState, row.record).order.marks
        link = next((value for key, value in marks if key in keys), "")
        both = f"has it as {link}" if link else "has not got it"
        order = f"{row.store}:{row.number}"
        rows.append([order, row.operation, f"{row.total} {row.currency}", both])
    if not rows:
        return "Nothing has been worked out for it yet."
    return table(["order", "would send", "total", "the other connector"], rows)

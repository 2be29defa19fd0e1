"""causeway connection: the systems behind the shops."""

from __future__ import annotations

from pathlib import Path

import click

from causeway.bootstrap import Causeway
from causeway.cli.common import build, local, table
from causeway.cli.route import read_basket
from causeway.connectors.base import PreviewsOrders
from causeway.engine.checks import checked
from causeway.engine.limits import in_words
from causeway.engine.scenes import Scenes
from causeway.engine.sender import resume as resume_connection
from causeway.engine.shadowing import compare, go_live
from causeway.engine.subscribing import in_words as webhooks_in_words
from causeway.errors import CausewayError
from causeway.feed import journey
from causeway.flows.abilities import consequences
from causeway.flows.mapping import Translator
from causeway.flows.scene import Side
from causeway.ledger import audit, connections


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
@click.argument("store")
@click.argument("number", required=False)
@click.option(
    "--order",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An order as WooCommerce's REST API renders it, instead of one that arrived.",
)
def preview(name: str, store: str, number: str | None, file: Path | None) -> None:
    """Show what would be sent to book an order, for connections described in the settings.

    Nothing is sent and nothing is asked there.

    \b
    causeway connection preview erp berlin 1042
    causeway connection preview erp berlin --order order.json
    """
    parts = build()
    _known(parts, name)
    connector = parts.context.connector(name)
    if not isinstance(connector, PreviewsOrders):
        raise CausewayError(f"{name} is no connection described in the settings")
    if file is not None:
        order = read_basket(store, file)
    elif number:
        order = journey.order_of(parts.ledger, store, number)
    else:
        raise CausewayError("name an order, or give one with --order")
    skus = tuple({line.sku for line in order.product_lines})
    with parts.ledger.read() as opened:
        scene = Scenes(parts.context, opened).of(store, None, skus)
    words = Translator(scene, name, parts.context.now())
    click.echo(connector.preview_order(words.order(order), f"{store}:{order.id}:book"))


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
@click.option(
    "--compare",
    "comparing",
    is_flag=True,
    help="Show what would be sent beside what the other connector did.",
)
@click.option("--limit", default=100, type=click.IntRange(1, 5000), help="So many, newest first.")
def shadow(name: str, comparing: bool, limit: int) -> None:
    """Work everything out for a connection and send nothing there.

    Run it so beside another connector, compare, then go live.

    \b
    causeway connection shadow erp
    causeway connection shadow erp --compare
    """
    parts = build()
    _known(parts, name)
    if comparing:
        click.echo(_compared(parts, name, limit))
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
    count, _ = go_live(parts.context, name, store, number, "cli")
    parts.hints.work()
    click.echo(f"Connection {name} is live from order {first}; {count} deliveries are sent now.")


def _known(parts: Causeway, name: str) -> None:
    if name not in {c.name for c in parts.settings.connections}:
        raise CausewayError(f"there is no connection {name}")


def _compared(parts: Causeway, name: str, limit: int) -> str:
    """Order by order, the newest first, and how many are alike."""
    found = compare(parts.context, name, limit)
    if not found:
        return "Nothing has been worked out for it yet."
    rows = [
        [
            f"{one.store}:{one.number}",
            ", ".join(one.operations),
            one.total,
            one.link or "has not got it",
            "; ".join(one.differences) or one.problem or one.verdict,
        ]
        for one in found
    ]
    heads = ["order", "would send", "total", "the other connector has", "difference"]
    verdicts = [one.verdict for one in found]
    summary = ", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts))
    return f"{table(heads, rows)}\n\n{len(found)} orders: {summary}."

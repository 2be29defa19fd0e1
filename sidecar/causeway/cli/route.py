"""causeway route: where an order goes, and why."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import click

from causeway.canonical import Order
from causeway.cli.common import build
from causeway.connectors.woocommerce import mapper
from causeway.engine.scenes import Scenes
from causeway.errors import CausewayError
from causeway.feed import journey
from causeway.flows.routing import booking_side, goods_route


@click.group()
def route() -> None:
    """Explain which connection books and which warehouses send an order."""


@route.command()
@click.argument("store")
@click.argument("number", required=False)
@click.option(
    "--basket",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An order as WooCommerce's REST API renders it, instead of one that arrived.",
)
def explain(store: str, number: str | None, basket: Path | None) -> None:
    """Show where it would go by today's rules and stock. Nothing is sent.

    \b
    causeway route explain berlin 1042
    causeway route explain berlin --basket basket.json
    """
    parts = build()
    if basket is not None:
        order = read_basket(store, basket)
    elif number:
        order = journey.order_of(parts.ledger, store, number)
    else:
        raise CausewayError("name an order, or give a --basket")
    skus = tuple({line.sku for line in order.product_lines})
    with parts.ledger.read() as connection:
        scene = Scenes(parts.context, connection).of(store, None, skus)
    wanted = {line.id: line.quantity for line in order.goods if order.needs_shipping}
    found = goods_route(order, wanted, scene)
    click.echo(f"Booked at: {booking_side(order, scene) or 'nobody plays the role erp'}")
    if not wanted:
        click.echo("Nothing of it needs shipping.")
    for choice in found.choices:
        place = f"{choice.connection} {choice.warehouse}".strip()
        click.echo(f"{choice.quantity:f} x {choice.sku} from {place}: {choice.rule}")
        for reason in choice.passed_over:
            click.echo(f"    not {reason}")
    for line, quantity in found.stranded:
        click.echo(f"{quantity:f} of line {line}: nobody sends it")


def read_basket(store: str, path: Path) -> Order:
    """An order in a file, as WooCommerce's REST API renders it. Raises CausewayError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CausewayError(f"{path}: cannot be read as JSON") from error
    if not isinstance(data, dict):
        raise CausewayError(f"{path}: is not an order")
    if "order" not in data:
        data = {"order": data, "refunds": []}
    return mapper.to_order(store, data)

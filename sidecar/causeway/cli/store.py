"""causeway store: the shops, their pairing codes and secrets."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import IntegrityError

from causeway.bootstrap import Causeway
from causeway.cli.common import build, local, table
from causeway.errors import CausewayError
from causeway.ledger import stores
from causeway.ledger.stores import Store
from causeway.wire import pairing
from causeway.wire.pairing import Pairing


@click.group()
def store() -> None:
    """Add shops, show their pairing codes, renew their secrets."""


@store.command()
@click.argument("name")
@click.option("--url", required=True, help="The shop's address.")
@click.option("--currency", default="EUR", show_default=True, help="The currency it shows.")
def add(name: str, url: str, currency: str) -> None:
    """Add a shop and print its pairing code.

    \b
    causeway store add berlin --url https://shop.example --currency EUR
    """
    if not (
        name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 40
    ):
        raise click.BadParameter("letters, digits, - and _, at most 40", param_hint="NAME")
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise click.BadParameter("an http or https address", param_hint="--url")
    parts = build()
    try:
        with parts.ledger.write() as connection:
            new = Store(name, url, currency, parts.context.now())
            stores.add(connection, new, stores.new_secret())
    except IntegrityError as error:
        raise CausewayError(f"there is a store {name} already") from error
    click.echo(_code(parts, name))


@store.command(name="list")
def list_() -> None:
    """Show the shops.

    \b
    causeway store list
    """
    parts = build()
    with parts.ledger.read() as connection:
        rows = [[s.name, s.url, s.currency, local(s.created_at)] for s in stores.every(connection)]
    click.echo(table(["store", "address", "currency", "since"], rows))


@store.command()
@click.argument("name")
def pair(name: str) -> None:
    """Print a shop's pairing code. Whoever has it is the shop.

    \b
    causeway store pair berlin
    """
    click.echo(_code(build(), name))


@store.command()
@click.argument("name")
@click.option(
    "--overlap-hours", default=24.0, show_default=True, help="How long the old one lasts."
)
def rotate(name: str, overlap_hours: float) -> None:
    """Give a shop a new secret; the old one is accepted for a while.

    \b
    causeway store rotate berlin --overlap-hours 48
    """
    parts = build()
    with parts.ledger.write() as connection:
        if stores.get(connection, name) is None:
            raise CausewayError(f"there is no store {name}")
        overlap = timedelta(hours=min(max(overlap_hours, 0.0), 72.0))
        stores.rotate(connection, name, stores.new_secret(), parts.context.now(), overlap)
    click.echo(_code(parts, name))


@store.command()
@click.argument("name")
def webhook(name: str) -> None:
    """Print how to point WooCommerce's own webhooks here, for a shop without the plugin.

    \b
    causeway store webhook berlin
    """
    parts = build()
    address = f"{parts.settings.server.url.rstrip('/')}/v1/stores/{name}/webhooks"
    click.echo(
        f"WooCommerce > Settings > Advanced > Webhooks: add one for each of “Order created”,\n"
        f"“Order updated”, “Order deleted” and “Order restored”.\n\n"
        f"Delivery URL  {address}\nSecret        {_secret(parts, name)}\n"
        f"API version   WP REST API Integration v3\n\n"
        "What they cannot do: WooCommerce does not send one again that failed, and switches a\n"
        "webhook off after several failures; refunds come as plain amounts; deleted refunds,\n"
        "stock and notes do not come; nothing goes back into the shop. The plugin does all that."
    )


def _secret(parts: Causeway, name: str) -> str:
    with parts.ledger.read() as connection:
        secrets = stores.valid_secrets(connection, name, parts.context.now())
    if not secrets:
        raise CausewayError(f"there is no store {name}")
    return secrets[0].value


def _code(parts: Causeway, name: str) -> str:
    return pairing.encode(Pairing(parts.settings.server.url, name, _secret(parts, name)))

"""causeway price: overrides of single stores, and changes held for a person."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

import click
from sqlalchemy import Connection

from causeway.bootstrap import Causeway
from causeway.catalog import explain as explaining
from causeway.catalog import held, overrides
from causeway.catalog.overrides import Allowed
from causeway.cli.common import actor, build, local, table
from causeway.engine.cataloguing import terms_of
from causeway.errors import CausewayError
from causeway.feed.stock_views import plain
from causeway.ledger import audit


@click.group()
def price() -> None:
    """Say a store's own prices; look at held changes, approve or refuse them."""


@price.command(name="explain")
@click.argument("store")
@click.argument("sku")
def explain_(store: str, sku: str) -> None:
    """Why does it cost that? Every step towards the price, and what the store may ask.

    \b
    causeway price explain berlin MUG-01
    """
    parts = build()
    with parts.ledger.read() as connection:
        terms = terms_of(parts.context, connection)
        found = explaining.explain(connection, terms, store, sku, parts.context.now())
    said = plain(found) if found else None
    price = said["effective_price"] if said else None
    if said is None or price is None:
        raise CausewayError(f"no source has said a price of {sku} for store {store}")
    sale = f", on sale {price['sale_price']}" if price["sale_price"] else ""
    click.echo(f"{sku} in {store}: {price['regular_price']}{sale} {price['currency']}")
    zone = parts.settings.policy(store).timezone
    steps = [
        [
            (r["price"] or "—").rjust(10),
            r["kind"].replace("_", " "),
            r["note"],
            local(r["at"], zone),
        ]
        for r in said["price"]
    ]
    click.echo(table(["price", "step", "", "as of"], steps))
    for tier in price["price_tiers"]:
        group = tier["group"] or "everybody"
        click.echo(f"{group}, from {tier['min_quantity']}: {tier['regular_price']}")
    click.echo(f"the catalogue says {price['shown_regular_price'] or '—'}; the store may ask from "
               f"{price['lowest_price']} to {price['highest_price']} "
               f"({price['margin_percent']} % of {price['base_price']})")  # fmt: skip
    if price["turns_at"]:
        click.echo(f"it changes by itself {local(price['turns_at'], zone)}")
    for item in said["held"]:
        click.echo(f"held ({item['rule']}): {item['part']} {item['was']} → {item['new']}")


@price.command(name="held")
@click.argument("case", required=False)
def held_(case: str | None) -> None:
    """List the cases that hold changes, or what one of them holds.

    \b
    causeway price held held:berlin:price_change
    """
    parts = build()
    with parts.ledger.read() as connection:
        if case is None:
            rows = [[key, str(count)] for key, count in sorted(held.counts(connection).items())]
            click.echo(table(["case", "held"], rows) if rows else "Nothing is held.")
            return
        found = held.listed(connection, case)
    click.echo(table(["SKU", "what", "was", "new"], [[h.sku, h.part, h.was, h.new] for h in found]))


@price.command()
@click.argument("case")
@click.option("--sku", default="", help="This one alone.")
def approve(case: str, sku: str) -> None:
    """Let what the case holds reach the shop.

    \b
    causeway price approve held:berlin:price_change
    """
    _decide(case, True, sku)


@price.command()
@click.argument("case")
@click.option("--sku", default="", help="This one alone.")
def refuse(case: str, sku: str) -> None:
    """Keep what the case holds from the shop until the source says something else.

    \b
    causeway price refuse held:berlin:price_change --sku MUG-01
    """
    _decide(case, False, sku)


@price.command()
@click.argument("store")
@click.argument("sku")
@click.argument("amount", required=False)
@click.option("--reason", default="", help="Why; it is kept.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day, in the store's zone."
)
@click.option("--end", is_flag=True, help="Give the source the word again.")
def override(
    store: str, sku: str, amount: str | None, reason: str, until: datetime | None, end: bool
) -> None:
    """Say a store's own price, within its policy's margin, or show all that were said.

    \b
    causeway price override berlin MUG-01 13.90 --reason "match the market"
    """
    parts = build()
    now = parts.context.now()
    if amount is None and not end:
        with parts.ledger.read() as connection:
            found = overrides.history(connection, store, sku)
        rows = [
            [local(x.at), f"{x.regular or 'ended'}", f"{x.until or ''}", x.actor, x.reason]
            for x in found
        ]
        head = ["when", "price", "until", "by", "why"]
        click.echo(table(head, rows) if rows else "None was ever said.")
        return
    if not end and not reason:
        raise CausewayError("say why with --reason; it is kept on record")
    price = _amount(amount)
    with parts.ledger.write() as connection:
        last = until.date() if until else None
        if price is not None:
            overrides.check(price, _may_ask(parts, connection, store, sku))
        overrides.say(connection, store, sku, price, reason, actor(), now, last)
        audit.note(connection, actor(), "price_override", f"{store} {sku} {amount or 'ended'}", now)
    parts.hints.project()
    click.echo(f"Kept. causeway stock explain {store} {sku} says what comes of it.")


def _may_ask(parts: Causeway, connection: Connection, store: str, sku: str) -> Allowed | None:
    terms = terms_of(parts.context, connection)
    found = explaining.explain(connection, terms, store, sku, parts.context.now())
    return found.allowed if found else None


def _amount(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text) if text is not None else None
    except InvalidOperation as error:
        raise CausewayError(f"{text!r} is not an amount; write it as 13.90") from error
    if found is not None and not 0 < found < 10**9:
        raise CausewayError("a price must be above zero")
    return found


def _decide(case: str, approve_it: bool, sku: str) -> None:
    parts = build()
    now = parts.context.now()
    if case.count(":") < 2:
        raise CausewayError(f"{case!r} is no case of held changes; causeway price held lists them")
    with parts.ledger.write() as connection:
        skus = held.decide(connection, case, approve_it, actor(), now, sku)
        word = "approve" if approve_it else "refuse"
        audit.note(connection, actor(), word, f"{case} ({len(skus)})", now)
    if not skus:
        raise CausewayError(f"{case} holds nothing{' of ' + sku if sku else ''}")
    parts.hints.project()
    click.echo(f"{len(skus)} SKUs {'approved' if approve_it else 'refused'}.")

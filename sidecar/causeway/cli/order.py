"""causeway order: what became of an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
import orjson
from sqlalchemy import or_, select

from causeway.bootstrap import Causeway
from causeway.cli.common import build, local
from causeway.engine import labels
from causeway.engine.desk import OrderDesk
from causeway.errors import CausewayError
from causeway.feed import journey
from causeway.feed.steps import sentence
from causeway.flows.decision import Decision
from causeway.flows.facts import Fact, HeldByHand, Released
from causeway.flows.state import SentParcel
from causeway.ledger import audit
from causeway.ledger.tables import orders


@click.group()
def order() -> None:
    """Look at orders."""


@order.command()
@click.argument("words", nargs=-1, required=True, metavar="[STORE] NUMBER")
@click.option("--store", help="Which shop's, where several have one of this number.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(words: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Tell an order's journey in sentences.

    \b
    causeway order show 1042
    causeway order show berlin 1042 --json
    """
    *named, number = words
    if len(named) > 1:
        raise click.UsageError("name a store and an order's number, or the number alone")
    store = store or next(iter(named), None)
    parts = build()
    for found in _find(parts, number, store):
        if as_json:
            click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        else:
            click.echo(_told(found, parts.settings.policy(found["store"]).timezone))


@order.command()
@click.argument("store")
@click.argument("number")
@click.option("--reason", default="", help="Why, for whoever reads the case.")
@click.option("--hours", type=click.FloatRange(0, 24 * 90), help="Until when; else until released.")
def hold(store: str, number: str, reason: str, hours: float | None) -> None:
    """Let an order wait though nothing is wrong with it.

    \b
    causeway order hold berlin 1042 --reason "buyer calls back" --hours 24
    """
    parts = build()
    now = parts.context.now()
    until = None if hours is None else now + timedelta(hours=hours)
    done = tell(parts, store, number, HeldByHand(reason, "a person", until, now))
    if done.superseded:
        raise CausewayError(f"order {number} was sent on already; cancel it in the shop instead")
    click.echo(f"Order {number} of store {store} waits.")


@order.command()
@click.argument("store")
@click.argument("number")
@click.option("--kind", default="", help="Only holds of this kind, as suspected_fraud.")
def release(store: str, number: str, kind: str) -> None:
    """Let an order go on, whatever held it.

    \b
    causeway order release berlin 1042
    """
    parts = build()
    done = tell(parts, store, number, Released("a person", parts.context.now(), kind))
    phase = done.state.phase if done.state else None
    click.echo(f"Order {number} of store {store}: {phase.sentence if phase else 'unknown'}")


@order.command()
@click.argument("store")
@click.argument("number")
@click.option("--parcel", help="Its number, where the order has several.")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True), help="Where to; - is out."
)
def label(store: str, number: str, parcel: str | None, output: str | None) -> None:
    """Fetch the label of a parcel and write it to a file.

    \b
    causeway order label berlin 1042
    causeway order label berlin 1042 --parcel 2 --output label.pdf
    """
    parts = build()
    order_id = _find(parts, number, store)[0]["order_id"]
    with_label = [p for p in labels.parcels(parts.context, store, order_id) if p.label]
    if not with_label:
        raise CausewayError(f"order {number} of store {store} has no parcel with a label")
    wanted = _parcel(with_label, parcel)
    found = labels.label_of(parts.context, store, order_id, wanted.ref)
    target = output or found.filename
    with click.open_file(target, "wb") as file:
        file.write(found.data)
    if target != "-":
        click.echo(f"The label of parcel {wanted.tracking_number or wanted.ref} is in {target}.")


def _parcel(parcels: list[SentParcel], wanted: str | None) -> SentParcel:
    """By its place (1, 2, …), its tracking number or its id."""
    if wanted is None and len(parcels) == 1:
        return parcels[0]
    for place, parcel in enumerate(parcels, 1):
        if wanted and wanted in (str(place), parcel.tracking_number, parcel.ref):
            return parcel
    listed = "; ".join(
        f"{place}: {p.carrier} {p.tracking_number or p.ref}" for place, p in enumerate(parcels, 1)
    )
    raise click.UsageError(f"name one with --parcel: {listed}")


def tell(parts: Causeway, store: str, number: str, fact: Fact) -> Decision:
    """Tell one order a fact by hand, and have what follows worked on."""
    with parts.ledger.write() as connection:
        row = connection.execute(
            select(orders.c.order_id).where(
                orders.c.store == store, or_(orders.c.number == number, orders.c.order_id == number)
            )
        ).first()
        if row is None:
            raise CausewayError(f"no order {number} of store {store} has arrived")
        now = parts.context.now()
        done = OrderDesk(parts.context).apply(connection, store, row.order_id, fact, now)
        audit.note(connection, "cli", type(fact).__name__, f"{store}:{number}", now)
    parts.hints.work()
    return done


def _find(parts: Causeway, number: str, store: str | None) -> list[dict[str, Any]]:
    query = select(orders.c.store, orders.c.order_id).where(
        or_(orders.c.number == number, orders.c.order_id == number)
    )
    if store:
        query = query.where(orders.c.store == store)
    with parts.ledger.read() as connection:
        rows = connection.execute(query.limit(20)).all()
        found = [journey.of(connection, row.store, row.order_id) for row in rows]
    if not found:
        raise CausewayError(f"no order {number} has arrived")
    return [item for item in found if item]


def _part(part: dict[str, Any]) -> str:
    goods = ", ".join(
        f"{line['shipped']} of {line['quantity']} x {line['sku']}" for line in part["lines"]
    )
    place = part["warehouse"] or part["connection"] or "the back office itself"
    return f"  Request {part['id']} at {place}, {part['status']['value']}: {goods} sent."


def _parcel_told(parcel: dict[str, Any]) -> str:
    label = "; its label: causeway order label" if parcel["label"] else ""
    number = parcel["tracking_number"] or parcel["id"]
    return f"  Parcel {number} of {parcel['carrier'] or 'a carrier not told'}{label}"


def _told(found: dict[str, Any], zone: str) -> str:
    total = (found["order"] or {"total": {"amount": "?", "currency": ""}})["total"]
    lines = [
        f"Order {found['number']} of store {found['store']}: {total['amount']} {total['currency']}",
        f"  {found['state']['value']}: {found['state']['sentence']}",
        f"  {found['financial']['value']}: {found['financial']['sentence']}",
        f"  fulfilment: {found['fulfilment']}",
        "",
    ]
    lines += [f"  {local(step['at'], zone)}  {sentence(step)}" for step in found["milestones"]]
    lines += [_part(part) for part in found["parts"]]
    lines += [_parcel_told(parcel) for parcel in found["parcels"]]
    lines += [f"  Return {back['id']}: {back['sentence']}" for back in found["returns"]]
    lines += [f"  Waits for {wait['who']}: {wait['what']}." for wait in found["waits"]]
    for item in found["deliveries"]:
        reason = f" ({item['reason']})" if item["reason"] else ""
        state = item["state"]["value"]
        lines.append(f"  {item['connection']}: {item['operation']} is {state}{reason}")
    for case in found["cases"]:
        lines += [f"  Case {case['id']}: {case['title']}", f"    {case['detail']}"]
        lines.append(f"    What to do: {case['remedy']}")
    return "\n".join(lines)

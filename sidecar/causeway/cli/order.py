"""causeway order: what became of an order."""

from __future__ import annotations

from typing import Any

import click
import orjson
from sqlalchemy import or_, select

from causeway.bootstrap import Causeway
from causeway.cli.common import build, local
from causeway.errors import CausewayError
from causeway.feed import journey
from causeway.ledger.tables import orders


@click.group()
def order() -> None:
    """Look at orders."""


@order.command()
@click.argument("number")
@click.option("--store", help="Which shop's, where several have one of this number.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(number: str, store: str | None, as_json: bool) -> None:
    """Tell an order's journey.

    \b
    causeway order show 1042
    causeway order show 1042 --store berlin --json
    """
    parts = build()
    for found in _find(parts, number, store):
        if as_json:
            click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        else:
            click.echo(_told(found, parts.settings.policy(found["store"]).timezone))


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


def _told(found: dict[str, Any], zone: str) -> str:
    total = found["order"]["total"]
    lines = [
        f"Order {found['number']} of store {found['store']}: {total['amount']} {total['currency']}",
        f"  {found['state']['value']}: {found['state']['sentence']}",
        f"  {found['financial']['value']}: {found['financial']['sentence']}",
        f"  fulfilment: {found['fulfilment']}",
        "",
    ]
    lines += [
        f"  {local(step['at'], zone)}  {step['name']:<9} {step['detail']}"
        for step in found["milestones"]
    ]
    for item in found["deliveries"]:
        reason = f" ({item['reason']})" if item["reason"] else ""
        state = item["state"]["value"]
        lines.append(f"  {item['connection']}: {item['operation']} is {state}{reason}")
    for case in found["cases"]:
        lines += [f"  Case {case['id']}: {case['title']}", f"    {case['detail']}"]
        lines.append(f"    What to do: {case['remedy']}")
    return "\n".join(lines)

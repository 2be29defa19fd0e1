"""causeway return: goods that come back."""

from __future__ import annotations

import click

from causeway.canonical import Return, ReturnLine, ReturnReceipt
from causeway.canonical.returns import Disposition
from causeway.cli.common import build
from causeway.cli.order import tell
from causeway.connectors.woocommerce.returns import to_return
from causeway.errors import CausewayError
from causeway.feed import journey
from causeway.flows.decision import Decision
from causeway.flows.facts import ReturnArrived, ReturnDecided, ReturnRequested
from causeway.flows.state import ReturnCase

__all__ = ["return_"]


@click.group(name="return")
def return_() -> None:
    """Ask for, allow and receive returns."""


@return_.command()
@click.argument("store")
@click.argument("number")
@click.argument("return_id")
@click.option("--line", "lines", multiple=True, required=True, metavar="LINE_ID=QUANTITY")
@click.option("--reason", default="")
@click.option("--exchange", default="", metavar="ORDER", help="The order of the new goods.")
@click.option("--exchange-total", default=None, help="What the new goods come to, as 12.50.")
def request(
    store: str,
    number: str,
    return_id: str,
    lines: tuple[str, ...],
    reason: str,
    exchange: str,
    exchange_total: str | None,
) -> None:
    """Enter a return that somebody asked for.

    \b
    causeway return request berlin 1042 R1 --line 127=1 --reason "too small"
    """
    parts = build()
    now = parts.context.now()
    order = journey.order_of(parts.ledger, store, number)
    pairs = [line.partition("=") for line in lines]
    asked = to_return(
        order,
        {
            "return_id": return_id,
            "order_id": order.id,
            "reason": reason,
            "lines": [{"order_line_id": a, "quantity": b or "1"} for a, _, b in pairs],
            "exchange_order": exchange,
            "exchange_total": exchange_total,
        },
        now,
    )
    fact = ReturnRequested(asked.back, now, asked.exchange_order, asked.exchange_total)
    _say(tell(parts, store, number, fact), return_id)


@return_.command()
@click.argument("store")
@click.argument("number")
@click.argument("return_id")
def allow(store: str, number: str, return_id: str) -> None:
    """Allow a return that waits for it.

    \b
    causeway return allow berlin 1042 R1
    """
    parts = build()
    fact = ReturnDecided(return_id, True, "a person", parts.context.now())
    _say(tell(parts, store, number, fact), return_id)


@return_.command()
@click.argument("store")
@click.argument("number")
@click.argument("return_id")
def refuse(store: str, number: str, return_id: str) -> None:
    """Do not allow a return.

    \b
    causeway return refuse berlin 1042 R1
    """
    parts = build()
    fact = ReturnDecided(return_id, False, "a person", parts.context.now())
    _say(tell(parts, store, number, fact), return_id)


@return_.command()
@click.argument("store")
@click.argument("number")
@click.argument("return_id")
@click.option(
    "--to",
    "disposition",
    type=click.Choice(["undecided", "restock", "write_off"]),
    default="undecided",
    help="What looking at the goods has shown.",
)
def receive(store: str, number: str, return_id: str, disposition: Disposition) -> None:
    """Enter that all goods of a return arrived, and where they go.

    \b
    causeway return receive berlin 1042 R1 --to restock
    """
    parts = build()
    now = parts.context.now()
    back = _known(journey.returns_of(parts.ledger, store, number), return_id)
    lines = tuple(
        ReturnLine(x.order_line_id, x.sku, x.name, x.quantity, x.reason, disposition)
        for x in back.lines
    )
    receipt = ReturnReceipt(f"by-hand-{disposition}", "", now, lines)
    _say(tell(parts, store, number, ReturnArrived(return_id, receipt, now)), return_id)


def _known(returns: tuple[ReturnCase, ...], return_id: str) -> Return:
    for back in returns:
        if back.id == return_id:
            return back.back
    raise CausewayError(f"there is no return {return_id}")


def _say(done: Decision, return_id: str) -> None:
    found = [b for b in done.state.returns if b.id == return_id] if done.state else []
    if not found:
        raise CausewayError(f"there is no return {return_id}")
    click.echo(f"Return {return_id}: {found[0].status.sentence}")

"""causeway demo: a shop's orders over the wire and back, with a table of what became of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import click
import requests

from causeway.cli.common import load_settings, table
from causeway.demo import books as sandbox_books
from causeway.demo import outcome, payloads
from causeway.demo.books import Books
from causeway.demo.outcome import Outcome
from causeway.demo.payloads import Payload
from causeway.demo.shop import Shop, refusal
from causeway.errors import CausewayError
from causeway.wire import pairing

BATCH_BYTES = 400_000
BATCH_EVENTS = 10
POLL_SECONDS = 0.25


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--pairing", "code", help="The shop's pairing code (or CAUSEWAY_PAIRING).")
@click.option("--seconds", default=90.0, show_default=True, help="How long to wait for the end.")
def demo(folder: Path, code: str | None, seconds: float) -> None:
    """Send the orders of FOLDER as their shop would, and follow each to its end.

    Exits with 0 only if every order arrived exactly once or became a case that says why.

    \b
    causeway demo tests/contract/woocommerce --pairing causeway1.…
    """
    try:
        pair = pairing.decode(code or os.environ.get("CAUSEWAY_PAIRING", ""))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    shop = Shop(pair)
    orders = payloads.read(folder, pair.store)
    click.echo(f"Sending {len(orders)} orders of {folder} as store “{pair.store}” …")
    try:
        _send(shop, orders)
        latest = {order.order_id: order for order in orders}
        journeys = _follow(shop, list(latest.values()), seconds)
        found = _books()
    except requests.RequestException as error:
        raise CausewayError(f"the road was cut: {type(error).__name__}") from error
    rows = [outcome.read(o, journeys[o.order_id], pair.store, found) for o in latest.values()]
    rows.sort(key=lambda row: (len(row.payload.number), row.payload.number))
    click.echo("\n" + _table(rows))
    _tell_feeds(shop)
    bad = [f"{row.payload.file}: {problem}" for row in rows for problem in row.problems]
    click.echo(_verdict(rows, found, bad))
    sys.exit(1 if bad else 0)


def _send(shop: Shop, orders: list[Payload]) -> None:
    """Everything twice, as a shop does whose first answer was lost on the way."""
    for again in (False, True):
        accepted = duplicates = 0
        for batch in _batches(orders):
            answer = shop.post("/v1/events", {"events": [o.event for o in batch]})
            if answer.status_code != 202:
                raise CausewayError(f"the sidecar refuses the orders: {refusal(answer)}")
            said = answer.json()
            for item in said["refused"]:
                click.echo(f"  refused: {item['problem']['detail']}")
            accepted += len(said["accepted"])
            duplicates += len(said["duplicates"])
        what = "again, as if the answer had been lost" if again else "signed, in batches"
        click.echo(f"  {what}: {accepted} accepted, {duplicates} known already")


def _batches(orders: list[Payload]) -> list[list[Payload]]:
    """By count and size, so that no request is too large."""
    batches: list[list[Payload]] = [[]]
    size = 0
    for order in orders:
        weight = len(str(order.event))
        if batches[-1] and (len(batches[-1]) >= BATCH_EVENTS or size + weight > BATCH_BYTES):
            batches.append([])
            size = 0
        batches[-1].append(order)
        size += weight
    return batches


def _follow(shop: Shop, orders: list[Payload], seconds: float) -> dict[str, dict[str, Any] | None]:
    """Ask for each order's journey until all have come to their end, or the time is up."""
    end = time.monotonic() + seconds
    journeys: dict[str, dict[str, Any] | None] = {o.order_id: None for o in orders}
    waiting = set(journeys)
    while waiting and time.monotonic() < end:
        for order_id in sorted(waiting):
            answer = shop.get(f"/v1/orders/{order_id}")
            if answer.status_code == 200:
                journeys[order_id] = answer.json()
        waiting = {order_id for order_id in waiting if not outcome.settled(journeys[order_id])}
        _progress(len(journeys) - len(waiting), journeys)
        if waiting:
            time.sleep(POLL_SECONDS)
    if sys.stdout.isatty():
        click.echo()
    return journeys


def _progress(done: int, journeys: dict[str, dict[str, Any] | None]) -> None:
    booked = sum(1 for j in journeys.values() if j and j["booked_as"])
    text = f"  {done} of {len(journeys)} at their end, {booked} booked"
    if sys.stdout.isatty():
        click.echo(f"\r{text}   ", nl=False)
    elif done == len(journeys):
        click.echo(text)


def _books() -> Books | None:
    """The sandbox's own books; None when the back office is a real one."""
    for connection in load_settings().connections:
        if connection.kind == "sandbox_erp":
            return sandbox_books.read(connection)
    return None


def _table(rows: list[Outcome]) -> str:
    head = ["order", "total", "state", "ERP", "refund", "warehouse", "tracking", "booked after", ""]
    lines = []
    for row in rows:
        seconds = f"{row.seconds * 1000:.0f} ms" if row.seconds is not None else ""
        said = "; ".join(row.problems) or row.why
        lines.append(
            [row.payload.number, row.payload.total, row.state, row.booked_as, row.refunds,
             row.request, row.tracking, seconds, said]
        )  # fmt: skip
    return table(head, lines)


def _tell_feeds(shop: Shop) -> None:
    """Poll both feeds as the plugin does: apply, acknowledge, and ask again."""
    count, cursor, more = 0, "0", True
    while more:
        page = shop.get(f"/v1/updates?after={cursor}&limit=200").json()
        count, cursor, more = count + len(page["updates"]), page["cursor"], page["more"]
    if count:
        shop.post("/v1/updates/ack", {"cursor": cursor})
    answer = shop.get("/v1/catalog?limit=5000")
    again = shop.get("/v1/catalog?limit=5000", **{"If-None-Match": answer.headers.get("ETag", "")})
    rows = len(answer.json()["rows"])
    click.echo(
        f"\nBack in the shop: {count} updates (notes, shipments, statuses) polled and acknowledged;"
        f" {rows} catalogue rows, asked again: {again.status_code}."
    )


def _verdict(rows: list[Outcome], found: Books | None, bad: list[str]) -> str:
    if bad:
        return "NOT right:\n" + "\n".join(f"  - {line}" for line in bad)
    booked = sum(1 for row in rows if row.booked_as)
    held = sum(1 for row in rows if row.state in ("held", "not_understood"))
    quiet = sum(1 for row in rows if row.state in outcome.QUIET)
    proof = "the ERP's own books agree" if found else "the ERP's books were not asked"
    return (
        f"{len(rows)} orders: {booked} booked exactly once ({proof}), {held} held with a case that "
        f"says why, {quiet} rightly not booked."
    )

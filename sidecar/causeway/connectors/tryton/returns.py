"""Goods coming back: sales of a negative quantity without a price, and what arrived of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time
from decimal import Decimal

from causeway.canonical import Order, Return, ReturnLine, ReturnReceipt
from causeway.connectors.base import Page
from causeway.connectors.sales import Sale, SaleLine, description_of
from causeway.connectors.scan import Scan, read
from causeway.connectors.texts import clean
from causeway.connectors.tryton.client import Domain, Record, TrytonClient
from causeway.connectors.tryton.directory import Directory
from causeway.errors import RejectedError

MODEL = "stock.shipment.out.return"
PAGE = 50
FIELDS = (
    "number", "effective_date", "write_date", "warehouse.code",
    "incoming_moves.product.code", "incoming_moves.internal_quantity",
    "incoming_moves.sale.web_id", "incoming_moves.sale.web_shop",
)  # fmt: skip
ZERO = Decimal(0)


def return_of(order: Order, back: Return, key: str) -> Sale:
    """No money moves by it: that is the refund's. Raises RejectedError for a line without SKU."""
    lines = []
    for number, line in enumerate(back.lines, 1):
        if not line.sku:
            raise RejectedError(f"{line.name} has no SKU", code="unknown_item")
        lines.append(
            SaleLine(number, line.sku, -line.quantity, ZERO, (), clean(line.name),
                     line.order_line_id)
        )  # fmt: skip
    return Sale(
        key=key,
        number=order.number,
        description=f"{description_of(order)}, return {back.id}",
        currency=order.currency,
        total=ZERO,
        slack=ZERO,
        lines=tuple(lines),
        date=back.requested_at.date(),
        note=clean(back.reason),
    )


class ReceiptFeed:
    """Returns that are done: counted in, and on a shelf again."""

    def __init__(self, client: TrytonClient, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    def read(self, text: str) -> Page[ReturnReceipt]:
        scan = read(text)
        now = self._client.clock()
        shop = self._directory.web_shop()
        domain: Domain = [changed(scan), ["state", "=", "done"],
                          ["moves.sale.web_shop", "=", shop]]  # fmt: skip
        rows = self._client.search(
            MODEL, domain, FIELDS, order=[("id", "ASC")], limit=PAGE,
            context={"company": self._directory.company()},
        )  # fmt: skip
        full = len(rows) == PAGE
        items = tuple(receipt for row in rows for receipt in _receipts(row, shop))
        return Page(items, scan.moved(rows, now, full).written(), more=full)


def changed(scan: Scan) -> Domain:
    """What the scan still has to read, as Tryton's searches say it."""
    if scan.all:
        return [["id", ">", scan.after]]
    since = ["OR", ["write_date", ">=", scan.since], ["create_date", ">=", scan.since]]
    return [since, ["id", ">", scan.after]]


def _receipts(row: Record, shop: int) -> list[ReturnReceipt]:
    """One for each return that came back in it."""
    quantities: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in row["incoming_moves"]:
        sale = move["sale"]
        if sale and sale["web_id"] and sale["web_shop"] == shop:
            sku = move["product"]["code"] or ""
            quantities[sale["web_id"]][sku] += Decimal(move["internal_quantity"] or 0)
    day = row["effective_date"]
    at = datetime.combine(day, time(), UTC) if day else row["write_date"]
    return [
        ReturnReceipt(
            id=f"{row['number']}/{key}",
            request_key=key,
            received_at=at,
            lines=tuple(
                ReturnLine("", sku, sku, quantity, disposition="restock")
                for sku, quantity in lines.items()
            ),
            warehouse=(row["warehouse"] or {}).get("code") or "",
        )
        for key, lines in quantities.items()
    ]

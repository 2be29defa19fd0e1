"""Invoices and credit notes of our orders, and refunds Odoo's people decided."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

from causeway.canonical import Invoice, Money, RemoteRefund
from causeway.connectors.base import Page
from causeway.connectors.odoo.client import OdooClient, Record, at
from causeway.connectors.odoo.cursor import changed, read
from causeway.connectors.odoo.keys import key_of
from causeway.connectors.odoo.mapper import money

PAGE = 100
MODEL = "account.move"
LINKED: Record = {"fields": {"sale_line_ids": {"fields": {"order_id": {}}}}}
FIELDS: Record = {
    "name": {}, "move_type": {}, "amount_total": {}, "amount_residual": {}, "invoice_date": {},
    "write_date": {}, "ref": {}, "currency_id": {"fields": {"name": {}}},
    "invoice_line_ids": LINKED, "reversed_entry_id": {"fields": {"invoice_line_ids": LINKED}},
}  # fmt: skip


class InvoiceFeed:
    def __init__(self, client: OdooClient) -> None:
        self._client = client

    def read(self, text: str) -> Page[Invoice]:
        rows, keys, cursor, full = self._page(text, ["out_invoice", "out_refund"])
        items = tuple(_invoice(row, keys[row["id"]]) for row in rows)
        return Page(items, cursor, more=full)

    def refunds(self, text: str) -> Page[RemoteRefund]:
        """Posted credit notes of our orders that are none of ours."""
        rows, keys, cursor, full = self._page(text, ["out_refund"])
        names = self._client.keys(MODEL, [row["id"] for row in rows])
        items = tuple(
            _refund(row, keys[row["id"]]) for row in rows if not key_of(names.get(row["id"]))
        )
        return Page(items, cursor, more=full)

    def _page(self, text: str, kinds: list[str]) -> tuple[list[Record], dict[int, str], str, bool]:
        """Posted documents changed since, those of our orders with the order's key."""
        scan = read(text)
        now = self._client.clock()
        rows = self._client.tree(
            MODEL, [*changed(scan), ["move_type", "in", kinds], ["state", "=", "posted"]],
            FIELDS, limit=PAGE,
        )  # fmt: skip
        orders = {row["id"]: _order(row) for row in rows}
        names = self._client.keys("sale.order", sorted(set(orders.values()) - {0}))
        keys = {row: key_of(names.get(order)) for row, order in orders.items()}
        full = len(rows) == PAGE
        ours = [row for row in rows if keys[row["id"]]]
        return ours, keys, scan.moved(rows, now, full).written(), full


def _order(row: Record) -> int:
    """The sales order of a document, or of the one it reverses; 0 for none."""
    reversed_ = row["reversed_entry_id"]
    lines = [*row["invoice_line_ids"], *(reversed_["invoice_line_ids"] if reversed_ else ())]
    for line in lines:
        for sold in line["sale_line_ids"]:
            return int(sold["order_id"])
    return 0


def _invoice(row: Record, key: str) -> Invoice:
    currency = row["currency_id"]["name"]
    return Invoice(
        id=str(row["id"]),
        number=row["name"],
        order_key=key,
        kind="invoice" if row["move_type"] == "out_invoice" else "credit_note",
        total=Money(money(row, "amount_total"), currency).rounded(),
        open_amount=Money(money(row, "amount_residual"), currency).rounded(),
        issued_at=_issued(row),
    )


def _refund(row: Record, key: str) -> RemoteRefund:
    amount = Money(Decimal(money(row, "amount_total")), row["currency_id"]["name"]).rounded()
    return RemoteRefund(
        id=str(row["id"]),
        order_key=key,
        amount=amount,
        reason=row["ref"] or row["name"],
        created_at=_issued(row),
    )


def _issued(row: Record) -> datetime:
    """Odoo keeps the day of an invoice."""
    day = row["invoice_date"]
    if isinstance(day, str):
        return datetime.combine(datetime.fromisoformat(day).date(), time(), UTC)
    return at(row["write_date"]) or datetime.now(UTC)

"""Refunds as credit notes, each under its own key, posted with the refund's total."""

from __future__ import annotations

from decimal import Decimal

from causeway.canonical import Order, Refund
from causeway.connectors.odoo.booking import Booking, check
from causeway.connectors.odoo.client import KEEP, OdooClient, Record, Row
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import external_id, parts_of
from causeway.connectors.odoo.mapper import began, credit_rows, money, nonce, ours, rounding_id
from causeway.connectors.odoo.options import OdooOptions
from causeway.connectors.sales import Sale, SaleLine, refund_of, rounding_line
from causeway.errors import RejectedError

MODEL = "account.move"
FIELDS: Record = {
    "name": {}, "state": {}, "amount_total": {}, "ref": {}, "move_type": {},
    "invoice_line_ids": {"fields": {"price_unit": {}, "sequence": {}}},
}  # fmt: skip


class Credits:
    def __init__(
        self, client: OdooClient, directory: Directory, booking: Booking, options: OdooOptions
    ) -> None:
        self._client = client
        self._directory = directory
        self._booking = booking
        self._options = options

    def find(self, key: str) -> Record | None:
        return find_move(self._client, key)

    def book(
        self, order: Order, refund: Refund, key: str, reverses: Record | None = None
    ) -> tuple[Record, bool]:
        """The posted credit note, and whether it was there before.

        With `reverses`, a credit note, it is the invoice that takes that back.
        """
        sale = refund_of(order, refund, key, self._options)
        found = self.find(key)
        first = nonce()
        if found is None or found["state"] == "draft":
            ids = self._booking.counterparts(sale)
            booked = self._booking.of_order(order)
            head = self._head(booked, order, sale)
            if reverses is not None:
                head |= {"move_type": "out_invoice", "reversed_entry_id/.id": reverses["id"]}
            sold = self._sold(booked, sale)
            if found is None:
                self._client.load(MODEL, credit_rows(head, sale, ids, first, sold), KEEP)
            else:
                began_at = began(found["invoice_line_ids"])
                self._write(key, credit_rows(head, sale, ids, began_at, sold))
        record = self._reread(key)
        existed = not ours(record["invoice_line_ids"], first)
        record = self._settled(sale, record)
        if record["state"] == "draft":
            post(self._client, record)
            record = self._reread(key)  # numbered when posted
        return record, existed

    def reverse(self, order: Order, refund: Refund, refund_key: str, key: str) -> Record | None:
        """The invoice that takes a credit note back; None where there is no credit note."""
        credit = self.find(refund_key)
        if credit is None:
            return None
        return self.book(order, refund, key, credit)[0]

    def _sold(self, booked: Record, sale: Sale) -> dict[str, int]:
        """The sales order's lines by the shop's, where something was taken off them."""
        if not any(line.taken_off for line in sale.lines):
            return {}
        rows = [row["id"] for row in booked["order_line"]]
        names = self._client.keys("sale.order.line", rows)
        return {
            parts[2]: row
            for row, name in names.items()
            if (parts := parts_of(name))[1:2] == ("line",)
        }

    def _head(self, booked: Record, order: Order, sale: Sale) -> dict[str, object]:
        posted = [row["id"] for row in booked["invoice_ids"]
                  if row["state"] == "posted" and row["move_type"] == "out_invoice"]  # fmt: skip
        head: dict[str, object] = {
            "id": external_id(sale.key),
            "move_type": "out_refund",
            "partner_id/.id": booked["partner_invoice_id"],
            "partner_shipping_id/.id": booked["partner_shipping_id"],
            "invoice_date": sale.date.isoformat(),
            "currency_id/.id": self._directory.currency_id(order.currency),
            "ref": sale.key,
            "invoice_origin": booked["name"],
        }
        if self._options.credit_journal:
            head["journal_id/.id"] = self._directory.journal(self._options.credit_journal)
        if len(posted) == 1:
            head["reversed_entry_id/.id"] = posted[0]
        return head

    def _settled(self, sale: Sale, record: Record) -> Record:
        missing = -sale.total - money(record, "amount_total")
        if not missing:
            return record
        if record["state"] != "draft":
            raise RejectedError(
                f"credit note {record['name']} stands there with "
                f"{money(record, 'amount_total')} {sale.currency}, the shop's refund is "
                f"{-sale.total}",
                code="total_differs",
            )
        amount = missing + self._rounding(sale, record)
        check(sale, amount, "the draft credit note")
        # A credit's lines are written with their signs turned.
        made: SaleLine = rounding_line(sale, amount, self._options)
        ids = self._booking.counterparts(sale)
        row = {
            "id": external_id(sale.key),
            "invoice_line_ids/id": rounding_id(sale.key),
            "invoice_line_ids/product_id/.id": ids.products[made.product].id,
            "invoice_line_ids/quantity": "1",
            "invoice_line_ids/price_unit": f"{amount:f}",
            "invoice_line_ids/tax_ids/.id": "",
            "invoice_line_ids/name": made.description,
        }
        self._write(sale.key, [row])
        record = self._reread(sale.key)
        if money(record, "amount_total") != -sale.total:
            raise RejectedError("its total cannot be reached by rounding", code="total_differs")
        return record

    def _write(self, key: str, rows: list[Row]) -> None:
        """Write over the draft; that somebody posted it meanwhile is as good."""
        try:
            self._client.load(MODEL, rows)
        except RejectedError:
            if self._reread(key)["state"] == "draft":
                raise

    def _rounding(self, sale: Sale, record: Record) -> Decimal:
        lines = record["invoice_line_ids"]
        names = self._client.keys("account.move.line", [row["id"] for row in lines])
        ours = [row for row in lines if names.get(row["id"]) == rounding_id(sale.key)]
        return sum((money(row, "price_unit") for row in ours), Decimal(0))

    def _reread(self, key: str) -> Record:
        record = self.find(key)
        if record is None:
            raise RejectedError("the credit note was deleted there meanwhile", code="deleted")
        return record


def find_move(client: OdooClient, key: str) -> Record | None:
    """The accounting document under the key; `ref` carries it, the external id proves it."""
    rows = client.tree(MODEL, [["ref", "=", key]], FIELDS)
    if len(rows) > 1:
        names = client.keys(MODEL, [row["id"] for row in rows])
        rows = [row for row in rows if names.get(row["id"]) == external_id(key)]
    return rows[0] if rows else None


def post(client: OdooClient, record: Record) -> None:
    """Post it; that somebody else just did is as good."""
    try:
        client.call(MODEL, "action_post", [record["id"]])
    except RejectedError:
        (now,) = client.search(MODEL, [["id", "=", record["id"]]], ("state",))
        if now["state"] != "posted":
            raise

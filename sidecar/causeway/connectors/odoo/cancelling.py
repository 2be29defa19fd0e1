"""Sales orders cancelled whole or in part. Odoo would cancel delivered ones too; this looks first.

Part of an order is cancelled by one `load`: new quantities together with a note line whose external
id is the cancellation's key. Where the note stands, it was done.
"""

from __future__ import annotations

from decimal import Decimal

from causeway.connectors.base import Cancelled, LineQuantity, RemoteDocument
from causeway.connectors.odoo.booking import MODEL, Booking, shipped
from causeway.connectors.odoo.client import OdooClient, Record, Row
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.mapper import with_lines
from causeway.errors import RejectedError

LAST = 2_000_000_001
NO_QUESTIONS = {"disable_cancel_warning": True}


class Cancelling:
    def __init__(self, client: OdooClient, booking: Booking) -> None:
        self._client = client
        self._booking = booking

    def cancel(self, booked_key: str, lines: tuple[LineQuantity, ...], key: str) -> Cancelled:
        record = self._booking.booked(booked_key)
        document = RemoteDocument(str(record["id"]), record["name"], existed=True)
        if record["state"] == "cancel":
            return Cancelled("cancelled", "it was cancelled already", document)
        if lines:
            return self._part(record, booked_key, lines, key, document)
        left = [row["name"] for row in record["picking_ids"] if shipped(row)]
        if left:
            return Cancelled("too_late", f"goods left with {', '.join(left)}", document)
        return self._whole(record, booked_key, document)

    def _whole(self, record: Record, booked_key: str, document: RemoteDocument) -> Cancelled:
        if record["locked"]:
            raise RejectedError(
                f"sales order {record['name']} is locked there; unlock it and retry", code="locked"
            )
        self._client.call(MODEL, "action_cancel", [record["id"]], context=NO_QUESTIONS)
        after = self._booking.booked(booked_key)
        if after["state"] != "cancel":
            raise RejectedError(
                f"Odoo did not cancel {record['name']} and does not say why; look at it there"
            )
        left = [row["name"] for row in after["picking_ids"] if shipped(row)]
        if left:
            return Cancelled(
                "too_late",
                f"the order is cancelled, but its goods left at that moment with {', '.join(left)}",
                document,
            )
        open_ = [row["name"] for row in after["invoice_ids"] if row["state"] == "posted"]
        note = f"invoice {', '.join(open_)} stands and needs a credit note" if open_ else ""
        return Cancelled("cancelled", note, document, left=note)

    def _part(
        self,
        record: Record,
        booked_key: str,
        lines: tuple[LineQuantity, ...],
        key: str,
        document: RemoteDocument,
    ) -> Cancelled:
        # The note is looked for after the quantities were read: both are written at once.
        names = self._client.keys("sale.order.line", [row["id"] for row in record["order_line"]])
        note = external_id(key)
        if note in names.values():
            return Cancelled("cancelled", "it was cancelled already", document)
        by_name = {names[row["id"]]: row for row in record["order_line"] if row["id"] in names}
        rows, words = [], []
        for line in lines:
            name = external_id(booked_key, "line", line.order_line_id)
            row = by_name.get(name)
            if row is None:
                raise RejectedError(
                    f"line {line.order_line_id} ({line.sku}) is not in {record['name']} there",
                    code="unknown_item",
                )
            rest = Decimal(row["product_uom_qty"]) - line.quantity
            if rest < Decimal(row["qty_delivered"]):
                delivered = Decimal(row["qty_delivered"]).normalize()
                detail = f"{delivered:f} of {line.sku} left already"
                return Cancelled("too_late", detail, document)
            rows.append(_line(name, row["name"], row["sequence"], rest))
            words.append(f"{line.quantity.normalize():f} {line.sku}")
        text = f"Cancelled by the shop: {', '.join(words)}"
        rows.append(_line(note, text, LAST, Decimal(0), "line_note"))
        self._client.load(MODEL, with_lines({"id": external_id(booked_key)}, rows))
        return Cancelled("cancelled", "", document)


def _line(name: str, text: str, place: int, quantity: Decimal, kind: str = "") -> Row:
    """All columns in each row: an empty cell would empty the line's field."""
    return {
        "order_line/id": name,
        "order_line/name": text,
        "order_line/sequence": place,
        "order_line/product_uom_qty": f"{quantity:f}",
        "order_line/display_type": kind,
    }

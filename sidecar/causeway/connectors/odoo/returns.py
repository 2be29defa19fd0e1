"""Goods coming back: receipts announced under a key, tied to what was delivered."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from causeway.canonical import Return
from causeway.connectors.odoo.booking import Booking
from causeway.connectors.odoo.client import KEEP, OdooClient, Record, Row
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.mapper import nonce, ours, with_lines
from causeway.connectors.odoo.options import OdooOptions
from causeway.errors import RejectedError

PICKING = "stock.picking"
FIELDS: Record = {"name": {}, "state": {}, "move_ids": {"fields": {"sequence": {}}}}
DELIVERED: Record = {
    "quantity": {}, "product_id": {}, "product_uom": {}, "location_dest_id": {},
    "sale_line_id": {},
}  # fmt: skip


class Returns:
    """A return is a receipt from the customer whose moves name the moves they turn back."""

    def __init__(
        self, client: OdooClient, directory: Directory, booking: Booking, options: OdooOptions
    ) -> None:
        self._client = client
        self._directory = directory
        self._booking = booking
        self._options = options

    def find(self, key: str) -> Record | None:
        rows = self._client.tree(PICKING, [["origin", "=", key]], FIELDS, limit=1)
        return rows[0] if rows else None

    def book(self, back: Return, booked_key: str, key: str) -> tuple[Record, bool]:
        first, record = nonce(), self.find(key)
        if record is None:
            self._load(back, booked_key, key, first)
            record = self.find(key)
        if record is None:
            raise RejectedError("the receipt was deleted there meanwhile", code="deleted")
        if record["state"] == "draft":
            self._client.call(PICKING, "action_confirm", [record["id"]])
        return record, not ours(record["move_ids"], first)

    def _load(self, back: Return, booked_key: str, key: str, first: int) -> None:
        booked = self._booking.booked(booked_key)
        moves = self._delivered(booked, booked_key)
        home = self._directory.warehouse(self._options.warehouse)
        rows: list[Row] = []
        source = 0
        for line in back.lines:
            parts = _shared(line.quantity, moves.get(line.order_line_id, []), line.sku)
            for number, (move, quantity) in enumerate(parts):
                source = move["location_dest_id"]
                name = external_id(key, "line", f"{line.order_line_id}.{number}")
                place = first + len(rows) + 1
                rows.append({"move_ids/id": name, "move_ids/sequence": place,
                             **_move(move, quantity, home)})  # fmt: skip
        head = {
            "id": external_id(key),
            "picking_type_id/.id": home["in_type_id"][0],
            "partner_id/.id": booked["partner_shipping_id"],
            "location_id/.id": source,
            "location_dest_id/.id": home["lot_stock_id"][0],
            "origin": key,
        }
        self._client.load(PICKING, with_lines(head, rows), KEEP)

    def _delivered(self, booked: Record, booked_key: str) -> dict[str, list[Record]]:
        """Moves that brought goods to the customer, by the shop's line and by SKU's product."""
        rows = self._client.tree(
            "stock.move",
            [["sale_line_id.order_id", "=", booked["id"]], ["state", "=", "done"],
             ["location_dest_id.usage", "=", "customer"]], DELIVERED,
        )  # fmt: skip
        if not rows:
            raise RejectedError(
                f"nothing of {booked['name']} has left yet, so nothing can come back; cancel it "
                "instead",
                code="not_shipped",
            )
        names = self._client.keys("sale.order.line", [row["sale_line_id"] for row in rows])
        found: dict[str, list[Record]] = defaultdict(list)
        for row in rows:
            found[names.get(row["sale_line_id"], "")].append(row)
        return {name.removeprefix(external_id(booked_key, "line", "")): moves
                for name, moves in found.items()}  # fmt: skip


def _move(turned: Record, quantity: Decimal, home: Record) -> Row:
    """What comes back of one delivered move."""
    return {
        "move_ids/product_id/.id": turned["product_id"],
        "move_ids/product_uom_qty": f"{quantity:f}",
        "move_ids/product_uom/.id": turned["product_uom"],
        "move_ids/location_id/.id": turned["location_dest_id"],
        "move_ids/location_dest_id/.id": home["lot_stock_id"][0],
        "move_ids/origin_returned_move_id/.id": turned["id"],
        "move_ids/sale_line_id/.id": turned["sale_line_id"],
    }


def _shared(quantity: Decimal, moves: list[Record], sku: str) -> list[tuple[Record, Decimal]]:
    """The quantity taken from the line's moves, as much from each as it delivered."""
    left, parts = quantity, []
    for move in moves:
        part = min(left, Decimal(move["quantity"]))
        if part > 0:
            parts.append((move, part))
            left -= part
    if left > 0:
        raise RejectedError(
            f"more of {sku} would come back than was sent: {left.normalize():f} too many",
            code="invalid",
        )
    return parts

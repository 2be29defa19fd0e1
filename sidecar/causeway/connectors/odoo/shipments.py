"""Parcels of our orders, read back from Odoo's deliveries; and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from causeway.canonical import ReturnLine, ReturnReceipt, Shipment, ShipmentLine
from causeway.connectors.base import Page
from causeway.connectors.odoo.client import OdooClient, Record, at
from causeway.connectors.odoo.cursor import changed, read
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import key_of, parts_of
from causeway.errors import MappingMissing

PAGE = 100
MODEL = "stock.picking"
MOVES: Record = {
    "product_id": {"fields": {"default_code": {}}}, "quantity": {}, "state": {},
    "sale_line_id": {}, "lot_ids": {"fields": {"name": {}}},
}  # fmt: skip
FIELDS: Record = {
    "name": {}, "date_done": {}, "write_date": {}, "carrier_tracking_ref": {},
    "carrier_tracking_url": {}, "carrier_id": {"fields": {"name": {}}}, "sale_id": {},
    "picking_type_id": {"fields": {"warehouse_id": {"fields": {"code": {}, "name": {}}}}},
    "move_ids": {"fields": MOVES},
}  # fmt: skip
UNTRACKED = frozenset({"carrier_tracking_ref", "carrier_tracking_url", "carrier_id"})


class ShipmentFeed:
    """Done deliveries, one canonical shipment each; told again when a tracking number comes."""

    def __init__(
        self, client: OdooClient, directory: Directory, warehouses: tuple[str, ...]
    ) -> None:
        self._client = client
        self._directory = directory
        self._warehouses = warehouses

    def read(self, text: str) -> Page[Shipment]:
        scan = read(text)
        now = self._client.clock()
        rows = self._rows(
            [*changed(scan), ["state", "=", "done"], ["picking_type_code", "=", "outgoing"],
             ["sale_id", "!=", False]]
        )  # fmt: skip
        orders = self._client.keys("sale.order", sorted({row["sale_id"] for row in rows}))
        ours = [row for row in rows if key_of(orders.get(row["sale_id"]))]
        lines = self._line_names(ours)
        full = len(rows) == PAGE
        items = tuple(
            self._shipment(row, key_of(orders[row["sale_id"]]), lines)
            for row in sorted(ours, key=lambda row: (row["date_done"] or "", row["id"]))
        )
        return Page(items, scan.moved(rows, now, full).written(), more=full)

    def receipts(self, text: str) -> Page[ReturnReceipt]:
        """Returns of ours that arrived. Odoo keeps no verdict of an inspection."""
        scan = read(text)
        now = self._client.clock()
        rows = self._rows(
            [*changed(scan), ["state", "=", "done"], ["picking_type_code", "=", "incoming"],
             ["sale_id", "!=", False]]
        )  # fmt: skip
        names = self._client.keys(MODEL, [row["id"] for row in rows])
        ours = [row for row in rows if key_of(names.get(row["id"]))]
        lines = self._line_names(ours)
        full = len(rows) == PAGE
        items = tuple(self._receipt(row, key_of(names[row["id"]]), lines) for row in ours)
        return Page(items, scan.moved(rows, now, full).written(), more=full)

    def _rows(self, domain: list[object]) -> list[Record]:
        fields = FIELDS
        if not self._directory.has_field(MODEL, "carrier_tracking_ref"):
            fields = {name: value for name, value in FIELDS.items() if name not in UNTRACKED}
        return self._client.tree(MODEL, domain, fields, limit=PAGE)

    def _line_names(self, rows: list[Record]) -> Mapping[int, str]:
        """The shop's line of each sales order line."""
        ids = {move["sale_line_id"] for row in rows for move in row["move_ids"]} - {False}
        names = self._client.keys("sale.order.line", sorted(ids))
        return {line: parts[2] for line, name in names.items()
                if len(parts := parts_of(name)) == 3 and parts[1] == "line"}  # fmt: skip

    def _shipment(self, row: Record, key: str, lines: Mapping[int, str]) -> Shipment:
        carrier = row.get("carrier_id")
        return Shipment(
            id=row["name"],
            request_key=key,
            carrier=carrier["name"] if carrier else "",
            tracking_number=row.get("carrier_tracking_ref") or "",
            tracking_url=_link(row.get("carrier_tracking_url")),
            shipped_at=_done(row),
            lines=_lines(row["move_ids"], lines),
            warehouse=self._warehouse(row),
        )

    def _receipt(self, row: Record, key: str, lines: Mapping[int, str]) -> ReturnReceipt:
        return ReturnReceipt(
            id=row["name"],
            request_key=key,
            received_at=_done(row),
            lines=tuple(
                ReturnLine(line.order_line_id, line.sku, line.sku, line.quantity)
                for line in _lines(row["move_ids"], lines)
            ),
            warehouse=self._warehouse(row),
        )

    def _warehouse(self, row: Record) -> str:
        """The warehouse by the name the settings give it, or its own where they give none."""
        kind = row["picking_type_id"]
        found = kind["warehouse_id"] if kind else None
        if not found:
            return ""
        for name in self._warehouses:
            try:
                if self._directory.warehouse(name)["id"] == found["id"]:
                    return name
            except MappingMissing:
                continue
        return str(found["code"] or found["name"])


def _lines(moves: list[Record], names: Mapping[int, str]) -> tuple[ShipmentLine, ...]:
    total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    lots: dict[tuple[str, str], list[str]] = defaultdict(list)
    for move in moves:
        if move["state"] != "done":
            continue
        place = (move["product_id"]["default_code"] or "", names.get(move["sale_line_id"], ""))
        total[place] += Decimal(move["quantity"])
        lots[place] += [lot["name"] for lot in move["lot_ids"]]
    return tuple(
        ShipmentLine(sku, quantity, line, tuple(lots[sku, line]))
        for (sku, line), quantity in total.items() if quantity
    )  # fmt: skip


def _done(row: Record) -> datetime:
    return at(row["date_done"]) or at(row["write_date"]) or datetime.now(UTC)


def _link(value: object) -> str:
    """One address; Odoo keeps several parcels' as a list in JSON, which is left out."""
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else ""

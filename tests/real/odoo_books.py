"""Odoo's own people at work in tests: they look into its books and send its parcels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from causeway.connectors.odoo.client import OdooClient
from causeway.connectors.odoo.keys import external_id
from tests.real.odoo_server import OdooServer

NO_QUESTIONS = {"skip_backorder": True, "skip_sms": True, "cancel_backorder": False}


class OdooBooks:
    """With all rights, and past the connector."""

    def __init__(self, server: OdooServer) -> None:
        self.client = OdooClient(server.url, server.database, server.admin_key)

    def records(self, model: str, key: str) -> list[int]:
        """What stands under an external id, and whatever else claims to be the key's."""
        module, _, name = external_id(key).partition(".")
        rows = self.client.search(
            "ir.model.data", [["module", "=", module], ["name", "=", name], ["model", "=", model]],
            ("res_id",),
        )  # fmt: skip
        field = {"sale.order": "origin", "account.move": "ref", "stock.picking": "origin",
                 "account.payment": "memo"}[model]  # fmt: skip
        claimed = self.client.search(model, [[field, "=", key]], ("id",))
        return sorted({row["res_id"] for row in rows} | {row["id"] for row in claimed})

    def read(self, model: str, record: int, *fields: str) -> dict[str, Any]:
        (row,) = self.client.search(model, [["id", "=", record]], fields)
        return row

    def order(self, key: str, *fields: str) -> dict[str, Any]:
        (record,) = self.records("sale.order", key)
        return self.read("sale.order", record, *fields)

    def lines(self, key: str) -> list[dict[str, Any]]:
        (record,) = self.records("sale.order", key)
        return self.client.search(
            "sale.order.line", [["order_id", "=", record]],
            ("product_uom_qty", "price_unit", "price_total", "display_type", "name", "product_id"),
            order="sequence,id",
        )  # fmt: skip

    def ship(self, key: str, tracking: str = "", **quantities: str) -> str:
        """Send what is open of an order in one parcel, or these quantities by SKU; its number."""
        (record,) = self.records("sale.order", key)
        (picking,) = self.client.search(
            "stock.picking", [["sale_id", "=", record], ["state", "not in", ["done", "cancel"]],
                              ["picking_type_code", "=", "outgoing"]], ("name", "move_ids"),
        )  # fmt: skip
        (carrier,) = self.client.search("delivery.carrier", [["name", "=", "Parcel Post"]], ("id",))
        values = {"carrier_id": carrier["id"], "carrier_tracking_ref": tracking or False}
        self.client.call("stock.picking", "write", [picking["id"]], vals=values)
        self._finish(picking, quantities)
        return str(picking["name"])

    def track(self, number: str, tracking: str) -> None:
        (picking,) = self.client.search("stock.picking", [["name", "=", number]], ("id",))
        self.client.call(
            "stock.picking", "write", [picking["id"]], vals={"carrier_tracking_ref": tracking}
        )

    def receive(self, key: str) -> None:
        """Returned goods arrive."""
        (record,) = self.records("stock.picking", key)
        picking = self.read("stock.picking", record, "name", "move_ids")
        self._finish(picking, {})

    def invoice(self, key: str) -> int:
        """Invoice an order and post it; the invoice's id."""
        (record,) = self.records("sale.order", key)
        wizard = self.client.call(
            "sale.advance.payment.inv", "create",
            vals_list=[{"advance_payment_method": "delivered",
                        "sale_order_ids": [[6, 0, [record]]]}],
        )  # fmt: skip
        self.client.call("sale.advance.payment.inv", "create_invoices", wizard)
        made = self.order(key, "invoice_ids")["invoice_ids"]
        (invoice,) = self.client.search(
            "account.move", [["id", "in", made], ["state", "=", "draft"]], ("id",)
        )
        self.client.call("account.move", "action_post", [invoice["id"]])
        return int(invoice["id"])

    def credit(self, invoice: int) -> int:
        """Reverse an invoice as a bookkeeper does; the posted credit note's id."""
        journal = self.read("account.move", invoice, "journal_id")["journal_id"][0]
        context = {"active_model": "account.move", "active_ids": [invoice]}
        wizard = self.client.call(
            "account.move.reversal", "create", context=context,
            vals_list=[{"journal_id": journal, "reason": "Goodwill"}],
        )  # fmt: skip
        self.client.call("account.move.reversal", "refund_moves", wizard, context=context)
        (made,) = self.client.search(
            "account.move", [["reversed_entry_id", "=", invoice]], ("id", "state")
        )
        if made["state"] == "draft":
            self.client.call("account.move", "action_post", [made["id"]])
        return int(made["id"])

    def on_hand(self, sku: str, warehouse: str = "WH") -> Decimal:
        (place,) = self.client.search("stock.warehouse", [["code", "=", warehouse]], ("id",))
        (row,) = self.client.search(
            "product.product", [["default_code", "=", sku]], ("qty_available",),
            context={"warehouse_id": place["id"]},
        )  # fmt: skip
        return Decimal(row["qty_available"])

    def create_product(self, sku: str, price: str = "10") -> int:
        (made,) = self.client.call(
            "product.product", "create",
            vals_list=[{"name": sku, "default_code": sku, "list_price": float(price),
                        "is_storable": True}],
        )  # fmt: skip
        return int(made)

    def _finish(self, picking: dict[str, Any], quantities: dict[str, str]) -> None:
        moves = self.client.search(
            "stock.move",
            [["id", "in", picking["move_ids"]], ["state", "!=", "cancel"]],
            ("product_id", "product_uom_qty"),
        )
        for move in moves:
            sku = move["product_id"][1].partition("]")[0].lstrip("[")
            wanted = quantities.get(sku.replace("-", "_"), "0" if quantities else None)
            quantity = float(wanted if wanted is not None else move["product_uom_qty"])
            self.client.call(
                "stock.move", "write", [move["id"]],
                vals={"quantity": quantity, "picked": quantity > 0},
            )  # fmt: skip
        self.client.call("stock.picking", "button_validate", [picking["id"]], context=NO_QUESTIONS)
        state = self.read("stock.picking", picking["id"], "state")["state"]
        assert state == "done", state

"""Tryton's own people at work in tests: they look into its books and send its parcels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from causeway.connectors.tryton.client import TrytonClient
from causeway.connectors.tryton.rpc import TrytonRpc
from tests.real.tryton_server import OLDEST, TrytonServer

CONTEXT = {"company": 1}
PATIENT_SECONDS = 300.0
"""Two hundred lines are sent in half a minute by Tryton 7.0 on a slow machine."""


def client_of(server: TrytonServer) -> TrytonClient:
    """Of its administrator."""
    if server.admin_key:
        return TrytonClient(
            server.url, server.database, server.admin_key, timeout_seconds=PATIENT_SECONDS
        )
    return TrytonRpc(
        server.url, server.database, "admin", server.password, timeout_seconds=PATIENT_SECONDS
    )


class TrytonBooks:
    """With all rights, and past the connector."""

    def __init__(self, server: TrytonServer) -> None:
        self.server = server
        self.client = client_of(server)

    def sales(self, key: str) -> list[dict[str, Any]]:
        return self.client.search(
            "sale.sale", [["web_id", "=", key]],
            ("number", "state", "total_amount", "currency.code", "reference", "origin",
             "lines.product.code", "lines.quantity", "lines.unit_price", "shipments",
             "shipment_returns", "party.code", "party.name", "invoice_address.full_address",
             "shipment_address.city", "shipment_address.country.code", "invoices"),
            context=CONTEXT,
        )  # fmt: skip

    def sale(self, key: str) -> dict[str, Any]:
        (sale,) = self.sales(key)
        return sale

    def ship(self, key: str, tracking: str = "") -> str:
        """Pick, pack and send all goods of a sale in one parcel; the shipment's number."""
        open_ = [["id", "in", self.sale(key)["shipments"]], ["state", "!=", "cancelled"]]
        rows = self.client.search("stock.shipment.out", open_, ("id",), context=CONTEXT)
        (shipment,) = (row["id"] for row in rows)
        (carrier,) = self.client.search("carrier", [], ("id",), context=CONTEXT)
        values = {"carrier": carrier["id"]}
        self.client.write("stock.shipment.out", shipment, values, ("id",), CONTEXT)
        for step in ("assign_try", "pick"):
            self._press(shipment, step)
        package = self._package(shipment, tracking)
        for step in ("pack", self._arrive()):
            self._press(shipment, step)
        (row,) = self.client.search(
            "stock.shipment.out", [["id", "=", shipment]], ("state", "number"), context=CONTEXT
        )
        assert row["state"] == "done", row
        self.packages = {key: package}
        return str(row["number"])

    def track(self, package: int, tracking: str) -> None:
        values = {"shipping_reference": tracking}
        self.client.write("stock.package", package, values, ("id",), CONTEXT)

    def receive(self, key: str) -> None:
        """Returned goods arrive and are put away."""
        (shipment,) = self.sale(key)["shipment_returns"]
        for step in ("receive", self._arrive()):
            self.client.act("stock.shipment.out.return", shipment, step, ("id",), CONTEXT)

    def on_hand(self, sku: str, warehouse: int = 5) -> Decimal:
        (row,) = self.client.search(
            "product.product", [["code", "=", sku]], ("quantity",),
            context={**CONTEXT, "locations": [warehouse]},
        )  # fmt: skip
        return Decimal(row["quantity"])

    def create_product(self, sku: str) -> int:
        """A salable product without account category; its template's id."""
        (unit,) = self.client.search("product.uom", [["name", "=", "Unit"]], ("id",))
        values = {
            "name": sku, "type": "goods", "salable": True, "list_price": Decimal(1),
            "default_uom": unit["id"], "sale_uom": unit["id"],
            "products": [["create", [{"suffix_code": sku}]]],
        }  # fmt: skip
        template: int = self.client.create("product.template", values, ("id",), CONTEXT)["id"]
        return template

    def give_accounts(self, template: int) -> None:
        (category,) = self.client.search("product.category", [["name", "=", "Goods"]], ("id",))
        values = {"account_category": category["id"]}
        self.client.write("product.template", template, values, ("id",), CONTEXT)

    def _arrive(self) -> str:
        """Tryton 8 renamed the button."""
        return "done" if self.server.release == OLDEST else "do"

    def _package(self, shipment: int, tracking: str) -> int:
        (row,) = self.client.search(
            "stock.shipment.out", [["id", "=", shipment]], ("outgoing_moves", "carrier"),
            context=CONTEXT,
        )  # fmt: skip
        (kind,) = self.client.search("stock.package.type", [], ("id",), context=CONTEXT)
        values = {
            "type": kind["id"],
            "shipment": f"stock.shipment.out,{shipment}",
            "moves": [["add", row["outgoing_moves"]]],
            "shipping_reference": tracking or None,
        }
        package: int = self.client.create("stock.package", values, ("id",), CONTEXT)["id"]
        return package

    def _press(self, shipment: int, step: str) -> None:
        self.client.act("stock.shipment.out", shipment, step, ("id",), CONTEXT)

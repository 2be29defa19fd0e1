"""karrio's own people at work in tests: they look into its database and buy labels."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import requests

from causeway.connectors.karrio import mapper
from causeway.connectors.karrio.keys import reference
from tests.real.karrio_server import KarrioServer


class KarrioBooks:
    """Past the connector: reads from its database itself, works by its API as its pages do."""

    def __init__(self, server: KarrioServer) -> None:
        self._server = server
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Token {server.key}"

    def orders(self, key: str) -> list[dict[str, Any]]:
        """What stands under a key's number, and whatever else claims to be the key's."""
        return self._rows(
            "select * from orders where order_id = ?"
            " or json_extract(metadata, '$.causeway_key') = ?", reference(key), key,
        )  # fmt: skip

    def order(self, key: str) -> dict[str, Any]:
        (row,) = self.orders(key)
        row["line_items"] = json.loads(row["line_items"])
        row["shipping_to"] = json.loads(row["shipping_to"])
        return row

    def shipments(self, key: str) -> list[dict[str, Any]]:
        """All shipments that karrio has tied to the order, drafts too."""
        (order,) = self.orders(key)
        return self._rows(
            "select s.* from shipments s join orders_shipments t on t.shipment_id = s.id"
            " where t.order_id = ?", order["id"],
        )  # fmt: skip

    def labels(self, key: str) -> list[dict[str, Any]]:
        return [row for row in self.shipments(key) if row["status"] in mapper.BOUGHT]

    def purchases(self, key: str) -> int:
        """How often karrio told of a label bought for the order: each time costs money."""
        ids = {row["id"] for row in self.shipments(key)}
        told = self._rows("select data from event where type = 'shipment_purchased'")
        return sum(json.loads(row["data"])["id"] in ids for row in told)

    def buy_by_hand(
        self, key: str, service: str = "post_standard", pieces: dict[str, int] | None = None
    ) -> dict[str, Any]:
        """Buy a label for an order, or for these pieces by SKU, as karrio's pages do."""
        order = self.order(key)
        items = [
            {"parent_id": item["id"], "sku": item["sku"], "title": item.get("title"),
             "quantity": pieces[item["sku"]] if pieces else item["quantity"],
             "weight": item["weight"], "weight_unit": item["weight_unit"]}
            for item in order["line_items"] if not pieces or item["sku"] in pieces
        ]  # fmt: skip
        draft = self.post("/v1/shipments", {
            "recipient": order["shipping_to"], "shipper": json.loads(order["shipping_from"]),
            "parcels": [{"weight": 1.0, "weight_unit": "KG", "items": items}],
        })  # fmt: skip
        rate = next(rate for rate in draft["rates"] if rate["service"] == service)
        body = {"selected_rate_id": rate["id"], "label_type": "PDF"}
        return self.post(f"/v1/shipments/{draft['id']}/purchase", body)

    def move(self, key: str) -> None:
        """The carrier has the parcels. Its own trackers would write this; they need the network."""
        for row in self.labels(key):
            self._write("update shipments set status = 'in_transit' where id = ?", row["id"])

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._session.post(f"{self._server.url}{path}", json=body, timeout=120)
        assert answer.ok, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def get(self, path: str) -> dict[str, Any]:
        answer = self._session.get(f"{self._server.url}{path}", timeout=120)
        assert answer.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def webhook(self, address: str) -> dict[str, Any]:
        """A webhook to an address, made as a person does; with karrio's own secret."""
        return self.post("/v1/webhooks", {"url": address, "enabled_events": ["all"]})

    def webhooks(self) -> list[dict[str, Any]]:
        return self._rows("select * from webhook")

    def switch_off(self, webhook_id: str) -> None:
        """As karrio itself does after six failures."""
        self._write("update webhook set disabled = 1 where id = ?", webhook_id)

    def _rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self._server.database, timeout=60)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def _write(self, query: str, *values: str) -> None:
        with closing(sqlite3.connect(self._server.database, timeout=60)) as database, database:
            database.execute(query, values)

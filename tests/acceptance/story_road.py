"""The whole road for a story on a real shop: WooCommerce and its plugin, the sidecar's own code
behind a socket, and the sandbox's ERP and warehouse, whose people do what the story says.

The sidecar's work is done when the story says so, not by processes: nothing is waited for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from causeway.connectors.base import ConnectionSettings
from causeway.ledger.stores import new_secret
from causeway.ledger.tables import cases, deliveries
from causeway.policy import Rule, StorePolicy
from causeway.wire.pairing import Pairing, encode
from tests.acceptance.road import SERVICES
from tests.integration.stories.road import Road, connections
from tests.sandbox_tools import serving
from tests.shop.shop import Shop
from tests.world import Clock, World, empty_ledger

STORE = "shop"
DAY = 86400.0
FULFILLMENTS = "woocommerce_feature_fulfillments_enabled"
TURN = f"$w = {SERVICES}->worker(); $w->send(); $w->poll(); return true;"
ADDRESS = {
    "first_name": "Erika", "last_name": "Mustermann", "address_1": "Hauptstr. 1",
    "city": "Berlin", "postcode": "10115", "country": "DE", "email": "erika@example.org",
}  # fmt: skip
RULES = (Rule("near", "north", warehouse="NORTH"), Rule("far", "south", warehouse="SOUTH"))


class Now(Clock):
    """The real time, since the shop signs with it; a story may let it leap."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **parts: float) -> None:
        self.ahead += timedelta(**parts)


@dataclass
class ShopRoad(Road):
    """One order of the real shop on its way. `turn` lets everybody do what they have to do."""

    shop: Shop = field(kw_only=True)
    store: str = STORE
    secret: str = field(kw_only=True)
    _seen: dict[str, Any] = field(default_factory=dict, kw_only=True)
    """What the shop showed since the last turn: each of its answers loads all of WordPress."""
    _changed: bool = field(default=True, kw_only=True)

    def buys(self, *goods: tuple[str, int], status: str = "processing") -> None:
        """A buyer's order, made in the shop."""
        basket = [{"product_id": self.shop.product(sku)["id"], "quantity": q} for sku, q in goods]
        body = {
            "status": status, "billing": ADDRESS, "payment_method": "cod",
            "shipping": {key: value for key, value in ADDRESS.items() if key != "email"},
            "payment_method_title": "Cash on delivery", "line_items": basket,
            "shipping_lines": [{"method_id": "flat_rate", "method_title": "Flat rate",
                                "total": "4.90"}],
        }  # fmt: skip
        self.id = str(self._change("POST", "/wc/v3/orders", body)["id"])
        self.turn()

    def edits(self, **changes: Any) -> None:
        """Somebody in the shop changes the order."""
        self._change("PUT", f"/wc/v3/orders/{self.id}", changes)
        self.turn()

    def refunds_in_shop(self, *goods: tuple[str, int], **more: Any) -> int:
        """Somebody in the shop gives money back for so many of these; the refund's id."""
        by_sku = {line["sku"]: line for line in self.lines}
        lines = []
        for sku, quantity in goods:
            line = by_sku[sku]
            share = Decimal(quantity) / Decimal(line["quantity"])
            taxes = [
                {"id": tax["id"], "refund_total": float(_cents(Decimal(tax["total"]) * share))}
                for tax in line["taxes"]
            ]
            lines.append({"id": line["id"], "quantity": quantity, "refund_tax": taxes,
                          "refund_total": float(_cents(Decimal(line["total"]) * share))})  # fmt: skip
        worth = sum(x["refund_total"] + sum(t["refund_total"] for t in x["refund_tax"])
                    for x in lines)  # fmt: skip
        body = {"amount": f"{worth:.2f}", "api_refund": False, "line_items": lines, **more}
        made = self._change("POST", f"/wc/v3/orders/{self.id}/refunds", body)
        self.turn()
        return int(made["id"])

    def deletes_refund(self, refund: int) -> None:
        path = f"/wc/v3/orders/{self.id}/refunds/{refund}"
        self._change("DELETE", path, force="true")
        self.turn()

    def _change(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        self._changed = True
        return self.shop.rest(method, path, body, **query)

    def returns(self, number: str, *goods: tuple[str, int], **more: str) -> None:
        """A return that the buyer announced, entered by the shop's people."""
        by_sku = {line["sku"]: line for line in self.lines}
        lines = [{"order_line_id": str(by_sku[sku]["id"]), "quantity": str(q)} for sku, q in goods]
        data = {"return_id": number, "order_id": self.id, "lines": lines, "reason": "", **more}
        event = {
            "id": f"00000000-0000-4000-8000-{int(self.id):012d}", "topic": "return.requested",
            "entity": "return", "entity_id": f"{self.id}-{number}", "version": 1,
            "occurred_at": "2026-11-21T09:00:00Z", "schema": "causeway.return/1", "data": data,
        }  # fmt: skip
        answer = self.world.shop(STORE, self.secret).events([event])
        assert answer.get_json()["accepted"], answer.get_json()
        self.turn()

    def turn(self, rounds: int = 1) -> None:
        """The sidecar works and reads, the shop polls and sends: as often as one hears the other.

        What somebody changed in the shop is sent first.
        """
        if self._changed:
            self.shop.value(TURN)
        for _ in range(rounds):
            self.world.drain()
            self.hears()
            self.shop.value(TURN)
        self.world.drain()
        self._changed = False
        self._seen.clear()

    def turns_after_a_change(self) -> None:
        """After a program made orders in the shop."""
        self._changed = True
        self.turn()

    # --- what the shop shows

    @property
    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self._look("")
        return found

    @property
    def lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.shown["line_items"]
        return found

    @property
    def status(self) -> str:
        return str(self.shown["status"])

    @property
    def shop_notes(self) -> list[str]:
        """What the shop's people read at the order."""
        return self._notes(to_customer=False)

    @property
    def buyer_notes(self) -> list[str]:
        return self._notes(to_customer=True)

    def has_note(self, *words: str) -> bool:
        """Whether one private note, and one only, has all these words."""
        found = [note for note in self.shop_notes if all(word in note for word in words)]
        assert len(found) <= 1, found
        return bool(found)

    @property
    def parcels(self) -> list[dict[str, Any]]:
        """WooCommerce's Fulfillments of the order: tracking number and quantities by line."""
        rows = self.shop.sql(
            "SELECT m.fulfillment_id, m.meta_key, m.meta_value FROM wp_wc_order_fulfillments f JOIN"
            " wp_wc_order_fulfillment_meta m ON m.fulfillment_id = f.fulfillment_id"
            " WHERE f.entity_id = ? ORDER BY f.fulfillment_id", self.id,
        )  # fmt: skip
        found: dict[int, dict[str, Any]] = {}
        for row in rows:
            found.setdefault(row["fulfillment_id"], {})[row["meta_key"]] = row["meta_value"]
        return [_parcel(meta) for meta in found.values()]

    @property
    def shop_refunds(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._look("/refunds")
        return found

    @property
    def cases(self) -> list[str]:
        rows = self.world.rows(cases, state="open")
        return [row.kind for row in rows if row.order_id == self.id]

    @property
    def done(self) -> list[str]:
        rows = self.world.rows(deliveries, order_id=self.id, state="done")
        return [row.key.removeprefix(self.key("")) for row in rows if row.operation != "journal"]

    def _notes(self, *, to_customer: bool) -> list[str]:
        notes: list[dict[str, Any]] = self._look("/notes")
        return [note["note"] for note in notes if note["customer_note"] is to_customer]

    def _look(self, what: str) -> Any:
        path = f"/wc/v3/orders/{self.id}{what}"
        if path not in self._seen:
            self._seen[path] = self.shop.rest("GET", path)
        return self._seen[path]


@contextmanager
def story_road(
    shop: Shop, folder: Path, policy: Mapping[str, Any], *warehouses: str
) -> Iterator[ShopRoad]:
    """The road with a store of that policy, and the shop paired with it."""
    folder.mkdir(parents=True)
    ledger = folder / "ledger.sqlite"
    ledger.write_bytes(empty_ledger())
    secret = new_secret()
    with serving(folder / "sandbox", ship_after=DAY, accept_after=DAY) as sandbox:
        behind: tuple[ConnectionSettings, ...] = connections(sandbox.address, *warehouses)
        world = World(
            folder, f"sqlite:///{ledger}", behind, clock=Now(),
            options={"policies": {STORE: StorePolicy(**policy)}},
        )  # fmt: skip
        world.add_store(STORE, secret)
        server = make_server("127.0.0.1", 0, world.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            shop.pair(encode(Pairing(url, STORE, secret)))
            shop.php("update_option( $name, 'yes' );", name=FULFILLMENTS)
            shop.php("do_action( 'woocommerce_init' );")
            yield ShopRoad(world, sandbox.app, shop=shop, secret=secret)
        finally:
            shop.php("update_option( $name, 'no' );", name=FULFILLMENTS)
            server.shutdown()
            thread.join()
            world.close()
            assert world.reported == []


def _parcel(meta: dict[str, str]) -> dict[str, Any]:
    items = {str(item["item_id"]): item["qty"] for item in json.loads(meta["_items"])}
    return {"tracking_number": json.loads(meta["_tracking_number"]), "items": items}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))

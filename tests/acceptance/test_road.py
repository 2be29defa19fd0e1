"""The whole road: a real shop, a real sidecar, its sandbox back office, and all the way back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import requests

from tests.acceptance.conftest import Say, standing
from tests.acceptance.road import SERVICES
from tests.shop.matrix import Combination
from tests.shop.process import free_port
from tests.shop.shop import Shop
from tests.shop.sidecar import STORE, Sidecar

BASKET = (("MUG-01", 2), ("TEA-100", 1))
TOTAL = "44.49"  # 25.00 and 4.90 for shipping at 19 %, 8.33 at 7 %
SECONDS = 60.0
FULFILLMENTS = "woocommerce_feature_fulfillments_enabled"
TURN = (
    f"$worker = {SERVICES}->worker();"
    "$worker->send(); $worker->poll(); $worker->catalog(); return true;"
)
CHECKOUTS = ("checkout_store_api", "checkout_classic")


@dataclass
class Books:
    """What the back office itself has; asked beside the sidecar, never through it."""

    sidecar: Sidecar

    def sales(self, order: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask(f"/erp/orders?origin={STORE}:{order}")["orders"]
        return found

    def credits(self, order: int, refund: int) -> list[dict[str, Any]]:
        reference = f"{STORE}:{order}:refund:{refund}"
        found: list[dict[str, Any]] = self._ask(f"/erp/credits?external_ref={reference}")["credits"]
        return found

    def count(self, sku: str, on_hand: int) -> None:
        self._ask("/erp/stock", {"sku": sku, "on_hand": str(on_hand)})

    def price(self, sku: str, price: str) -> None:
        self._ask("/erp/prices", {"sku": sku, "currency": "EUR", "regular": price})

    def made_twice(self) -> list[str]:
        found: list[str] = self._ask("/sandbox/books")["created_twice"]
        return found

    def _ask(self, path: str, body: Any = None) -> Any:
        """Address and token are of the sidecar's last start."""
        kept = json.loads((self.sidecar.data / "environment.json").read_text())
        answer = requests.request(
            "GET" if body is None else "POST",
            kept["CAUSEWAY_CONNECTIONS__ERP__URL"] + path,
            json=body,
            headers={"Authorization": f"Bearer {kept['CAUSEWAY_CONNECTIONS__ERP__TOKEN']}"},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.json()


@dataclass
class Road:
    shop: Shop
    sidecar: Sidecar

    @property
    def books(self) -> Books:
        return Books(self.sidecar)

    def turn(self) -> None:
        """What the scheduler does in a minute."""
        self.shop.value(TURN)

    def until(self, what: str, holds: Callable[[], Any]) -> Any:
        """Turn until it holds; what it came to."""
        end = time.monotonic() + SECONDS
        while not (found := holds()):
            assert time.monotonic() < end, f"{what}: not within {SECONDS:.0f} s"
            self.turn()
        return found

    def notes(self, order: int, *, to_customer: bool) -> list[str]:
        return [note["note"] for note in self.shop.rest("GET", f"/wc/v3/orders/{order}/notes")
                if note["customer_note"] is to_customer]  # fmt: skip

    def number(self, order: int) -> str:
        """Of its one sales order; waits until it is booked."""
        [sale] = self.until(f"order {order} is booked", lambda: self.books.sales(order))
        return str(sale["number"])

    def completed(self, order: int) -> bool:
        return bool(self.shop.order(order)["status"] == "completed")

    def waiting(self, order: int) -> bool:
        rows = self.shop.sql("SELECT state FROM wp_causeway_outbox WHERE entity = 'order' AND"
                             " entity_id = ? AND state < 2", order)  # fmt: skip
        return bool(rows)

    def restart_sidecar(self) -> None:
        """The same one again: its data, its address."""
        port = int(self.sidecar.url.rsplit(":", 1)[1])
        self.sidecar = Sidecar(self.sidecar.data, port, self.shop.url)


@pytest.fixture(scope="module")
def whole_road(combination: Combination, say: Say) -> Iterator[Road]:
    """A shop of its own: what other tests did to stock and prices is no matter here."""
    with standing(say, **combination.options()) as shop:
        road = Road(shop, Sidecar(shop.place.folder / "road", free_port(), shop.url))
        try:
            shop.pair(road.sidecar.code)
            yield road
        finally:
            road.sidecar.stop()


@pytest.fixture
def road(whole_road: Road) -> Road:
    """Whatever other tests left behind is gone over."""
    whole_road.turn()
    whole_road.shop.forget()
    return whole_road


@pytest.fixture
def with_fulfillments(road: Road) -> Iterator[None]:
    if not road.shop.value("return class_exists( $a ) || class_exists( $b );",
                           a="Automattic\\WooCommerce\\Admin\\Features\\Fulfillments\\Fulfillment",
                           b="Automattic\\WooCommerce\\Internal\\Fulfillments\\Fulfillment",
                           ):  # fmt: skip
        pytest.skip("this WooCommerce has no fulfillments")
    road.shop.php("update_option( $name, 'yes' );", name=FULFILLMENTS)
    road.shop.php("do_action( 'woocommerce_init' );")
    yield
    road.shop.php("update_option( $name, 'no' );", name=FULFILLMENTS)


def tracking(shop: Shop, order: int) -> list[dict[str, Any]]:
    """As tracking plugins keep it."""
    found = shop.value("return wc_get_order( $order )->get_meta( '_wc_shipment_tracking_items' );",
                       order=order)  # fmt: skip
    return list(found or [])


def fulfillments(shop: Shop, order: int) -> list[dict[str, str]]:
    """As WooCommerce itself keeps it: its meta, one dict for each parcel."""
    rows = shop.sql(
        "SELECT m.fulfillment_id, m.meta_key, m.meta_value FROM wp_wc_order_fulfillments f JOIN"
        " wp_wc_order_fulfillment_meta m ON m.fulfillment_id = f.fulfillment_id"
        " WHERE f.entity_id = ?", str(order),
    )  # fmt: skip
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["fulfillment_id"], {})[row["meta_key"]] = row["meta_value"]
    return list(found.values())


@pytest.mark.parametrize("checkout", CHECKOUTS)
def test_what_a_guest_buys_is_booked_shipped_and_told(road: Road, checkout: str) -> None:
    order = getattr(road.shop, checkout)(BASKET)
    number = road.number(order)
    road.until(f"order {order} is completed", lambda: road.completed(order))

    [sale] = road.books.sales(order)
    assert (sale["total"], sale["currency"]) == (TOTAL, "EUR") == (
        road.shop.order(order)["total"], road.shop.order(order)["currency"])  # fmt: skip
    assert sale["external_ref"] == f"{STORE}:{order}:book"
    assert len([note for note in road.notes(order, to_customer=False) if number in note]) == 1
    [parcel] = tracking(road.shop, order)
    told = [note for note in road.notes(order, to_customer=True)
            if parcel["tracking_number"] in note]  # fmt: skip
    assert len(told) == 1
    mails = [mail["to"] for mail in road.shop.mails()
             if parcel["tracking_number"] in mail["message"]]  # fmt: skip
    assert mails == ["erika@example.org"]


def test_it_stays_at_that_however_often_the_worker_turns(road: Road) -> None:
    order = road.shop.checkout_store_api(BASKET)
    road.until(f"order {order} is completed", lambda: road.completed(order))
    road.until("what the shop wrote itself is sent", lambda: not road.waiting(order))
    notes, mails = road.notes(order, to_customer=False), len(road.shop.mails())
    for _ in range(3):
        road.turn()
    assert road.notes(order, to_customer=False) == notes
    assert len(road.shop.mails()) == mails
    assert len(tracking(road.shop, order)) == 1
    assert len(road.books.sales(order)) == 1
    assert road.books.made_twice() == []


def test_a_parcel_stands_in_woocommerces_fulfillments_where_they_are_on(
    road: Road, with_fulfillments: None
) -> None:
    order = road.shop.checkout_store_api(BASKET)
    road.until(f"order {order} is completed", lambda: road.completed(order))
    [parcel] = fulfillments(road.shop, order)
    number = json.loads(parcel["_tracking_number"])
    mails = [mail["to"] for mail in road.shop.mails() if number in mail["message"]]
    assert mails == ["erika@example.org"]  # WooCommerce's own, in place of the note
    items = {str(item["item_id"]): item["qty"] for item in json.loads(parcel["_items"])}
    lines = {str(line["id"]): line["quantity"]
             for line in road.shop.order(order)["line_items"]}  # fmt: skip
    assert items == lines


def test_stock_and_price_of_the_back_office_stand_at_the_product(road: Road) -> None:
    product = f"/wc/v3/products/{road.shop.product('TRAY-03')['id']}"
    before = road.shop.rest("GET", product)
    road.books.count("TRAY-03", 41)
    road.books.price("TRAY-03", "18.25")

    def shown() -> bool:
        now = road.shop.rest("GET", product)
        return (now["stock_quantity"], now["regular_price"]) == (41, "18.25")

    assert (before["stock_quantity"], before["regular_price"]) != (41, "18.25")
    road.until("stock and price are there", shown)


def test_a_refund_in_the_shop_is_one_credit(road: Road) -> None:
    order = road.shop.checkout_classic(BASKET)
    road.number(order)
    [mugs] = [line for line in road.shop.order(order)["line_items"] if line["sku"] == "MUG-01"]
    [tax] = mugs["taxes"]
    line = {"id": mugs["id"], "quantity": 1, "refund_total": 12.5,
            "refund_tax": [{"id": tax["id"], "refund_total": 2.38}]}  # fmt: skip
    made = road.shop.rest("POST", f"/wc/v3/orders/{order}/refunds", {
        "amount": "14.88", "reason": "dent", "api_refund": False, "line_items": [line]})  # fmt: skip
    refund = made["id"]
    [credit] = road.until("the credit is booked", lambda: road.books.credits(order, refund))
    assert (credit["total"], credit["currency"]) == ("14.88", "EUR")
    for _ in range(2):
        road.turn()
    assert len(road.books.credits(order, refund)) == 1
    assert road.books.made_twice() == []


def test_nothing_is_lost_while_the_sidecar_is_away(road: Road) -> None:
    road.sidecar.stop()
    orders = [getattr(road.shop, checkout)(BASKET) for checkout in CHECKOUTS]
    road.turn()
    assert all(road.waiting(order) for order in orders)
    assert [road.shop.order(order)["status"] for order in orders] == ["processing"] * 2

    road.restart_sidecar()
    road.shop.php(f"{SERVICES}->breaker()->succeeded();")  # its wait is told elsewhere
    for order in orders:
        number = road.number(order)
        road.until(f"order {order} is completed", partial(road.completed, order))
        assert len(road.books.sales(order)) == 1
        assert len([n for n in road.notes(order, to_customer=False) if number in n]) == 1
        assert len(tracking(road.shop, order)) == 1
    assert road.books.made_twice() == []

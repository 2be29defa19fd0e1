"""Changes that hardly any hook tells: meta alone, an erasure, a gateway that refuses, five at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SERVICES, Road
from tests.shop.shop import Shop

ERASE = "erase-me@shop.example"


@pytest.fixture(scope="module")
def whole_road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as counterpart:
        road = Road(shop, counterpart)
        road.pair()
        yield road


@pytest.fixture
def road(whole_road: Road) -> Road:
    whole_road.call("breaker()->succeeded()")
    whole_road.send()
    whole_road.shop.forget()
    return whole_road


def meta(road: Road, order: int, key: str) -> list[Any]:
    """What the sidecar was told last of an order's meta."""
    return [one["value"] for one in road.latest(order)["order"]["meta_data"] if one["key"] == key]


@pytest.mark.parametrize("how", ["save_meta_data", "save"])
def test_meta_written_by_itself_is_told(road: Road, how: str) -> None:
    order = road.new_order()
    age(road, order)
    road.send()
    for value in ("DE111111111", "DE222222222"):
        road.shop.php(
            "$o = wc_get_order( $order ); $o->update_meta_data( '_vat_id', $value ); $o->$how();",
            order=order, value=value, how=how,
        )  # fmt: skip
        road.send()
        assert meta(road, order, "_vat_id") == [value]
        age(road, order)
    road.shop.php("$o = wc_get_order( $order ); $o->delete_meta_data( '_vat_id' ); $o->$how();",
                  order=order, how=how)  # fmt: skip
    road.send()
    assert meta(road, order, "_vat_id") == []


def age(road: Road, order: int) -> None:
    """WooCommerce does not tell of meta written within a second of the order's last change."""
    if road.shop.kind.orders != "posts":
        road.shop.sql("UPDATE wp_wc_orders SET date_updated_gmt = date_updated_gmt - INTERVAL 5"
                      " SECOND WHERE id = ?", order)  # fmt: skip


def test_an_item_added_in_the_admin_is_told(road: Road) -> None:
    """It fires no hook of orders, only of items."""
    order = road.new_order()
    road.send()
    page = road.shop.admin.page(f"/wp-admin/post.php?post={order}&action=edit")
    nonce = page.split('"order_item_nonce":"')[1].split('"')[0]
    road.shop.admin.ajax("woocommerce_add_order_item", {
        "order_id": order, "security": nonce, "data[0][id]": road.shop.product("PEN")["id"],
        "data[0][qty]": 4})  # fmt: skip
    road.send()
    told = [(line["sku"], line["quantity"]) for line in road.latest(order)["order"]["line_items"]]
    assert told == [("MUG-01", 1), ("PEN", 4)]


def test_an_erasure_by_wordpress_reaches_the_sidecar(road: Road) -> None:
    """WordPress' own tool runs each eraser in turn; the order is sent again without the person."""
    order = road.shop.checkout_classic([("PEN", 1)], email=ERASE)
    road.send()
    assert road.latest(order)["order"]["billing"]["email"] == ERASE
    road.shop.php("update_option( 'woocommerce_erasure_request_removes_order_data', 'yes' );")
    request = road.shop.value(
        "return wp_create_user_request( $email, 'remove_personal_data', array(), 'confirmed' );",
        email=ERASE,
    )
    page = road.shop.admin.page("/wp-admin/erase-personal-data.php")
    row = next(
        part for part in page.split('class="privacy_requests') if f'value="{request}"' in part
    )
    [erasers], [nonce] = (re.findall(rf'data-{name}="([^"]+)"', row)
                          for name in ("erasers-count", "nonce"))  # fmt: skip
    messages: list[str] = []
    for index in range(1, int(erasers) + 1):
        done, number = False, 1
        while not done:
            said = road.shop.admin.ajax("wp-privacy-erase-personal-data", {
                "eraser": index, "id": request, "page": number, "security": nonce})  # fmt: skip
            messages += said["data"]["messages"]
            done, number = said["data"]["done"], number + 1
    assert [message for message in messages if "Causeway passes the erasure on" in message] != []
    status = road.shop.value("return get_post_status( $request );", request=request)
    assert status == "request-completed"
    road.send()
    told = json.dumps(road.latest(order))
    assert ERASE not in told
    assert "Erika" not in told
    assert "Hauptstr" not in told


def test_a_gateway_that_refuses_a_refund_leaves_no_refund(road: Road) -> None:
    """WooCommerce writes the refund, asks the gateway, and deletes it again."""
    order = road.new_order()
    road.send()
    said = road.shop.value(
        "class Causeway_Shop_Refusing extends WC_Payment_Gateway {"
        " public $id = 'refusing'; public $supports = array( 'products', 'refunds' );"
        " public function process_refund( $order_id, $amount = null, $reason = '' ) {"
        "  return new WP_Error( 'refused', 'The card is closed.' ); } }"
        "add_filter( 'woocommerce_payment_gateways', fn( $all ) =>"
        " array_merge( $all, array( 'Causeway_Shop_Refusing' ) ) );"
        "WC()->payment_gateways()->init();"
        "$o = wc_get_order( $order ); $o->set_payment_method( 'refusing' ); $o->save();"
        "$r = wc_create_refund( array( 'order_id' => $order, 'amount' => '1.00',"
        " 'refund_payment' => true ) );"
        "return is_wp_error( $r ) ? $r->get_error_message() : 'refunded';",
        order=order,
    )  # fmt: skip
    assert "The card is closed." in said
    road.send()
    assert road.latest(order)["order"]["payment_method"] == "refusing"
    assert road.latest(order)["refunds"] == []
    assert road.waiting() == set()


def test_five_workers_told_the_same_at_once_do_it_once(road: Road) -> None:
    """The same page of the feed, by five workers, three times over: status, note and shipment."""
    order = road.new_order("MUG-01", 1)
    road.shop.forget()
    for _ in range(3):
        for kind, data in (
            ("status", {"to": "completed", "from": ["processing"]}),
            ("note", {"text": "Booked as SO-55", "to_customer": True}),
            ("shipment", {"shipment_id": "P-55", "carrier": "DHL", "tracking_number": "JD55",
                          "lines": []}),
        ):  # fmt: skip
            road.sidecar.tell(kind, order, key=f"shop:{order}:{kind}", **data)
    runs = [road.shop.start_php(f"return {SERVICES}->poller()->run();") for _ in range(5)]
    for run in runs:
        assert run.wait(180) == 0
    road.shop.sql("UPDATE wp_causeway_inbox SET available_at = 0 WHERE state = 0")
    road.poll()
    notes = road.notes(order)
    assert len([note for note in notes if "SO-55" in note]) == 1
    assert len([note for note in notes if "JD55" in note]) == 1
    assert road.shop.order(order)["status"] == "completed"
    changed = [note for note in notes if "from Processing to Completed" in note]
    assert len(changed) == 1
    assert road.sidecar.acknowledged == len(road.sidecar.updates)


def test_a_shop_that_wants_no_notes_gets_none(road: Road) -> None:
    order = road.new_order()
    road.shop.php("update_option( 'causeway_apply_notes', 'no' );")
    try:
        road.sidecar.tell("note", order, text="Booked as SO-77", to_customer=True)
        road.poll()
    finally:
        road.shop.php("delete_option( 'causeway_apply_notes' );")
    assert [note for note in road.notes(order) if "SO-77" in note] == []
    [(_, state, result)] = road.inbox(order)
    assert (state, result) == (2, "left out: this shop takes no notes")
    assert road.sidecar.acknowledged == len(road.sidecar.updates)

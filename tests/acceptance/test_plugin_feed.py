"""What comes back from the systems behind the shop: applied once, and nothing echoes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SERVICES, Road
from tests.shop.shop import Shop

APPLIED, REFUSED = 2, 3
POLL = f"return {SERVICES}->poller()->run();"
FULFILLMENTS = "woocommerce_feature_fulfillments_enabled"
PARCEL = {
    "shipment_id": "P-1", "carrier": "DHL", "tracking_number": "JD014600003828",
    "tracking_url": "https://parcels.example/JD014600003828",
    "shipped_at": "2026-11-20T16:36:35+00:00", "lines": [{"sku": "MUG-01", "quantity": "2"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole_road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as counterpart:
        road = Road(shop, counterpart)
        road.pair()
        yield road


@pytest.fixture
def road(whole_road: Road) -> Iterator[Road]:
    whole_road.call("breaker()->succeeded()")
    whole_road.send()
    whole_road.poll()
    whole_road.shop.forget()
    yield whole_road
    whole_road.sidecar.before = None


def tell(road: Road, kind: str, order: int, **data: Any) -> str:
    return road.sidecar.tell(kind, order, **data)


def status(road: Road, order: int) -> str:
    return str(road.shop.value("return wc_get_order( $order )->get_status();", order=order))


def mails(road: Road) -> list[str]:
    return [mail["to"] for mail in road.shop.mails()]


def test_a_note_is_written_once_for_the_shops_people(road: Road) -> None:
    order = road.new_order()
    road.shop.forget()
    tell(road, "note", order, text="Booked as SO-1 <script>x</script>", to_customer=False)
    road.poll()
    road.poll()
    assert [note for note in road.notes(order) if "SO-1" in note] == [
        "Booked as SO-1 &lt;script&gt;x&lt;/script&gt;"]  # fmt: skip
    assert road.inbox(order) == [("note", APPLIED, "note written")]
    assert mails(road) == []


def test_a_note_to_the_customer_is_mailed_once(road: Road) -> None:
    order = road.new_order()
    tell(road, "note", order, text="It arrives on Monday.", to_customer=True)
    road.poll()
    road.poll()
    told = [mail for mail in road.shop.mails() if "It arrives on Monday." in mail["message"]]
    assert [mail["to"] for mail in told] == ["e@example.org"]


def test_our_own_notes_are_no_news(road: Road) -> None:
    order = road.new_order()
    road.send()
    before = len(road.sidecar.events)
    tell(road, "note", order, text="Booked as SO-2", to_customer=True)
    road.poll()
    road.send()
    assert [event["topic"] for event in road.sidecar.events[before:]] == []


def test_five_deliveries_at_once_apply_everything_once(road: Road) -> None:
    order = road.new_order("MUG-01", 2)
    item = road.shop.order(order)["line_items"][0]["id"]
    tell(road, "note", order, text="Booked as SO-3", to_customer=False)
    tell(road, "shipment", order, **PARCEL)
    tell(road, "refund", order, refund_id="R-1", amount="1.00", reason="dent", restock=False,
         lines=[{"order_line_id": str(item), "quantity": 0, "total": "1.00",
                 "taxes": {}}])  # fmt: skip
    runs = [road.shop.start_php(POLL) for _ in range(5)]
    for run in runs:
        assert run.wait(120) == 0
    road.poll()
    assert len([note for note in road.notes(order) if "SO-3" in note]) == 1
    assert len([note for note in road.notes(order) if "JD014600003828" in note]) == 1
    assert len(road.shop.rest("GET", f"/wc/v3/orders/{order}/refunds")) == 1
    assert [state for _, state, _ in road.inbox(order)] == [APPLIED] * 3


def test_an_update_whose_worker_died_is_applied_once_by_the_next(road: Road) -> None:
    """The note was written; the process died before it could say so."""
    order = road.new_order()
    tell(road, "note", order, text="Booked as SO-4", to_customer=False)
    road.poll()
    road.shop.sql("UPDATE wp_causeway_inbox SET state = 1, claimed_until = 1, claim_token = 'dead',"
                  " data = ? WHERE entity_id = ?",
                  '{"text":"Booked as SO-4","to_customer":false}', order)  # fmt: skip
    road.poll()
    assert len([note for note in road.notes(order) if "SO-4" in note]) == 1
    assert road.inbox(order) == [("note", APPLIED, "the note was there")]


def test_a_status_is_set_and_told_back_once(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.shop.forget()
    tell(road, "status", order, to="completed", **{"from": ["processing"]})
    road.poll()
    road.send()
    road.send()
    assert status(road, order) == "completed"
    assert road.statuses(order) == ["processing", "completed"]
    assert mails(road) == ["e@example.org"]


@pytest.mark.parametrize(("is_now", "to", "why"), [
    ("cancelled", "completed", "meanwhile"),
    ("processing", "shipped-to-mars", "no such status"),
])  # fmt: skip
def test_a_status_that_does_not_fit_is_left_and_said_why(
    road: Road, is_now: str, to: str, why: str
) -> None:
    order = road.new_order(status=is_now)
    tell(road, "status", order, to=to, **{"from": ["processing"]})
    road.poll()
    assert status(road, order) == is_now
    [(_, state, result)] = road.inbox(order)
    assert state == REFUSED
    assert why in result


def test_what_the_shop_refuses_is_told_with_its_acknowledgement_once(road: Road) -> None:
    order, other = road.new_order(status="cancelled"), road.new_order()
    tell(road, "status", order, to="completed", **{"from": ["processing"]})
    tell(road, "note", other, text="Fine")
    road.poll()
    place, reason = road.sidecar.updates[-2]["id"], "the order is “cancelled” meanwhile"
    assert road.sidecar.refused == [{"id": place, "reason": reason}]
    tell(road, "note", other, text="Later")
    road.poll()
    assert road.sidecar.refused == []  # the last acknowledgement's
    assert road.sidecar.acknowledged == len(road.sidecar.updates)


def test_a_status_that_the_owner_does_not_want_set_is_left_and_nobody_is_called(road: Road) -> None:
    order = road.new_order()
    tell(road, "status", order, to="refunded", **{"from": ["processing"]})
    road.poll()
    assert status(road, order) == "processing"
    [(_, state, result)] = road.inbox(order)
    assert (state, road.sidecar.refused) == (APPLIED, [])
    assert "the settings do not allow" in result


def test_a_status_that_is_there_already_sends_no_mail(road: Road) -> None:
    order = road.new_order(status="completed")
    road.shop.forget()
    tell(road, "status", order, to="completed", **{"from": ["processing"]})
    road.poll()
    assert road.inbox(order) == [("status", APPLIED, "the order was completed")]
    assert mails(road) == []


def test_a_shipment_is_kept_as_tracking_plugins_keep_it_and_told(road: Road) -> None:
    order = road.new_order("MUG-01", 2)
    road.send()
    tell(road, "shipment", order, **PARCEL)
    assert road.poll() == 1, (road.inbox(order), road.call("breaker()->trouble()"))
    [item] = road.shop.value(
        "return wc_get_order( $order )->get_meta( '_wc_shipment_tracking_items' );", order=order
    )
    assert (item["tracking_number"], item["custom_tracking_provider"]) == ("JD014600003828", "DHL")
    assert item["custom_tracking_link"] == PARCEL["tracking_url"]
    [note] = [note for note in road.notes(order) if "JD014600003828" in note]
    assert f'href="{PARCEL["tracking_url"]}"' in note
    road.send()
    assert road.statuses(order) == ["processing"]  # our own meta is no news


def test_a_link_that_is_none_is_left_out(road: Road) -> None:
    order = road.new_order()
    tell(road, "shipment", order, **{**PARCEL, "tracking_url": "javascript:alert(1)"})
    road.poll()
    assert "javascript" not in "".join(road.notes(order))


def test_shipments_go_into_woocommerces_fulfillments_where_they_are_on(road: Road) -> None:
    if not road.shop.value("return class_exists( $a ) || class_exists( $b );",
                           a="Automattic\\WooCommerce\\Admin\\Features\\Fulfillments\\Fulfillment",
                           b="Automattic\\WooCommerce\\Internal\\Fulfillments\\Fulfillment",
                           ):  # fmt: skip
        pytest.skip("this WooCommerce has no fulfillments")
    order = road.new_order("MUG-01", 3)
    road.shop.php("update_option( $name, 'yes' );", name=FULFILLMENTS)
    try:
        road.shop.php("do_action( 'woocommerce_init' );")
        tell(road, "shipment", order, **PARCEL)
        road.poll()
        rows = road.shop.sql(
            "SELECT m.meta_key, m.meta_value FROM wp_wc_order_fulfillments f JOIN"
            " wp_wc_order_fulfillment_meta m ON m.fulfillment_id = f.fulfillment_id"
            " WHERE f.entity_id = ?", str(order),
        )  # fmt: skip
        found = {row["meta_key"]: row["meta_value"] for row in rows}
        assert "JD014600003828" in found["_tracking_number"]
        assert '"qty":2' in found["_items"].replace(" ", "")
        assert road.inbox(order) == [("shipment", APPLIED, "WooCommerce fulfillments: written")]
    finally:
        road.shop.php("update_option( $name, 'no' );", name=FULFILLMENTS)


def test_a_tracking_plugin_is_given_its_number_once(road: Road) -> None:
    order = road.new_order()
    plugin = (
        "function wc_st_add_tracking_number( $id, $number, $provider, $at, $url ) {"
        "$o = wc_get_order( $id );"
        "$items = $o->get_meta( '_wc_shipment_tracking_items' ) ?: array();"
        "$items[] = array( 'tracking_provider' => $provider, 'tracking_number' => $number,"
        "'custom_tracking_link' => $url, 'date_shipped' => $at,"
        "'tracking_id' => md5( microtime() ) );"
        "$o->update_meta_data( '_wc_shipment_tracking_items', $items ); $o->save(); }"
    )
    tell(road, "shipment", order, **PARCEL)
    tell(road, "shipment", order, **{**PARCEL, "shipment_id": "P-1 told again"})
    road.shop.value(plugin + POLL)
    items = road.shop.value(
        "return wc_get_order( $order )->get_meta( '_wc_shipment_tracking_items' );", order=order
    )
    assert [item["tracking_number"] for item in items] == ["JD014600003828"]


def test_a_refund_is_recorded_line_by_line_and_moves_no_money(road: Road) -> None:
    order = road.new_order("MUG-01", 2)
    line = road.shop.order(order)["line_items"][0]
    before = road.shop.value("return wc_get_product( $id )->get_stock_quantity();",
                             id=line["product_id"])  # fmt: skip
    tell(road, "refund", order, refund_id="R-2", amount="3.00", currency="EUR", reason="returned",
         restock=True, lines=[{"order_line_id": str(line["id"]), "quantity": 1, "total": "3.00",
                               "taxes": {}}])  # fmt: skip
    road.poll()
    [refund] = road.shop.rest("GET", f"/wc/v3/orders/{order}/refunds")
    assert (refund["amount"], refund["reason"], refund["refunded_payment"]) == (
        "3.00", "returned", False)  # fmt: skip
    assert [(i["quantity"], i["total"]) for i in refund["line_items"]] == [(-1, "-3.00")]
    after = road.shop.value("return wc_get_product( $id )->get_stock_quantity();",
                            id=line["product_id"])  # fmt: skip
    assert after == before + 1


def test_a_refund_whose_worker_died_is_found_by_its_key(road: Road) -> None:
    order = road.new_order()
    data = '{"refund_id":"R-3","amount":"1.00","restock":false,"lines":[]}'
    tell(road, "refund", order, refund_id="R-3", amount="1.00", restock=False, lines=[])
    road.poll()
    road.shop.sql(
        "UPDATE wp_causeway_inbox SET state = 0, data = ? WHERE entity_id = ?", data, order
    )
    road.poll()
    assert road.inbox(order) == [("refund", APPLIED, "the refund was there")]
    assert len(road.shop.rest("GET", f"/wc/v3/orders/{order}/refunds")) == 1


@pytest.mark.parametrize(("data", "why"), [
    ({"amount": "9999.00"}, "Invalid refund amount"),
    ({"amount": "-1"}, "not a decimal"),
    ({"amount": "1.00", "currency": "USD"}, "another currency"),
    ({"amount": "1.00", "lines": [{"order_line_id": "1"}]}, "not one of the order"),
])  # fmt: skip
def test_a_refund_the_order_cannot_have_is_left_and_said_why(
    road: Road, data: dict[str, Any], why: str
) -> None:
    order = road.new_order()
    tell(road, "refund", order, refund_id="R", **data)
    road.poll()
    [(_, state, result)] = road.inbox(order)
    assert state == REFUSED
    assert why in result
    assert road.shop.rest("GET", f"/wc/v3/orders/{order}/refunds") == []


def test_an_update_that_fails_waits_holds_its_order_and_nobody_else(road: Road) -> None:
    bad, good = road.new_order(), road.new_order()
    tell(road, "status", bad, to="completed", **{"from": ["processing"]})
    tell(road, "note", bad, text="after it", to_customer=False)
    tell(road, "note", good, text="for another", to_customer=False)
    told = road.sidecar.acknowledged
    road.shop.value(
        "add_action( 'woocommerce_before_order_object_save', function ( $o ) use ( $bad ) {"
        " if ( $o->get_id() === $bad && 'completed' === $o->get_status( 'edit' ) ) {"
        " throw new Error( 'another plugin fails' ); } } ); " + POLL,
        bad=bad,
    )
    assert [state for _, state, _ in road.inbox(bad)] == [0, 0]
    assert [state for _, state, _ in road.inbox(good)] == [APPLIED]
    assert road.sidecar.acknowledged == told  # nothing past the open one
    road.shop.sql("UPDATE wp_causeway_inbox SET available_at = 0")
    road.poll()
    assert [state for _, state, _ in road.inbox(bad)] == [APPLIED, APPLIED]
    assert road.sidecar.acknowledged == len(road.sidecar.updates)


def test_an_update_of_an_unknown_kind_or_order_is_left_and_the_feed_goes_on(road: Road) -> None:
    order = road.new_order()
    tell(road, "telepathy", order, text="?")
    tell(road, "note", 99999999, text="nobody's", to_customer=False)
    tell(road, "note", order, text="after both", to_customer=False)
    road.poll()
    assert [state for _, state, _ in road.inbox(order)] == [REFUSED, APPLIED]
    assert road.sidecar.acknowledged == len(road.sidecar.updates)


def test_a_feed_longer_than_a_page_is_read_to_its_end(road: Road) -> None:
    order = road.new_order()
    for number in range(150):
        tell(road, "note", order, text=f"Long {number}", to_customer=False)
    road.poll()
    long = [note for note in road.notes(order) if note.startswith("Long ")]
    assert long == [f"Long {number}" for number in range(150)]
    assert road.sidecar.acknowledged == len(road.sidecar.updates)


def catalog(sku: str, quantity: str | None = None, price: str | None = None,
            **more: Any) -> dict[str, Any]:  # fmt: skip
    return {"sku": sku, "quantity": quantity, "regular_price": price, "sale_price": None,
            "currency": "EUR", "prices_include_tax": True, "as_of": "2026-11-20T15:36:35Z",
            **more}  # fmt: skip


@pytest.fixture
def gross(road: Road) -> bool:
    return bool(road.shop.value("return wc_prices_include_tax();"))


def pull(road: Road) -> None:
    road.call("catalog_puller()->run()")
    assert road.call("catalog_applier()->run()") is True


def product(road: Road, sku: str) -> dict[str, Any]:
    found: dict[str, Any] = road.shop.value(
        "$p = wc_get_product( $id ); return array( 'stock' => $p->get_stock_quantity(),"
        "'price' => $p->get_regular_price(), 'status' => $p->get_stock_status(),"
        "'modified' => $p->get_date_modified()->getTimestamp() );", id=road.shop.product(sku)["id"],
    )  # fmt: skip
    return found


def test_stock_and_price_reach_products_and_variations_and_do_not_echo(
    road: Road, gross: bool
) -> None:
    before = len(road.sidecar.events)
    road.sidecar.rows += [
        catalog("MUG-01", "77", "13.10", prices_include_tax=gross),
        catalog("SHIRT-S", "5", "26.00", prices_include_tax=gross),
    ]
    pull(road)
    assert [(product(road, sku)["stock"], product(road, sku)["price"])
            for sku in ("MUG-01", "SHIRT-S")] == [(77, "13.10"), (5, "26.00")]  # fmt: skip
    road.send()
    assert [event["topic"] for event in road.sidecar.events[before:]] == []


def test_what_is_as_it_should_be_is_not_saved(road: Road, gross: bool) -> None:
    road.sidecar.rows.append(catalog("PEN", "40", "2.00", prices_include_tax=gross))
    pull(road)
    road.shop.php("delete_option( 'causeway_catalog_cursor' );")
    saves = road.shop.value(
        "$n = 0; add_action( 'woocommerce_update_product', function () use ( &$n ) { ++$n; } );"
        f"{SERVICES}->catalog_puller()->run(); {SERVICES}->catalog_applier()->run(); return $n;"
    )
    assert saves == 0
    assert product(road, "PEN")["stock"] == 40


def test_a_product_sold_out_behind_the_shop_is_sold_out_in_it(road: Road) -> None:
    road.sidecar.rows.append(catalog("PEN", "0"))
    pull(road)
    assert (product(road, "PEN")["stock"], product(road, "PEN")["status"]) == (0, "outofstock")
    road.sidecar.rows.append(catalog("PEN", "500"))
    pull(road)
    assert product(road, "PEN")["status"] == "instock"


def test_prices_that_do_not_fit_the_shop_are_left_and_said_why(road: Road, gross: bool) -> None:
    before = product(road, "PEN")["price"]
    road.sidecar.rows.append(catalog("PEN", None, "9.99", currency="USD", prices_include_tax=gross))
    pull(road)
    road.sidecar.rows.append(catalog("POT-02", None, "9.99", prices_include_tax=not gross))
    pull(road)
    assert product(road, "PEN")["price"] == before
    said = {row["sku"]: row["result"] for row in
            road.shop.sql("SELECT sku, result FROM wp_causeway_catalog WHERE state = 3")
            }  # fmt: skip
    assert "currency" in said["PEN"]
    assert "tax" in said["POT-02"]


def test_a_sku_the_shop_has_not_is_tried_again_later(road: Road) -> None:
    road.sidecar.rows.append(catalog("NEW-SKU", "3"))
    pull(road)
    made = road.shop.value(
        "$p = new WC_Product_Simple(); $p->set_sku( 'NEW-SKU' ); $p->set_manage_stock( true );"
        "$p->set_stock_quantity( 1 ); return $p->save();"
    )
    road.call("catalog()->retry_unknown()")
    assert road.call("catalog_applier()->run()") is True
    assert road.shop.value("return wc_get_product( $id )->get_stock_quantity();", id=made) == 3

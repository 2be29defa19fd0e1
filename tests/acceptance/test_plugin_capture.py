"""What the plugin notes of a real shop's changes: each once, none lost, no customer harmed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import Road
from tests.shop.guest import ClassicGuest, Refused, StoreApiGuest
from tests.shop.matrix import Combination
from tests.shop.shop import Shop

BASKET = (("MUG-01", 2), ("PEN", 1))
_COUNT = """<?php
/** Plugin Name: counts what a checkout waits for */
$causeway_asked = array();
add_filter( 'query', function ( $sql ) use ( &$causeway_asked ) {
	if ( false !== strpos( wp_debug_backtrace_summary(), 'Causeway' . '\\\\Guard->' ) ) {
		$causeway_asked[] = $sql;
	}
	return $sql;
} );
add_action( 'shutdown', function () use ( &$causeway_asked ) {
	if ( false !== strpos( $_SERVER['REQUEST_URI'] ?? '', 'checkout' ) && 'POST' === $_SERVER['REQUEST_METHOD'] ) {
		file_put_contents( CAUSEWAY_SHOP_STATE . '/asked.json', wp_json_encode( $causeway_asked ) );
	}
}, 999 );
"""
ORDER_HOOKS = (
    "woocommerce_new_order", "woocommerce_update_order", "woocommerce_after_order_object_save",
    "woocommerce_new_order_item",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole_road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as counterpart:
        road = Road(shop, counterpart)
        road.pair()
        yield road


@pytest.fixture
def road(whole_road: Road) -> Road:
    """Nothing waits, and no request is written down."""
    whole_road.call("outbox()->retry_all()")
    whole_road.send()
    whole_road.shop.forget()
    return whole_road


def poll_until(holds: Callable[[], bool]) -> None:
    """What follows the response takes its time; whoever asks next sees what is missing."""
    deadline = time.monotonic() + 20
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.parametrize("checkout", ["checkout_store_api", "checkout_classic"])
def test_a_checkout_is_one_event_with_the_order_whole(road: Road, checkout: str) -> None:
    order = getattr(road.shop, checkout)(BASKET)
    road.send()
    assert road.statuses(order) == ["processing"]  # and not the pending of a stale object
    told = road.latest(order)["order"]
    assert [(line["sku"], line["quantity"]) for line in told["line_items"]] == [
        ("MUG-01", 2), ("PEN", 1)]  # fmt: skip
    assert told["total"] == road.shop.order(order)["total"]
    road.send()
    assert len(road.sidecar.of("order", order)) == 1


def test_no_request_leaves_before_a_customer_has_the_answer(
    road: Road, combination: Combination
) -> None:
    road.shop.checkout_store_api(BASKET)
    road.shop.checkout_classic(BASKET)
    calls = [call for call in road.shop.outgoing() if call["url"].startswith(road.sidecar.url)
             and "checkout" in call["request"]]  # fmt: skip
    if combination.server == "php":
        assert calls == []  # this server cannot end a response early: the worker sends
    assert all(call["in_shutdown"] for call in calls)


def test_where_the_server_allows_it_an_order_leaves_right_after_the_response(
    road: Road, combination: Combination
) -> None:
    if combination.server == "php":
        pytest.skip("this server cannot end a response early")
    order = road.shop.checkout_store_api(BASKET)
    poll_until(lambda: bool(road.statuses(order)))
    assert road.statuses(order) == ["processing"]
    assert ("order", order) not in road.waiting()


@pytest.mark.parametrize("checkout", ["checkout_store_api", "checkout_classic"])
def test_a_customer_waits_for_the_orders_mark_and_nothing_else(
    road: Road, combination: Combination, checkout: str
) -> None:
    """Everything the plugin asks of the database until the response can be ended."""
    counter = road.shop.place.www / "wp-content" / "mu-plugins" / "count.php"
    counter.write_text(_COUNT, encoding="utf-8")
    counter.chmod(0o644)
    road.shop.sql("DELETE FROM wp_causeway_catalog")  # figures that wait are looked at
    road.call("catalog()->note_whether_open()")
    try:
        order = getattr(road.shop, checkout)([("MUG-01", 1)])
        asked = json.loads((road.shop.place.state / "asked.json").read_text())
    finally:
        counter.unlink()
    assert "INSERT INTO wp_causeway_outbox" in asked[0]
    assert f"'order', {order}," in asked[0]
    # Where the response cannot be ended early, one statement more settles order and stock.
    assert len(asked) == (2 if combination.server == "php" else 1)


def test_an_order_takes_its_stock_along(road: Road) -> None:
    road.shop.checkout_store_api([("MUG-01", 1)])
    mug = road.shop.product("MUG-01")["id"]
    poll_until(lambda: ("product", mug) in road.waiting())
    road.send()
    told = road.sidecar.of("product", mug)[-1]["data"]["product"]
    assert told["stock_quantity"] == road.shop.rest("GET", f"/wc/v3/products/{mug}")[
        "stock_quantity"]  # fmt: skip


def test_keys_to_the_order_and_traces_of_the_browser_stay_here(road: Road) -> None:
    order = road.shop.checkout_store_api(BASKET)
    road.send()
    told = road.latest(order)["order"]
    assert not {"order_key", "payment_url", "customer_ip_address", "_links"} & set(told)


def test_a_cart_that_is_not_ordered_is_never_told(road: Road) -> None:
    made = road.shop.value(
        "$o = new WC_Order(); $o->set_status( 'checkout-draft' );"
        "$o->set_created_via( 'store-api' );"
        "$o->add_product( wc_get_product( $id ) ); $o->save(); $draft = $o->get_id();"
        "$a = new WC_Order(); $a->set_status( 'auto-draft' ); $a->save();"
        "return array( $draft, $a->get_id() );", id=road.shop.product("PEN")["id"],
    )  # fmt: skip
    road.send()
    road.shop.php("foreach ( $ids as $id ) { wc_get_order( $id )->delete( true ); }", ids=made)
    road.send()
    assert [road.sidecar.of("order", order) for order in made] == [[], []]


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_a_failure_of_ours_leaves_the_order_whole(road: Road, hook: str) -> None:
    """The plugin's every look at its outbox throws an Error while the order is being saved."""
    order = road.shop.value(
        "add_filter( 'query', function ( $sql ) use ( $hook ) {"
        " if ( strpos( $sql, 'causeway_outbox' )"
        " && doing_action( $hook ) ) { throw new Error( 'as the test wants' ); } return $sql; } );"
        "$o = wc_create_order(); $o->add_product( wc_get_product( $id ), 2 );"
        "$o->calculate_totals(); $o->update_status( 'processing' ); return $o->get_id();",
        id=road.shop.product("MUG-01")["id"], hook=hook,
    )  # fmt: skip
    saved = road.shop.order(order)
    assert (saved["status"], len(saved["line_items"])) == ("processing", 1)
    road.call("sweep()->recent()")
    road.send()
    assert road.statuses(order) == ["processing"]


def test_a_missing_table_stops_no_checkout_and_loses_no_order(road: Road) -> None:
    road.shop.sql("DROP TABLE wp_causeway_outbox")
    orders = [road.shop.checkout_store_api(BASKET), road.shop.checkout_classic(BASKET)]
    assert "causeway" not in road.shop.notebook.debug_log()
    road.call("sweep()->recent()")
    road.send()
    assert [road.statuses(order) for order in orders] == [["processing"], ["processing"]]


def test_the_table_comes_back_by_itself(road: Road) -> None:
    road.shop.sql("DROP TABLE wp_causeway_outbox")
    road.shop.checkout_store_api(BASKET)
    order = road.shop.checkout_store_api(BASKET)
    road.send()
    assert road.statuses(order) == ["processing"]


def test_a_request_killed_in_its_middle_is_told_all_the_same(road: Road) -> None:
    guest = ClassicGuest(road.shop.url)
    guest.add(road.shop.product("PEN"))
    try:
        with (
            road.shop.fault("woocommerce_checkout_order_processed", "kill", times=1),
            pytest.raises((requests.ConnectionError, Refused)),
        ):
            guest.checkout()
    finally:
        road.shop.restart_server()
    orders = [entity_id for entity, entity_id in road.waiting() if entity == "order"]
    road.call("outbox()->retry_all()")
    road.send()
    assert [road.statuses(order) for order in orders] == [["pending"]]


def test_a_request_killed_before_its_marks_are_settled_is_told_all_the_same(road: Road) -> None:
    """WooCommerce is through with the order; the response is not out yet."""
    guest = StoreApiGuest(road.shop.url)
    guest.add(road.shop.product("PEN")["id"])
    try:
        with (
            road.shop.fault("shutdown", "kill", priority=49, request="store/v1/checkout"),
            contextlib.suppress(requests.RequestException, Refused),
        ):
            guest.checkout()
    finally:
        road.shop.restart_server()
    orders = [entity_id for entity, entity_id in road.waiting() if entity == "order"]
    road.call("outbox()->retry_all()")
    road.send()
    assert [road.statuses(order) for order in orders] == [["processing"]]


def test_a_payment_tried_again_tells_the_items_that_count(road: Road) -> None:
    order = road.new_order("MUG-01", status="failed")
    road.send()
    road.shop.php(
        "$o = wc_get_order( $order ); $o->remove_order_items();"
        "$i = new WC_Order_Item_Product(); $i->set_product( wc_get_product( $id ) );"
        "$i->set_quantity( 3 ); $o->add_item( $i ); $o->save();"
        "$o = wc_get_order( $order ); $o->calculate_totals(); $o->update_status( 'processing' );",
        order=order, id=road.shop.product("PEN")["id"],
    )  # fmt: skip
    road.send()
    assert road.statuses(order) == ["failed", "processing"]
    assert [(i["sku"], i["quantity"]) for i in road.latest(order)["order"]["line_items"]] == [
        ("PEN", 3)]  # fmt: skip


def test_an_item_edited_by_itself_is_told(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.shop.php("foreach ( wc_get_order( $order )->get_items() as $item ) {"
                  " $item->set_quantity( 5 ); $item->save(); }", order=order)  # fmt: skip
    road.send()
    assert road.latest(order)["order"]["line_items"][0]["quantity"] == 5
    road.shop.php("foreach ( wc_get_order( $order )->get_items() as $id => $item ) {"
                  " wc_delete_order_item( $id ); }", order=order)  # fmt: skip
    road.send()
    assert road.latest(order)["order"]["line_items"] == []


def test_a_save_that_changes_nothing_is_not_sent(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.shop.php("wc_get_order( $order )->save();", order=order)
    assert ("order", order) in road.waiting()
    road.send()
    assert len(road.sidecar.of("order", order)) == 1
    assert ("order", order) not in road.waiting()


def refunded(road: Road, order: int, amount: str = "1.00") -> int:
    return int(road.shop.value(
        "$r = wc_create_refund( array( 'order_id' => $order, 'amount' => $amount,"
            " 'reason' => 'x' ) );"
        "return $r->get_id();", order=order, amount=amount,
    ))  # fmt: skip


def test_a_refund_is_told_with_its_order_in_full(road: Road) -> None:
    order = road.new_order()
    refund = refunded(road, order)
    road.send()
    assert [(r["id"], r["amount"]) for r in road.latest(order)["refunds"]] == [(refund, "1.00")]
    assert road.row("order", refund) is None


@pytest.mark.parametrize("how", ["php", "rest"])
def test_a_refund_taken_back_is_told(road: Road, how: str) -> None:
    order = road.new_order()
    refund = refunded(road, order)
    road.send()
    if how == "php":
        road.shop.php("wc_get_order( $refund )->delete( true );", refund=refund)
    else:
        road.shop.rest("DELETE", f"/wc/v3/orders/{order}/refunds/{refund}", force="true")
    road.send()
    assert road.latest(order)["refunds"] == []


def test_a_refund_whose_payment_fails_leaves_no_trace(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.shop.php(
        "$r = wc_create_refund( array( 'order_id' => $order, 'amount' => '1.00',"
        " 'refund_payment' => true ) ); if ( ! is_wp_error( $r ) ) { throw new Exception(); }",
        order=order,
    )  # fmt: skip
    road.send()
    assert road.latest(order)["refunds"] == []


@pytest.mark.parametrize("how", ["program", "rest", "post"])
def test_an_order_in_the_bin_is_told_and_its_return_too(
    road: Road, how: str, combination: Combination
) -> None:
    order = road.new_order()
    road.send()
    if how == "program":
        road.shop.php("wc_get_order( $order )->delete( false );", order=order)
    elif how == "rest":
        road.shop.rest("DELETE", f"/wc/v3/orders/{order}")
    elif combination.orders == "posts":
        road.shop.php("wp_trash_post( $order );", order=order)
    else:
        pytest.skip("orders are no posts here")
    road.send()
    assert road.statuses(order) == ["processing", "trash"]
    road.shop.php("$o = wc_get_order( $order ); $o->untrash();", order=order)
    road.send()
    assert road.statuses(order)[-1] == "processing"
    assert len(road.statuses(order)) == 3


@pytest.mark.parametrize("how", ["program", "rest", "post"])
def test_a_deletion_is_told_once(road: Road, how: str, combination: Combination) -> None:
    order = road.new_order()
    road.send()
    if how == "program":
        road.shop.php("wc_get_order( $order )->delete( true );", order=order)
    elif how == "rest":
        road.shop.rest("DELETE", f"/wc/v3/orders/{order}", force="true")
    elif combination.orders == "posts":
        road.shop.php("wp_delete_post( $order, true );", order=order)
    else:
        pytest.skip("orders are no posts here")
    road.send()
    assert road.statuses(order) == ["processing", "order.deleted"]
    road.call("sweep()->everything()")
    road.send()
    assert road.statuses(order) == ["processing", "order.deleted"]


def test_an_order_deleted_behind_woocommerce_is_found(road: Road, combination: Combination) -> None:
    order = road.new_order()
    road.send()
    table, key = ("wp_posts", "ID") if combination.orders == "posts" else ("wp_wc_orders", "id")
    road.shop.sql(f"DELETE FROM {table} WHERE {key} = ?", order)
    road.call("sweep()->everything()")
    road.send()
    assert road.statuses(order) == ["processing", "order.deleted"]


def test_a_deletion_is_not_told_on_a_word_of_woocommerce_alone(road: Road) -> None:
    """Another plugin makes WooCommerce say “no such order” for a moment."""
    order = road.new_order()
    road.send()
    report = road.shop.value(
        "$s = Causeway\\Plugin::services(); $s->outbox()->resend( 'order', array( $order ) );"
        "wp_cache_flush(); add_filter( 'woocommerce_order_class', '__return_false' );"
        "return $s->sender()->run();", order=order,
    )  # fmt: skip
    assert report["failed"] == 1
    assert road.statuses(order) == ["processing"]


def test_a_customer_who_leaves_is_told_with_their_orders(road: Road) -> None:
    user = road.shop.value("return wc_create_new_customer( $mail, $mail, 'pa55word' );",
                           mail="leaver@example.org")  # fmt: skip
    order = road.new_order()
    road.shop.php("$o = wc_get_order( $order ); $o->set_customer_id( $user ); $o->save();",
                  order=order, user=user)  # fmt: skip
    road.send()
    assert (
        road.sidecar.of("customer", user)[-1]["data"]["customer"]["email"] == "leaver@example.org"
    )
    assert road.latest(order)["order"]["customer_id"] == user
    road.shop.php("require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user( $user );",
                  user=user)  # fmt: skip
    road.send()
    assert road.sidecar.of("customer", user)[-1]["topic"] == "customer.deleted"
    assert road.latest(order)["order"]["customer_id"] == 0


def test_an_editor_is_no_customer(road: Road) -> None:
    user = road.shop.value("return wp_insert_user( array( 'user_login' => 'editor',"
                           "'user_pass' => 'x', 'role' => 'editor' ) );")  # fmt: skip
    road.send()
    assert road.sidecar.of("customer", user) == []


def test_a_note_by_a_person_is_told_and_woocommerces_own_are_not(road: Road) -> None:
    order = road.new_order()
    road.send()
    before = len(road.sidecar.events)
    made = road.shop.rest("POST", f"/wc/v3/orders/{order}/notes",
                          {"note": "Call first", "added_by_user": True})  # fmt: skip
    road.shop.php("wc_get_order( $order )->add_order_note( 'Gateway says hello' );", order=order)
    road.send()
    told = [event for event in road.sidecar.events[before:] if event["entity"] == "note"]
    assert [(e["entity_id"], e["data"]["order_id"], e["data"]["note"]["note"]) for e in told] == [
        (str(made["id"]), order, "Call first")]  # fmt: skip


def test_products_and_variations_are_told_with_their_stock(road: Road) -> None:
    mug, shirt = road.shop.product("MUG-01")["id"], road.shop.product("SHIRT-S")["id"]
    road.shop.php("foreach ( $ids as $id ) { wc_update_product_stock( $id, 321 ); }",
                  ids=[mug, shirt])  # fmt: skip
    road.send()
    told = [road.sidecar.of("product", product)[-1]["data"]["product"] for product in (mug, shirt)]
    assert [product["stock_quantity"] for product in told] == [321, 321]
    assert told[1]["parent_id"] == road.shop.product("SHIRT-S")["parent"]


def test_a_product_in_the_bin_is_gone_and_may_return(road: Road) -> None:
    product = road.shop.value("$p = new WC_Product_Simple(); $p->set_name( 'Vase' );"
                              "$p->set_regular_price( '5' ); return $p->save();")  # fmt: skip
    road.send()
    road.shop.php("wp_trash_post( $product );", product=product)
    road.send()
    road.shop.php("wp_untrash_post( $product ); wp_publish_post( $product );", product=product)
    road.send()
    assert [event["topic"] for event in road.sidecar.of("product", product)] == [
        "product.updated", "product.deleted", "product.updated"]  # fmt: skip


def test_versions_rise_even_when_the_table_was_lost(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.shop.sql("DELETE FROM wp_causeway_outbox")
    road.shop.php("wc_get_order( $order )->update_status( 'on-hold' );", order=order)
    road.send()
    first, second = (event["version"] for event in road.sidecar.of("order", order))
    assert second > first


def test_both_features_of_woocommerce_are_declared(road: Road) -> None:
    found = road.shop.value(
        "return Automattic\\WooCommerce\\Utilities\\FeaturesUtil"
        "::get_compatible_features_for_plugin("
        " 'causeway-for-woocommerce/causeway-for-woocommerce.php', true )['compatible'];"
    )
    assert {"custom_order_tables", "cart_checkout_blocks"} <= set(found)


def test_a_thousand_changes_in_one_run_are_a_thousand_rows(road: Road) -> None:
    """Long runs write as they go, and what a request touched twice is counted once."""
    road.shop.php(
        "$m = Causeway\\Plugin::services()->marks(); for ( $i = 0; $i < 2000; $i++ ) {"
        " $m->mark( 'customer', 900000 + intdiv( $i, 2 ) ); }"
    )
    rows = road.shop.sql("SELECT COUNT(*) AS n FROM wp_causeway_outbox WHERE entity_id >= 900000")
    assert rows[0]["n"] == 1000
    road.shop.sql("DELETE FROM wp_causeway_outbox WHERE entity_id >= 900000")

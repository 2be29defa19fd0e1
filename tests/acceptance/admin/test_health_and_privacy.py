"""Site Health, System Status, exports and erasures."""

from __future__ import annotations

import json

from tests.acceptance.admin.pages import forget, list_page, order_page, pair, unsent_order, waiting
from tests.shop.process import free_port
from tests.shop.shop import Shop


def test_site_health_tests_the_queue_and_the_connection(shop: Shop) -> None:
    shop.sql("DELETE FROM wp_causeway_outbox")
    run = "return Causeway\\Plugin::services()->site_health()->%s();"
    names = shop.value(
        "$t = apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) );"
        "return array( array_keys( $t['direct'] ), array_keys( $t['async'] ) );"
    )
    assert "causeway_queue" in names[0]
    assert "causeway_connection" in names[1]
    assert shop.rest("GET", "/causeway/v1/admin/site-health")["status"] == "good"
    assert shop.value(run % "queue")["status"] == "good"
    pair(shop, f"http://127.0.0.1:{free_port()}")
    found = shop.value(run % "connection")
    assert (found["status"], found["test"]) == ("critical", "causeway_connection")


def test_system_status_has_the_figures(shop: Shop) -> None:
    page = shop.admin.page("/wp-admin/admin.php?page=wc-status")
    assert 'data-export-label="Causeway"' in page
    assert 'data-export-label="Last sent"' in page


def test_a_missing_table_is_told_and_breaks_no_page(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.sql("RENAME TABLE wp_causeway_outbox TO wp_causeway_hidden")
    try:
        forget(shop)
        assert f"#{order}" in shop.admin.page(list_page(shop))
        assert 'id="causeway-order"' in shop.admin.page(order_page(shop, order))
        # In one process, since any request may mend the table.
        told = shop.value(
            "$GLOBALS['wpdb']->query( 'DROP TABLE IF EXISTS wp_causeway_outbox' );"
            "$services = Causeway\\Plugin::services(); ob_start();"
            "$services->order_panel()->show( wc_get_order( $order ) );"
            "return array( $services->condition()->findings()[0]->kind,"
            "$services->admin_queue()->figures_html(), ob_get_clean() );",
            order=order,
        )
        assert told[0] == "no_table"
        assert "cannot be read" in told[1]
        assert "cannot be read" in told[2]
    finally:
        shop.sql("DROP TABLE IF EXISTS wp_causeway_outbox")
        shop.sql("RENAME TABLE wp_causeway_hidden TO wp_causeway_outbox")


def test_an_export_names_what_was_passed_on(shop: Shop) -> None:
    order = unsent_order(shop, email="export@shop.example")
    ask = "return Causeway\\Plugin::services()->privacy()->export( $email, 1 );"
    assert shop.value(ask, email="export@shop.example") == {"data": [], "done": True}
    shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")
    found = shop.value(ask, email="export@shop.example")
    assert [line["item_id"] for line in found["data"]] == [f"causeway-order-{order}"]


def test_an_erasure_is_passed_on_after_woocommerces_own(shop: Shop) -> None:
    order = unsent_order(shop, email="erase@shop.example")
    shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")
    erasers = shop.value(
        "return array_keys( apply_filters( 'wp_privacy_personal_data_erasers', array() ) );"
    )
    assert erasers.index("causeway") < erasers.index("woocommerce-customer-orders")
    shop.php(
        "update_option( 'woocommerce_erasure_request_removes_order_data', 'yes' );"
        "foreach ( apply_filters( 'wp_privacy_personal_data_erasers', array() ) as $eraser ) {"
        "  call_user_func( $eraser['callback'], 'erase@shop.example', 1 ); }"
    )
    assert waiting(shop, "order", order)
    assert "erase@shop.example" not in json.dumps(shop.order(order))

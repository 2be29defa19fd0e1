"""The notice, the queue, and the history that is sent behind it."""

from __future__ import annotations

import html
import re

from tests.acceptance.admin.pages import (
    list_page,
    long_waiting,
    order_page,
    pair,
    press,
    scheduler_asleep,
    states_in_list,
    tab,
    text,
    unsent_order,
    waiting,
)
from tests.shop.process import free_port
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar


def test_a_shop_that_is_not_paired_says_so_once_on_woocommerces_pages(unpaired: Shop) -> None:
    page = unpaired.admin.page(list_page(unpaired))
    assert page.count("data-causeway-notice") == 1
    assert "active but not paired" in text(page)
    assert "data-causeway-notice" not in unpaired.admin.page("/wp-admin/index.php")
    unpaired.rest("POST", "/causeway/v1/admin/dismiss", {"kind": "not_paired"})
    assert "data-causeway-notice" not in unpaired.admin.page(list_page(unpaired))


def test_what_waits_for_long_is_told(shop: Shop) -> None:
    assert "data-causeway-notice" not in shop.admin.page(list_page(shop))
    with long_waiting(shop):
        page = text(shop.admin.page(list_page(shop)))
    assert "have waited for 1 hour" in page


def test_a_silent_scheduler_is_told(shop: Shop) -> None:
    shop.sql("DELETE FROM wp_causeway_outbox")
    # In one process, since a visit to the admin may wake the scheduler.
    told = shop.value(
        "update_option( 'causeway_heartbeat', array( 'send' => time() - 3600 ) );"
        "update_option( 'causeway_pairing', array( 'since' => time() - DAY_IN_SECONDS )"
        " + get_option( 'causeway_pairing' ) );"
        "Causeway\\Health\\Condition::forget();"
        "$services = Causeway\\Plugin::services();"
        "return array( $services->condition()->worst()->sentence,"
        "$services->admin_queue()->figures_html() );"
    )
    assert told[0] == "Causeway’s scheduled work last ran 1 hour ago."
    assert told[0] in text(told[1])
    shop.php("update_option( 'causeway_heartbeat', array( 'send' => time() ) );")


def test_the_queue_says_what_waits_and_sends_it_on_demand(shop: Shop) -> None:
    with scheduler_asleep(shop):
        order = unsent_order(shop)
        assert "order" in text(shop.rest("GET", "/causeway/v1/admin/queue")["figures"])
        assert re.search(r"\d+ changes? w(as|ere) sent", text(press(shop, "send", "queue")))
    assert not waiting(shop, "order", order)


def test_the_queue_names_the_last_error_and_the_next_try(shop: Shop) -> None:
    order = unsent_order(shop)
    pair(shop, f"http://127.0.0.1:{free_port()}")
    assert "Nothing answers at the sidecar" in text(press(shop, "send", "queue"))
    figures = text(tab(shop, "queue"))
    assert "Last error Nothing answers at the sidecar" in figures
    assert re.search(r"Next try in \d+ seconds?", figures)
    assert waiting(shop, "order", order)


def test_a_refused_row_is_named_with_its_order(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.sql(
        "UPDATE wp_causeway_outbox SET attempts = 2, last_error = 'It is not as it must be.', "
        "available_at = UNIX_TIMESTAMP() + 600 WHERE entity = 'order' AND entity_id = ?", order,
    )  # fmt: skip
    page = text(tab(shop, "queue"))
    assert f"Order {order} It is not as it must be." in page
    assert states_in_list(shop)[order] == "trouble"
    press(shop, "retry", "queue")
    assert not waiting(shop, "order", order)


def test_what_was_not_applied_is_named_with_its_order_and_reason(shop: Shop) -> None:
    order = unsent_order(shop, due_in=600)
    shop.sql(
        "INSERT INTO wp_causeway_inbox (key_hash, feed_id, kind, entity, entity_id, name, data, state,"
        " received_at, applied_at, result) VALUES (SHA2('test', 256), 0, 'refund', 'order', ?, 'test',"
        " '', 3, UNIX_TIMESTAMP(), UNIX_TIMESTAMP(), '<b>Invalid refund amount.')", order,
    )  # fmt: skip
    try:
        page = tab(shop, "queue")
        assert "<b>Invalid" not in page
        assert f"Order {order} , refund <b>Invalid refund amount. Refused" in text(page)
        assert order_page(shop, order).rpartition("/")[2] in html.unescape(page)
    finally:
        shop.sql("DELETE FROM wp_causeway_inbox WHERE name = 'test'")


def test_history_is_queued_behind_what_is_new_and_never_twice(shop: Shop, beside: Sidecar) -> None:
    old = [unsent_order(shop) for _ in range(3)]
    shop.sql("DELETE FROM wp_causeway_outbox")
    today = shop.value("return wp_date( 'Y-m-d' );")
    said = text(press(shop, "backfill", "queue", **{"from": "2020-01-01", "to": today}))
    assert re.search(r"\d+ orders are in these days", said)
    fresh = unsent_order(shop)
    for _ in range(2):  # a second step finds nothing to add
        shop.php("Causeway\\Plugin::services()->backfill()->step();")
    rows = shop.sql("SELECT entity_id, lane FROM wp_causeway_outbox WHERE entity = 'order'")
    lanes = {int(row["entity_id"]): int(row["lane"]) for row in rows}
    assert len(rows) == len(lanes)
    assert [lanes[order] for order in old] == [2, 2, 2]
    assert lanes[fresh] == 0
    press(shop, "send", "queue")
    assert not any(waiting(shop, "order", order) for order in [*old, fresh])
    assert "looked at" in text(shop.rest("GET", "/causeway/v1/admin/queue")["history"])


def test_history_wants_days_in_their_order(shop: Shop) -> None:
    said = press(shop, "backfill", "queue", **{"from": "2026-02-30", "to": "2026-03-01"})
    assert "Enter a first and a last day" in text(said)
    said = press(shop, "backfill", "queue", **{"from": "2026-03-02", "to": "2026-03-01"})
    assert "Enter a first and a last day" in text(said)

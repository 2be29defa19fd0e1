"""What shop owners see of the plugin, on a real shop: settings, panel, list, notice, health, CLI."""

from __future__ import annotations

import html
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from causeway.wire import pairing
from causeway.wire.pairing import Pairing
from tests.acceptance.conftest import Say, standing
from tests.shop.admin import AdminRefused
from tests.shop.matrix import Combination
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import PLUGIN, PLUGIN_FILE, Shop
from tests.shop.sidecar import Sidecar

TAB = "/wp-admin/admin.php?page=wc-settings&tab=causeway"
SECTIONS = ("", "orders", "catalog", "queue")
OTHER_SECRET = "whsec_" + "QUJD" * 8
WP_CLI = Path(__file__).with_name("wp_cli.php")


@pytest.fixture(scope="module")
def standing_shop(combination: Combination, say: Say) -> Iterator[Shop]:
    if not (PLUGIN / PLUGIN_FILE).is_file():
        pytest.skip(f"no acceptance test of the plugin: {PLUGIN / PLUGIN_FILE} is not there")
    with standing(say, **combination.options()) as shop:
        # A new WooCommerce moves orders into their own tables at the first visit to its admin.
        shop.php("update_option( 'woocommerce_newly_installed', 'no' );")
        yield shop


@pytest.fixture(scope="module")
def beside(standing_shop: Shop) -> Iterator[Sidecar]:
    try:
        found = Sidecar(standing_shop.place.folder / "sidecar", free_port(), standing_shop.url)
    except CannotStand as problem:
        pytest.skip(f"no sidecar beside the shop: {problem}")
    yield found
    found.stop()


@pytest.fixture
def shop(standing_shop: Shop, beside: Sidecar) -> Shop:
    """Paired, with nothing wrong, whatever the test before did."""
    standing_shop.pair(beside.code)
    forget(standing_shop)
    return standing_shop


@pytest.fixture
def unpaired(shop: Shop) -> Shop:
    shop.php("Causeway\\Pairing::forget();")
    forget(shop)
    return shop


def test_orders_lie_where_the_test_says(shop: Shop) -> None:
    in_tables = "return Automattic\\WooCommerce\\Utilities\\OrderUtil::custom_orders_table_usage_is_enabled();"
    shop.admin.page("/wp-admin/admin.php?page=wc-settings")
    assert shop.value(in_tables) is (shop.kind.orders != "posts")


# --- the tab


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_stands_among_woocommerces_settings(shop: Shop, section: str) -> None:
    page = tab(shop, section)
    assert "nav-tab-active" in page
    for title in ("Connection", "Orders", "Stock and prices", "Queue"):
        assert f">{title}</a>" in page
    assert "There has been a critical error" not in page


def test_no_page_ever_shows_the_secret_or_the_code(shop: Shop, beside: Sidecar) -> None:
    secret = pairing.decode(beside.code).secret
    pages = [tab(shop, section) for section in SECTIONS]
    pages.append(shop.admin.page("/wp-admin/admin.php?page=wc-status"))
    pages.append(json.dumps(shop.value("return apply_filters( 'debug_information', array() );")))
    for page in pages:
        assert secret.removeprefix("whsec_") not in page
        assert beside.code not in page


def test_a_pairing_code_pairs_and_is_not_shown_again(unpaired: Shop, beside: Sidecar) -> None:
    page = save(unpaired, "", causeway_pairing_code=beside.code)
    assert f"Paired with {beside.url}" in text(page)
    assert beside.code not in page
    assert "since" in text(tab(unpaired))
    assert unpaired.value("return Causeway\\Pairing::current()->url;") == beside.url


def test_a_code_that_was_cut_is_refused_in_words_and_changes_nothing(
    shop: Shop, beside: Sidecar
) -> None:
    page = save(shop, "", causeway_pairing_code=beside.code[:-9])
    assert "This pairing code is not whole" in text(page)
    assert shop.value("return Causeway\\Pairing::current()->url;") == beside.url


def test_saving_without_a_code_keeps_the_pairing(shop: Shop, beside: Sidecar) -> None:
    save(shop, "", causeway_remove_data="1")
    assert shop.value("return Causeway\\Pairing::current()->url;") == beside.url
    assert shop.value("return get_option( 'causeway_remove_data' );") == "yes"
    save(shop, "")
    assert shop.value("return get_option( 'causeway_remove_data' );") == "no"


def test_a_code_in_wp_config_is_named_and_cannot_be_changed_here(
    shop: Shop, beside: Sidecar
) -> None:
    shop.define(CAUSEWAY_PAIRING_CODE=beside.code)
    try:
        page = tab(shop)
        assert "CAUSEWAY_PAIRING_CODE" in page
        assert 'name="causeway_pairing_code"' not in page
        assert 'value="unpair"' not in page
        assert beside.code not in page
    finally:
        shop.define(CAUSEWAY_PAIRING_CODE="")


def test_unpairing_keeps_what_waits(shop: Shop) -> None:
    shop.php("Causeway\\Plugin::services()->outbox()->mark( array( array( 'order', 7 ) ), 900 );")
    assert "no longer paired" in text(press(shop, "unpair"))
    assert shop.value("return Causeway\\Pairing::current();") is None
    assert waiting(shop, "order", 7)
    shop.sql("DELETE FROM wp_causeway_outbox WHERE entity_id = 7")


def test_what_is_unsent_is_thrown_away_only_on_the_owners_word(shop: Shop) -> None:
    may_go = "return Causeway\\Uninstaller::unsent_may_go_until() > time();"
    shop.sql("DELETE FROM wp_causeway_outbox")
    assert "Causeway has all that happened" in text(tab(shop))
    unsent_order(shop)
    shop.sql("DELETE FROM wp_causeway_outbox WHERE entity <> 'order'")  # as the goods it took
    page = tab(shop)
    assert "1 order. They are kept when the plugin is deleted" in text(page)
    assert "these will never reach your back office: 1 order" in html.unescape(page)
    assert "what is not sent is thrown away" in text(press(shop, "discard_unsent"))
    assert shop.value(may_go)
    assert "may be thrown away with the plugin until" in text(tab(shop))
    assert "is kept when the plugin is deleted" in text(press(shop, "keep_unsent"))
    assert not shop.value(may_go)


def test_statuses_are_chosen_from_the_shops_own(shop: Shop) -> None:
    assert ">Completed</option>" in tab(shop, "orders")
    save(shop, "orders", **{"causeway_allowed_statuses[]": ["completed"]})
    assert shop.value("return get_option( 'causeway_allowed_statuses' );") == ["completed"]
    save(shop, "orders")
    allowed = "return Causeway\\Options::allows_status( 'completed' );"
    assert shop.value(allowed) is False
    save(shop, "orders", **{"causeway_allowed_statuses[]": ["processing", "completed"]})
    assert shop.value(allowed) is True


# --- the test of the connection


def test_the_test_says_that_all_is_well(shop: Shop) -> None:
    found = shop.rest("POST", "/causeway/v1/admin/test")
    assert found["ok"]
    assert "both signatures are right" in found["html"]
    assert "both signatures are right" in text(press(shop, "test"))


def test_the_test_names_a_sidecar_that_is_not_there(shop: Shop) -> None:
    assert "Nothing answers at the sidecar" in said_of(shop, f"http://127.0.0.1:{free_port()}")


def test_the_test_names_a_host_nobody_knows(shop: Shop) -> None:
    with answering_instead(shop, "cURL error 6: Could not resolve host: nowhere.invalid"):
        assert "host name is not known" in said_of(shop, "https://nowhere.invalid")


def test_the_test_names_a_certificate(shop: Shop) -> None:
    with server(lambda _: (200, "text/plain", b"")) as url:  # speaks no TLS at all
        assert "certificate is not accepted" in said_of(shop, url.replace("http:", "https:"))


def test_the_test_names_a_page_of_a_firewall(shop: Shop) -> None:
    with server(lambda _: (403, "text/html", b"<h1>Are you human?</h1>")) as url:
        assert "A web page answered instead" in said_of(shop, url)
    with server(lambda _: (200, "text/html", b"<h1>Log in</h1>")) as url:
        assert "A web page answered instead" in said_of(shop, url)


def test_the_test_names_clocks_that_differ_with_both_times(shop: Shop) -> None:
    problem = {
        "type": "urn:causeway:problem:timestamp-skew",
        "detail": "The message was signed at 2026-01-01T10:00:00, it is 2026-01-01T11:00:00 here.",
        "remedy": "Set the clock.",
    }
    with server(lambda _: (401, "application/problem+json", json.dumps(problem).encode())) as url:
        said = said_of(shop, url)
    assert "more than five minutes apart" in said
    assert "2026-01-01T11:00:00" in said
    assert re.search(r"This server’s clock: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", said)


def test_the_test_names_a_wrong_secret_and_an_unknown_store(shop: Shop, beside: Sidecar) -> None:
    known = pairing.decode(beside.code)
    assert "does not accept this shop’s signature" in said_of(shop, known.url, secret=OTHER_SECRET)
    said = said_of(shop, known.url, store="nobody", secret=known.secret)
    assert "does not know this store" in said


def test_the_test_names_an_older_sidecar(shop: Shop) -> None:
    problem = {"type": "urn:causeway:problem:not-found", "detail": "There is nothing here."}
    with server(lambda _: (404, "application/problem+json", json.dumps(problem).encode())) as url:
        assert "older one’s" in said_of(shop, url)


def test_the_test_gives_up_after_a_few_seconds(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = said_of(shop, f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert "did not answer in time" in said


def test_a_hostile_answer_is_escaped(shop: Shop) -> None:
    problem = {"type": "urn:causeway:problem:invalid", "detail": "<script>alert(1)</script>"}
    with server(lambda _: (422, "application/problem+json", json.dumps(problem).encode())) as url:
        pair(shop, url)
        answer = shop.rest("POST", "/causeway/v1/admin/test")["html"]
    assert "<script>" not in answer
    assert "&lt;script&gt;" in answer


# --- who may


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "test"),
        ("GET", "queue"),
        ("POST", "dismiss"),
        ("GET", "site-health"),
        ("GET", "orders/1"),
        ("POST", "orders/1/send"),
        ("POST", "orders/1/returns"),
    ],
)
def test_a_stranger_is_told_nothing(shop: Shop, method: str, path: str) -> None:
    answer = requests.request(method, f"{shop.url}/wp-json/causeway/v1/admin/{path}", timeout=60)
    assert answer.status_code == 401


def test_a_button_without_its_nonce_does_nothing(shop: Shop, beside: Sidecar) -> None:
    tab(shop)
    answer = shop.admin.http.post(
        f"{shop.url}/wp-admin/admin-post.php",
        data={"action": "causeway_do", "does": "unpair"}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 403
    assert shop.value("return Causeway\\Pairing::current()->url;") == beside.url


def test_a_product_is_no_order_to_be_sent(shop: Shop) -> None:
    with pytest.raises(AdminRefused) as refused:
        shop.rest("POST", f"/causeway/v1/admin/orders/{shop.product('PEN')['id']}/send")
    assert refused.value.status == 403


# --- the order's panel


def test_the_orders_page_waits_for_nobody(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.forget()
    page = shop.admin.page(order_page(shop, order))
    assert f'data-causeway-order="{order}"' in page
    assert "waits to be sent" in page
    request = order_page(shop, order).split("?")[0]
    ours = [call["url"] for call in shop.outgoing() if request in call["request"]]
    assert [url for url in ours if "/v1/" in url] == []


def test_the_panel_shows_the_journey_once_the_order_is_sent(shop: Shop) -> None:
    order = unsent_order(shop)
    before = shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
    assert "has not arrived at Causeway yet" in before["journey"]
    said = shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")["said"]
    assert said.startswith("Sent.")
    found = journey_of(shop, order, "Received by Causeway")
    assert "Causeway has its latest version" in found["local"]
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', found["journey"])


def test_an_order_is_sent_again_without_javascript(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.value("return Causeway\\Plugin::services()->sender()->run()->sent;")
    page = shop.admin.page(order_page(shop, order))
    link = re.search(r'href="([^"]+action=causeway_resend[^"]+)"', page)
    assert link is not None
    shop.admin.http.get(html.unescape(link[1]), timeout=60)
    assert waiting(shop, "order", order)


def test_a_hostile_journey_is_escaped(shop: Shop) -> None:
    evil = "<img src=x onerror=alert(1)>"
    drawn = shop.value(
        "return Causeway\\Admin\\JourneyView::html( $journey, 7 );",
        journey={
            "state": {"value": evil, "sentence": evil},
            "financial": evil,
            "fulfilment": evil,
            "booked_as": evil,
            "milestones": [{"name": evil, "at": evil, "detail": evil}, evil],
            "deliveries": [{"operation": evil, "connection": evil, "reason": evil, "state": {}}],
            "cases": [{"title": evil, "detail": evil, "remedy": evil}, 7],
            "parcels": [
                {"id": evil, "carrier": evil, "label": True, "tracking_url": "javascript:alert(1)"},
                {"id": 7, "carrier": evil, "tracking_number": evil, "tracking_url": evil},
                evil,
            ],
            "waits": [{"who": evil, "what": evil}, evil],
            "parts": [
                {"warehouse": evil, "status": {"value": evil}, "lines": [{"name": evil}, evil]},
                {"connection": [], "status": evil, "lines": evil},
            ],
        },
    )
    assert "<img" not in drawn
    assert "javascript:" not in drawn
    assert drawn.count("&lt;img") >= 8


def test_names_and_addresses_are_not_kept_with_the_journey(shop: Shop) -> None:
    order = unsent_order(shop, email="secret.person@shop.example")
    shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")
    shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
    kept = shop.sql("SELECT option_value FROM wp_options WHERE option_name LIKE '%causeway%'")
    assert "secret.person" not in json.dumps(kept)


# --- the list of orders


def test_each_order_in_the_list_shows_its_own_state(shop: Shop) -> None:
    sent = unsent_order(shop)
    shop.rest("POST", f"/causeway/v1/admin/orders/{sent}/send")
    fresh = [unsent_order(shop) for _ in range(2)]
    states = states_in_list(shop)
    assert states[sent] == "sent"
    assert [states[order] for order in fresh] == ["waiting", "waiting"]


def test_the_list_reads_all_states_in_one_query(shop: Shop) -> None:
    for _ in range(3):
        unsent_order(shop)
    asked = shop.value(
        """
        $ids  = wc_get_orders( array( 'limit' => 3, 'return' => 'ids' ) );
        $list = Causeway\\Plugin::services()->order_list();
        $list->listing( array() );
        $list->listed( (object) array( 'orders' => $ids ) );
        global $wpdb;
        $before = $wpdb->num_queries;
        ob_start();
        foreach ( $ids as $id ) { $list->cell( 'causeway', $id ); }
        ob_end_clean();
        return array( count( $ids ), $wpdb->num_queries - $before );
        """
    )
    assert asked == [3, 1]


def test_orders_are_sent_again_in_bulk(shop: Shop) -> None:
    orders = [unsent_order(shop) for _ in range(2)]
    shop.value("return Causeway\\Plugin::services()->sender()->run()->sent;")
    page = shop.admin.page(list_page(shop))
    posts = "post_type=shop_order" in list_page(shop)
    form = {
        "action": "causeway_send_again",
        "_wpnonce": field(page, "_wpnonce"),
        "_wp_http_referer": list_page(shop),
        "post[]" if posts else "id[]": [str(order) for order in orders],
    }
    before = versions(shop, orders)
    answer = shop.admin.http.get(f"{shop.url}{list_page(shop)}", params=form, timeout=60)
    assert "2 orders will be sent to Causeway again." in text(answer.text)
    # The visit may have started the scheduler, which sends them at once: look at what was queued.
    assert all(new > old for new, old in zip(versions(shop, orders), before, strict=True))


# --- the notice


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


# --- the queue and the history


def test_the_queue_says_what_waits_and_sends_it_on_demand(shop: Shop) -> None:
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


# --- health and privacy


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


# --- the command line, on a stand-in of WP-CLI: it is not in the system's packages


def test_status_lists_the_figures_and_fails_when_something_is_wrong(shop: Shop) -> None:
    shop.sql("DELETE FROM wp_causeway_outbox")
    told = wp(shop, "status", format="json")
    assert "waiting" in [row["name"] for row in told["items"]]
    assert told["ended"] == 0
    with long_waiting(shop):
        told = wp(shop, "status")
    assert told["ended"] == 1
    assert "have waited for 1 hour" in told["said"]


def test_send_sends_and_replay_queues_again(shop: Shop) -> None:
    order = unsent_order(shop)
    assert wp(shop, "send")["ended"] == 0
    assert is_sent(shop, order)
    assert "1 order will be sent again" in wp(shop, "replay", "order", str(order))["said"]
    assert waiting(shop, "order", order)
    wp(shop, "worker", **{"max-seconds": "3"})
    assert is_sent(shop, order)


def test_replay_wants_a_known_kind_and_numbers(shop: Shop) -> None:
    for arguments in (("order",), ("invoice", "7"), ("order", "seven")):
        told = wp(shop, "replay", *arguments)
        assert told["ended"] == 1
        assert "wp causeway replay order 1042" in told["said"]


def test_commands_name_what_is_wrong_with_the_connection(shop: Shop) -> None:
    assert wp(shop, "test")["ended"] == 0
    pair(shop, f"http://127.0.0.1:{free_port()}")
    for command in ("test", "pull-stock"):
        told = wp(shop, command)
        assert told["ended"] == 1
        assert "Nothing answers at the sidecar" in told["said"]


def test_pull_stock_and_reconcile_run_to_their_end(shop: Shop) -> None:
    assert "The shop has them." in wp(shop, "pull-stock", full="1")["said"]
    missed = unsent_order(shop)
    shop.sql("DELETE FROM wp_causeway_outbox WHERE entity_id = ?", missed)
    assert "What was missing is queued." in wp(shop, "reconcile", days="1")["said"]
    assert waiting(shop, "order", missed)


def test_backfill_runs_to_its_end_and_sends_nothing_twice(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.sql("DELETE FROM wp_causeway_outbox")
    told = wp(shop, "backfill", **{"from": "2020-01-01"})
    assert told["ended"] == 0
    assert "0 still wait" in told["said"]
    sent = shop.sql("SELECT sent_seq FROM wp_causeway_outbox WHERE entity_id = ?", order)
    wp(shop, "backfill", **{"from": "2020-01-01"})
    again = shop.sql("SELECT sent_seq FROM wp_causeway_outbox WHERE entity_id = ?", order)
    assert sent == again
    assert "Name the first day" in wp(shop, "backfill")["said"]


# --- German


def test_the_owner_reads_german(shop: Shop) -> None:
    told = shop.value(
        "$file = dirname( CAUSEWAY_PLUGIN_FILE ) . '/languages/causeway-for-woocommerce-de_DE.mo';"
        "load_textdomain( 'causeway-for-woocommerce', $file, 'de_DE' );"
        "ob_start(); $list = new Causeway\\Admin\\OrdersSection();"
        "return array( $list->title(), Causeway\\Admin\\Words::counted( 'order', 2 ),"
        "Causeway\\Admin\\Words::milestone( 'shipped' ) );"
    )
    assert told == ["Bestellungen", "2 Bestellungen", "Versandt"]


@pytest.mark.parametrize("locale", ["de_DE", "de_DE_formal", "de_AT", "de_CH_informal", "fr_FR"])
def test_every_german_is_read_to_who_reads_any(shop: Shop, locale: str) -> None:
    told = shop.value(
        "add_filter( 'pre_determine_locale', fn() => $locale );"
        "return ( new Causeway\\Admin\\OrdersSection() )->title();",
        locale=locale,
    )
    assert told == ("Bestellungen" if locale.startswith("de") else "Orders")


# --- what they stand on


def unsent_order(shop: Shop, **details: Any) -> int:
    """An order that waits, also on a server that sends right after the response."""
    take = "$kept = get_option( $name ); delete_option( $name ); return $kept;"
    kept = shop.value(take, name="causeway_pairing")
    try:
        return shop.checkout_store_api([("PEN", 1)], **details)
    finally:
        shop.php("update_option( $name, $kept );", name="causeway_pairing", kept=kept)


def tab(shop: Shop, section: str = "") -> str:
    return shop.admin.page(f"{TAB}&section={section}" if section else TAB)


def save(shop: Shop, section: str, **fields: Any) -> str:
    """Press “Save changes”; the page that follows."""
    nonce = field(tab(shop, section), "_wpnonce")
    answer = shop.admin.http.post(
        f"{shop.url}{TAB}&section={section}",
        data={"save": "Save changes", "_wpnonce": nonce, **fields}, timeout=60,
    )  # fmt: skip
    return answer.text


def press(shop: Shop, does: str, section: str = "", **fields: str) -> str:
    """Press one of our buttons without JavaScript; the page that follows."""
    nonce = field(tab(shop, section), "causeway_nonce")
    answer = shop.admin.http.post(
        f"{shop.url}/wp-admin/admin-post.php", timeout=60,
        data={"action": "causeway_do", "does": does, "section": section, "causeway_nonce": nonce,
              **fields},
    )  # fmt: skip
    return answer.text


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


def text(page: str) -> str:
    """What a person reads of a page, as one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def pair(shop: Shop, url: str, *, store: str = "shop", secret: str = OTHER_SECRET) -> None:
    shop.pair(pairing.encode(Pairing(url, store, secret)))


def said_of(shop: Shop, url: str, *, store: str = "shop", secret: str = OTHER_SECRET) -> str:
    """What the test says about a pairing that is wrong."""
    pair(shop, url, store=store, secret=secret)
    found = shop.rest("POST", "/causeway/v1/admin/test")
    assert not found["ok"]
    return text(found["html"])


def forget(shop: Shop) -> None:
    """What is kept for a minute, and who dismissed what."""
    shop.sql("DELETE FROM wp_options WHERE option_name LIKE '%transient%causeway%'")


def versions(shop: Shop, orders: list[int]) -> list[int]:
    rows = shop.sql("SELECT seq FROM wp_causeway_outbox WHERE entity = 'order' AND entity_id IN"
                    f" ({', '.join('?' * len(orders))}) ORDER BY entity_id", *orders)  # fmt: skip
    return [row["seq"] for row in rows]


def waiting(shop: Shop, entity: str, entity_id: int) -> bool:
    rows = shop.sql(
        "SELECT id FROM wp_causeway_outbox WHERE entity = ? AND entity_id = ? AND state < 2",
        entity, entity_id,
    )  # fmt: skip
    return bool(rows)


def is_sent(shop: Shop, order: int) -> bool:
    """Within seconds: the scheduler, which pages of the admin start, may have it in hand."""
    until = time.monotonic() + 15
    while waiting(shop, "order", order):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def list_page(shop: Shop) -> str:
    posts = shop.kind.orders == "posts"
    return "/wp-admin/" + ("edit.php?post_type=shop_order" if posts else "admin.php?page=wc-orders")


def order_page(shop: Shop, order: int) -> str:
    if shop.kind.orders == "posts":
        return f"/wp-admin/post.php?post={order}&action=edit"
    return f"/wp-admin/admin.php?page=wc-orders&action=edit&id={order}"


def states_in_list(shop: Shop) -> dict[int, str]:
    """The column's state of each order on the list's first page."""
    page = shop.admin.page(list_page(shop))
    rows = re.findall(r'<tr id="(?:order|post)-(\d+)".*?</tr>', page, re.DOTALL)
    marks = re.findall(r"causeway-mark causeway-(\w+)", page)
    assert len(rows) == len(marks)
    return {int(order): state for order, state in zip(rows, marks, strict=True)}


def journey_of(shop: Shop, order: int, text: str) -> dict[str, str]:
    """The panel's answer, once the journey says so: the sidecar works on an order by and by."""
    until = time.monotonic() + 30
    while True:
        found: dict[str, str] = shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
        if text in found["journey"]:
            return found
        assert time.monotonic() < until, found["journey"]


@contextmanager
def long_waiting(shop: Shop) -> Iterator[None]:
    """A row that has waited for an hour."""
    shop.php("Causeway\\Plugin::services()->outbox()->mark( array( array( 'note', 9 ) ), 9999 );")
    shop.sql(
        "UPDATE wp_causeway_outbox SET marked_at = marked_at - 3601, updated_at = updated_at - 3601 "
        "WHERE entity = 'note' AND entity_id = 9"
    )
    forget(shop)
    try:
        yield
    finally:
        shop.sql("DELETE FROM wp_causeway_outbox WHERE entity = 'note' AND entity_id = 9")
        forget(shop)


@contextmanager
def answering_instead(shop: Shop, error: str) -> Iterator[None]:
    """The test shop lets nothing out, not even a question to DNS: WordPress's own words for it."""
    plugin = shop.place.www / "wp-content" / "mu-plugins" / "instead.php"
    plugin.write_text(
        "<?php add_filter( 'pre_http_request', function () {"
        f"return new WP_Error( 'http_request_failed', '{error}' ); }}, 2000 );"
    )
    plugin.chmod(0o644)
    try:
        yield
    finally:
        plugin.unlink()


@contextmanager
def server(answer: Callable[[str], tuple[int, str, bytes]]) -> Iterator[str]:
    """Somebody else's server: path → status, content type, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()


def wp(shop: Shop, command: str, *arguments: str, **options: str) -> dict[str, Any]:
    """Run `wp causeway …`: what it said, the items it listed, and its exit code."""
    stand_in = shop.place.www / "wp-content" / WP_CLI.name
    stand_in.write_text(WP_CLI.read_text())
    stand_in.chmod(0o644)
    found: dict[str, Any] = shop.value(
        "require $file; return causeway_wp( $command, $arguments, $options );",
        file=str(stand_in), command=command, arguments=list(arguments),
        options=options or {"-": ""},
    )  # fmt: skip
    return found

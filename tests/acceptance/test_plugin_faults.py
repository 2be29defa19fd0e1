"""The worst that can happen to a shop behind nginx and php-fpm: every order is whole, and is told.

One shop of the newest WooCommerce with order tables: what breaks here is PHP, memory and time.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.conftest import Say, standing
from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import SERVICES, Road
from tests.shop.account import give
from tests.shop.guest import ClassicGuest, Refused
from tests.shop.shop import Shop

BASKET = [("MUG-01", 2), ("PEN", 1)]
CHECKOUTS = ("checkout_store_api", "checkout_classic")
ORDERS_OF_A_DAY = 10_000
FIRST = 1_000_000  # ids of that day's orders begin here
HOURS = 24
DOWN = {"type": "urn:causeway:problem:not-ready", "detail": "Not now.", "remedy": ""}
BROKEN = """<?php
add_action( 'plugins_loaded', function () {
    $made = new ReflectionProperty( 'Causeway\\\\Services', 'made' );
    $made->setAccessible( true );
    $broken = array();
    foreach ( ( new ReflectionClass( 'Causeway\\\\Services' ) )->getMethods() as $method ) {
        $broken[ $method->name ] = new stdClass(); // its type is wrong: whoever asks gets an Error
    }
    $made->setValue( Causeway\\Plugin::services(), $broken );
}, 100 );
"""


@pytest.fixture(scope="module")
def fpm_shop(say: Say) -> Iterator[Shop]:
    with standing(say, server="fpm") as shop:
        yield shop


@pytest.fixture(scope="module")
def of_one_shop(fpm_shop: Shop) -> Iterator[Road]:
    with Counterpart() as counterpart:
        road = Road(fpm_shop, counterpart)
        road.pair()
        yield road


@pytest.fixture
def road(of_one_shop: Road) -> Iterator[Road]:
    of_one_shop.call("breaker()->succeeded()")
    of_one_shop.call("outbox()->retry_all()")
    of_one_shop.send()
    of_one_shop.shop.forget()
    yield of_one_shop
    of_one_shop.sidecar.before = None


def until(what: str, holds: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)
    return found


def down(path: str, body: bytes) -> Said:
    return Said(503, DOWN)


def settle(road: Road) -> None:
    """What a worker does when the waits are over."""
    road.sidecar.before = None
    road.call("breaker()->succeeded()")
    road.call("sweep()->recent()")
    road.call("outbox()->retry_all()")
    while road.send()["more"]:
        pass


def last_order(road: Road) -> int:
    return int(
        road.shop.sql("SELECT MAX(id) AS id FROM wp_wc_orders WHERE type = 'shop_order'")[0]["id"]
    )


# --- every callback of ours fails


@contextmanager
def all_broken(shop: Shop) -> Iterator[None]:
    """Every service of the plugin is of the wrong kind: each callback ends in an Error."""
    plugin = Path(shop.place.www, "wp-content", "mu-plugins", "broken.php")
    plugin.write_text(BROKEN)
    give(plugin)
    try:
        yield
    finally:
        plugin.unlink()


def test_every_callback_of_ours_fails_and_the_shop_goes_on(road: Road) -> None:
    shop = road.shop
    with all_broken(shop):
        hooks = shop.value(
            "$said = array(); foreach ( Causeway\\Hooks::TABLE as list( $kind, $hook, $service,"
            " $method, $priority, $count ) ) { foreach ( $GLOBALS['wp_filter'][ $hook ]->callbacks"
            "[ $priority ] ?? array() as $one ) { if ( $one['function'] instanceof Causeway\\Guard ) {"
            " $given = array_fill( 0, max( 1, $count ), 'as it came' );"
            " $answer = $one['function']( ...$given );"
            " if ( $answer !== ( 'filter' === $kind ? 'as it came' : null ) ) {"
            " throw new Exception( $hook ); } $said[] = $hook; } } } return $said;"
        )
        orders = [getattr(shop, checkout)(BASKET) for checkout in CHECKOUTS]
        paid = road.new_order()
        shop.rest("POST", f"/wc/v3/orders/{paid}/refunds", {"amount": "1.00", "api_refund": False})
        shop.rest("POST", f"/wc/v3/orders/{paid}/notes", {"note": "Ring", "customer_note": True})
        shop.rest("PUT", f"/wc/v3/orders/{paid}", {"status": "completed"})
        shop.rest("PUT", f"/wc/v3/products/{shop.product('PEN')['id']}", {"regular_price": "1.30"})
        person = {"email": "broken@shop.example", "password": "pa55word"}
        user = shop.rest("POST", "/wc/v3/customers", person)["id"]
        for page in ("admin.php?page=wc-orders", f"admin.php?page=wc-orders&action=edit&id={paid}",
                     "admin.php?page=wc-settings", "site-health.php?tab=debug"):  # fmt: skip
            assert "</html>" in shop.admin.page(f"/wp-admin/{page}")
        shop.rest("DELETE", f"/wc/v3/customers/{user}", force="true", reassign="0")
    assert len(set(hooks)) > 60
    for order in orders:
        saved = shop.order(order)
        assert saved["status"] == "processing"
        assert [(line["sku"], line["quantity"]) for line in saved["line_items"]] == [
            ("MUG-01", 2), ("PEN", 1)]  # fmt: skip
    assert shop.order(paid)["status"] == "completed"
    assert len(shop.order(paid)["refunds"]) == 1
    settle(road)
    assert [road.statuses(order) for order in (*orders, paid)] == [
        ["processing"], ["processing"], ["completed"]]  # fmt: skip


# --- memory and kills


@pytest.mark.parametrize(("hook", "priority"), [
    ("woocommerce_checkout_order_processed", 10), ("shutdown", 20),
])  # fmt: skip
def test_a_checkout_that_runs_out_of_memory_is_told(road: Road, hook: str, priority: int) -> None:
    """In its middle, and in the shutdown before the plugin's own turn."""
    road.sidecar.before = down
    before = last_order(road)
    guest = ClassicGuest(road.shop.url)
    guest.add(road.shop.product("MUG-01"))
    fault = road.shop.fault(hook, "memory", priority=priority, request="wc-ajax=checkout", times=1)
    with fault as happened, suppress(Refused, requests.RequestException):
        guest.checkout()  # at shutdown the answer was made, and may still come
    order = last_order(road)
    assert order > before
    assert happened.stat().st_size == 1, happened.read_text()
    assert ("order", order) in road.waiting()
    settle(road)
    told = road.latest(order)["order"]
    assert [line["sku"] for line in told["line_items"]] == ["MUG-01"]
    assert told["status"] == road.shop.order(order)["status"]
    assert len(road.statuses(order)) == 1


def test_a_worker_of_php_fpm_killed_in_a_checkout_loses_no_order(road: Road) -> None:
    before = last_order(road)
    guest = ClassicGuest(road.shop.url)
    guest.add(road.shop.product("MUG-01"))
    with (
        road.shop.fault("woocommerce_checkout_order_processed", "kill",
                        request="wc-ajax=checkout", times=1),
        pytest.raises((requests.RequestException, Refused)),
    ):  # fmt: skip
        guest.checkout()
    killed = last_order(road)
    assert killed > before
    bought = road.shop.checkout_store_api(BASKET)  # php-fpm has another worker by now
    settle(road)
    assert road.statuses(killed) == ["pending"]
    assert road.statuses(bought) == ["processing"]


def killed_while_it_sends(road: Road) -> int:
    """The customer has the answer, the sidecar has the order, and the process is gone; its id."""
    arrived, release = threading.Event(), threading.Event()

    def hold(path: str, body: bytes) -> None:
        if path == "/v1/events":
            road.sidecar.before = None
            arrived.set()
            release.wait(60)

    road.sidecar.before = hold
    order = road.shop.checkout_store_api(BASKET)
    assert arrived.wait(60)
    [call] = [call for call in road.shop.outgoing() if call["url"].endswith("/v1/events")]
    assert call["in_shutdown"]
    os.kill(call["pid"], signal.SIGKILL)
    release.set()
    until("what had arrived is kept", lambda: road.statuses(order))
    assert (road.row("order", order) or {})["state"] == 1
    return order


def lease_ends(road: Road) -> None:
    road.shop.sql("UPDATE wp_causeway_outbox SET claimed_until = 1 WHERE state = 1")
    settle(road)


def test_a_worker_killed_while_it_sends_after_the_response_doubles_nothing(road: Road) -> None:
    """However WooCommerce puts the order together: its tables give meta in any order."""
    for _ in range(5):
        order = killed_while_it_sends(road)
        lease_ends(road)
        told = road.sidecar.of("order", order)
        assert len(told) == 1, [event["data"] for event in told]
        assert road.statuses(order) == ["processing"]
        assert ("order", order) not in road.waiting()
        road.shop.forget()


def test_what_changed_unseen_after_its_sender_was_killed_is_a_version_of_its_own(
    road: Road,
) -> None:
    """The sidecar leaves what comes under a version it knows."""
    order = killed_while_it_sends(road)
    road.shop.sql("UPDATE wp_wc_orders SET customer_note = 'Ring twice' WHERE id = ?", order)
    lease_ends(road)
    versions = [event["version"] for event in road.sidecar.of("order", order)]
    assert len(versions) == 2
    assert versions[0] < versions[1]
    assert road.latest(order)["order"]["customer_note"] == "Ring twice"


def test_a_scheduled_run_that_dies_of_memory_comes_back(road: Road) -> None:
    """Action Scheduler fails such an action and schedules no next one."""
    road.call("scheduler()->ensure()")
    order = road.new_order()
    due = ("UPDATE wp_actionscheduler_actions SET scheduled_date_gmt = '2020-01-01 00:00:00'"
           " WHERE hook = 'causeway_send' AND status = 'pending'")  # fmt: skip
    road.shop.sql(due)
    with road.shop.fault("causeway_send", "memory", priority=1, times=1):
        run = road.shop.start_php("ActionScheduler::runner()->run( 'WP CLI' );")
        assert run.wait(120) != 0
    assert ("order", order) in road.waiting()
    road.shop.sql("UPDATE wp_actionscheduler_actions SET claim_id = 0"
                  " WHERE hook = 'causeway_send' AND status IN ('in-progress', 'failed')")  # fmt: skip
    road.shop.php("update_option( 'causeway_heartbeat', array( 'send' => time() - 3600 ) );"
                  "do_action( 'causeway_cron' );")  # fmt: skip
    assert road.statuses(order) == ["processing"]
    pending = road.shop.sql("SELECT COUNT(*) AS n FROM wp_actionscheduler_actions"
                            " WHERE hook = 'causeway_send' AND status = 'pending'")  # fmt: skip
    assert pending[0]["n"] == 1


# --- a day without the sidecar


def copy_order(road: Road, order: int, count: int) -> list[int]:
    """As many orders like this one, with their items, straight into WooCommerce's tables."""

    def insert(table: str, own: str, extra: str, where: str, **replaced: str) -> None:
        columns = [row["Field"] for row in road.shop.sql(f"SHOW COLUMNS FROM {table}")
                   if row["Field"] != own or own in replaced]  # fmt: skip
        chosen = ", ".join(replaced.get(column, f"t.{column}") for column in columns)
        road.shop.sql(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} t"
                      f" JOIN seq_1_to_{count} s {extra} WHERE {where}", order)  # fmt: skip

    new = f"{FIRST} + s.seq"
    insert("wp_wc_orders", "id", "", "t.id = ?", id=new)
    for table in ("wp_wc_order_addresses", "wp_wc_orders_meta"):
        insert(table, "id", "", "t.order_id = ?", order_id=new)
    insert("wp_wc_order_operational_data", "id", "", "t.order_id = ?", order_id=new,
           order_key="CONCAT('wc_order_day_', s.seq)")  # fmt: skip
    item = f"{FIRST * 10} + s.seq * 100 + t.order_item_id % 100"
    insert("wp_woocommerce_order_items", "order_item_id", "", "t.order_id = ?",
           order_item_id=item, order_id=new)  # fmt: skip
    insert("wp_woocommerce_order_itemmeta", "meta_id",
           "JOIN wp_woocommerce_order_items i ON i.order_item_id = t.order_item_id",
           "i.order_id = ?", order_item_id=item)  # fmt: skip
    return [FIRST + number for number in range(1, count + 1)]


def test_a_day_without_the_sidecar_and_ten_thousand_orders_lose_and_double_nothing(
    road: Road,
) -> None:
    template = road.new_order()
    road.send()
    orders = copy_order(road, template, ORDERS_OF_A_DAY)
    road.sidecar.before = down
    for hour in range(HOURS):
        some = orders[hour::HOURS]
        road.shop.php(
            f"$outbox = {SERVICES}->outbox(); foreach ( array_chunk( $ids, 200 ) as $chunk ) {{"
            " $outbox->mark( array_map( fn( $id ) => array( 'order', $id ), $chunk ), 0 ); }",
            ids=some,
        )
        # An hour passes: the wait after the last failure is over, and all marks are older by it.
        road.shop.sql("UPDATE wp_causeway_outbox SET marked_at = marked_at - 3600,"
                      " updated_at = updated_at - 3600, available_at = available_at - 3600"
                      " WHERE state < 2")  # fmt: skip
        road.shop.php("$b = get_option( 'causeway_breaker', array() ); if ( $b ) {"
                      " $b['until'] = 0; update_option( 'causeway_breaker', $b ); }")  # fmt: skip
        assert road.send()["error"] == "busy"
    [rows] = road.shop.sql("SELECT COUNT(*) AS n, MAX(attempts) AS tried FROM wp_causeway_outbox"
                           " WHERE entity = 'order' AND state < 2")  # fmt: skip
    assert (rows["n"], rows["tried"]) == (ORDERS_OF_A_DAY, 0)  # a row for each, none given up
    assert [one["kind"] for one in road.call("condition()->findings()")] == ["late"]
    started = time.monotonic()
    bought = road.shop.checkout_store_api(BASKET)  # nobody who buys meets the crowd
    assert road.shop.order(bought)["status"] == "processing"

    road.sidecar.before = None
    road.call("breaker()->succeeded()")
    peaks: list[int] = []
    while True:
        report = road.shop.value(f"$r = {SERVICES}->sender()->run( 60 );"
                                 "return array( $r->more, $r->error, memory_get_peak_usage() );"
                                 )  # fmt: skip
        assert report[1] == ""
        peaks.append(report[2])
        assert time.monotonic() - started < 1800
        if not report[0]:
            break
    told = [int(event["entity_id"]) for event in road.sidecar.events
            if event["entity"] == "order" and int(event["entity_id"]) > FIRST]  # fmt: skip
    assert sorted(told) == [*orders, *([bought] if bought > orders[-1] else [])]
    assert road.statuses(bought) == ["processing"]
    assert road.waiting() == set()
    assert max(peaks) < 160 * 2**20, json.dumps(peaks)

"""Stock written while the shop sells: what it sold and the sidecar has not counted stays sold."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import SERVICES, Road
from tests.shop.guest import ClassicGuest, Refused, StoreApiGuest
from tests.shop.shop import Shop

GUESTS = 20
ROUNDS = int(os.environ.get("CAUSEWAY_ROUNDS", "1"))


@pytest.fixture
def road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as sidecar:
        road = Road(shop, sidecar)
        road.pair()
        road.shop.php(
            "delete_option( 'causeway_catalog_cursor' ); update_option( 'causeway_sync_stock', 'yes' );"
        )
        road.shop.sql("DELETE FROM wp_causeway_catalog")
        road.shop.sql("DELETE FROM wp_causeway_outbox")
        road.shop.sql("DELETE FROM wp_wc_reserved_stock")  # unpaid orders of the tests before
        road.call("breaker()->succeeded()")  # it remembers the test before
        yield road
        for sku in ("PEN", "SHIRT-S"):  # for the tests after
            product = shop.product(sku)["id"]
            shop.php("wc_update_product_stock( $id, 1000, 'set' );", id=product)


def figure(
    road: Road, sku: str, quantity: int, counts: int | None = None, price: str | None = None
) -> None:
    """The sidecar says: so many, with so many of this shop's events counted; None: all it has."""
    road.sidecar.counts = len(road.sidecar.events) if counts is None else counts
    road.sidecar.rows.append({
        "sku": sku, "quantity": str(quantity), "regular_price": price, "sale_price": None,
        "currency": "EUR", "prices_include_tax": False, "as_of": "2026-11-20T15:36:35Z",
        "sale": None,
    })  # fmt: skip


def apply(road: Road) -> bool:
    road.call("catalog_puller()->run()")
    return bool(road.call("catalog_applier()->run()"))


def stock(road: Road, sku: str) -> int:
    return int(road.shop.value(
        "return wc_get_product( $id )->get_stock_quantity();", id=road.shop.product(sku)["id"]
    ))  # fmt: skip


def away(road: Road) -> None:
    """The sidecar takes no events from here on."""
    road.sidecar.before = lambda path, body: Said(503) if path == "/v1/events" else None


def test_what_was_sold_and_not_yet_sent_is_not_sold_again(road: Road) -> None:
    figure(road, "PEN", 50)
    assert apply(road)
    away(road)
    road.new_order("PEN", 3)
    figure(road, "PEN", 60)
    assert apply(road)
    assert stock(road, "PEN") == 57


def test_what_the_sidecar_keeps_but_has_not_counted_is_not_sold_again(road: Road) -> None:
    counted = len(road.sidecar.events)
    road.new_order("PEN", 2)
    road.send()
    figure(road, "PEN", 30, counted)
    assert apply(road)
    assert stock(road, "PEN") == 28
    figure(road, "PEN", 28)
    assert apply(road)
    assert stock(road, "PEN") == 28


def test_a_variation_and_a_product_of_the_same_order_are_each_counted_for_themselves(
    road: Road,
) -> None:
    away(road)
    road.new_order("SHIRT-S", 2)
    figure(road, "SHIRT-S", 9)
    figure(road, "PEN", 9)
    assert apply(road)
    assert (stock(road, "SHIRT-S"), stock(road, "PEN")) == (7, 9)


def test_an_order_cancelled_before_it_was_sent_takes_nothing(road: Road) -> None:
    away(road)
    order = road.new_order("PEN", 4)
    road.shop.php("wc_get_order( $id )->update_status( 'cancelled' );", id=order)
    figure(road, "PEN", 20)
    assert apply(road)
    assert stock(road, "PEN") == 20


def test_a_sidecar_that_does_not_say_what_it_counted_is_believed_for_what_it_has(
    road: Road,
) -> None:
    road.new_order("PEN", 2)
    road.send()
    figure(road, "PEN", 30)
    road.sidecar.counts = None
    assert apply(road)
    assert stock(road, "PEN") == 30


def test_the_sidecar_hears_up_to_where_all_is_in_force(road: Road) -> None:
    figure(road, "PEN", 33)
    road.call("catalog_puller()->run()")
    assert "applied=0" in road.sidecar.seen[-1]
    assert road.call("catalog_applier()->run()") is True
    road.call("catalog_puller()->run()")
    assert f"applied={len(road.sidecar.rows)}" in road.sidecar.seen[-1]


def test_a_figure_below_what_was_sold_is_not_in_force_before_that_is_counted(road: Road) -> None:
    figure(road, "PEN", 20)
    assert apply(road)
    away(road)
    road.new_order("PEN", 3)
    figure(road, "PEN", 1)  # the rest is for another shop, once this one has let go of it
    assert apply(road)
    assert stock(road, "PEN") == 0
    road.sidecar.before = None
    road.call("breaker()->succeeded()")
    road.call("catalog_puller()->run()")
    assert "applied=1" in road.sidecar.seen[-1]
    road.shop.sql("UPDATE wp_causeway_outbox SET available_at = 0")
    road.send()
    road.sidecar.counts = len(road.sidecar.events)
    apply(road)
    road.call("catalog_puller()->run()")
    assert "applied=2" in road.sidecar.seen[-1]


def test_a_sale_that_is_over_ends_in_the_shop_and_one_nobody_speaks_of_stays(road: Road) -> None:
    gross = bool(road.shop.value("return wc_prices_include_tax();"))

    def sale(word: str | None, price: str | None) -> str:
        figure(road, "PEN", 33)
        road.sidecar.rows[-1].update(sale=word, sale_price=price, prices_include_tax=gross)
        assert apply(road)
        return str(road.shop.value(
            "return wc_get_product( $id )->get_sale_price();", id=road.shop.product("PEN")["id"]
        ))  # fmt: skip

    assert sale("on", "0.10") == "0.10"
    assert sale(None, None) == "0.10"
    assert sale("off", None) == ""


def test_a_cart_is_held_against_a_figure_that_waits_to_be_written(road: Road) -> None:
    pen = int(road.shop.product("PEN")["id"])
    figure(road, "PEN", 10)
    assert apply(road)
    guest = StoreApiGuest(road.shop.url)
    guest.add(pen, 3)
    figure(road, "PEN", 2)
    road.call("catalog_puller()->run()")
    with pytest.raises(Refused, match="only 2 are left"):
        guest.checkout()
    assert apply(road)
    assert stock(road, "PEN") == 2


def test_a_cart_costs_no_query_while_no_figure_waits(road: Road) -> None:
    figure(road, "PEN", 10)
    assert apply(road)
    queries = road.shop.value(
        "wc_load_cart(); WC()->cart->add_to_cart( $id ); $n = get_num_queries();"
        f"{SERVICES}->cart_guard()->check(); return get_num_queries() - $n;",
        id=road.shop.product("PEN")["id"],
    )
    assert queries == 0


def test_a_stock_that_equals_the_figure_by_chance_is_not_taken_for_right(road: Road) -> None:
    figure(road, "PEN", 53)
    assert apply(road)
    away(road)
    road.new_order("PEN", 3)
    assert stock(road, "PEN") == 50
    figure(road, "PEN", 50)  # the till sold three as well, and the sidecar has not heard of ours
    assert apply(road)
    assert stock(road, "PEN") == 47


def test_a_sale_that_was_off_the_figure_already_is_not_taken_off_for_good(road: Road) -> None:
    order = road.new_order("PEN", 2, status="pending")
    road.send()
    figure(road, "PEN", 48)  # counts the pending order
    assert apply(road)
    away(road)
    road.shop.php("wc_get_order( $id )->update_status( 'processing' );", id=order)
    figure(road, "PEN", 47, counts=len(road.sidecar.events))
    assert apply(road)
    assert stock(road, "PEN") == 45  # too little rather than too much, until the sidecar is back
    road.sidecar.before = None
    road.call("breaker()->succeeded()")
    road.shop.sql("UPDATE wp_causeway_outbox SET available_at = 0")
    road.send()
    road.sidecar.counts = len(road.sidecar.events)
    assert apply(road)  # no row changed
    assert stock(road, "PEN") == 47


def test_pages_still_to_be_read_let_nothing_count_as_counted(road: Road) -> None:
    counted = len(road.sidecar.events)
    road.new_order("PEN", 2)
    road.send()
    figure(road, "PEN", 30, counted)
    assert apply(road)
    assert stock(road, "PEN") == 28
    road.shop.sql("UPDATE wp_causeway_catalog SET state = 0")
    for n in range(2500):
        figure(road, f"OTHER-{n}", 1)
    pages: list[str] = []

    def one_page_only(path: str, body: bytes) -> Said | None:
        if path.startswith("/v1/catalog"):
            pages.append(path)
        return Said(503) if len(pages) > 1 else None

    road.sidecar.before = one_page_only
    apply(road)
    assert len(pages) == 2
    assert stock(road, "PEN") == 28


def test_who_pays_at_the_second_try_is_not_held_up_by_the_first(road: Road) -> None:
    figure(road, "PEN", 1)
    assert apply(road)
    pen = int(road.shop.product("PEN")["id"])
    guest = StoreApiGuest(road.shop.url)
    guest.add(pen)
    # Where the payment is made, the order is no draft any more, in whatever WooCommerce.
    with road.shop.fault("woocommerce_rest_checkout_process_payment_with_context", "throw",
                         times=1), pytest.raises(Refused):  # fmt: skip
        guest.checkout()
    road.send()
    figure(road, "PEN", 0)  # the sidecar sets the unpaid order's piece aside
    assert apply(road)
    guest.checkout()
    assert stock(road, "PEN") == 0


def test_what_hangs_on_a_products_stock_follows(road: Road) -> None:
    figure(road, "PEN", 0)
    assert apply(road)
    figure(road, "PEN", 5)
    road.call("catalog_puller()->run()")
    fired = road.shop.value(
        "$fired = array(); foreach ( array( 'woocommerce_product_before_set_stock',"
        "'woocommerce_product_set_stock', 'woocommerce_product_set_stock_status',"
        "'woocommerce_updated_product_stock', 'woocommerce_update_product' ) as $hook ) {"
        "add_action( $hook, function ( $id, $status = '' ) use ( &$fired, $hook ) {"
        "$fired[ $hook ] = is_string( $status ) ? $status : ''; }, 10, 2 ); }"
        f"{SERVICES}->catalog_applier()->run(); return $fired;"
    )
    assert len(fired) == 5
    assert fired["woocommerce_product_set_stock_status"] == "instock"


def test_a_run_whose_time_is_up_is_gone_on_with_by_the_next(road: Road) -> None:
    for sku in ("PEN", "MUG-01", "POT-02", "SHIRT-S"):
        figure(road, sku, 444)
    road.call("catalog_puller()->run()")
    assert road.call("catalog_applier()->run( 0 )") is False
    assert road.call("catalog()->counts()")["open"] == 3
    assert road.call("catalog_applier()->run()") is True
    assert {stock(road, sku) for sku in ("PEN", "MUG-01", "POT-02", "SHIRT-S")} == {444}


def test_two_that_write_at_once_do_not_move_the_stock_twice(road: Road) -> None:
    figure(road, "PEN", 900)
    assert apply(road)
    for n in range(150):  # so that they are at it for a while
        figure(road, "PEN" if n == 149 else f"NOT-THERE-{n}", 500)
    road.call("catalog_puller()->run()")
    running = [road.shop.start_php(f"{SERVICES}->catalog_applier()->run();") for _ in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert apply(road)
    assert stock(road, "PEN") == 500


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_twenty_checkouts_for_the_last_one_one_succeeds_while_stock_is_written(
    road: Road, number: int
) -> None:
    """At the block checkout; in every second round half of them by the classic form."""
    started = len(road.sidecar.events)
    figure(road, "PEN", 1, started)
    assert apply(road)
    assert stock(road, "PEN") == 1
    guests = [_guest(road, classic=number % 2 > n % 2) for n in range(GUESTS)]
    over = threading.Event()

    def write_again_and_again() -> int:
        rounds = 0
        while not over.is_set() or rounds < 2:
            figure(road, "PEN", 1, started, price=f"1.{rounds % 90 + 10}")
            apply(road)
            rounds += 1
        return rounds

    def buy(guest: StoreApiGuest | ClassicGuest) -> Any:
        try:
            return guest.checkout()
        except Refused:
            return None

    with ThreadPoolExecutor(GUESTS + 1) as pool:
        writer = pool.submit(write_again_and_again)
        bought = [order for order in pool.map(buy, guests) if order]
        over.set()
        assert writer.result() >= 2
    assert len(bought) == 1
    assert stock(road, "PEN") == 0


def _guest(road: Road, *, classic: bool) -> StoreApiGuest | ClassicGuest:
    """With one pen in the cart."""
    pen = road.shop.product("PEN")
    if classic:
        form = ClassicGuest(road.shop.url)
        form.add(pen)
        return form
    guest = StoreApiGuest(road.shop.url)
    guest.add(int(pen["id"]))
    return guest

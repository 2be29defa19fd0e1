"""Prices in the shop: sales that begin and end, prices by quantity and customer group."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SERVICES, Road
from tests.shop.guest import ClassicGuest, StoreApiGuest
from tests.shop.shop import Shop

LIST = "2.00"


@pytest.fixture
def road(shop: Shop) -> Iterator[Road]:
    with Counterpart(counts=0) as sidecar:
        road = Road(shop, sidecar)
        road.pair()
        shop.sql("DELETE FROM wp_causeway_catalog")
        road.call("breaker()->succeeded()")
        yield road
        row(road, "PEN", sale="off")
        row(road, "SHIRT-S", price="24.95")
        shop.php("delete_post_meta_by_key( '_causeway_price_tiers' );")
        road.call("catalog()->note_whether_open()")


def row(road: Road, sku: str, price: str = LIST, **more: Any) -> None:
    road.sidecar.rows.append({
        "sku": sku, "quantity": None, "regular_price": price, "sale_price": None,
        "currency": "EUR", "prices_include_tax": False, "as_of": "2026-11-20T15:36:35Z",
        "sale": None, "price_tiers": [], **more,
    })  # fmt: skip
    road.call("catalog_puller()->run()")
    assert road.call("catalog_applier()->run()") is True


def tier(quantity: int, price: str, group: str = "", sale: str | None = None) -> dict[str, Any]:
    return {"group": group, "min_quantity": str(quantity), "regular_price": price,
            "sale_price": sale}  # fmt: skip


def seen(road: Road, sku: str, price: str = "get_price") -> str:
    return str(road.shop.value(
        f"return wc_get_product( $id )->{price}( 'edit' );", id=road.shop.product(sku)["id"]
    ))  # fmt: skip


def line_total(guest: StoreApiGuest) -> int:
    """Of the cart's first line, in cents, without tax."""
    return int(guest._call("GET", "/cart").json()["items"][0]["totals"]["line_subtotal"])


def pen(road: Road) -> int:
    return int(road.shop.product("PEN")["id"])


def test_a_sale_begins_and_ends_by_the_catalogue(road: Road) -> None:
    row(road, "PEN", sale="on", sale_price="1.50")
    assert seen(road, "PEN") == "1.50"
    row(road, "PEN", sale="off")
    assert seen(road, "PEN") == LIST


def test_a_sale_ends_at_its_last_day_when_the_sidecar_is_away(road: Road) -> None:
    row(road, "PEN", sale="on", sale_price="1.50", sale_from="2026-01-01", sale_until="2099-12-31")
    assert seen(road, "PEN") == "1.50"
    until = int(road.shop.value(
        "return wc_get_product( $id )->get_date_on_sale_to()->getTimestamp();", id=pen(road)
    ))  # fmt: skip
    assert until == 4102441199  # the day's last second in Berlin
    row(road, "PEN", sale="on", sale_price="1.40", sale_from="2025-01-01", sale_until="2025-01-31")
    assert seen(road, "PEN") == LIST


def test_a_sale_with_a_last_day_alone_is_put_in_force_once(road: Road) -> None:
    """As the sidecar says it; what the shop has then is what the catalogue says."""
    row(road, "PEN", sale="on", sale_price="1.50", sale_until="2099-12-31")
    assert seen(road, "PEN") == "1.50"
    road.shop.value(f"{SERVICES}->catalog()->compare( true ); return 1;")
    assert road.call("catalog()->counts()")["open"] == 0
    row(road, "PEN", sale="on", sale_price="1.40", sale_until="2025-01-31")
    assert seen(road, "PEN") == LIST


def test_days_that_an_older_sale_left_behind_do_not_hide_a_new_one(road: Road) -> None:
    road.shop.php(
        "$p = wc_get_product( $id ); $p->set_date_on_sale_to( '2025-01-31' ); $p->save();",
        id=pen(road),
    )
    row(road, "PEN", sale="on", sale_price="1.50")
    assert seen(road, "PEN") == "1.50"


def test_a_parents_price_range_follows_its_variations_at_once(road: Road) -> None:
    row(road, "SHIRT-S", price="24.95")
    road.sidecar.rows.append({**road.sidecar.rows[-1], "regular_price": "9.50"})
    lowest = road.shop.value(
        f"{SERVICES}->catalog_puller()->run(); {SERVICES}->catalog_applier()->run();"
        "return wc_get_product( $id )->get_variation_price( 'min' );",
        id=road.shop.product("SHIRT-S")["parent"],
    )
    assert float(lowest) == 9.5


def test_who_buys_ten_pays_what_ten_cost_each(road: Road) -> None:
    row(road, "PEN", price_tiers=[tier(10, "1.50"), tier(50, "1.20")])
    guest = StoreApiGuest(road.shop.url)
    guest.add(pen(road), 9)
    assert line_total(guest) == 9 * 200
    guest.add(pen(road), 1)
    assert line_total(guest) == 10 * 150
    order = road.shop.order(int(guest.checkout()["order_id"]))
    assert order["line_items"][0]["subtotal"] == "15.00"
    assert order["line_items"][0]["subtotal_tax"] == "2.85"


def test_the_classic_checkout_charges_the_same(road: Road) -> None:
    row(road, "PEN", price_tiers=[tier(10, "1.50")])
    guest = ClassicGuest(road.shop.url)
    guest.add(road.shop.product("PEN"), 12)
    order = road.shop.order(guest.checkout())
    assert order["line_items"][0]["subtotal"] == "18.00"


def dealer(road: Road) -> ClassicGuest:
    """A customer of the role “Wholesale”, logged in."""
    road.shop.php(
        "add_role( 'wholesale', 'Wholesale', array( 'read' => true ) );"
        "username_exists( 'dealer' ) || wp_insert_user( array( 'user_login' => 'dealer',"
        "'user_pass' => 'dealer-word', 'role' => 'wholesale',"
        "'user_email' => 'dealer@shop.example' ) );"
    )
    guest = ClassicGuest(road.shop.url)
    guest.http.cookies.set("wordpress_test_cookie", "WP Cookie check")
    guest.http.post(f"{road.shop.url}/wp-login.php", timeout=60, allow_redirects=False, data={
        "log": "dealer", "pwd": "dealer-word", "testcookie": "1", "wp-submit": "Log In",
    })  # fmt: skip
    return guest


def page_of(road: Road, sku: str, guest: ClassicGuest) -> str:
    product = road.shop.product(sku)
    url = road.shop.value("return get_permalink( $id );", id=product.get("parent", product["id"]))
    return html.unescape(guest.http.get(url, timeout=60).text)


def test_a_customer_of_a_group_sees_and_pays_its_price(road: Road) -> None:
    row(road, "PEN", price_tiers=[tier(1, "1.10", "Wholesale"), tier(10, "1.05")])
    row(road, "SHIRT-S", "24.95", price_tiers=[tier(1, "20.05", "wholesale")])
    guest, group = ClassicGuest(road.shop.url), dealer(road)
    assert "1.10" not in page_of(road, "PEN", guest)
    assert "1.10" in page_of(road, "PEN", group)
    assert "20.05" not in page_of(road, "SHIRT-S", guest)
    assert "20.05" in page_of(road, "SHIRT-S", group)
    group.add(road.shop.product("PEN"), 9)
    group.add(road.shop.product("SHIRT-S"), 1)
    order = road.shop.order(group.checkout())
    assert [line["subtotal"] for line in order["line_items"]] == ["9.90", "20.05"]


def test_nobody_pays_more_by_a_tier_than_the_shop_asks(road: Road) -> None:
    row(road, "PEN", sale="on", sale_price="1.00", price_tiers=[tier(10, "1.50")])
    guest = StoreApiGuest(road.shop.url)
    guest.add(pen(road), 10)
    assert line_total(guest) == 10 * 100


def test_the_products_page_tells_what_more_pieces_cost(road: Road) -> None:
    row(road, "PEN", price_tiers=[tier(10, "1.50"), tier(50, "1.20")])
    page = requests.get(road.shop.value("return get_permalink( $id );", id=pen(road)), timeout=60)
    assert "causeway-price-tiers" in page.text
    assert page.text.index("From 10 pieces") < page.text.index("From 50 pieces")


def test_tiers_that_are_gone_leave_nothing_behind(road: Road) -> None:
    row(road, "PEN", price_tiers=[tier(10, "1.50")])
    row(road, "PEN")
    assert road.shop.sql("SELECT * FROM wp_postmeta WHERE meta_key = '_causeway_price_tiers'") == []
    assert road.shop.value("return get_option( 'causeway_has_tiers' );") == "no"

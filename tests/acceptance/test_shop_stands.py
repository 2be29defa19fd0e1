"""The shop the other tests trust: it sells, keeps orders where it says, and lets nothing out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.conftest import Say, standing
from tests.shop import catalog
from tests.shop.admin import AdminRefused
from tests.shop.guest import ClassicGuest, Refused
from tests.shop.matrix import Combination
from tests.shop.parts import CannotStand
from tests.shop.runner import PhpFailed
from tests.shop.shop import Shop

# Twice 12.50 and 24.95 at 19 %, 8.33 at 7 %, 4.90 for shipping at 19 %
BASKET = (("MUG-01", 2), ("TEA-100", 1), ("SHIRT-S", 1))
LINES = [("MUG-01", 2, "25.00"), ("TEA-100", 1, "8.33"), ("SHIRT-S", 1, "24.95")]
TOTALS = ("74.18", "11.00", "4.90")


def lines(order: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(line["sku"], line["quantity"], line["total"]) for line in order["line_items"]]


def totals(order: dict[str, Any]) -> tuple[str, str, str]:
    return order["total"], order["total_tax"], order["shipping_total"]


def on_hand(shop: Shop, sku: str) -> Any:
    return shop.rest("GET", f"/wc/v3/products/{shop.product(sku)['id']}")["stock_quantity"]


def test_a_guest_buys_at_the_block_checkout(bare_shop: Shop) -> None:
    order = bare_shop.order(bare_shop.checkout_store_api(BASKET))
    assert (order["created_via"], order["status"]) == ("store-api", "processing")
    assert lines(order) == LINES
    assert totals(order) == TOTALS


def test_a_guest_buys_by_the_classic_form(bare_shop: Shop) -> None:
    order = bare_shop.order(bare_shop.checkout_classic(BASKET, note="Bitte klingeln"))
    assert (order["created_via"], order["status"]) == ("checkout", "processing")
    assert (lines(order), order["customer_note"]) == (LINES, "Bitte klingeln")
    assert totals(order) == TOTALS


def test_what_is_bought_leaves_the_stock(bare_shop: Shop) -> None:
    before = on_hand(bare_shop, "POT-02")
    bare_shop.checkout_store_api([("POT-02", 3)])
    assert on_hand(bare_shop, "POT-02") == before - 3


def test_an_address_elsewhere_pays_no_german_tax(bare_shop: Shop) -> None:
    order = bare_shop.order(
        bare_shop.checkout_store_api(
            [("MUG-01", 1)], country="AT", state="", city="Wien", postcode="1010"
        )
    )
    assert (order["total"], order["total_tax"]) == ("17.40", "0.00")


def test_virtual_goods_need_no_shipping(bare_shop: Shop) -> None:
    order = bare_shop.order(bare_shop.checkout_store_api([("EBOOK-1", 1)]))
    assert (order["shipping_lines"], order["total"]) == ([], "10.71")


def test_a_product_without_sku_can_be_bought(bare_shop: Shop) -> None:
    order = bare_shop.order(bare_shop.checkout_classic([(catalog.NO_SKU, 1)]))
    assert lines(order) == [("", 1, "1.20")]


def test_an_order_lies_where_the_shop_keeps_them(bare_shop: Shop, combination: Combination) -> None:
    order = bare_shop.checkout_store_api([("PEN", 1)])
    rows = bare_shop.sql("SELECT COUNT(*) AS n FROM wp_wc_orders WHERE id = ?", order)[0]["n"] if (
        combination.orders != "posts") else 0  # fmt: skip
    kind = bare_shop.sql("SELECT post_type FROM wp_posts WHERE ID = ?", order)[0]["post_type"]
    assert (rows, kind) == {
        "hpos": (1, "shop_order_placehold"),
        "sync": (1, "shop_order"),
        "posts": (0, "shop_order"),
    }[combination.orders]


def test_mail_is_kept_and_not_sent(bare_shop: Shop) -> None:
    bare_shop.forget()
    order = bare_shop.checkout_store_api([("PEN", 1)], email="guest@shop.example")
    told = {mail["to"]: mail["subject"] for mail in bare_shop.mails()}
    assert "guest@shop.example" in told
    assert f"#{order}" in told["admin@shop.example"]


def test_only_this_machine_is_reached(bare_shop: Shop) -> None:
    bare_shop.forget()
    answers = bare_shop.value(
        "return array_map( function ( $url ) { $answer = wp_remote_get( $url ); return is_wp_error("
        " $answer ) ? 'refused' : wp_remote_retrieve_response_code( $answer ); }, $urls );",
        urls=["https://wordpress.example/", f"{bare_shop.url}/wp-json/"],
    )
    assert answers == ["refused", 200]
    # Beside them WooCommerce may call its own background runner, from a visit to the admin.
    ours = [call for call in bare_shop.outgoing() if call["request"] == "cli"]
    assert [(call["url"], call["blocked"]) for call in ours] == [
        ("https://wordpress.example/", True),
        (f"{bare_shop.url}/wp-json/", False),
    ]


def test_a_checkout_of_woocommerce_alone_calls_nobody(bare_shop: Shop) -> None:
    bare_shop.forget()
    bare_shop.checkout_store_api([("PEN", 1)])
    bare_shop.checkout_classic([("PEN", 1)])
    assert [call for call in bare_shop.outgoing() if "wp-admin" not in call["request"]] == []


def test_buying_makes_php_complain_of_nothing(bare_shop: Shop) -> None:
    bare_shop.forget()
    bare_shop.checkout_store_api(BASKET)
    bare_shop.checkout_classic(BASKET)
    assert bare_shop.notebook.debug_log() == ""


def test_a_fault_happens_where_and_as_often_as_told(bare_shop: Shop) -> None:
    hook = "woocommerce_checkout_process"
    guest = ClassicGuest(bare_shop.url)
    guest.add(bare_shop.product("PEN"))
    with bare_shop.fault(hook, "throw", request="wc-ajax=checkout", skip=0, times=1) as seen:
        with pytest.raises(Refused, match="A fault of the test shop"):
            guest.checkout()
        assert bare_shop.order(guest.checkout())["status"] == "processing"
        assert seen.stat().st_size == 2


def test_a_request_killed_in_its_middle_does_not_end_the_shop(bare_shop: Shop) -> None:
    hook = "woocommerce_checkout_order_processed"
    guest = ClassicGuest(bare_shop.url)
    guest.add(bare_shop.product("PEN"))
    before = bare_shop.sql("SELECT MAX(ID) AS id FROM wp_posts")[0]["id"]
    try:
        with (
            bare_shop.fault(hook, "kill", times=1),
            pytest.raises((requests.ConnectionError, Refused)),
        ):
            guest.checkout()
        after = bare_shop.sql("SELECT MAX(ID) AS id FROM wp_posts")[0]["id"]
        assert after > before  # the order was written before the process died
    finally:
        bare_shop.restart_server()  # PHP's own server does not replace a worker
    assert bare_shop.order(bare_shop.checkout_classic([("PEN", 1)]))["status"] == "processing"


def test_php_inside_says_what_it_printed_and_returned(bare_shop: Shop) -> None:
    assert bare_shop.php("echo $left + $right;", left=40, right=2) == "42"
    assert bare_shop.value("return $code . $values;", code="a", values="b") == "ab"
    assert bare_shop.value("return array( 'text' => $text );", text="ß'\"\\") == {"text": "ß'\"\\"}


def test_php_that_fails_says_why(bare_shop: Shop) -> None:
    for code, said in (
        ("throw new Exception( 'So it is.' );", "Exception: So it is"),
        ("no_such_function();", "undefined function no_such_function"),
        ("if (", "ParseError"),
        ("class WP_Query {}", "Cannot declare class WP_Query"),
        ("exit( 3 );", "ended with 3"),
    ):
        with pytest.raises(PhpFailed, match=said):
            bare_shop.php(code)


def test_a_stranger_is_no_admin(bare_shop: Shop) -> None:
    with pytest.raises(AdminRefused):
        type(bare_shop.admin)(bare_shop.url, "wrong").rest("GET", "/wc/v3/orders")


@pytest.fixture
def kept() -> Iterator[Path]:
    """A folder that the servers' account may enter, as pytest's own may not be."""
    folder = Path(tempfile.mkdtemp(prefix="causeway-kept-"))
    folder.chmod(0o755)
    yield folder / "shop"
    shutil.rmtree(folder)


def test_a_kept_shop_is_taken_up_again_behind_another_server(kept: Path, say: Say) -> None:
    with standing(say, plugin=None, keep=kept) as shop:
        order = shop.checkout_store_api([("MUG-01", 1)])
    with standing(say, plugin=None, keep=kept, server="fpm") as shop:
        assert shop.order(order)["total"] == "20.71"
        assert shop.order(shop.checkout_classic(BASKET))["total"] == TOTALS[0]


def test_a_shop_is_not_kept_where_something_else_lies(kept: Path, bare_shop: Shop) -> None:
    kept.mkdir()
    (kept / "letters.txt").touch()
    with pytest.raises(CannotStand, match="is not empty and no whole shop"), Shop(keep=kept):
        pass
    assert [path.name for path in kept.iterdir()] == ["letters.txt"]


def test_a_port_in_use_is_named(bare_shop: Shop) -> None:
    with pytest.raises(CannotStand, match=f"127.0.0.1:{bare_shop.port} is in use"):
        Shop(port=bare_shop.port)

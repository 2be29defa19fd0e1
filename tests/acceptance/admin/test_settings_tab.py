"""The tab among WooCommerce's settings, and who may use it."""

from __future__ import annotations

import html
import json

import pytest
import requests

from causeway.wire import pairing
from tests.acceptance.admin.pages import SECTIONS, press, save, tab, text, unsent_order, waiting
from tests.shop.admin import AdminRefused
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar


def test_orders_lie_where_the_test_says(shop: Shop) -> None:
    in_tables = "return Automattic\\WooCommerce\\Utilities\\OrderUtil::custom_orders_table_usage_is_enabled();"
    shop.admin.page("/wp-admin/admin.php?page=wc-settings")
    assert shop.value(in_tables) is (shop.kind.orders != "posts")


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
    unsent_order(shop, due_in=600)
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

"""The plugin's pages in a real browser: by keyboard, with the scripts of WordPress around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.admin.pages import unsent_order
from tests.browser.shop_browser import admin_page, chromium, keep, why_not
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import PLUGIN, PLUGIN_FILE, Shop
from tests.shop.sidecar import Sidecar

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TAB = "/wp-admin/admin.php?page=wc-settings&tab=causeway"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if why_not():
        pytest.skip(why_not())
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def shop(browser: Browser) -> Iterator[Shop]:
    if not (PLUGIN / PLUGIN_FILE).is_file():
        pytest.skip("no shop in a browser: the plugin is not there")
    try:
        with Shop() as found:
            yield found
    except CannotStand as problem:
        pytest.skip(f"no shop in a browser: {problem}")


@pytest.fixture(scope="module")
def paired(shop: Shop) -> Iterator[Shop]:
    sidecar = Sidecar(shop.place.folder / "sidecar", free_port(), shop.url)
    shop.pair(sidecar.code)
    yield shop
    sidecar.stop()


def test_the_connection_is_tested_by_keyboard_and_the_answer_is_read_out(
    paired: Shop, browser: Browser
) -> None:
    with admin_page(browser, paired.url, paired.facts["password"]) as page:
        page.goto(TAB)
        page.get_by_label("Pairing code").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Test the connection"
        page.keyboard.press("Enter")
        answer = page.get_by_role("status").filter(has_text="Connected")
        answer.wait_for()
        assert answer.get_attribute("aria-live") == "polite"
        assert page.url.endswith("tab=causeway")
        keep(page, "shop-connection")


def test_every_control_of_every_section_has_a_name(paired: Shop, browser: Browser) -> None:
    nameless = """
        [...document.querySelectorAll('#mainform :is(input, button, select)')]
          .filter(one => one.offsetParent && !one.closest('.select2-container'))  // WooCommerce's
          .filter(one => !(one.labels && one.labels.length)
                         && !one.textContent.trim() && !one.getAttribute('aria-label'))
          .map(one => one.outerHTML)
    """
    with admin_page(browser, paired.url, paired.facts["password"]) as page:
        for section in ("", "orders", "catalog", "queue"):
            page.goto(f"{TAB}&section={section}")
            assert page.evaluate(nameless) == []
            keep(page, f"shop-settings-{section or 'connection'}")


def test_no_section_scrolls_sideways_on_a_narrow_screen(paired: Shop, browser: Browser) -> None:
    with admin_page(browser, paired.url, paired.facts["password"], width=400) as page:
        for section in ("", "orders", "catalog", "queue"):
            page.goto(f"{TAB}&section={section}")
            cells = page.evaluate(
                "[...document.querySelectorAll('.causeway-cell')]"
                ".map(cell => cell.scrollWidth - cell.clientWidth)"
            )
            assert all(wider <= 1 for wider in cells), section
            beyond = page.evaluate(
                "[...document.querySelectorAll('.form-table :is(input, select, textarea, button)')]"
                ".filter(one => one.getBoundingClientRect().right > innerWidth)"
                ".map(one => one.id || one.textContent)"
            )
            assert beyond == [], section


def test_the_panel_fetches_the_journey_and_sends_again(paired: Shop, browser: Browser) -> None:
    order = unsent_order(paired, due_in=600)
    with admin_page(browser, paired.url, paired.facts["password"]) as page:
        page.goto(f"/wp-admin/admin.php?page=wc-orders&action=edit&id={order}")
        panel = page.locator("#causeway-order")
        panel.get_by_text("has not arrived at Causeway yet").wait_for()
        panel.get_by_role("button", name="Send again").press("Enter")
        panel.get_by_text("Received by Causeway").wait_for()
        panel.get_by_text("Causeway has its latest version").wait_for()
        keep(page, "shop-order")


def test_without_javascript_the_panel_says_what_the_shop_knows(
    paired: Shop, browser: Browser
) -> None:
    order = unsent_order(paired, due_in=600)
    with admin_page(browser, paired.url, paired.facts["password"], scripts=False) as page:
        page.goto(f"/wp-admin/admin.php?page=wc-orders&action=edit&id={order}")
        panel = page.locator("#causeway-order")
        assert "waits to be sent" in panel.inner_text()
        panel.get_by_text("Send again").click()
        assert page.url.endswith(f"id={order}")


def test_a_return_is_asked_for_by_keyboard_and_the_answer_is_read_out(
    paired: Shop, browser: Browser
) -> None:
    order = paired.checkout_store_api([("PEN", 2)])
    with admin_page(browser, paired.url, paired.facts["password"]) as page:
        page.goto(f"/wp-admin/admin.php?page=wc-orders&action=edit&id={order}")
        panel = page.locator("#causeway-order")
        panel.get_by_role("button", name="Send again").press("Enter")
        panel.locator("summary", has_text="Request a return").press("Enter")
        field = panel.get_by_role("spinbutton")
        assert field.evaluate("field => field.labels.length") == 1
        field.fill("3")
        field.press("Enter")  # More than there are: the browser says so, and nothing is sent.
        assert page.url.endswith(f"id={order}")
        assert field.evaluate("field => field.validity.rangeOverflow")
        field.fill("1")
        panel.get_by_label("Reason").fill("it leaks")
        keep(page, "shop-return-form")
        panel.get_by_role("button", name="Request the return").press("Enter")
        panel.get_by_role("status").filter(has_text=f"Return {order}-1 is asked for").wait_for()
        panel.get_by_text("The return that was asked for waits to be sent").wait_for()
        assert page.evaluate("document.activeElement.className") == "causeway-return"
        keep(page, "shop-return-asked")
    notes = [note["note"] for note in paired.rest("GET", f"/wc/v3/orders/{order}/notes")]
    assert [note for note in notes if f"asked for return {order}-1" in note]

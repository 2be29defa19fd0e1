"""A guest in a real browser: the block checkout and the classic form of a real shop.

Pictures of what the guest saw are kept in CAUSEWAY_SCREENSHOTS (var/screenshots).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.acceptance.conftest import Say, standing
from tests.browser.shop_browser import keep
from tests.shop.shop import Shop

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no browser tests: pip install playwright"
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 60_000
CLICKS, CLICK_MS = 5, 4_000
GUEST = {
    "email": "browser@shop.example",
    "first_name": "Erika",
    "last_name": "Mustermann",
    "address_1": "Hauptstr. 1",
    "postcode": "10115",
    "city": "Berlin",
}


@pytest.fixture(scope="module")
def shop(say: Say) -> Iterator[Shop]:
    with standing(say) as shop:
        yield shop


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no browser tests: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # Its sandbox does not start for root, as in containers; the pages are our own.
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh visitor, whose page may not raise a script error."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def put_into_cart(page: Any, shop: Shop) -> None:
    page.goto(f"{shop.url}/?add-to-cart={shop.product('MUG-01')['id']}&quantity=2")


def order_number(page: Any) -> int:
    page.wait_for_url(re.compile(r"/order-received/\d+"))
    found = re.search(r"/order-received/(\d+)", page.url)
    assert found is not None
    return int(found[1])


def saves(answer: Any, text: str) -> bool:
    return "/store/v1/batch" in answer.url and text in (answer.request.post_data or "")


def place_order(page: Any) -> None:
    """Click until it is taken: while the block saves an address, it swallows a click."""
    for _ in range(CLICKS):
        with (
            suppress(playwright.TimeoutError),
            page.expect_request(lambda sent: "/store/v1/checkout" in sent.url, timeout=CLICK_MS),
        ):
            page.get_by_role("button", name="Place Order").click()
            return


def test_a_guest_buys_at_the_block_checkout(page: Any, shop: Shop) -> None:
    put_into_cart(page, shop)
    page.goto(f"{shop.url}/checkout/")
    page.locator("#email").fill(GUEST["email"])
    with page.expect_response(lambda answer: saves(answer, GUEST["city"])):
        for name in ("first_name", "last_name", "address_1", "postcode", "city"):
            page.locator(f"#shipping-{name}").fill(GUEST[name])
        page.keyboard.press("Tab")
    page.get_by_text("Flat rate").first.wait_for()
    page.get_by_text("€35.58").locator("visible=true").first.wait_for()
    keep(page, "shop-block-checkout")
    place_order(page)
    order = shop.order(order_number(page))
    keep(page, "shop-block-received")
    assert (order["created_via"], order["status"], order["total"]) == (
        "store-api", "processing", "35.58")  # fmt: skip
    assert order["billing"]["email"] == GUEST["email"]


def test_a_guest_buys_by_the_classic_form(page: Any, shop: Shop) -> None:
    put_into_cart(page, shop)
    page.goto(f"{shop.url}/classic-checkout/")
    for name, value in GUEST.items():
        page.locator(f"#billing_{name}").fill(value)
    page.locator("#billing_phone").fill("+49 30 1234567")
    page.wait_for_function("!document.querySelector('.blockUI')")
    keep(page, "shop-classic-checkout")
    page.locator("#place_order").click()
    order = shop.order(order_number(page))
    assert (order["created_via"], order["status"], order["total"]) == (
        "checkout", "processing", "35.58")  # fmt: skip

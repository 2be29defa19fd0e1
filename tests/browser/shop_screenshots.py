"""Pictures of the plugin's pages in a real shop, to be looked at by a person.

    python -m tests.browser.shop_screenshots FOLDER [--woocommerce Y] [--orders hpos|posts|sync]
                                                    [--width 1280] [--language de_DE]

Each section of the settings, the list of orders, an order's panel at the start and in the middle of
its story, the notice, a sidecar that is away, and a guest's checkout: wide and narrow, or at one
width alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.admin.pages import list_page, order_page
from tests.acceptance.story_road import RULES, ShopRoad, story_road
from tests.browser.shop_browser import admin_page, chromium, why_not
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import ORDERS, Shop
from tests.shop.sidecar import Sidecar

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TAB = "/wp-admin/admin.php?page=wc-settings&tab=causeway"
SECTIONS = {"connection": "", "orders": "orders", "stock-and-prices": "catalog", "queue": "queue"}
WIDE, NARROW = 1280, 390
POLICY = {"routes": RULES, "authorise_returns": True}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--woocommerce", metavar="Y")
    parser.add_argument("--orders", choices=ORDERS, default="hpos")
    parser.add_argument("--width", type=int, action="append", metavar="PIXELS")
    parser.add_argument("--language", metavar="LOCALE", help="of the plugin's own texts")
    given = parser.parse_args(arguments)
    if why_not():
        print(why_not())
        return 0
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        with (
            Shop(woocommerce=given.woocommerce, orders=given.orders) as shop,
            chromium() as browser,
        ):
            if given.language:
                speak(shop, given.language)
            take_all(shop, browser, given.folder, given.width or [WIDE, NARROW])
    except CannotStand as problem:
        print(f"No pictures: {problem}.", file=sys.stderr)
        return 1
    return 0


def take_all(shop: Shop, browser: Browser, folder: Path, widths: list[int]) -> None:
    order = shop.checkout_store_api([("MUG-01", 2), ("TEA-100", 1)])
    with admin_page(browser, shop.url, shop.facts["password"], width=widths[0]) as page:
        page.goto(list_page(shop))
        take(page, folder / "notice-not-paired.png")
        page.goto(TAB)
        take(page, folder / "connection-not-paired.png")
    sidecar = Sidecar(shop.place.folder / "sidecar", free_port(), shop.url)
    try:
        shop.pair(sidecar.code)
        work(shop)
        at_each_width(shop, browser, widths, lambda *at: take_paired(*at, order, folder))
    finally:
        sidecar.stop()
    shop.php("Causeway\\Plugin::services()->breaker()->succeeded();")
    late = shop.checkout_store_api([("PEN", 1)])
    at_each_width(shop, browser, widths, lambda *at: take_alone(*at, late, folder))
    with story_road(shop, shop.place.folder / "road", POLICY, "north", "south") as road:
        part_of_a_story(road)
        at_each_width(shop, browser, widths, lambda *at: take_panel(*at, int(road.id), folder))
    for width in widths:
        take_checkout(shop, browser, folder, width)


def speak(shop: Shop, locale: str) -> None:
    """Whether or not WordPress itself has that language."""
    plugin = shop.place.www / "wp-content" / "mu-plugins" / "language.php"
    plugin.write_text(f"<?php add_filter( 'locale', fn() => '{locale}' );")
    plugin.chmod(0o644)


def at_each_width(
    shop: Shop, browser: Browser, widths: list[int], do: Callable[[Page, Shop, str], None]
) -> None:
    for width in widths:
        with admin_page(browser, shop.url, shop.facts["password"], width=width) as page:
            do(page, shop, suffix_of(width))


def suffix_of(width: int) -> str:
    return "" if width == WIDE else f"-{width}"


def part_of_a_story(road: ShopRoad) -> None:
    """One warehouse has sent a part, the other has nothing left; a return is announced."""
    road.buys(("MUG-01", 2), ("TEA-100", 1))
    goods = [{"sku": "MUG-01", "quantity": "1"}]
    road.plays("ship", external_ref=road.key("request:1"), lines=goods)
    road.turn()
    road.returns("1", ("MUG-01", 1), reason="one of them leaks")
    road.edits(status="on-hold")


def take_alone(page: Page, shop: Shop, suffix: str, order: int, folder: Path) -> None:
    """The sidecar does not answer."""
    page.goto(TAB)
    page.click("[data-causeway-test]")
    page.wait_for_selector("[data-causeway-answer] .notice")
    take(page, folder / f"connection-away{suffix}.png")
    page.goto(f"{TAB}&section=queue")
    take(page, folder / f"queue-away{suffix}.png")
    take_panel(page, shop, suffix, order, folder, "panel-away", "[data-causeway-journey] p")


def take_panel(page: Page, shop: Shop, suffix: str, order: int, folder: Path,
               name: str = "panel-story", ready: str = ".causeway-milestones") -> None:  # fmt: skip
    page.goto(order_page(shop, order))
    page.wait_for_selector(f"#causeway-order {ready}")
    page.wait_for_load_state("networkidle")
    form = page.locator("#causeway-order details summary")
    if form.count():
        form.click()
    page.locator("#causeway-order").screenshot(path=folder / f"{name}{suffix}.png")


def take_checkout(shop: Shop, browser: Browser, folder: Path, width: int) -> None:
    """What a guest sees of the block checkout, with the plugin on."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.goto(f"{shop.url}/?add-to-cart={shop.product('MUG-01')['id']}&quantity=2")
        page.goto(f"{shop.url}/checkout/")
        page.get_by_role("button", name="Place Order").wait_for()
        take(page, folder / f"checkout{suffix_of(width)}.png")
    finally:
        context.close()


def take_paired(page: Page, shop: Shop, suffix: str, order: int, folder: Path) -> None:
    for name, section in SECTIONS.items():
        page.goto(f"{TAB}&section={section}")
        if not section:
            page.click("[data-causeway-test]")
            page.wait_for_selector("[data-causeway-answer] .notice")
        take(page, folder / f"{name}{suffix}.png")
    page.goto(list_page(shop))
    take(page, folder / f"list{suffix}.png")
    page.goto(order_page(shop, order))
    page.wait_for_selector("[data-causeway-journey] .causeway-milestones")
    take(page, folder / f"order{suffix}.png")
    page.locator("#causeway-order").screenshot(path=folder / f"panel{suffix}.png")


def work(shop: Shop) -> None:
    """Send the order, and bring back what the back office says of it."""
    shop.php("Causeway\\Plugin::services()->sender()->run();")
    shop.php("Causeway\\Plugin::services()->worker()->run( 20 );")


def take(page: Page, target: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=target, full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Pictures of the plugin's pages in a real shop, to be looked at by a person.

    python -m tests.browser.shop_screenshots FOLDER [--woocommerce Y] [--orders hpos|posts|sync]
                                                    [--width 1280]

Each section of the settings, the list of orders, an order's panel, the notice: wide and narrow, or
at one width alone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.shop_browser import admin_page, chromium, why_not
from tests.shop.parts import CannotStand
from tests.shop.process import free_port
from tests.shop.shop import ORDERS, Shop
from tests.shop.sidecar import Sidecar

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TAB = "/wp-admin/admin.php?page=wc-settings&tab=causeway"
SECTIONS = {"connection": "", "orders": "orders", "stock-and-prices": "catalog", "queue": "queue"}
WIDE, NARROW = 1280, 782


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--woocommerce", metavar="Y")
    parser.add_argument("--orders", choices=ORDERS, default="hpos")
    parser.add_argument("--width", type=int, action="append", metavar="PIXELS")
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
        for width in widths:
            with admin_page(browser, shop.url, shop.facts["password"], width=width) as page:
                take_paired(page, shop, order, folder, "" if width == WIDE else f"-{width}")
    finally:
        sidecar.stop()


def take_paired(page: Page, shop: Shop, order: int, folder: Path, suffix: str) -> None:
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


def list_page(shop: Shop) -> str:
    posts = shop.kind.orders == "posts"
    return "/wp-admin/" + ("edit.php?post_type=shop_order" if posts else "admin.php?page=wc-orders")


def order_page(shop: Shop, order: int) -> str:
    if shop.kind.orders == "posts":
        return f"/wp-admin/post.php?post={order}&action=edit"
    return f"/wp-admin/admin.php?page=wc-orders&action=edit&id={order}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

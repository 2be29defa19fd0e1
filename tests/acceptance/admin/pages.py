"""What the shop owner does in these tests: pages, buttons, forms; and what the tests stand on."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from causeway.wire import pairing
from causeway.wire.pairing import Pairing
from tests.acceptance.road import SCHEDULER_ASLEEP, SCHEDULER_AWAKE
from tests.shop.shop import Shop

TAB = "/wp-admin/admin.php?page=wc-settings&tab=causeway"
SECTIONS = ("", "orders", "catalog", "queue")
OTHER_SECRET = "whsec_" + "QUJD" * 8


def unsent_order(shop: Shop, *, due_in: int = 0, **details: Any) -> int:
    """An order that waits, also on a server that sends right after the response.

    Pages of the admin start the scheduler, which sends what is due: an order that is due in so
    many seconds waits until the test has it sent.
    """
    take = "$kept = get_option( $name ); delete_option( $name ); return $kept;"
    kept = shop.value(take, name="causeway_pairing")
    try:
        order = shop.checkout_store_api([("PEN", 1)], **details)
        shop.sql(
            "UPDATE wp_causeway_outbox SET available_at = available_at + ?"
            " WHERE entity = 'order' AND entity_id = ?", due_in, order,
        )  # fmt: skip
        return order
    finally:
        shop.php("update_option( $name, $kept );", name="causeway_pairing", kept=kept)


@contextmanager
def scheduler_asleep(shop: Shop) -> Iterator[None]:
    """Pages of the admin do not start it: nobody sends but the test."""
    shop.php(SCHEDULER_ASLEEP)
    try:
        yield
    finally:
        shop.php(SCHEDULER_AWAKE)


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

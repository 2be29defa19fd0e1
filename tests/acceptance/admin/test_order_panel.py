"""The panel at each order, with its journey."""

from __future__ import annotations

import html
import json
import re
import time

from tests.acceptance.admin.pages import order_page, unsent_order, versions
from tests.shop.shop import Shop


def test_the_orders_page_waits_for_nobody(shop: Shop) -> None:
    order = unsent_order(shop, due_in=600)
    shop.forget()
    page = shop.admin.page(order_page(shop, order))
    assert f'data-causeway-order="{order}"' in page
    assert "waits to be sent" in page
    request = order_page(shop, order).split("?")[0]
    ours = [call["url"] for call in shop.outgoing() if request in call["request"]]
    assert [url for url in ours if "/v1/" in url] == []


def test_the_panel_shows_the_journey_once_the_order_is_sent(shop: Shop) -> None:
    order = unsent_order(shop, due_in=600)
    before = shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
    assert "has not arrived at Causeway yet" in before["journey"]
    # The sidecar has five seconds, and on a busy machine may need longer.
    until = time.monotonic() + 60
    while not (said := press_send(shop, order)).startswith("Sent."):
        assert said.startswith("It is queued")
        assert time.monotonic() < until, said
    found = journey_of(shop, order, "Received by Causeway")
    assert "Causeway has its latest version" in found["local"]
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', found["journey"])


def press_send(shop: Shop, order: int) -> str:
    """What the panel's button says."""
    return str(shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")["said"])


def test_an_order_is_sent_again_without_javascript(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.value("return Causeway\\Plugin::services()->sender()->run()->sent;")
    page = shop.admin.page(order_page(shop, order))
    link = re.search(r'href="([^"]+action=causeway_resend[^"]+)"', page)
    assert link is not None
    before = versions(shop, [order])
    shop.admin.http.get(html.unescape(link[1]), timeout=60)
    assert versions(shop, [order]) > before  # queued, and perhaps sent by now


def test_a_hostile_journey_is_escaped(shop: Shop) -> None:
    evil = "<img src=x onerror=alert(1)>"
    drawn = shop.value(
        "return Causeway\\Admin\\JourneyView::html( $journey, 7 );",
        journey={
            "state": {"value": evil, "sentence": evil},
            "financial": evil,
            "fulfilment": evil,
            "booked_as": evil,
            "milestones": [{"name": evil, "at": evil, "detail": evil}, evil],
            "deliveries": [{"operation": evil, "connection": evil, "reason": evil, "state": {}}],
            "cases": [{"title": evil, "detail": evil, "remedy": evil}, 7],
            "parcels": [
                {"id": evil, "carrier": evil, "label": True, "tracking_url": "javascript:alert(1)"},
                {"id": 7, "carrier": evil, "tracking_number": evil, "tracking_url": evil},
                evil,
            ],
            "waits": [{"who": evil, "what": evil}, evil],
            "parts": [
                {"warehouse": evil, "status": {"value": evil}, "lines": [{"name": evil}, evil]},
                {"connection": [], "status": evil, "lines": evil},
            ],
        },
    )
    assert "<img" not in drawn
    assert "javascript:" not in drawn
    assert drawn.count("&lt;img") >= 8


def test_names_and_addresses_are_not_kept_with_the_journey(shop: Shop) -> None:
    order = unsent_order(shop, email="secret.person@shop.example")
    shop.rest("POST", f"/causeway/v1/admin/orders/{order}/send")
    shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
    kept = shop.sql("SELECT option_value FROM wp_options WHERE option_name LIKE '%causeway%'")
    assert "secret.person" not in json.dumps(kept)


def journey_of(shop: Shop, order: int, text: str) -> dict[str, str]:
    """The panel's answer, once the journey says so: the sidecar works on an order by and by."""
    until = time.monotonic() + 30
    while True:
        found: dict[str, str] = shop.rest("GET", f"/causeway/v1/admin/orders/{order}")
        if text in found["journey"]:
            return found
        assert time.monotonic() < until, found["journey"]

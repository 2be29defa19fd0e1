"""A new secret for the shop while orders go on: both are valid meanwhile, and nothing is missed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop
from tests.shop.sidecar import STORE, Sidecar

SECONDS = 60.0
KEPT = ("causeway_feed_cursor", "causeway_catalog_cursor")


def send(shop: Shop) -> str:
    """One run of the sender; the kind of its trouble, or nothing."""
    return str(shop.value(f"return {SERVICES}->sender()->run();")["error"])


def journey(sidecar: Sidecar, order: int) -> list[str]:
    """The order's journey, as the sidecar's own command tells it; nothing while it is unknown."""
    done = sidecar.causeway("order", "show", str(order), "--store", STORE)
    return [done.stdout] if done.returncode == 0 else []


def until(what: str, holds: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {SECONDS:.0f} s"
        time.sleep(0.2)


def waits(shop: Shop, order: int) -> bool:
    rows = shop.sql("SELECT id FROM wp_causeway_outbox WHERE entity = 'order' AND entity_id = ?"
                    " AND state < 2", order)  # fmt: skip
    return bool(rows)


def acknowledged(shop: Shop, order: int) -> bool:
    """Whether what the sidecar has of the order is still known."""
    [row] = shop.sql("SELECT sent_seq, payload_hash FROM wp_causeway_outbox"
                     " WHERE entity = 'order' AND entity_id = ?", order)  # fmt: skip
    return bool(row["sent_seq"] and row["payload_hash"])


def test_a_secret_is_renewed_without_a_gap(paired: Shop, sidecar: Sidecar) -> None:
    before = paired.checkout_store_api([("MUG-01", 1)])
    assert send(paired) == ""
    since = paired.value("return Causeway\\Pairing::since();")
    code = sidecar.rotate("1")

    # The shop still has the old one: what it sends is taken, and the answers it gets are believed.
    meanwhile = paired.checkout_store_api([("MUG-01", 1)])
    assert send(paired) == ""
    until("it is sent", lambda: not waits(paired, meanwhile))
    assert paired.value(f"{SERVICES}->poller()->run(); return {SERVICES}->breaker()->trouble();"
                        ) in (None, [])  # fmt: skip
    cursors = [paired.value("return get_option( $name );", name=name) for name in KEPT]

    # The shop takes the new one: what was acknowledged stays so, and the feed goes on where it was.
    waiting = paired.checkout_store_api([("MUG-01", 1)])
    paired.pair(code)
    assert acknowledged(paired, before)
    assert [paired.value("return get_option( $name );", name=name) for name in KEPT] == cursors
    assert paired.value("return Causeway\\Pairing::since();") == since
    assert send(paired) == ""
    until("it is sent", lambda: not waits(paired, waiting))
    for order in (before, meanwhile, waiting):
        until(f"order {order} is known", lambda order=order: journey(sidecar, order))


def test_a_secret_that_is_no_longer_valid_loses_no_order(paired: Shop, sidecar: Sidecar) -> None:
    """The overlap is over before the owner entered the new code."""
    code = sidecar.rotate("0")
    order = paired.checkout_classic([("MUG-01", 1)])
    # Where the server allows it, another process tried it right after the response.
    until("the secret is refused", lambda: send(paired) == "secret")
    assert waits(paired, order)
    finding = paired.value(f"return {SERVICES}->breaker()->trouble();")
    assert finding["kind"] == "secret"
    paired.pair(code)
    assert send(paired) == ""
    until(f"order {order} is known", lambda: journey(sidecar, order))


@pytest.fixture(autouse=True)
def open_way(paired: Shop) -> None:
    """Whatever other tests left behind is gone over."""
    paired.php(f"{SERVICES}->breaker()->succeeded(); {SERVICES}->sender()->run();")

"""The live check at checkout: the owner's choice, and never at the customer's cost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import Road
from tests.shop.guest import ClassicGuest, Refused, StoreApiGuest
from tests.shop.shop import Shop

ASKED = "POST /v1/availability"
BUDGET_SECONDS = 0.3
Buy = Callable[[Road, int], int]


@pytest.fixture
def road(shop: Shop) -> Iterator[Road]:
    with Counterpart(counts=0) as sidecar:
        road = Road(shop, sidecar)
        road.pair()
        road.call("breaker()->succeeded()")
        shop.sql("DELETE FROM wp_causeway_outbox")
        choose(road, "yes")
        yield road
        choose(road, "no")


def choose(road: Road, live: str) -> None:
    road.shop.php(
        "update_option( 'causeway_live_check', $live );"
        "delete_option( 'causeway_live_breaker' );"
        "wc_update_product_stock( $id, 1000, 'set' );",
        live=live, id=road.shop.product("PEN")["id"],
    )  # fmt: skip


def answers(road: Road, available: str | None, seconds: float = 0.0, **more: Any) -> list[Any]:
    """The sidecar says so much is left of everything; what it was asked."""
    asked: list[Any] = []

    def before(path: str, body: bytes) -> Said | None:
        if path != "/v1/availability":
            return None
        asked.append(json.loads(body))
        time.sleep(seconds)
        lines = [{"sku": line["sku"], "available": available, "backorders": False, **more}
                 for line in asked[-1]["lines"]]  # fmt: skip
        counted = str(len(road.sidecar.events))
        return Said(200, {"lines": lines, "late": [], "events_until": counted})

    road.sidecar.before = before
    return asked


def block(road: Road, quantity: int) -> int:
    guest = StoreApiGuest(road.shop.url)
    guest.add(int(road.shop.product("PEN")["id"]), quantity)
    return int(guest.checkout()["order_id"])


def classic(road: Road, quantity: int) -> int:
    guest = ClassicGuest(road.shop.url)
    guest.add(road.shop.product("PEN"), quantity)
    return guest.checkout()


both = pytest.mark.parametrize("buy", [block, classic])


@both
def test_what_another_channel_has_sold_is_not_sold_again(road: Road, buy: Buy) -> None:
    asked = answers(road, "2")
    with pytest.raises(Refused, match="only 2 are left"):
        buy(road, 3)
    assert asked == [{"lines": [{"sku": "PEN", "quantity": "3"}], "live": True, "budget_ms": 200}]
    answers(road, "3")
    assert buy(road, 3)


@both
def test_it_is_off_unless_it_is_chosen(road: Road, buy: Buy) -> None:
    choose(road, "no")
    assert not answers(road, "0")
    assert buy(road, 1)
    assert ASKED not in road.sidecar.seen


@both
def test_an_answer_that_does_not_come_in_time_is_not_waited_for(road: Road, buy: Buy) -> None:
    asked = answers(road, "0", seconds=3)
    assert buy(road, 1)
    assert buy(road, 1)
    assert len(asked) == 1  # nobody else waits


@both
def test_a_sidecar_that_is_gone_costs_nothing_and_hurts_nobody(road: Road, buy: Buy) -> None:
    for said in (
        Said(500),
        Said(200, b"<html>"),
        Said(200, {"lines": "?"}, signed=False),
        Said(200, {"lines": [7, {"sku": "PEN", "available": "x"}, {"sku": 5}]}),
    ):
        choose(road, "yes")
        road.sidecar.before = lambda path, body, said=said: (  # type: ignore[misc]
            said if path == "/v1/availability" else None
        )
        assert buy(road, 1)


def test_after_a_rest_one_customer_tries_it_again(road: Road) -> None:
    answers(road, "0", seconds=3)
    assert block(road, 1)
    road.shop.php(
        "update_option( 'causeway_live_breaker', array( 'failures' => 1, 'until' => time() - 1 ) );"
    )
    asked = answers(road, "1000")
    assert block(road, 1)
    assert block(road, 1)
    assert len(asked) == 2
    assert road.shop.value("return get_option( 'causeway_live_breaker' );") == []


def test_what_this_shop_sold_and_the_sidecar_has_not_counted_comes_off(road: Road) -> None:
    road.new_order("PEN", 3)
    answers(road, "5")
    with pytest.raises(Refused, match="only 2 are left"):
        block(road, 3)


def test_a_cart_that_is_only_looked_at_asks_nobody(road: Road) -> None:
    asked = answers(road, "0")
    guest = StoreApiGuest(road.shop.url)
    guest.add(int(road.shop.product("PEN")["id"]), 1)
    guest._call("GET", "/cart")
    guest._call("GET", "/checkout")
    assert asked == []

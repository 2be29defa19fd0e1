"""Orders as the plugin renders them, made by a real WooCommerce: booked to the minor unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from causeway.flows.state import Phase
from causeway.policy import StorePolicy
from tests.integration.stories.road import Road, connections
from tests.sandbox_tools import serving
from tests.world import ORDERS, World

RENDERED = sorted((ORDERS / "plugin").glob("*.json"))
DAY = 86400.0
# What keeps an order from being booked, and rightly.
HELD = {"authorised_only": "not_captured", "deleted_product": "missing_sku"}


@pytest.fixture
def road(tmp_path: Path, sqlite_url: str, new_world: Callable[..., World]) -> Iterator[Road]:
    with serving(tmp_path / "sandbox", ship_after=DAY, accept_after=DAY) as server:
        world = new_world(
            sqlite_url,
            connections=connections(server.address),
            options={"policies": {"berlin": StorePolicy()}},
        )
        yield Road(world, server.app)


def shown(road: Road, name: str) -> dict[str, Any]:
    """The order arrives, and all that follows is done."""
    road.order = json.loads((ORDERS / "plugin" / f"{name}.json").read_text())
    order: dict[str, Any] = road.order["order"]
    road.id = str(order["id"])
    road.shows()
    return order


def test_there_are_orders_of_the_plugin() -> None:
    assert len(RENDERED) >= 13
    assert set(HELD) <= {path.stem for path in RENDERED}


@pytest.mark.parametrize("name", [path.stem for path in RENDERED if path.stem not in HELD])
def test_it_is_booked_with_its_total_and_its_refunds(road: Road, name: str) -> None:
    order = shown(road, name)
    assert Decimal(road.booked()["total"]) == Decimal(order["total"])
    assert road.booked()["currency"] == order["currency"]
    credits_ = road.ask("GET", "/erp/credits")["credits"]
    assert sorted(Decimal(x["total"]) for x in credits_) == sorted(
        Decimal(x["amount"]) for x in road.order["refunds"]
    )
    assert road.cases == []


@pytest.mark.parametrize(("name", "kind"), HELD.items())
def test_it_waits_and_says_why(road: Road, name: str, kind: str) -> None:
    shown(road, name)
    assert (road.cases, road.done) == ([kind], [])
    assert road.state.phase is Phase.HELD


def requested(road: Road) -> dict[str, str]:
    requests = road.ask("GET", "/wms/requests")["requests"]
    return {line["sku"]: line["quantity"] for request in requests for line in request["lines"]
            if request["status"] != "cancelled"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("mixed_goods", {"MUG-01": "2"}),
        ("virtual_with_shipping_line", {}),
        ("bundle_packed", {"MUG-01": "1"}),
        ("several_refunds", {"MUG-01": "2", "TEA-100": "1"}),
        ("set_to_refunded", {}),
    ],
)
def test_only_what_is_to_be_sent_is_asked_for(road: Road, name: str, sent: dict[str, str]) -> None:
    shown(road, name)
    assert requested(road) == sent


def test_its_lines_weigh_what_the_shop_says_in_kilograms(road: Road) -> None:
    """The shop that rendered it weighs in pounds: 0.35 of them."""
    shown(road, "mixed_goods")
    assert road.state.order.product_lines[0].weight == Decimal("0.158757")


def test_people_find_it_by_its_sequential_number(road: Road) -> None:
    shown(road, "sequential_number")
    assert road.booked()["order_reference"] == "WEB-2026-0007"


def test_a_gift_card_is_a_line_and_an_account_of_its_own(road: Road) -> None:
    shown(road, "gift_card")
    (card,) = [line for line in road.booked()["lines"] if line["name"] == "Gift card"]
    assert Decimal(card["net"]) == -10
    (entry,) = road.ask("GET", "/erp/journals")["journals"]
    debits = {line["account"]: Decimal(line["debit"]) for line in entry["lines"]}
    assert debits["gift_cards"] == 10


def test_set_to_refunded_is_credited_with_its_taxes(road: Road) -> None:
    shown(road, "set_to_refunded")
    (credit,) = road.ask("GET", "/erp/credits")["credits"]
    assert {line["sku"] for line in credit["lines"]} == {"MUG-01", "TEA-100", ""}
    assert sum(Decimal(tax["amount"]) for line in credit["lines"] for tax in line["taxes"]) > 0

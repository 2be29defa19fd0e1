"""The whole road with a real Tryton at its end: from the signed batch to the parcel in the feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import settings
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer
from tests.world import World, fixture_order, order_event

STORE = "berlin"


@pytest.fixture
def world(tryton: TrytonServer, tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """A sidecar whose one connection, called office, is the real Tryton."""
    office = replace(settings(tryton, token=tryton.full_key), name="office")
    world = World(tmp_path, sqlite_url, (office,))
    world.clock.time = world.clock.time.replace(microsecond=0)
    world.add_store(STORE)
    yield world
    world.parts.ledger.close()


def renamed(name: str, number: int) -> dict[str, Any]:
    """A fixture under a number of its own: the Tryton of a session is shared by its tests."""
    data = fixture_order(name)
    data["order"]["id"], data["order"]["number"] = number, str(number)
    return data


def journey(world: World, number: int) -> dict[str, Any]:
    answer = world.shop(STORE).get(f"/v1/orders/{number}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_an_order_sent_twice_is_one_sale_and_its_parcel_comes_back_to_the_shop(
    world: World, books: TrytonBooks
) -> None:
    event = order_event(renamed("simple_cod", 70_001))
    for _ in range(2):
        assert world.shop(STORE).events([event]).status_code == 202
        world.drain(60)
    booked = journey(world, 70_001)
    assert booked["state"]["value"] == "booked"
    done = {d["operation"]: d["state"]["value"] for d in booked["deliveries"]}
    assert done == {"book": "done", "payment": "done"}
    assert len(books.sales(f"{STORE}:70001:book")) == 1

    books.ship(f"{STORE}:70001:book", tracking="1Z999")
    world.poll()

    page = world.shop(STORE).get("/v1/updates").get_json()
    kinds = [update["kind"] for update in page["updates"]]
    assert kinds == ["note", "shipment", "status"]
    assert page["updates"][1]["data"]["tracking_number"] == "1Z999"
    assert journey(world, 70_001)["state"]["value"] == "closed"


def test_a_refund_is_booked_behind_its_sale(world: World, books: TrytonBooks) -> None:
    event = order_event(renamed("partial_refund_one_line", 70_002))
    world.shop(STORE).events([event])
    world.drain(60)
    states = {d["operation"]: d["state"]["value"] for d in journey(world, 70_002)["deliveries"]}
    assert states == {"book": "done", "refund": "done", "cancel": "done"}
    assert len(books.sales(f"{STORE}:70002:book")) == 1
    assert len(books.sales(f"{STORE}:70002:refund:79")) == 1


def test_a_sku_that_tryton_does_not_have_becomes_a_case_that_names_it(world: World) -> None:
    data = renamed("simple_cod", 70_003)
    data["order"]["line_items"][0]["sku"] = "NO-SUCH-SKU"
    world.shop(STORE).events([order_event(data)])
    world.drain(60)
    found = journey(world, 70_003)
    assert [d["state"]["value"] for d in found["deliveries"]] == ["parked"]
    assert "NO-SUCH-SKU" in found["cases"][0]["title"]


def test_the_stock_tryton_has_reaches_the_catalogue(world: World, books: TrytonBooks) -> None:
    world.poll()
    rows = world.shop(STORE).get("/v1/catalog?limit=5000").get_json()["rows"]
    mugs = next(row for row in rows if row["sku"] == "MUG-01")
    assert 0 < float(mugs["quantity"]) <= float(books.on_hand("MUG-01"))

"""Pictures of orders in the middle of their stories, as the operations pages show them.

python -m tests.browser.story_screenshots FOLDER
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from causeway.ledger import connections
from causeway.policy import Rule, StorePolicy
from causeway.settings import OpsSettings
from tests.browser.screenshots import PHONE, Shot, browser, cookie_of, serving, take
from tests.integration.stories.road import Road
from tests.integration.stories.road import connections as behind
from tests.ops_tools import PASSWORD, Sidecar
from tests.sandbox_tools import serving as sandbox_serving
from tests.world import World, empty_ledger

DAY = 86400.0
RULES = (Rule("near", "north", warehouse="NORTH"), Rule("far", "south", warehouse="SOUTH"))
WHOLE = "full_refund_restocked"
Story = Callable[[Road], None]


def out_of_stock(road: Road) -> None:
    road.checkout()
    key = road.key("request:1")
    road.plays("answer", external_ref=key, answer="rejected", reason="out of stock")
    road.hears()


def partly_sent(road: Road) -> None:
    road.checkout(WHOLE)
    first = road.order["order"]["line_items"][0]
    goods = [{"sku": first["sku"], "quantity": "1", "lots": ["L-7"]}]
    road.plays("ship", external_ref=road.key("request:1"), lines=goods)
    road.hears()


def too_late(road: Road) -> None:
    road.checkout()
    road.plays("ship", external_ref=road.key("request:1"))
    road.shows(status="cancelled")


def deleted_refund(road: Road) -> None:
    road.checkout(WHOLE)
    road.refunds(79, (1, road.order["order"]["line_items"][1]["quantity"]))
    road.order["refunds"].clear()
    road.shows()


def credit_hold(road: Road) -> None:
    road.checkout()
    key = road.key("book")
    road.plays("credit", external_ref=key, answer="on_hold", reason="credit limit reached")
    road.hears()


def held(road: Road) -> None:
    road.checkout(status="on-hold")


STORIES: dict[str, Story] = {
    "1-out-of-stock": out_of_stock,
    "2-partly-sent": partly_sent,
    "3-too-late": too_late,
    "4-deleted-refund": deleted_refund,
    "5-credit-hold": credit_hold,
    "6-on-hold": held,
}


def tell(folder: Path) -> Iterator[tuple[World, list[str]]]:
    """A sidecar in which each story was told with an order of its own."""
    with sandbox_serving(folder / "sandbox", ship_after=DAY, accept_after=DAY) as sandbox:
        ledger = folder / "ledger.sqlite"
        ledger.write_bytes(empty_ledger())
        policy = StorePolicy(routes=RULES, timezone="Europe/Berlin", adopt={"erp": ("_old_link",)})
        world = World(
            folder,
            f"sqlite:///{ledger}",
            behind(sandbox.address, "north", "south"),
            options={"policies": {"berlin": policy}, "ops": OpsSettings(password=PASSWORD)},
        )
        world.add_store()
        ids = []
        for number, story in enumerate(STORIES.values(), 42001):
            road = Road(world, sandbox.app, id=str(number))
            story(road)
            ids.append(road.id)
            world.clock.advance(minutes=7)
        in_shadow(world, Road(world, sandbox.app, id="42101"), Road(world, sandbox.app, id="42102"))
        yield world, ids
        world.close()


def in_shadow(world: World, *roads: Road) -> None:
    """Two more orders, of which another connector has one."""
    with world.write() as connection:
        connections.set_shadow(connection, "erp", True, None)
    for place, road in enumerate(roads):
        link = [{"key": "_old_link", "value": "SO-1001"}] if place else []
        road.checkout("simple_cod", meta_data=link)


def main(folder: Path) -> int:
    found = browser()
    if found is None:
        print("No pictures: there is no Chromium.")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for world, ids in tell(Path(place)):
            shop = cast("Sidecar", cast("Any", world))
            with serving(shop, cookie_of(shop)) as address:
                for name, number in zip(STORIES, ids, strict=True):
                    path = f"/ops/orders/berlin/{number}"
                    print(take(found, address, Shot(name, path, 1700), folder))
                for name, path in (
                    ("7-shadow", "/ops/connections/erp/shadow"),
                    ("8-cases", "/ops/cases"),
                ):
                    print(take(found, address, Shot(name, path, 1100), folder))
                phone = Shot("2-partly-sent-phone", f"/ops/orders/berlin/{ids[1]}", 3200, PHONE)
                print(take(found, address, phone, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))

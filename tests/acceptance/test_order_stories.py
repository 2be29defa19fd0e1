"""What happens to orders, seen where the shop's people see it: in the shop's own order.

The same stories as `tests/integration/stories`, on a real WooCommerce with its Fulfillments on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from causeway.flows.state import Phase, ReturnStatus
from tests.acceptance.story_road import ADDRESS, RULES, ShopRoad, story_road
from tests.shop.matrix import Combination
from tests.shop.shop import Shop

RoadOf = Callable[..., ShopRoad]
_numbers = count(1)


@pytest.fixture(scope="module")
def story_shop(shop: Shop, combination: Combination) -> Shop:
    """With Fulfillments of WooCommerce's own."""
    if not shop.value("return class_exists( $a ) || class_exists( $b );",
                      a="Automattic\\WooCommerce\\Admin\\Features\\Fulfillments\\Fulfillment",
                      b="Automattic\\WooCommerce\\Internal\\Fulfillments\\Fulfillment",
                      ):  # fmt: skip
        pytest.skip(f"{combination} has no Fulfillments")
    return shop


@pytest.fixture(scope="module")
def roads(story_shop: Shop) -> Iterator[RoadOf]:
    """One road for each policy and set of warehouses; stories with the same share it."""
    with ExitStack() as stack:
        known: dict[str, ShopRoad] = {}
        here: list[str] = []

        def of(*warehouses: str, **policy: Any) -> ShopRoad:
            name = repr((warehouses, sorted(policy.items(), key=str)))
            if here != [name]:
                stack.close()
                known.clear()
            if name not in known:
                folder = story_shop.place.folder / "stories" / str(next(_numbers))
                known[name] = stack.enter_context(
                    story_road(story_shop, folder, policy, *warehouses)
                )
            here[:] = [name]
            return known[name]

        yield of


@pytest.fixture
def road(roads: RoadOf) -> ShopRoad:
    return roads(authorise_returns=True)


def sent(road: ShopRoad) -> dict[str, int]:
    """How many of each SKU stand in the shop's Fulfillments."""
    skus = {str(line["id"]): line["sku"] for line in road.lines}
    found: dict[str, int] = {}
    for parcel in road.parcels:
        for line, quantity in parcel["items"].items():
            found[skus[line]] = found.get(skus[line], 0) + quantity
    return found


def test_from_checkout_to_the_last_parcel(road: ShopRoad) -> None:
    road.buys(("MUG-01", 2), ("TEA-100", 1))
    assert road.has_note("Booked in the back office", road.booked()["number"])
    road.plays("ship", external_ref=road.key("request:1"))
    road.turn()
    assert (road.status, sent(road)) == ("completed", {"MUG-01": 2, "TEA-100": 1})
    assert Decimal(road.booked()["total"]) == Decimal(road.shown["total"])
    assert (road.state.phase, road.cases) == (Phase.CLOSED, [])
    mails = [mail for mail in road.shop.mails() if road.parcels[0]["tracking_number"]
             in mail["message"]]  # fmt: skip
    assert [mail["to"] for mail in mails] == [ADDRESS["email"]]


def test_what_the_shop_would_not_apply_becomes_a_case_and_stands_in_its_panel(
    road: ShopRoad,
) -> None:
    road.buys(("MUG-01", 1))
    road.plays("ship", external_ref=road.key("request:1"))
    road.world.drain()
    road.hears()  # that it was shipped: the shop is told to complete the order, and polls later
    road.edits(status="on-hold")
    assert (road.status, road.cases) == ("on-hold", ["update_refused"])
    panel = road.shop.rest("GET", f"/causeway/v1/admin/orders/{road.id}")["journey"]
    assert "the order is “on-hold” meanwhile" in panel


def test_part_is_shipped_then_the_rest_is_refunded(road: ShopRoad) -> None:
    road.buys(("MUG-01", 2), ("TEA-100", 1))
    goods = [{"sku": "MUG-01", "quantity": "2"}]
    road.plays("ship", external_ref=road.key("request:1"), lines=goods)
    road.turn()
    assert (road.status, sent(road)) == ("processing", {"MUG-01": 2})
    refund = road.refunds_in_shop(("TEA-100", 1))
    assert {f"refund:{refund}", f"cancel:lines:{refund}", "stop:1"} <= set(road.done)
    assert road.has_note("Refund", "CN-")
    assert (road.state.phase, road.cases, sent(road)) == (Phase.CLOSED, [], {"MUG-01": 2})


def test_a_refund_deleted_in_the_shop_is_taken_back(road: ShopRoad) -> None:
    road.buys(("MUG-01", 2), ("TEA-100", 1))
    refund = road.refunds_in_shop(("TEA-100", 1))
    road.deletes_refund(refund)
    assert f"reverse:{refund}" in road.done
    assert road.has_note("was deleted", "CN-")
    assert (road.shop_refunds, road.cases) == ([], [])
    for part in ("request:2", "request:3"):
        road.plays("ship", external_ref=road.key(part))
    road.turn()
    assert (road.status, sent(road)) == ("completed", {"MUG-01": 2, "TEA-100": 1})


def test_the_erp_is_away_during_a_refund_and_has_it_once_afterwards(road: ShopRoad) -> None:
    road.buys(("MUG-01", 2))
    road.plays("ship", external_ref=road.key("request:1"))
    road.turn()
    road.plays("faults", kind="drop_after", path="/erp/credits", method="POST")
    refund = road.refunds_in_shop(("MUG-01", 1))
    assert not road.has_note("Refund", "CN-")
    road.world.clock.advance(seconds=60)
    road.world.drain()
    road.world.clock.advance(seconds=-60)
    road.turn()
    assert f"refund:{refund}" in road.done
    assert road.has_note("Refund", "CN-")
    assert road.nothing_twice()


def test_cancelled_in_the_shop(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    road.edits(status="cancelled")
    assert road.booked()["status"] == "cancelled"
    assert road.has_note("Cancelled in the back office too")
    assert road.has_note("warehouse has stopped")
    assert (road.status, sent(road), road.cases) == ("cancelled", {}, [])


def test_cancelled_too_late(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    road.plays("ship", external_ref=road.key("request:1"))
    road.edits(status="cancelled")
    assert road.booked()["status"] == "confirmed"
    assert road.has_note("Too late to stop")
    assert road.status == "cancelled", "the shop's own decision is not undone"
    assert "cancelled_after_booking" in road.cases
    assert sent(road) == {"MUG-01": 1}


def test_an_edit_after_booking_reaches_erp_and_warehouse(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    road.edits(shipping={"address_1": "Neuer Weg 2", "city": "Hamburg"})
    assert road.booked()["shipping"]["city"] == "Hamburg"
    assert road.has_note("The change was made in the back office too")
    requests = road.ask("GET", f"/wms/requests?external_ref={road.key('request:2')}")["requests"]
    assert [request["recipient"]["city"] for request in requests] == ["Hamburg"]
    assert road.cases == []


def test_an_order_is_paid_after_its_stock_was_sold(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1), status="pending")
    assert road.done == []
    road.edits(status="processing")
    road.plays("answer", external_ref=road.key("request:1"), answer="rejected", reason="sold out")
    road.turn()
    assert road.cases == ["no_warehouse"]
    assert (road.status, sent(road)) == ("processing", {})
    assert road.has_note("sold out")


def test_a_refund_made_in_the_erp_stands_in_the_shop_once(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    road.plays("refund", external_ref=road.key("book"), amount="5.00", reason="late")
    road.turn()
    [refund] = road.shop_refunds
    assert (refund["amount"], refund["reason"]) == ("5.00", "late")
    assert road.has_note("The back office refunded 5.00 EUR: late")
    road.turn(2)
    assert len(road.shop_refunds) == 1
    assert not any(name.startswith("refund:") for name in road.done), "no echo"


def test_a_return_with_damaged_goods(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1), ("TEA-100", 1))
    road.plays("ship", external_ref=road.key("request:1"))
    road.turn()
    road.returns("R1", ("MUG-01", 1), ("TEA-100", 1))
    assert road.has_note("Return R1 is allowed")
    goods = [{"sku": "MUG-01", "disposition": "write_off"},
             {"sku": "TEA-100", "disposition": "restock"}]  # fmt: skip
    road.plays("receive", external_ref=road.key("return:R1"), lines=goods)
    road.turn(2)
    assert road.has_note("Return R1 arrived", "written off", "back on the shelf")
    amounts = {refund["line_items"][0]["sku"]: refund["amount"] for refund in road.shop_refunds}
    prices = {x["sku"]: f"{Decimal(x['total']) + Decimal(x['total_tax']):.2f}" for x in road.lines}
    assert amounts == prices
    assert restocked(road) == {"TEA-100": "1"}
    assert [back.status for back in road.state.returns] == [ReturnStatus.REFUNDED]
    assert road.cases == []


def restocked(road: ShopRoad) -> dict[str, str]:
    """What WooCommerce counts as put back on the shelf."""
    return {
        line["sku"]: meta["value"]
        for line in road.lines
        for meta in line["meta_data"]
        if meta["key"] == "_restock_refunded_items"
    }


def test_an_exchange_with_a_surcharge(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    worth = Decimal(road.lines[0]["total"]) + Decimal(road.lines[0]["total_tax"])
    road.plays("ship", external_ref=road.key("request:1"))
    road.turn()
    road.returns("R2", ("MUG-01", 1), exchange_order="4711", exchange_total=str(worth + 5))
    road.plays("receive", external_ref=road.key("return:R2"), disposition="restock")
    road.turn(2)
    assert road.has_note("Exchanged for order 4711", "5.00 EUR")
    assert [Decimal(refund["amount"]) for refund in road.shop_refunds] == [worth]


def test_the_erps_credit_check_is_a_hold(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1))
    road.plays("credit", external_ref=road.key("book"), answer="on_hold", reason="limit reached")
    road.turn()
    assert road.has_note("holds the order", "limit reached")
    assert road.cases == ["credit_hold"]
    road.plays("credit", external_ref=road.key("book"), answer="released")
    road.turn()
    assert road.has_note("lets the order go on")
    road.plays("ship", external_ref=road.key("request:2"))
    road.turn()
    assert (road.status, road.cases) == ("completed", [])


def test_only_what_needs_shipping_is_asked_for(road: ShopRoad) -> None:
    road.buys(("MUG-01", 1), ("EBOOK-1", 1))
    [part] = road.state.fulfilments
    assert [line.sku for line in part.lines] == ["MUG-01"]
    road.plays("ship", external_ref=road.key("request:1"))
    road.turn()
    assert (road.status, sent(road)) == ("completed", {"MUG-01": 1})


def test_a_promotion_peak_arrives_once_and_whole(road: ShopRoad) -> None:
    """A burst of orders, half of them changed before anything was sent."""
    ids = road.shop.value(
        "$ids = array(); foreach ( range( 1, 24 ) as $n ) { $o = wc_create_order();"
        "$o->add_product( wc_get_product( $id ), 1 + $n % 3 );"
        "$o->set_address( $address ); $o->calculate_totals(); $o->update_status( 'processing' );"
        "if ( $n % 2 ) { $o->set_customer_note( 'quick, please' ); $o->save(); }"
        "$ids[] = $o->get_id(); } return $ids;",
        id=road.shop.product("MUG-01")["id"], address=ADDRESS,
    )  # fmt: skip
    before = road.ask("GET", "/sandbox/books")["orders"]
    road.turns_after_a_change()
    books = road.ask("GET", "/sandbox/books")
    assert (books["orders"] - before, books["created_twice"]) == (len(ids), [])
    for number in (ids[0], ids[-1]):
        road.id = str(number)
        assert road.has_note("Booked in the back office")
        assert Decimal(road.booked()["total"]) == Decimal(road.shown["total"])


def test_a_warehouse_out_of_stock_is_replaced_and_the_shop_reads_it_in_german(
    roads: RoadOf,
) -> None:
    road = roads("north", "south", routes=RULES, language="de")
    road.buys(("MUG-01", 2))
    road.plays("answer", external_ref=road.key("request:1"), answer="rejected", reason="leer")
    road.turn()
    assert [part.connection for part in road.state.fulfilments] == ["north", "south"]
    assert road.has_note("Das Lager NORTH kann nicht liefern (leer)")
    road.plays("ship", external_ref=road.key("request:2"))
    road.turn()
    assert (road.status, sent(road), road.cases) == ("completed", {"MUG-01": 2}, [])

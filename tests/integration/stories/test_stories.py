"""What happens in shops, told from checkout to the last return, over the whole road."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from causeway.flows.state import Phase, ReturnStatus
from causeway.ledger.tables import deliveries, milestones
from causeway.policy import Rule
from tests.integration.stories.road import ID, Road
from tests.world import fixture_order, order_event

NewRoad = Callable[..., Road]


def lines(road: Road) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = road.order["order"]["line_items"]
    return found


def test_an_order_goes_from_checkout_to_the_last_parcel_and_into_the_journal(road: Road) -> None:
    road.checkout()
    assert road.done == ["book", "request:1"]
    road.plays("answer", external_ref=road.key("request:1"), answer="accepted")
    road.plays("ship", external_ref=road.key("request:1"))
    road.hears()
    assert (road.state.phase, road.state.posted, road.cases) == (Phase.CLOSED, True, [])
    assert road.told("status") == [{"to": "completed", "from": ["processing"]}]
    reached = {row.name for row in road.world.rows(milestones)}
    assert reached == {"received", "booked", "released", "accepted", "shipped", "posted"}
    (entry,) = road.ask("GET", "/erp/journals")["journals"]
    debits = sum(Decimal(line["debit"]) for line in entry["lines"])
    assert debits == Decimal(road.order["order"]["total"])
    assert road.nothing_twice()


def test_a_warehouse_out_of_stock_is_replaced_by_another(new_road: NewRoad) -> None:
    rules = (Rule("near", "north", warehouse="NORTH"), Rule("far", "south", warehouse="SOUTH"))
    road = new_road("north", "south", routes=rules)
    road.checkout()
    assert [part.connection for part in road.state.fulfilments] == ["north"]
    road.plays(
        "answer", external_ref=road.key("request:1"), answer="rejected", reason="out of stock"
    )
    road.hears()
    assert [part.connection for part in road.state.fulfilments] == ["north", "south"]
    assert road.done == ["book", "request:1", "request:2"]
    assert any("out of stock" in note for note in road.notes)
    road.plays("ship", external_ref=road.key("request:2"))
    road.hears()
    assert (road.state.phase, road.cases) == (Phase.CLOSED, [])


def test_when_nobody_has_it_a_case_says_so_and_the_order_stays_open(road: Road) -> None:
    road.checkout()
    road.plays("answer", external_ref=road.key("request:1"), answer="rejected", reason="none left")
    road.hears()
    assert road.cases == ["no_warehouse"]
    assert road.state.phase is Phase.BOOKED
    place = len(lines(road))
    road.refunds(79, *[(i, int(lines(road)[i]["quantity"])) for i in range(place)])
    assert road.cases == []
    assert road.state.phase is Phase.CLOSED


def test_the_erp_is_away_during_a_refund_and_has_it_once_afterwards(road: Road) -> None:
    road.checkout()
    road.plays("ship", external_ref=road.key("request:1"))
    road.hears()
    for kind in ("drop_after", "drop_before"):
        road.plays("faults", kind=kind, path="/erp/credits", method="POST")
    road.refunds(79, (0, 1))
    assert "refund:79" not in road.done
    for _ in range(6):
        road.world.clock.advance(hours=1)
        road.world.drain()
    assert "refund:79" in road.done
    assert len(road.ask("GET", "/erp/credits")["credits"]) == 1
    assert road.nothing_twice()


def test_a_part_is_shipped_then_the_rest_is_refunded_and_stopped(road: Road) -> None:
    road.checkout(name="full_refund_restocked")
    first, second = lines(road)[:2]
    parcel = [{"sku": first["sku"], "quantity": str(first["quantity"])}]
    road.plays("ship", external_ref=road.key("request:1"), lines=parcel)
    road.hears()
    assert road.state.phase is Phase.BOOKED
    road.refunds(79, (1, second["quantity"]))
    assert {"refund:79", "cancel:lines:79", "stop:1"} <= set(road.done)
    assert (road.state.phase, road.cases) == (Phase.CLOSED, [])
    (request,) = road.ask("GET", "/wms/requests")["requests"]
    assert request["status"] == "cancelled"
    assert len(road.told("shipment")) == 1


def test_cancelled_in_the_shop_stops_the_warehouse_first_then_the_sales_order(road: Road) -> None:
    road.checkout()
    road.shows(status="cancelled")
    assert road.done == ["book", "request:1", "stop:1", "cancel"]
    assert road.booked()["status"] == "cancelled"
    assert (road.state.phase, road.cases) == (Phase.CANCELLED, [])


def test_cancelled_too_late_leaves_the_sales_order_and_asks_a_person(road: Road) -> None:
    road.checkout()
    road.plays("ship", external_ref=road.key("request:1"))
    road.shows(status="cancelled")
    assert road.booked()["status"] == "confirmed"
    assert set(road.cases) == {"too_late_to_stop", "cancelled_after_booking"}


def test_a_cancelled_order_that_is_reopened_is_booked_again(road: Road) -> None:
    road.checkout()
    road.shows(status="cancelled")
    road.shows(status="processing")
    assert road.done == ["book", "request:1", "stop:1", "cancel", "book:2", "request:2"]
    assert (road.state.phase, road.cases) == (Phase.BOOKED, [])


def test_an_address_edited_after_booking_reaches_erp_and_warehouse(road: Road) -> None:
    road.checkout()
    moved = {**road.order["order"]["shipping"], "city": "Hamburg", "address_1": "Neuer Weg 2"}
    road.shows(shipping=moved)
    assert road.done == ["book", "request:1", "update:2", "stop:1", "request:2"]
    assert road.booked()["shipping"]["city"] == "Hamburg"
    old, new = road.ask("GET", "/wms/requests")["requests"]
    assert (old["status"], new["recipient"]["city"]) == ("cancelled", "Hamburg")
    assert road.cases == []


def test_an_edit_after_the_goods_left_is_a_case(road: Road) -> None:
    road.checkout()
    road.plays("ship", external_ref=road.key("request:1"))
    road.hears()
    moved = {**road.order["order"]["billing"], "city": "Hamburg"}
    road.shows(billing=moved)
    assert road.cases == ["changed_after_booking"]
    assert road.booked()["billing"]["city"] != "Hamburg"


def shipped_whole(road: Road) -> None:
    road.checkout(name="full_refund_restocked")
    road.plays("ship", external_ref=road.key("request:1"))
    road.hears()


def asks_to_return(road: Road, **more: Any) -> None:
    """One of each line comes back."""
    goods = [{"order_line_id": str(x["id"]), "quantity": "1"} for x in lines(road)]
    data = {"return_id": "R1", "order_id": ID, "reason": "broken", "lines": goods, **more}
    event = {
        "id": "00000000-0000-4000-8000-0000000000aa",
        "topic": "return.requested",
        "entity": "return",
        "entity_id": "1",
        "version": 1,
        "occurred_at": "2026-11-21T09:00:00Z",
        "schema": "causeway.return/1",
        "data": data,
    }
    assert road.world.shop().events([event]).get_json()["accepted"]
    road.world.drain()


def test_a_return_with_damaged_goods_is_refunded_and_only_the_good_are_restocked(
    new_road: NewRoad,
) -> None:
    road = new_road(authorise_returns=True)
    shipped_whole(road)
    asks_to_return(road)
    assert "return:R1" in road.done
    good, bad = (line["sku"] for line in lines(road)[:2])
    road.plays(
        "receive",
        external_ref=road.key("return:R1"),
        lines=[{"sku": good, "disposition": "restock"}, {"sku": bad, "disposition": "write_off"}],
    )
    road.hears()
    told = {data["refund_id"]: data for data in road.told("refund")}
    assert {name: data["restock"] for name, data in told.items()} == {
        "R1.restock": True,
        "R1.write_off": False,
    }
    assert [back.status for back in road.state.returns] == [ReturnStatus.INSPECTED]
    road.refunds(91, (0, 1), origin=road.key("refund:return:R1.restock"))
    road.refunds(92, (1, 1), origin=road.key("refund:return:R1.write_off"))
    assert [back.status for back in road.state.returns] == [ReturnStatus.REFUNDED]
    assert {"refund:91", "refund:92"} <= set(road.done)
    assert road.state.phase is Phase.CLOSED, "what came back is not sent again"
    assert road.cases == []


def test_a_return_waits_for_somebody_to_allow_it(road: Road) -> None:
    shipped_whole(road)
    asks_to_return(road)
    assert road.cases == ["return_requested"]
    assert "return:R1" not in road.done


def test_an_exchange_with_surcharge_says_what_is_to_be_paid(new_road: NewRoad) -> None:
    road = new_road(authorise_returns=True)
    shipped_whole(road)
    asks_to_return(road, exchange_order="42002", exchange_total="60.00")
    road.plays("receive", external_ref=road.key("return:R1"), disposition="restock")
    road.hears()
    worth = sum(Decimal(data["amount"]) for data in road.told("refund"))
    assert any(f"{60 - worth} EUR" in note and "42002" in note for note in road.notes)


def test_an_exchange_is_netted_against_the_order_of_the_new_goods_itself(new_road: NewRoad) -> None:
    road = new_road(authorise_returns=True)
    new_goods = Road(road.world, road.sandbox, id="42002")
    new_goods.checkout(name="simple_cod")
    shipped_whole(road)
    asks_to_return(road, exchange_order="42002")
    road.plays("receive", external_ref=road.key("return:R1"), disposition="restock")
    road.hears()
    worth = sum(Decimal(data["amount"]) for data in road.told("refund"))
    net = abs(worth - Decimal(new_goods.order["order"]["total"]))
    assert any(f"{net} EUR" in note and "42002" in note for note in road.notes)


def test_a_refund_made_in_the_erp_reaches_the_shop_once_and_does_not_come_back(road: Road) -> None:
    road.checkout()
    road.plays("refund", external_ref=road.key("book"), amount="5.00", reason="late")
    road.hears()
    (told,) = road.told("refund")
    assert (told["amount"], told["currency"], told["reason"]) == ("5.00", "EUR", "late")
    road.hears()
    assert len(road.told("refund")) == 1
    road.refunds(93, origin=road.key(f"refund:there:erp:{told['refund_id']}"))
    assert "refund:93" not in road.done
    assert road.cases == []


def test_a_refund_deleted_in_the_shop_is_taken_back_and_its_goods_are_sent(road: Road) -> None:
    road.checkout(name="full_refund_restocked")
    road.refunds(79, (1, lines(road)[1]["quantity"]))
    assert {"refund:79", "cancel:lines:79", "stop:1", "request:2"} <= set(road.done)
    road.order["refunds"].clear()
    road.shows()
    assert {"reverse:79", "update:without:79"} <= set(road.done)
    (credit,) = road.ask("GET", "/erp/credits")["credits"]
    assert credit["status"] == "reversed"
    wanted = {x["sku"]: Decimal(x["quantity"]) for x in lines(road)}
    assert open_goods(road) == wanted
    journals = road.ask("GET", "/erp/journals")["journals"]
    assert len(journals) == 3, "the sale, the refund, and the refund the other way round"
    assert balance(journals[1:]) == {}
    posted = [row.ref for row in road.world.rows(milestones, name="posted")]
    assert posted == ["sale", "79", "79-deleted"]
    assert any(credit["number"] in note for note in road.notes)
    assert road.cases == []


def open_goods(road: Road) -> dict[str, Decimal]:
    """What the warehouse is to send by requests that were not stopped."""
    found: dict[str, Decimal] = {}
    for request in road.ask("GET", "/wms/requests")["requests"]:
        if request["status"] != "cancelled":
            for line in request["lines"]:
                sku = line["sku"]
                found[sku] = found.get(sku, Decimal(0)) + Decimal(line["quantity"])
    return found


def balance(entries: list[dict[str, Any]]) -> dict[str, Decimal]:
    """What the entries leave on each account."""
    left: dict[str, Decimal] = {}
    for line in (line for entry in entries for line in entry["lines"]):
        amount = Decimal(line["debit"]) - Decimal(line["credit"])
        left[line["account"]] = left.get(line["account"], Decimal(0)) + amount
    return {account: amount for account, amount in left.items() if amount}


def test_an_order_set_to_refunded_is_credited_line_by_line_and_nothing_is_sent(road: Road) -> None:
    """WooCommerce makes one refund over all that is left, and names no line in it."""
    road.checkout(name="full_refund_restocked")
    whole = {
        "id": 79,
        "amount": road.order["order"]["total"],
        "reason": "",
        "date_created_gmt": "2026-11-21T10:00:00",
        "meta_data": [],
        "line_items": [],
    }
    road.order["refunds"].append(whole)
    road.shows(status="refunded")
    assert {"refund:79", "cancel:lines:79", "stop:1"} <= set(road.done)
    (credit,) = road.ask("GET", "/erp/credits")["credits"]
    assert Decimal(credit["total"]) == Decimal(road.order["order"]["total"])
    assert {x["sku"] for x in credit["lines"]} >= {x["sku"] for x in lines(road)}
    assert (road.state.phase, road.cases) == (Phase.CLOSED, [])
    assert open_goods(road) == {}


def test_the_erps_credit_check_stops_the_warehouse_until_it_lets_the_order_go(road: Road) -> None:
    road.checkout()
    road.plays("credit", external_ref=road.key("book"), answer="on_hold", reason="limit reached")
    road.hears()
    assert road.cases == ["credit_hold"]
    assert "stop:1" in road.done
    assert any("limit reached" in note for note in road.notes)
    road.plays("credit", external_ref=road.key("book"), answer="released")
    road.hears()
    assert road.done[-1] == "request:2"
    road.plays("ship", external_ref=road.key("request:2"))
    road.hears()
    assert (road.state.phase, road.cases) == (Phase.CLOSED, [])


def test_lot_and_serial_numbers_come_back_to_the_orders_lines(road: Road) -> None:
    road.checkout(name="full_refund_restocked")
    first, second = lines(road)[:2]
    goods = [
        {"sku": first["sku"], "quantity": str(first["quantity"]), "lots": ["L-7", "L-8"]},
        {"sku": second["sku"], "quantity": str(second["quantity"])},
    ]
    road.plays("ship", external_ref=road.key("request:1"), lines=goods)
    road.hears()
    (parcel,) = road.told("shipment")
    assert parcel["lines"][0]["lots"] == ["L-7", "L-8"]
    assert parcel["lines"][0]["order_line_id"] == str(first["id"])
    assert len([note for note in road.notes if "L-7, L-8" in note]) == 1


def test_an_order_paid_after_its_stock_was_sold_waits_openly_for_goods(new_road: NewRoad) -> None:
    rules = (Rule("main", "wms", warehouse="MAIN", in_stock=True),)
    road = new_road(routes=rules)
    for item in fixture_order("partial_refund_one_line")["order"]["line_items"]:
        road.ask("POST", "/erp/stock", {"sku": item["sku"], "on_hand": "0"})
    road.hears()
    road.checkout(status="pending")
    assert road.done == []
    road.shows(status="processing")
    assert road.done[:2] == ["book", "request:1"]
    road.plays("answer", external_ref=road.key("request:1"), answer="rejected", reason="sold out")
    road.hears()
    assert "no_warehouse" in road.cases
    assert road.state.phase is Phase.BOOKED


def test_a_promotion_peak_over_two_stores_arrives_once_and_whole(road: Road) -> None:
    """Six times the usual, compressed: every third order is shown twice, in whatever order."""
    world = road.world
    world.add_store("munich")
    template = fixture_order("simple_cod")
    count = 60
    for store in ("berlin", "munich"):
        batch = []
        for number in range(1, count + 1):
            order = {**template["order"], "id": number, "number": str(number)}
            data = {"order": order, "refunds": []}
            batch.append(order_event(data, 2))
            if number % 3 == 0:
                batch.append(order_event(data, 1))
        answer = world.shop(store).events(batch[::-1])
        assert len(answer.get_json()["accepted"]) == len(batch)
    world.drain(seconds=60)
    books = road.ask("GET", "/sandbox/books")
    assert (books["orders"], books["requests"]) == (2 * count, 2 * count)
    assert books["created_twice"] == []
    assert {row.state for row in world.rows(deliveries)} == {"done"}
    due = Decimal(template["order"]["total"]) * 2 * count
    assert Decimal(books["totals"]["EUR"]["orders"]) == due

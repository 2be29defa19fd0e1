"""What people decide about orders: mappings, holds, shadow, links of another connector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from causeway.connectors.base import BooksOrders, ConnectionSettings
from causeway.connectors.memory import Office
from causeway.connectors.woocommerce.mapper import to_order
from causeway.engine.case_desk import CaseDesk
from causeway.engine.desk import OrderDesk
from causeway.engine.events import read_payload
from causeway.engine.lacking import Lacking
from causeway.engine.releasing import release_waiting
from causeway.engine.shadowing import compare, go_live
from causeway.errors import MappingMissing
from causeway.flows.facts import HeldByHand
from causeway.ledger import connections, deliveries, mappings
from causeway.ledger.mappings import NewMapping
from causeway.ledger.tables import bindings, cases, orders, updates
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.policy import StorePolicy
from tests.sandbox_tools import TOKEN, serving
from tests.world import START, World, fixture_order, office_connection, order_event

NewWorld = Callable[..., World]


@pytest.fixture
def world_of(ledger_url: str, office: Office, new_world: NewWorld) -> NewWorld:
    """A world with the store's policy, on each kind of ledger."""

    def make(**policy: Any) -> World:
        options = {"policies": {"berlin": StorePolicy(**policy)}}
        return new_world(ledger_url, connections=(office_connection(office),), options=options)

    return make


def show(world: World, number: int, version: int = 1, **changes: Any) -> None:
    data = fixture_order("simple_cod")
    data["order"].update(id=number, number=str(number), **changes)
    assert world.shop().events([order_event(data, version)]).get_json()["accepted"]
    world.drain()


def open_cases(world: World) -> list[Any]:
    return world.rows(cases, state="open")


def test_a_missing_mapping_is_one_case_for_all_orders_and_adding_it_releases_all(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of(required_mappings=("payment",))
    for number in (101, 102, 103):
        show(world, number)
    (case,) = open_cases(world)
    assert (case.kind, office.called("book")) == ("mapping_missing", [])
    assert "3 orders" in case.title
    assert all(str(number) in case.detail for number in (101, 102, 103))
    with world.write() as connection:
        mappings.add(
            connection, "berlin", NewMapping("payment", "c*", "CASH"), "cli", world.clock()
        )
    assert release_waiting(world.context, "berlin") == (3, 0)
    world.drain()
    assert len(office.called("book")) == 3
    assert {e.content.payment_method for e in office.books if e.kind == "order"} == {"CASH"}
    assert open_cases(world) == []


def lacks(office: Office, sku: str, there: Callable[[], bool] = lambda: False) -> None:
    """The office refuses to book what has `sku`, until it is `there`."""

    def refuse(operation: str, key: str) -> None:
        if operation == "book" and not there():
            raise MappingMissing("product", sku)

    office.before = refuse


def test_a_product_a_connection_lacks_is_one_case_for_all_orders_and_one_success_sends_all(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    added: list[str] = []
    lacks(office, "MUG-01", lambda: bool(added))
    for number in (101, 102, 103):
        show(world, number)
    (case,) = open_cases(world)
    assert (case.kind, case.connection) == ("mapping_missing", "office")
    assert "3 orders wait" in case.title
    assert all(f"berlin {number}" in case.detail for number in (101, 102, 103))
    notes = len(world.rows(updates, kind="note"))
    world.clock.advance(minutes=16)
    probe(world)
    assert len(world.rows(updates, kind="note")) == notes, "the shop is told once"
    assert "3 orders wait" in open_cases(world)[0].title
    added.append("MUG-01")
    world.clock.advance(minutes=16)
    probe(world)
    assert len([entry for entry in office.books if entry.kind == "order"]) == 3
    assert open_cases(world) == []


def test_a_mapping_that_is_added_sends_what_was_refused_in_the_new_words(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    sku = fixture_order("simple_cod")["order"]["line_items"][0]["sku"]
    lacks(office, sku)
    show(world, 101)
    lacks(office, sku, lambda: True)
    with world.write() as connection:
        new = NewMapping("sku", sku, "THEIR-1")
        mappings.add(connection, "berlin", new, "cli", world.clock())
    assert release_waiting(world.context, "berlin") == (1, 0)
    world.drain()
    (booked,) = [entry.content for entry in office.books if entry.kind == "order"]
    assert "THEIR-1" in [line.sku for line in booked.product_lines]
    assert open_cases(world) == []


def test_a_delivery_that_is_refused_for_another_word_moves_to_its_case(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    lacks(office, "MUG-01")
    show(world, 101)
    lacks(office, "TEA-100")
    (case,) = open_cases(world)
    CaseDesk(world.context, "Ada").retry(case.id)
    world.drain()
    (case,) = open_cases(world)
    assert "TEA-100" in case.title


def test_what_waits_for_a_word_can_be_given_up_with_a_reason(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    lacks(office, "MUG-01")
    for number in (101, 102):
        show(world, number)
    (case,) = open_cases(world)
    CaseDesk(world.context, "Ada").skip(case.id, "booked by hand")
    world.clock.advance(minutes=16)
    probe(world)
    assert {row.state for row in world.rows(deliveries_table, operation="book")} == {"cancelled"}
    assert open_cases(world) == []


def probe(world: World) -> None:
    with world.write() as connection:
        Lacking(world.context).probe(connection, world.clock())
    world.drain()


def test_a_mapping_that_ended_counts_no_more(world_of: NewWorld, office: Office) -> None:
    world = world_of(required_mappings=("payment",))
    until = world.clock() - timedelta(days=1)
    with world.write() as connection:
        old = NewMapping("payment", "cod", "CASH", valid_until=until)
        mappings.add(connection, "berlin", old, "cli", world.clock())
    show(world, 101)
    assert [case.kind for case in open_cases(world)] == ["mapping_missing"]


def test_an_order_held_by_hand_goes_on_by_itself_when_its_time_is_up(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    show(world, 101, status="pending")
    until = world.clock() + timedelta(hours=1)
    with world.write() as connection:
        fact = HeldByHand("buyer calls back", "Ada", until, world.clock())
        OrderDesk(world.context).apply(connection, "berlin", "101", fact, world.clock())
    show(world, 101, 2)
    assert office.called("book") == []
    assert [case.kind for case in open_cases(world)] == ["held_by_hand"]
    world.clock.advance(minutes=61)
    world.drain()
    assert len(office.called("book")) == 1
    assert open_cases(world) == []


def test_in_shadow_all_is_worked_out_and_nothing_sent_until_it_goes_live(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of()
    with world.write() as connection:
        connections.set_shadow(connection, "office", True, None)
    show(world, 101)
    world.clock.advance(minutes=5)
    show(world, 102)
    assert office.called("book") == []
    assert [row.state for row in world.rows(deliveries_table)] == ["shadow", "shadow"]
    (first,) = world.rows(orders, order_id="102")
    with world.write() as connection:
        connections.set_shadow(connection, "office", False, first.received_at)
        assert deliveries.go_live(connection, "office", first.received_at, world.clock()) == 1
    world.drain()
    assert office.called("book") == ["berlin:102:book"]
    show(world, 103)
    show(world, 101, 2, customer_note="again")
    assert office.called("book") == ["berlin:102:book", "berlin:103:book"]


def test_in_shadow_an_order_is_compared_with_what_another_connector_made_of_it(
    tmp_path: Path, ledger_url: str, new_world: NewWorld
) -> None:
    with serving(tmp_path / "sandbox") as server:
        sandbox = ConnectionSettings(
            "erp", "sandbox_erp", server.address, ("erp",), TOKEN, options={"warehouse": "MAIN"}
        )
        policy = StorePolicy(adopt={"erp": ("_old_link",)})
        options = {"policies": {"berlin": policy}}
        world = new_world(ledger_url, connections=(sandbox,), options=options)
        with world.write() as connection:
            connections.set_shadow(connection, "erp", True, None)
        made = world.context.connector("erp")
        assert isinstance(made, BooksOrders)
        order = to_order("old", read_payload(orjson.dumps(fixture_order("simple_cod")).decode()))
        same = made.book_order(order, "old:1:book").number
        line = replace(order.product_lines[0], quantity=Decimal(9))
        place = replace(order.shipping or order.billing, city="Elsewhere")
        wrong = replace(order, lines=(line, *order.lines[1:]), shipping=place)
        other = made.book_order(wrong, "old:2:book").number
        for number, link in ((101, same), (102, other), (103, "SO-99999"), (104, "")):
            meta = [{"key": "_old_link", "value": link}] if link else []
            show(world, number, meta_data=meta)
        found = {one.number: one for one in compare(world.context, "erp")}
        assert {number: one.verdict for number, one in found.items()} == {
            "101": "alike",
            "102": "differs",
            "103": "unread",
            "104": "only here",
        }
        assert found["102"].differences == (
            f"{line.sku}: {order.product_lines[0].quantity:f} here, 9 there",
            "city of the delivery is another",
        )
        count, _ = go_live(world.context, "erp", "berlin", "104", "Ada")
        assert count == 1


def test_an_order_of_another_connector_is_bound_and_not_made_again(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of(adopt={"office": ("_old_link",)})
    show(world, 101, meta_data=[{"key": "_old_link", "value": "SAL-9"}])
    assert office.called("book") == []
    (pair,) = world.rows(bindings)
    assert (pair.ours, pair.theirs) == ("berlin:101:book", "SAL-9")
    show(world, 102, meta_data=[{"key": "_old_link", "value": "SAL-9"}])
    assert [case.kind for case in open_cases(world)] == ["adopted_twice"]


def test_a_link_that_appears_in_shadow_takes_the_place_of_what_was_worked_out(
    world_of: NewWorld, office: Office
) -> None:
    world = world_of(adopt={"office": ("_old_link",)})
    with world.write() as connection:
        connections.set_shadow(connection, "office", True, None)
    show(world, 101)
    show(world, 101, 2, meta_data=[{"key": "_old_link", "value": "SAL-9"}])
    assert [row.state for row in world.rows(deliveries_table)] == ["cancelled"]
    with world.write() as connection:
        assert deliveries.go_live(connection, "office", START - timedelta(days=9), START) == 0


def test_a_shop_cannot_speak_for_a_warehouse(world_of: NewWorld, office: Office) -> None:
    world = world_of()
    event = order_event(fixture_order("simple_cod"), topic="answer.created", id=str_id())
    world.shop().events([event])
    world.drain()
    assert [case.kind for case in open_cases(world)] == ["not_understood"]


def str_id() -> str:
    return "00000000-0000-4000-8000-0000000000bb"

"""From the event to the last parcel, with an office that fails on demand: exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from causeway.connectors.memory import Office
from causeway.engine.sender import resume
from causeway.errors import CredentialsError, RejectedError, RetryableError, UnknownOutcome
from causeway.ledger import deliveries
from causeway.ledger.tables import attempts, bindings, cases, connections, orders, updates
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.ledger.tables import events as events_table
from tests.engine_steps import BOOK, REQUEST, another, delivery, fail, open_cases, show, told
from tests.world import World, fixture_names, fixture_order, office_connection, order_event


def test_an_order_is_booked_then_sent_then_told(world: World, office: Office) -> None:
    show(world)
    world.drain()
    assert office.called("book") == [BOOK]
    assert office.called("request") == [REQUEST]
    office.ship(REQUEST, "P-1", "JD01", world.clock())
    world.poll()
    (row,) = world.rows(orders)
    assert (row.phase, row.financial, row.fulfilment) == ("closed", "paid", "closed")
    assert told(world) == [
        "berlin:55:note:booked",
        "berlin:55:note:released:1",
        "berlin:55:shipment:P-1",
        "berlin:55:status:completed",
    ]
    assert [(b.kind, b.ours, b.theirs) for b in world.rows(bindings)] == [
        ("order", BOOK, "1"),
        ("request", REQUEST, "2"),
    ]
    assert open_cases(world) == []
    assert world.reported == []


def test_every_real_order_arrives_once_or_says_why(world: World, office: Office) -> None:
    for name in fixture_names():
        show(world, name)
    world.drain()
    booked = {key.split(":")[1] for key in office.called("book")}
    held = {case.order_id for case in world.rows(cases)}
    quiet = {"83", "84", "85"}  # pending, failed, cancelled
    assert {row.order_id for row in world.rows(orders)} == booked | held | quiet
    assert not booked & held
    assert sorted(office.called("refund")) == ["berlin:78:refund:79", "berlin:81:refund:82"]
    assert {row.state for row in world.rows(deliveries_table)} == {"done"}
    assert len(office.books) == len(office.calls), "nothing was called twice"
    assert world.reported == []


def test_a_second_look_at_all_of_it_changes_nothing(world: World, office: Office) -> None:
    for version in (1, 2, 3):
        show(world, "partial_refund_one_line", version)
        world.drain()
    assert len(office.books) == 3
    assert len(told(world)) == 3


def test_a_parcel_reported_twice_is_told_once(world: World, office: Office) -> None:
    show(world)
    world.drain()
    for _ in range(2):
        office.ship(REQUEST, "P-1", "JD01", world.clock())
    world.poll()
    assert told(world).count("berlin:55:shipment:P-1") == 1


def test_somebody_elses_parcel_is_passed_over(world: World, office: Office) -> None:
    show(world)
    world.drain()
    parcel = office.ship(REQUEST, "P-1", "JD01", world.clock())
    office.shipments[:] = [replace(parcel, request_key="munich:1:request:1")]
    world.poll()
    assert "berlin:55:shipment:P-1" not in told(world)
    assert open_cases(world) == []


def test_an_unknown_outcome_is_looked_up_and_adopted_not_sent_again(
    world: World, office: Office
) -> None:
    fail(office, "book", UnknownOutcome("the connection ended"), after_work=True)
    show(world)
    world.drain()
    assert (delivery(world).state, office.called("find")) == ("unknown", [])
    world.clock.advance(seconds=7)
    world.drain()
    assert delivery(world).state == "done"
    assert office.called("find") == [BOOK]
    assert office.called("book") == [BOOK], "sent once only"
    assert [a.outcome for a in world.rows(attempts, delivery_id=delivery(world).id)] == [
        "look_up",
        "adopted",
    ]


def test_an_unknown_outcome_that_did_not_arrive_is_sent_after_looking(
    world: World, office: Office
) -> None:
    fail(office, "book", UnknownOutcome("the connection ended"))
    show(world)
    world.drain()
    world.clock.advance(seconds=7)
    world.drain()
    called = [name for name, key in office.calls if key == BOOK]
    assert called == ["book", "find", "book"]
    assert len(office.under("order", BOOK)) == 1


def test_uncertainty_outlives_other_failures(world: World, office: Office) -> None:
    fail(office, "book", UnknownOutcome("the connection ended"), after_work=True)
    fail(office, "find", RetryableError("busy"))
    show(world)
    for _ in range(3):
        world.drain()
        world.clock.advance(minutes=3)
    assert delivery(world).state == "done"
    assert office.called("book") == [BOOK]


def test_what_can_be_tried_again_is_when_it_was_asked_for(world: World, office: Office) -> None:
    fail(office, "book", RetryableError("busy", retry_after=3600))
    show(world)
    world.drain()
    world.clock.advance(minutes=59)
    world.drain()
    assert (delivery(world).state, len(office.called("book"))) == ("waiting", 1)
    world.clock.advance(minutes=2)
    world.drain()
    assert (delivery(world).state, delivery(world).attempts) == ("done", 2)


def test_after_76_hours_it_is_parked_and_kept(world: World, office: Office) -> None:
    fail(office, "book", RetryableError("out of order"), times=1000)
    show(world)
    for _ in range(20):
        world.drain()
        world.clock.advance(hours=30)
    assert (delivery(world).state, delivery(world).attempts) == ("parked", 13)
    assert open_cases(world) == ["delivery_parked"]
    office.faults.clear()
    with world.write() as connection:
        assert deliveries.retry_now(connection, delivery(world).id, world.clock())
    world.drain()
    assert (delivery(world).state, open_cases(world)) == ("done", [])


def test_a_refusal_parks_opens_a_case_and_tells_the_shop(world: World, office: Office) -> None:
    fail(office, "book", RejectedError("item MUG-01 is not known", code="unknown_item"))
    show(world)
    world.drain()
    assert (delivery(world).state, delivery(world).reason) == ("parked", "item MUG-01 is not known")
    (case,) = world.rows(cases)
    assert "item MUG-01 is not known" in case.detail
    (note,) = world.rows(updates)
    assert "item MUG-01 is not known" in note.data
    world.clock.advance(days=3)
    world.drain()
    assert len(office.called("book")) == 1, "nothing happens by itself"


def test_retrying_what_was_parked_looks_up_first_and_settles_the_case(
    world: World, office: Office
) -> None:
    fail(office, "book", RejectedError("no"))
    show(world)
    world.drain()
    with world.write() as connection:
        assert deliveries.retry_now(connection, delivery(world).id, world.clock())
    world.drain()
    assert [name for name, key in office.calls if key == BOOK] == ["book", "find", "book"]
    assert (delivery(world).state, open_cases(world)) == ("done", [])
    with world.write() as connection:
        assert not deliveries.retry_now(connection, delivery(world).id, world.clock())


def test_what_hangs_on_a_parked_delivery_waits_behind_it(world: World, office: Office) -> None:
    fail(office, "book", RejectedError("no"))
    show(world, "partial_refund_one_line")
    world.drain()
    assert office.called("refund") == []
    with world.write() as connection:
        deliveries.retry_now(connection, world.rows(deliveries_table)[0].id, world.clock())
    world.drain()
    assert [name for name, _ in office.calls] == ["book", "find", "book", "refund", "request"]


def test_wrong_credentials_pause_the_connection_and_burn_nothing(
    world: World, office: Office
) -> None:
    fail(office, "book", CredentialsError("it does not accept our credentials (401)"))
    show(world)
    another(world, 1001)
    world.drain()
    (row,) = world.rows(connections)
    assert row.paused_at == world.clock()
    assert open_cases(world) == ["connection_paused"]
    assert {d.attempts for d in world.rows(deliveries_table) if d.state != "done"} == {0}
    calls = len(office.calls)
    show(world, "completed")
    world.clock.advance(days=1)
    world.drain()
    assert len(office.calls) == calls, "nothing is sent while it is paused"
    with world.write() as connection:
        assert resume(connection, "office", "ada", world.clock())
        assert not resume(connection, "office", "ada", world.clock())
    world.drain()
    assert {d.state for d in world.rows(deliveries_table)} == {"done"}
    assert open_cases(world) == []
    assert sorted(office.called("book")).count("berlin:86:book") == 1


def test_a_case_that_comes_back_is_opened_again(world: World, office: Office) -> None:
    for version, status in enumerate(["on-hold", "pending", "on-hold"], start=1):
        show(world, version=version, status=status)
        world.drain()
    assert [c.state for c in world.rows(cases)] == ["resolved", "open"]


def test_a_store_without_an_erp_is_told_so(
    ledger_url: str, new_world: Callable[..., World]
) -> None:
    world = new_world(ledger_url)
    show(world)
    world.drain()
    assert open_cases(world) == ["no_connection"]


def test_each_role_has_its_own_connection(
    ledger_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    warehouse = Office("http://warehouse.example", "token-of-the-warehouse").open()
    pair = (
        office_connection(office, name="erp", roles=("erp",)),
        office_connection(warehouse, name="wms", roles=("fulfilment",)),
        office_connection(office, name="paris_erp", stores=("paris",)),
    )
    world = new_world(ledger_url, connections=pair)
    show(world)
    world.drain()
    assert office.called("book") == [BOOK]
    assert office.called("request") == []
    assert warehouse.called("request") == [REQUEST]
    warehouse.close()


def test_an_unreachable_connection_holds_up_no_other(
    ledger_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    gone = Office("http://nowhere.example", "x")
    pair = (
        office_connection(office, name="erp", roles=("erp",)),
        office_connection(gone, name="wms", roles=("fulfilment",)),
    )
    world = new_world(ledger_url, connections=pair)
    for number in (1001, 1002):
        another(world, number)
    world.drain()
    assert len(office.called("book")) == 2
    waiting = world.rows(deliveries_table, connection="wms")
    assert [(d.state, d.reason) for d in waiting] == [("waiting", "it cannot be reached")] * 2


def test_a_document_bound_to_another_order_does_not_go_in_circles(
    world: World, office: Office
) -> None:
    """A system that gives one id to two orders: the second is parked, not tried for ever."""
    another(world, 1001)
    world.drain()
    office.books[:] = [e for e in office.books if e.key != "berlin:1001:book"][:0]
    another(world, 1002)
    world.drain()
    assert delivery(world, "berlin:1002:book").state == "parked"
    assert open_cases(world) == ["delivery_parked"]


def test_an_order_deleted_before_it_arrived_is_not_booked(world: World, office: Office) -> None:
    gone = order_event(fixture_order("simple_cod"), 2, topic="order.deleted")
    world.shop().events([gone])
    world.drain()
    show(world, version=1)
    world.drain()
    assert [row.state for row in world.rows(events_table)] == ["superseded", "superseded"]
    assert world.rows(deliveries_table) == []


def test_an_order_cancelled_after_booking_and_reopened_goes_on(
    world: World, office: Office
) -> None:
    phases, troubles = [], []
    for version, status in enumerate(("processing", "cancelled", "processing"), start=1):
        show(world, version=version, status=status)
        world.drain()
        phases.append(world.rows(orders)[0].phase)
        troubles.append(open_cases(world))
    assert phases == ["booked", "cancelled", "booked"]
    assert troubles == [[], ["cancelled_after_booking"], []]
    assert len(office.under("order", BOOK)) == 1

"""From the event to the last parcel, with an office that fails on demand: exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from causeway.connectors.memory import Fault, Office
from causeway.engine.drain import LEASE_SECONDS
from causeway.engine.events import EventDesk
from causeway.engine.sender import Sender, resume
from causeway.errors import CredentialsError, RejectedError, RetryableError, UnknownOutcome
from causeway.ledger import deliveries, events
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import attempts, bindings, cases, connections, orders, updates
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.ledger.tables import events as events_table
from tests.world import World, fixture_names, fixture_order, office_connection, order_event

BOOK = "berlin:55:book"
REQUEST = "berlin:55:request:1"


def show(world: World, name: str = "simple_cod", version: int = 1, **order: Any) -> None:
    """The shop shows one of WooCommerce's orders, changed if so wanted."""
    data = fixture_order(name)
    data["order"].update(order)
    answer = world.shop().events([order_event(data, version)])
    assert answer.get_json()["accepted"], answer.get_json()


def another(world: World, number: int, version: int = 1) -> None:
    """The same order under another number."""
    data = fixture_order("simple_cod")
    data["order"].update(id=number, number=str(number))
    assert world.shop().events([order_event(data, version)]).status_code == 202


def delivery(world: World, key: str = BOOK) -> Any:
    (row,) = world.rows(deliveries_table, key=key)
    return row


def open_cases(world: World) -> list[str]:
    return [case.kind for case in world.rows(cases, state="open")]


def told(world: World) -> list[str]:
    return [row.key for row in world.rows(updates)]


def fail(office: Office, operation: str, error: Exception, **options: Any) -> None:
    office.faults.append(Fault(operation, lambda: error, **options))  # type: ignore[arg-type,return-value]


def claim(world: World, owner: str = "somebody") -> ClaimedDelivery:
    with world.write() as connection:
        (claimed,) = deliveries.claim(connection, "office", owner, world.clock(), LEASE_SECONDS, 1)
    return claimed


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


def test_one_orders_deliveries_run_one_after_another(world: World, office: Office) -> None:
    """While the booking is under way nothing else of the order starts; other orders do."""
    entered, go_on = threading.Event(), threading.Event()

    def hold(operation: str, key: str) -> None:
        if key == "berlin:78:book":
            entered.set()
            assert go_on.wait(20)

    office.before = hold
    show(world, "partial_refund_one_line")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.drain, 20, "first")
        assert entered.wait(20)
        show(world)
        world.drain(10, "second")
        try:
            end = time.monotonic() + 20  # either of the two may have taken it up
            while BOOK not in office.called("book"):
                assert time.monotonic() < end, "another order goes its way"
                time.sleep(0.01)
            assert office.called("refund") == []
        finally:
            go_on.set()
        first.result(30)
    world.drain()
    assert [n for n, key in office.calls if key.startswith("berlin:78:")] == [
        "book",
        "refund",
        "request",
    ]


def test_a_lease_that_ran_out_is_taken_up_and_the_first_cannot_write(
    world: World, office: Office
) -> None:
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "first", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    frozen = claim(world, "first")
    world.clock.advance(seconds=LEASE_SECONDS + 1)
    world.drain(owner="second")
    assert delivery(world).state == "done"
    assert office.called("find")[:1] == [BOOK], "it may have arrived: it was looked up"
    before = [world.rows(table) for table in (deliveries_table, attempts, updates, bindings)]
    Sender(world.context).send(frozen)
    after = [world.rows(table) for table in (deliveries_table, attempts, updates, bindings)]
    assert after == before
    assert len(office.under("order", BOOK)) == 1


def test_a_frozen_worker_that_fails_cannot_undo_its_successors_work(
    world: World, office: Office
) -> None:
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "first", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    frozen = claim(world, "first")
    world.clock.advance(seconds=LEASE_SECONDS + 1)
    world.drain(owner="second")
    fail(office, "book", RejectedError("too late"))
    Sender(world.context).send(frozen)
    assert (delivery(world).state, open_cases(world)) == ("done", [])


def test_a_worker_that_died_while_sending_is_followed_by_one_that_looks_up(
    world: World, office: Office
) -> None:
    """It had done the work and died before it could write that down."""
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "dead", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    dead = claim(world, "dead")
    connector = world.context.connector("office")
    from causeway.engine.operations import OPERATIONS

    OPERATIONS["book"].call(connector, dead.payload, dead.key)
    world.drain(owner="next")
    assert delivery(world).state == "sending", "the lease still holds"
    world.clock.advance(seconds=LEASE_SECONDS + 1)
    world.drain(owner="next")
    assert delivery(world).state == "done"
    assert len(office.under("order", BOOK)) == 1
    assert office.called("book") == [BOOK]


def test_a_heartbeat_keeps_a_long_call(world: World, office: Office) -> None:
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "first", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    held = claim(world, "first")
    for _ in range(5):
        world.clock.advance(seconds=LEASE_SECONDS - 5)
        with world.write() as connection:
            until = world.clock() + timedelta(seconds=LEASE_SECONDS)
            deliveries.extend(connection, "first", until, [held.id])
        world.drain(owner="second")
    assert office.calls == []
    assert Sender(world.context).send(held) is DeliveryState.DONE


def test_an_event_whose_worker_died_is_worked_on_by_another(world: World, office: Office) -> None:
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "dead", world.clock(), LEASE_SECONDS, 9)
    world.drain()
    assert office.calls == []
    world.clock.advance(seconds=LEASE_SECONDS + 1)
    world.drain()
    assert office.called("book") == [BOOK]
    EventDesk(world.context).work_on(event)
    assert [row.state for row in world.rows(events_table)] == ["done"]
    assert len(world.rows(deliveries_table, key=BOOK)) == 1


def test_an_event_that_ends_its_workers_becomes_a_case(world: World, office: Office) -> None:
    """One that kills whoever touches it must not do so for ever; others go on."""
    show(world)
    for _ in range(3):
        with world.write() as connection:
            assert events.claim(connection, "dead", world.clock(), LEASE_SECONDS, 9)
        world.clock.advance(seconds=LEASE_SECONDS + 1)
    another(world, 1001)
    world.drain()
    assert open_cases(world) == ["not_understood"]
    assert office.called("book") == ["berlin:1001:book"]


def test_an_older_version_that_makes_sense_does_not_settle_the_case_of_a_newer_one(
    world: World, office: Office
) -> None:
    """What the newer one said is not done yet: nobody but the case tells of it."""
    show(world, version=2, line_items=7)
    world.drain()
    assert open_cases(world) == ["not_understood"]
    show(world, version=1)
    world.drain()
    assert office.called("book") == [BOOK]
    assert open_cases(world) == ["not_understood"]
    show(world, version=3)
    world.drain()
    assert open_cases(world) == []


def test_a_late_duplicate_and_an_older_version_change_nothing(world: World, office: Office) -> None:
    show(world, version=3)
    world.drain()
    show(world, version=2, status="cancelled")
    world.drain()
    (row,) = world.rows(orders)
    assert (row.version, row.phase) == (3, "booked")
    assert sorted((e.version, e.state) for e in world.rows(events_table)) == [
        (2, "superseded"),
        (3, "done"),
    ]
    assert open_cases(world) == []


def test_versions_that_wait_together_are_worked_on_in_order(world: World, office: Office) -> None:
    for version, status in enumerate(["pending", "on-hold", "processing"], start=1):
        show(world, version=version, status=status)
    world.drain()
    (row,) = world.rows(orders)
    assert (row.version, row.phase) == (3, "booked")
    assert office.called("book") == [BOOK]
    assert [c.state for c in world.rows(cases)] == ["resolved"]


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


def test_two_workers_do_everything_once(world: World, office: Office) -> None:
    numbers = range(2000, 2030)
    for number in numbers:
        another(world, number)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: world.drain(20, f"worker-{n}"), range(3)))
    world.drain()
    assert sorted(office.called("book")) == sorted(f"berlin:{n}:book" for n in numbers)
    assert len(office.called("request")) == len(numbers)
    assert {d.state for d in world.rows(deliveries_table)} == {"done"}
    assert world.reported == []


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


def test_a_delivery_that_ends_its_workers_is_parked_at_last(world: World, office: Office) -> None:
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "w", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    for n in range(4):
        claim(world, f"worker-{n}")
        world.clock.advance(minutes=1)
    world.drain()
    assert delivery(world).state == "parked"
    assert "its worker ended 4 times" in delivery(world).reason
    assert office.under("order", BOOK) == []

"""Workers that die, freeze or meet: leases, fences and versions see to it that all is done once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from causeway.connectors.memory import Office
from causeway.engine.drain import LEASE_SECONDS
from causeway.engine.events import EventDesk
from causeway.engine.sender import Sender
from causeway.errors import RejectedError
from causeway.ledger import deliveries, events
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import attempts, bindings, cases, orders, updates
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.ledger.tables import events as events_table
from tests.engine_steps import BOOK, another, claim, delivery, fail, open_cases, show
from tests.world import World


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


def overtaken(world: World) -> ClaimedDelivery:
    """The booking as a worker has it that stood still until its lease ended and another did it."""
    show(world)
    with world.write() as connection:
        (event,) = events.claim(connection, "first", world.clock(), LEASE_SECONDS, 9)
    EventDesk(world.context).work_on(event)
    late = claim(world, "first")
    world.clock.advance(seconds=LEASE_SECONDS + 1)
    world.drain(owner="second")
    return late


def test_a_lease_that_ran_out_is_taken_up_and_the_first_cannot_write(
    world: World, office: Office
) -> None:
    late = overtaken(world)
    assert delivery(world).state == "done"
    assert office.called("find")[:1] == [BOOK], "it may have arrived: it was looked up"
    before = [world.rows(table) for table in (deliveries_table, attempts, updates, bindings)]
    Sender(world.context).send(late)
    after = [world.rows(table) for table in (deliveries_table, attempts, updates, bindings)]
    assert after == before
    assert len(office.under("order", BOOK)) == 1


def test_a_frozen_worker_that_fails_cannot_undo_its_successors_work(
    world: World, office: Office
) -> None:
    late = overtaken(world)
    fail(office, "book", RejectedError("too late"))
    Sender(world.context).send(late)
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

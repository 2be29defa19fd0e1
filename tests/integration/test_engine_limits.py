"""What a connection can bear, as the engine keeps to it; lanes; stopping; newer versions beside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from causeway.connectors.memory import Fault, Office
from causeway.engine.checks import circuits
from causeway.engine.drain import Drain
from causeway.engine.events import EventDesk
from causeway.engine.hints import NullHints
from causeway.engine.limits import FAILURES_IN_A_ROW
from causeway.errors import CredentialsError, RetryableError
from causeway.ledger import connections
from causeway.ledger.deliveries import due_at
from causeway.ledger.lanes import BULK, ORDERS
from causeway.ledger.tables import cases, deliveries, events
from causeway.ledger.trouble import LedgerBusyError
from causeway.ops.connections_view import connection_views
from causeway.queueing.pump import Pump
from tests.world import World, fixture_order, office_connection, order_event


def show(world: World, number: int, **event: Any) -> None:
    data = fixture_order("simple_cod")
    data["order"].update(id=number, number=str(number))
    answer = world.shop().events([order_event(data, **event)])
    assert answer.get_json()["accepted"], answer.get_json()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def fail(office: Office, error: Exception, times: int = 1) -> None:
    office.faults.append(Fault("book", lambda: error, times=times))  # type: ignore[arg-type,return-value]


def test_a_silent_connection_is_left_alone_and_uses_up_no_attempts(
    sqlite_world: World, office: Office
) -> None:
    fail(office, RetryableError("it cannot be reached"), times=1000)
    for number in range(1, 31):
        show(sqlite_world, number)
    sqlite_world.drain()
    tried = len(office.called("book"))
    assert FAILURES_IN_A_ROW <= tried <= FAILURES_IN_A_ROW + 4, "those under way at once, no more"
    for _ in range(20):
        sqlite_world.clock.advance(seconds=1)
        sqlite_world.drain()
    assert len(office.called("book")) <= tried + 3, "one probe for each time it opened"
    untouched = sqlite_world.rows(deliveries, attempts=0)
    assert len(untouched) >= 20
    assert {row.state for row in untouched} == {"waiting"}
    assert sqlite_world.context.limits.standing("office").circuit == "open"


def test_a_long_silence_is_one_case_that_ends_by_itself(
    sqlite_world: World, office: Office
) -> None:
    fail(office, RetryableError("it cannot be reached"), times=FAILURES_IN_A_ROW)
    for number in range(1, FAILURES_IN_A_ROW + 1):
        show(sqlite_world, number)
    sqlite_world.drain()
    pump = Pump(sqlite_world.context, NullHints())
    pump._watch_circuits()
    assert sqlite_world.rows(cases) == []
    sqlite_world.clock.advance(minutes=6)
    pump._watch_circuits()
    pump._watch_circuits()
    (case,) = sqlite_world.rows(cases)
    assert (case.kind, case.state) == ("connection_silent", "open")
    sqlite_world.drain()
    pump._watch_circuits()
    assert [case.state for case in sqlite_world.rows(cases)] == ["resolved"]
    assert {row.state for row in sqlite_world.rows(deliveries)} == {"done"}


def test_a_wish_to_wait_holds_the_whole_connection(sqlite_world: World, office: Office) -> None:
    fail(office, RetryableError("slow down", retry_after=60, status=429))
    show(sqlite_world, 1)
    sqlite_world.drain()
    show(sqlite_world, 2)
    sqlite_world.drain()
    assert office.called("book") == ["berlin:1:book"]
    sqlite_world.clock.advance(seconds=61)
    sqlite_world.drain()
    assert {row.state for row in sqlite_world.rows(deliveries)} == {"done"}


def test_workers_share_the_calls_a_connection_bears(
    sqlite_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    world = new_world(sqlite_url, connections=(office_connection(office, concurrency=3),))
    busy, most, lock = [0], [0], threading.Lock()

    def before(operation: str, key: str) -> None:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        threading.Event().wait(0.01)
        with lock:
            busy[0] -= 1

    office.before = before
    for number in range(1, 25):
        show(world, number)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: world.drain(30, f"worker-{n}"), range(3)))
    assert most[0] <= 3
    assert len(office.called("book")) == 24


def test_history_waits_while_orders_go(sqlite_world: World, office: Office) -> None:
    show(sqlite_world, 1, history=True)
    show(sqlite_world, 2)
    assert Drain(sqlite_world.context, (ORDERS,)).run(10) is False
    assert office.called("book") == ["berlin:2:book"]
    Drain(sqlite_world.context, (BULK,)).run(10)
    assert sorted(office.called("book")) == ["berlin:1:book", "berlin:2:book"]
    lanes = {row.order_id: row.lane for row in sqlite_world.rows(deliveries)}
    assert lanes == {"1": BULK, "2": ORDERS}


def test_history_that_something_new_waits_behind_is_hurried(
    sqlite_world: World, office: Office
) -> None:
    show(sqlite_world, 1, history=True)
    show(sqlite_world, 1, version=2)
    Drain(sqlite_world.context, (ORDERS,)).run(10)
    assert office.called("book") == []
    Pump(sqlite_world.context, NullHints())._tidy()
    Drain(sqlite_world.context, (ORDERS,)).run(10)
    assert office.called("book") == ["berlin:1:book"]


def test_one_stores_backlog_holds_up_no_other(
    ledger_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    world = new_world(ledger_url, connections=(office_connection(office, concurrency=2),))
    world.add_store("paris", "whsec_cGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGE=")
    for number in range(1, 41):
        show(world, number)
    data = fixture_order("simple_cod")
    secret = "whsec_cGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGE="
    assert world.shop("paris", secret).events([order_event(data)]).status_code == 202
    with world.write() as connection:  # until all of it waits
        connections.pause(connection, "office", "the test says so", world.clock())
    world.drain(60)
    assert office.called("book") == []
    with world.write() as connection:
        connections.resume(connection, "office")
    world.drain(60)
    position = office.called("book").index("paris:55:book")
    assert len(office.called("book")) == 41
    assert position < 41 - 1, "it did not wait for all the others"


def test_asked_to_stop_it_finishes_its_calls_and_begins_none(
    sqlite_world: World, office: Office
) -> None:
    stopping, entered, go_on = threading.Event(), threading.Event(), threading.Event()

    def hold(operation: str, key: str) -> None:
        entered.set()
        assert go_on.wait(30)

    office.before = hold
    for number in range(1, 20):
        show(sqlite_world, number)
    work = Drain(sqlite_world.context, stopping=stopping)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work.run, 60.0)
        assert entered.wait(30)
        stopping.set()
        go_on.set()
        assert running.result(60) is True
    states = {row.state for row in sqlite_world.rows(deliveries)}
    assert "sending" not in states
    assert all(row.lease_owner is None for row in sqlite_world.rows(events))
    assert len(office.called("book")) < 19
    office.before = lambda operation, key: None
    sqlite_world.drain()
    assert sorted(office.called("book")) == sorted(f"berlin:{n}:book" for n in range(1, 20))


def test_calls_go_on_while_the_ledger_is_held(
    sqlite_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    """As many as may be called at once are claimed ahead, so a commit holds up no call."""
    world = new_world(sqlite_url, connections=(office_connection(office, concurrency=2),))
    go_on, entered = threading.Event(), []

    def hold(operation: str, key: str) -> None:
        entered.append(key)
        assert go_on.wait(60)

    office.before = hold
    for number in range(1, 11):
        show(world, number)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.drain, 60.0)
        until(lambda: len(world.rows(deliveries, state="sending")) == 4)
        assert len(entered) <= 2
        with world.write():
            go_on.set()
            until(lambda: len(office.called("book")) == 4)
            assert len(world.rows(deliveries, state="done")) == 0
        running.result(90)
    assert {row.state for row in world.rows(deliveries)} == {"done"}
    assert len(office.called("book")) == 10


def test_refused_credentials_leave_what_is_claimed_ahead_as_it_was(
    sqlite_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    world = new_world(sqlite_url, connections=(office_connection(office, concurrency=2),))
    fail(office, CredentialsError("it does not accept our credentials", status=401), times=1000)
    for number in range(1, 11):
        show(world, number)
    world.drain()
    assert len(office.called("book")) <= 4, "those under way at once, no more"
    assert {(r.state, r.attempts, r.lease_owner) for r in world.rows(deliveries)} == {
        ("waiting", 0, None)
    }
    assert [case.kind for case in world.rows(cases)] == ["connection_paused"]


def test_the_pump_goes_on_after_any_trouble(
    sqlite_world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    pump = Pump(sqlite_world.context, NullHints())
    troubles: list[Exception] = [OSError("no file is free"), LedgerBusyError("it is locked")]

    def sweep(self: Pump) -> None:
        if troubles:
            raise troubles.pop()
        self.stopping.set()

    monkeypatch.setattr(Pump, "sweep", sweep)
    monkeypatch.setattr("causeway.queueing.pump.SWEEP_SECONDS", 0.0)
    pump.run()
    assert [type(error) for error in sqlite_world.reported] == [LedgerBusyError, OSError]


def test_a_silent_connection_is_told_in_the_findings(sqlite_world: World, office: Office) -> None:
    assert circuits(sqlite_world.context).status == "pass"
    fail(office, RetryableError("it cannot be reached"), times=1000)
    for number in range(1, 11):
        show(sqlite_world, number)
    sqlite_world.drain()
    found = circuits(sqlite_world.context)
    assert (found.status, found.output.startswith("office does not answer")) == ("warn", True)
    with sqlite_world.context.ledger.read() as connection:
        (view,) = connection_views(
            connection, sqlite_world.settings.connections, sqlite_world.context.limits
        )
    assert (view.circuit, view.standing.startswith("does not answer")) == ("open", True)


def test_what_only_a_newer_version_knows_is_left_for_it_for_a_while(
    sqlite_world: World, office: Office
) -> None:
    show(sqlite_world, 1)
    show(sqlite_world, 2, topic="order.sneezed")
    sqlite_world.drain()
    with sqlite_world.write() as connection:
        waits = connection.execute(
            update(deliveries).where(deliveries.c.order_id == "1").values(
                operation="embroider", state="waiting", due_at=sqlite_world.clock()
            )
        )  # fmt: skip
    assert waits.rowcount
    for _ in range(8):
        sqlite_world.drain()
        sqlite_world.clock.advance(minutes=1)
    assert sqlite_world.rows(cases) == []
    assert {row.attempts for row in sqlite_world.rows(events, state="waiting")} == {0}
    sqlite_world.clock.advance(minutes=10)
    sqlite_world.drain()
    assert {row.kind for row in sqlite_world.rows(cases)} == {"delivery_parked", "not_understood"}


def test_an_outcome_is_kept_when_the_ledger_comes_back(
    sqlite_world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ERP has it, and our commit fails a few times: nothing is sent or looked up again."""
    show(sqlite_world, 1)
    work = Drain(sqlite_world.context)
    kept, failures = work._sender.keep_all, iter(range(4))

    def troubled(connection: Any, outcomes: Any) -> None:
        if next(failures, None) is not None:
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        kept(connection, outcomes)

    monkeypatch.setattr(type(work._sender), "keep_all", lambda self, c, o: troubled(c, o))
    work.run(60)
    assert [name for name, key in office.calls if key == "berlin:1:book"] == ["book"]
    assert {row.state for row in sqlite_world.rows(deliveries)} == {"done"}


def test_a_batch_of_events_that_ends_after_the_stop_ends_the_drain(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("causeway.engine.drain.TAIL_SECONDS", 3.0)
    stopping, work_on_all = threading.Event(), EventDesk.work_on_all

    def stopped(desk: EventDesk, claimed: Any) -> None:
        stopping.set()
        work_on_all(desk, claimed)

    monkeypatch.setattr(EventDesk, "work_on_all", stopped)
    show(sqlite_world, 1)
    work = Drain(sqlite_world.context, stopping=stopping)
    work.run(60)
    assert work.events_done == 1
    assert not work._under_way()


def test_what_was_last_tried_under_a_clock_ahead_does_not_wait_for_it(
    sqlite_world: World, office: Office
) -> None:
    fail(office, RetryableError("it cannot be reached"))
    show(sqlite_world, 1)
    sqlite_world.clock.advance(hours=1)
    sqlite_world.drain()
    sqlite_world.clock.advance(hours=-1)
    sqlite_world.drain()
    assert office.called("book") == ["berlin:1:book"]
    Pump(sqlite_world.context, NullHints())._tidy()
    Drain(replace(sqlite_world.context, owner="next")).run(10)
    assert office.called("book") == ["berlin:1:book"] * 2


def test_a_clock_that_was_set_back_holds_nothing_up(sqlite_world: World, office: Office) -> None:
    ahead = sqlite_world.clock() + timedelta(hours=1)
    show(sqlite_world, 1)
    with sqlite_world.write() as connection:
        connection.execute(update(events).values(due_at=ahead, received_at=ahead))
    sqlite_world.drain()
    assert office.calls == []
    Pump(sqlite_world.context, NullHints())._tidy()
    context = replace(sqlite_world.context, owner="next")
    Drain(context).run(10)
    assert office.called("book") == ["berlin:1:book"]


def test_slots_taken_before_a_look_that_failed_are_not_held_for_ever(
    sqlite_url: str,
    office: Office,
    new_world: Callable[..., World],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database goes away between the look at one connection and at the next."""
    monkeypatch.setattr("causeway.engine.drain.TAIL_SECONDS", 3.0)
    pair = (office_connection(office), office_connection(office, name="other", roles=("pos",)))
    world = new_world(sqlite_url, connections=pair)
    look, failures = due_at, []

    def sometimes(connection: Any, name: str, *rest: Any) -> bool:
        if name == "other" and len(failures) < 3 and look(connection, "office", *rest):
            failures.append(name)
            raise OperationalError("SELECT", {}, Exception("terminating connection"))
        return look(connection, name, *rest)

    monkeypatch.setattr("causeway.ledger.deliveries.due_at", sometimes)
    show(world, 1)
    drain = Drain(world.context)
    drain.run(15)
    assert failures
    assert office.called("book") == ["berlin:1:book"]
    assert not drain._under_way()

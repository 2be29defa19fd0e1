"""The ledger on each database: kept once, leased once, numbered without gaps."""

# ruff: noqa: PT012 - what is raised is raised inside a transaction
from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from causeway.ledger import (
    bindings,
    cases,
    cursors,
    deliveries,
    events,
    liveness,
    orders,
    sql,
    stores,
    updates,
)
from causeway.ledger.bindings import Binding, BindingConflictError
from causeway.ledger.cases import NewCase
from causeway.ledger.deliveries import Attempt, ClaimedDelivery, PlannedDelivery
from causeway.ledger.engine import Ledger
from causeway.ledger.events import ClaimedEvent, NewEvent
from causeway.ledger.group_commit import GroupCommit
from causeway.ledger.states import DeliveryState, EventState
from causeway.ledger.stores import Store
from causeway.ledger.tables import attempts, heartbeats
from causeway.ledger.tables import cursors as cursors_table
from causeway.ledger.tables import deliveries as deliveries_table
from causeway.ledger.tables import events as events_table
from causeway.ledger.tables import updates as updates_table
from causeway.ledger.updates import NewUpdate
from tests.postgres_server import PostgresServer

NOW = datetime(2026, 11, 20, 15, 36, 35, 123456, tzinfo=UTC)
LEASE = 30.0


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    found = Ledger(ledger_url)
    yield found
    found.close()


def an_event(number: int, entity_id: str = "1", source: str = "berlin", **changes: Any) -> NewEvent:
    values: dict[str, Any] = {
        "source": source,
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "topic": "order.updated",
        "entity": "order",
        "entity_id": entity_id,
        "version": number,
        "occurred_at": NOW,
        "schema": "woocommerce.order/3",
        "data": "{}",
        "hash": f"{number:064d}",
    }
    return NewEvent(**{**values, **changes})


def keep(ledger: Ledger, *batch: NewEvent) -> events.Stored:
    with ledger.write() as connection:
        return events.store(connection, batch, NOW)


def claim_events(
    ledger: Ledger, owner: str = "w", now: datetime = NOW, limit: int = 100
) -> list[ClaimedEvent]:
    with ledger.write() as connection:
        return events.claim(connection, owner, now, LEASE, limit)


def finish_event(ledger: Ledger, event: ClaimedEvent) -> bool:
    with ledger.write() as connection:
        return events.finish(connection, event, EventState.DONE, NOW)


def planned(key: str, order_id: str = "1", name: str = "erp") -> PlannedDelivery:
    return PlannedDelivery(name, key, "berlin", order_id, "book", "{}")


def plan(ledger: Ledger, *items: PlannedDelivery) -> None:
    with ledger.write() as connection:
        deliveries.plan(connection, items, NOW)


def claim(
    ledger: Ledger, owner: str = "w", now: datetime = NOW, limit: int = 100, name: str = "erp"
) -> list[ClaimedDelivery]:
    with ledger.write() as connection:
        return deliveries.claim(connection, name, owner, now, LEASE, limit)


def finish(ledger: Ledger, delivery: ClaimedDelivery, state: DeliveryState, **more: Any) -> bool:
    attempt = Attempt(NOW, 5, "x", "")
    with ledger.write() as connection:
        return deliveries.finish(connection, delivery, attempt, state=state, now=NOW, **more)


def count(ledger: Ledger, table: Any) -> int:
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_what_a_batch_says_twice_is_kept_once(ledger: Ledger) -> None:
    stored = keep(ledger, an_event(1), an_event(1), an_event(1, hash="other"), an_event(2))
    assert [len(part) for part in (stored.accepted, stored.duplicates, stored.conflicts)] == [
        2,
        1,
        1,
    ]
    assert keep(ledger, an_event(2), an_event(3)).accepted == (an_event(3).id,)
    assert count(ledger, events_table) == 3


def test_one_event_from_many_threads_is_accepted_by_one(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: keep(ledger, an_event(1)), range(40)))
    assert count(ledger, events_table) == 1
    assert sum(len(stored.accepted) for stored in kept) == 1


def test_an_id_from_many_threads_with_other_content_each_is_kept_for_one_alone(
    ledger: Ledger,
) -> None:
    """Nobody is told that something was kept which was not."""
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda n: keep(ledger, an_event(1, hash=f"{n}")), range(40)))
    assert sum(len(stored.accepted) for stored in kept) == 1
    assert sum(len(stored.conflicts) for stored in kept) == 39


def test_events_of_one_entity_are_leased_one_after_another(ledger: Ledger) -> None:
    keep(ledger, an_event(1), an_event(2), an_event(3, "2"), an_event(4, source="paris"))
    first = claim_events(ledger)
    assert [event.version for event in first] == [1, 3, 4]
    assert claim_events(ledger) == []
    assert finish_event(ledger, first[0])
    assert [event.version for event in claim_events(ledger)] == [2]


def test_an_events_lease_ends_and_the_first_holder_cannot_close_it(ledger: Ledger) -> None:
    keep(ledger, an_event(1))
    (first,) = claim_events(ledger, "first")
    assert claim_events(ledger, "second", NOW + timedelta(seconds=LEASE - 1)) == []
    (second,) = claim_events(ledger, "second", NOW + timedelta(seconds=LEASE + 1))
    assert (second.attempts, second.fence) == (2, first.fence + 1)
    assert not finish_event(ledger, first)
    assert finish_event(ledger, second)


def test_an_event_given_back_waits_until_it_is_due(ledger: Ledger) -> None:
    keep(ledger, an_event(1))
    (event,) = claim_events(ledger)
    with ledger.write() as connection:
        events.release(connection, event, NOW + timedelta(seconds=9))
    assert claim_events(ledger, now=NOW + timedelta(seconds=8)) == []
    assert len(claim_events(ledger, now=NOW + timedelta(seconds=10))) == 1


def test_an_event_given_back_holds_up_the_next_of_its_entity(ledger: Ledger) -> None:
    keep(ledger, an_event(1), an_event(2))
    (event,) = claim_events(ledger)
    with ledger.write() as connection:
        events.release(connection, event, NOW + timedelta(hours=1))
    assert claim_events(ledger, now=NOW + timedelta(minutes=1)) == []


@pytest.mark.parametrize("what", ["events", "deliveries"])
def test_four_workers_lease_everything_once(ledger: Ledger, what: str) -> None:
    numbers = range(200)
    keep(ledger, *(an_event(n, f"{n}") for n in numbers))
    plan(ledger, *(planned(f"k{n}", f"{n}") for n in numbers))

    def work(owner: str) -> list[Any]:
        found: list[Any] = []
        take: Any = claim_events if what == "events" else claim
        while some := take(ledger, owner, limit=7):
            found += [getattr(item, "key", item.id) for item in some]
        return found

    with ThreadPoolExecutor(4) as pool:
        leased = [x for part in pool.map(work, "abcd") for x in part]
    assert len(leased) == len(set(leased)) == len(numbers)


def test_a_key_is_planned_once(ledger: Ledger) -> None:
    plan(ledger, planned("k1"), planned("k1"))
    plan(ledger, planned("k1"), planned("k1", name="wms"))
    assert count(ledger, deliveries_table) == 2


@pytest.mark.parametrize(
    "state", [DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.PARKED]
)
def test_a_delivery_that_is_not_at_its_end_holds_back_the_next_of_its_order(
    ledger: Ledger, state: DeliveryState
) -> None:
    plan(ledger, planned("k1"), planned("k2"), planned("other", "2"))
    first, other = claim(ledger)
    assert (first.key, other.key) == ("k1", "other")
    finish(ledger, first, state, due_at=NOW + timedelta(hours=1))
    assert claim(ledger, now=NOW + timedelta(seconds=LEASE - 1)) == []


@pytest.mark.parametrize("state", [DeliveryState.DONE, DeliveryState.CANCELLED])
def test_a_delivery_at_its_end_lets_the_next_go(ledger: Ledger, state: DeliveryState) -> None:
    plan(ledger, planned("k1"), planned("k2"))
    (first,) = claim(ledger)
    assert finish(ledger, first, state)
    assert [delivery.key for delivery in claim(ledger)] == ["k2"]


def test_one_connection_does_not_hold_back_another(ledger: Ledger) -> None:
    plan(ledger, planned("k1"), planned("k2", name="wms"))
    claim(ledger)
    assert [delivery.key for delivery in claim(ledger, name="wms")] == ["k2"]


def test_a_delivery_whose_worker_died_is_uncertain(ledger: Ledger) -> None:
    plan(ledger, planned("k1"))
    (first,) = claim(ledger, "first")
    assert not first.uncertain
    (second,) = claim(ledger, "second", NOW + timedelta(seconds=LEASE + 1))
    assert second.uncertain
    assert not finish(ledger, first, DeliveryState.DONE)
    assert count(ledger, attempts) == 0, "who lost the lease writes nothing"
    assert finish(ledger, second, DeliveryState.DONE)
    assert count(ledger, attempts) == 1


def test_a_heartbeat_extends_the_owners_leases_alone(ledger: Ledger) -> None:
    plan(ledger, planned("k1", "1"), planned("k2", "2"))
    (mine,) = claim(ledger, "alive", limit=1)
    (others,) = claim(ledger, "dead", limit=1)
    with ledger.write() as connection:
        ids = [mine.id, others.id]
        deliveries.extend(connection, "alive", NOW + timedelta(hours=1), ids)
    late = claim(ledger, "next", NOW + timedelta(seconds=LEASE + 1))
    assert [delivery.key for delivery in late] == ["k2"]


def test_a_claim_its_owner_never_heard_of_becomes_free_again(ledger: Ledger) -> None:
    """As when the commit succeeded and its answer was lost: nobody works on it."""
    plan(ledger, planned("k1", "1"), planned("k2", "2"))
    (heard,) = claim(ledger, "alive", limit=1)
    claim(ledger, "alive", limit=1)
    with ledger.write() as connection:
        deliveries.extend(connection, "alive", NOW + timedelta(hours=1), [heard.id])
    late = claim(ledger, "next", NOW + timedelta(seconds=LEASE + 1))
    assert [delivery.key for delivery in late] == ["k2"]


def test_what_stands_where_is_counted(ledger: Ledger) -> None:
    plan(ledger, planned("k1", "1"), planned("k2", "2"), planned("k3", "3", "wms"))
    (first, _) = claim(ledger)
    finish(ledger, first, DeliveryState.DONE)
    with ledger.read() as connection:
        assert deliveries.counts(connection) == {("erp", "sending"): 1, ("wms", "waiting"): 1}
        assert deliveries.oldest(connection) == {"erp": NOW, "wms": NOW}
        assert [n for n in ("erp", "wms") if deliveries.due_at(connection, n, NOW)] == ["wms"]
        assert events.waiting(connection) == (0, None)


def test_a_pair_is_unique_both_ways(ledger: Ledger) -> None:
    pair = Binding("erp", "order", "berlin:1:book", "77", "SO-77")
    with ledger.write() as connection:
        bindings.bind(connection, pair, NOW)
        bindings.bind(connection, pair, NOW)
        assert bindings.get(connection, "erp", "order", "berlin:1:book") == pair
    for ours, theirs in (("berlin:1:book", "78"), ("berlin:2:book", "77")):
        with pytest.raises(BindingConflictError), ledger.write() as connection:
            bindings.bind(connection, Binding("erp", "order", ours, theirs, ""), NOW)


def test_the_same_trouble_twice_is_one_case_until_it_is_resolved(ledger: Ledger) -> None:
    trouble = NewCase(
        "berlin:1:missing_sku", "missing_sku", "x" * 999, store="berlin", order_id="1"
    )
    with ledger.write() as connection:
        cases.open_new(connection, [trouble, trouble], NOW)
        cases.open_new(connection, [trouble], NOW)
        assert cases.count_open(connection) == {"missing_sku": 1}
        assert cases.resolve(connection, [trouble.key], "ada", NOW) == 1
        assert cases.resolve(connection, [trouble.key], "ada", NOW) == 0
        cases.open_new(connection, [trouble], NOW)
        assert len(cases.find_open(connection, store="berlin", order_id="1")) == 1
        assert cases.find_open(connection, store="paris") == []


def test_updates_are_numbered_without_gaps_in_the_order_they_commit(ledger: Ledger) -> None:
    """A reader's cursor must never pass a number that is still to come."""
    seen: list[int] = []
    done = threading.Event()

    def write(n: int) -> None:
        with ledger.write() as connection:
            new = [NewUpdate(f"k{n}-{i}", "note", "order", "1", "{}") for i in range(2)]
            updates.add(connection, "berlin", new, NOW)

    def read() -> None:
        while not done.is_set() or len(seen) < 80:
            with ledger.read() as connection:
                rows = updates.after(connection, "berlin", seen[-1] if seen else 0, 1000)
            seen.extend(row.seq for row in rows)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    done.set()
    reader.join(30)
    assert seen == list(range(1, 81))


def test_an_update_known_already_uses_no_number(ledger: Ledger) -> None:
    new = NewUpdate("k", "note", "order", "1", "{}")
    with ledger.write() as connection:
        for _ in range(3):
            updates.add(connection, "berlin", [new], NOW)
        updates.add(connection, "berlin", [NewUpdate("l", "note", "order", "1", "{}")], NOW)
        assert updates.last(connection, "berlin") == 2
    assert count(ledger, updates_table) == 2


def test_cursors_begin_empty_and_move(ledger: Ledger) -> None:
    with ledger.write() as connection:
        assert cursors.get(connection, "erp:stock") == ""
        for value in ("1", "2"):
            cursors.move(connection, "erp:stock", value, NOW)
        assert cursors.get(connection, "erp:stock") == "2"
    assert count(ledger, cursors_table) == 1


def test_secrets_overlap_and_end(ledger: Ledger) -> None:
    one, two, three = (stores.new_secret() for _ in range(3))
    hour = timedelta(hours=1)

    def valid(at: datetime) -> list[str]:
        with ledger.read() as connection:
            return [secret.value for secret in stores.valid_secrets(connection, "berlin", at)]

    with ledger.write() as connection:
        stores.add(connection, Store("berlin", "https://x.example", "EUR", NOW), one)
        stores.rotate(connection, "berlin", two, NOW, hour)
    assert valid(NOW) == [two, one]
    assert valid(NOW + hour) == [two]
    with ledger.write() as connection:
        stores.rotate(connection, "berlin", three, NOW, hour)
    assert valid(NOW) == [three, two], "the oldest ends at once"
    with pytest.raises(IntegrityError), ledger.write() as connection:
        stores.add(connection, Store("berlin", "https://y.example", "EUR", NOW), two)


def test_times_keep_their_instant_and_their_microseconds(ledger: Ledger) -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    with ledger.write() as connection:
        connection.execute(insert(heartbeats).values(name="x", at=tokyo))
        assert connection.scalar(select(heartbeats.c.at)) == NOW
        assert connection.scalar(select(heartbeats.c.at)).utcoffset() == timedelta(0)  # type: ignore[union-attr]
    with pytest.raises(StatementError, match="without a zone"), ledger.write() as connection:
        connection.execute(insert(heartbeats).values(name="y", at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize("total", ["0.1", "35.58", "4950", "0.001", "123456789012345.1234", "-5"])
def test_amounts_are_kept_exactly(ledger: Ledger, total: str) -> None:
    row = orders.OrderRow(
        "berlin", "1", "1", 1, "held", "paid", "none", Decimal(total), "EUR", "{}", NOW, NOW
    )
    with ledger.write() as connection:
        orders.save(connection, row)
        found = orders.get(connection, "berlin", "1")
    assert found is not None
    assert found.total == Decimal(total)


def test_an_order_saved_again_keeps_when_it_came(ledger: Ledger) -> None:
    row = orders.OrderRow(
        "berlin", "1", "1", 1, "held", "paid", "none", Decimal(1), "EUR", "{}", NOW, NOW
    )
    later = NOW + timedelta(days=1)
    with ledger.write() as connection:
        orders.save(connection, row)
        orders.save(connection, orders.OrderRow(*[*_values(row)[:-2], later, later]))
        found = orders.get(connection, "berlin", "1")
        for at in (NOW, later):
            orders.reach(connection, "berlin", "1", [orders.Milestone("booked", at)])
        (step,) = orders.journey(connection, "berlin", "1")
    assert found is not None
    assert (found.received_at, found.changed_at, step.at) == (NOW, later, NOW)


def _values(row: orders.OrderRow) -> list[Any]:
    return [getattr(row, name) for name in orders.OrderRow.__slots__]


def test_what_raises_leaves_nothing_behind(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.write() as connection:
        events.store(connection, [an_event(1)], NOW)
        raise RuntimeError
    assert count(ledger, events_table) == 0


def test_in_shared_commits_each_gets_its_own_answer(ledger: Ledger) -> None:
    """One that fails takes no other with it, however many wait together."""

    def write(connection: Any, numbers: Sequence[int]) -> list[str]:
        for n in numbers:
            events.store(connection, [an_event(n)], NOW)
            if n % 10 == 3:
                raise ValueError(n)
        return [an_event(n).id for n in numbers]

    writer: GroupCommit[int, str] = GroupCommit(ledger, write)

    def outcome(n: int) -> str:
        try:
            return writer.run(n)[0]
        except ValueError as error:
            return f"failed {error}"

    with ThreadPoolExecutor(100) as pool:
        found = list(pool.map(outcome, range(200)))
    assert found == [f"failed {n}" if n % 10 == 3 else an_event(n).id for n in range(200)]
    assert count(ledger, events_table) == 180


WRITER = """
import sys
from datetime import UTC, datetime
from causeway.ledger import updates
from causeway.ledger.engine import Ledger
from causeway.ledger.updates import NewUpdate
from tests.postgres_server import PostgresServer
ledger = Ledger(sys.argv[1])
for n in range(50):
    with ledger.write() as connection:
        new = NewUpdate(f"{sys.argv[2]}-{n}", "note", "order", "1", "{}")
        updates.add(connection, "berlin", [new], datetime.now(UTC))
"""


def test_several_processes_write_and_nothing_is_lost(ledger: Ledger, ledger_url: str) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, ledger_url, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with ledger.read() as connection:
        seqs = [row.seq for row in updates.after(connection, "berlin", 0, 1000)]
    assert seqs == list(range(1, 151))


def test_a_ledger_says_what_it_runs_on(ledger: Ledger) -> None:
    assert ledger.version().startswith("SQLite" if ledger.is_sqlite else "PostgreSQL")
    ledger.checkpoint()


def test_a_sqlite_ledger_needs_a_file() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Ledger("sqlite://")


def test_a_connection_that_the_server_ended_is_not_handed_out(postgres: PostgresServer) -> None:
    name = postgres.lend()
    mine, other = Ledger(postgres.url(name)), Ledger(postgres.url(name))
    whose = text("SELECT pg_backend_pid()")
    for door in (mine.read, mine.glance, mine.write):
        with door() as connection:
            before = connection.scalar(whose)
        with other.glance() as connection:
            assert connection.scalar(
                text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before}
            )
        with door() as connection:
            assert connection.scalar(whose) != before
    mine.close()
    other.close()
    postgres.take_back(name)


def test_a_connection_that_was_idle_for_long_is_asked_before_it_is_used(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres.lend()
    ledger = Ledger(postgres.url(name))
    dialect, asked = ledger.engine.dialect, []
    monkeypatch.setattr(dialect, "do_ping", asked.append)
    for seconds, times in ((liveness.ASKED_AFTER_SECONDS, 0), (0.0, 1)):
        monkeypatch.setattr(liveness, "ASKED_AFTER_SECONDS", seconds)
        with ledger.read():
            pass
        asked.clear()
        with ledger.read():
            assert len(asked) == times
    ledger.close()
    postgres.take_back(name)


def test_many_rows_with_one_key_leave_the_last_of_them(ledger: Ledger) -> None:
    rows = [{"name": f"n{n % 150}", "at": NOW + timedelta(seconds=n)} for n in range(300)]
    with ledger.write() as connection:
        sql.upsert(connection, heartbeats, rows, ("name",))
        sql.insert_new(connection, heartbeats, [{**row, "at": NOW} for row in rows])
        found = dict(connection.execute(select(heartbeats.c.name, heartbeats.c.at)).all())
    assert found == {f"n{n}": NOW + timedelta(seconds=150 + n) for n in range(150)}

"""Whatever happens to workers and the ERP, in whatever order: each effect once, in order."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from causeway.connectors import registry
from causeway.connectors.base import RemoteDocument
from causeway.connectors.memory import Entry, Fault, Office
from causeway.engine.events import EventDesk
from causeway.engine.heartbeat import LEASE_SECONDS, MARGIN_SECONDS
from causeway.engine.sender import Outcome, Sender
from causeway.errors import RejectedError, RetryableError, UnknownOutcome
from causeway.ledger import deliveries, events
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.tables import deliveries as rows
from tests.world import (
    MEMORY,
    OFFICE_TOKEN,
    World,
    empty_ledger,
    fixture_order,
    office_connection,
    order_event,
)

_numbers = count(1)
OPERATIONS = st.sampled_from(["book", "refund", "request", "find"])


class CarelessOffice(Office):
    """Has no unique index: a key sent twice makes two documents."""

    def keep(self, kind: Any, key: str, content: Any) -> RemoteDocument:
        number = str(len(self.books) + 1)
        document = RemoteDocument(number, number)
        self.books.append(Entry(kind, key, document, content))
        return document


class Deliveries(RuleBasedStateMachine):
    """Workers claim, call, write down, or die between any two of these steps."""

    @initialize()
    def open(self) -> None:
        self.before = registry.KINDS.get("memory")
        registry.KINDS["memory"] = registry.Kind(MEMORY, MEMORY)
        self.folder = Path(tempfile.mkdtemp(prefix="causeway-machine-"))
        path = self.folder / "ledger.sqlite"
        path.write_bytes(empty_ledger())
        self.office = CarelessOffice(f"http://machine-{next(_numbers)}.example", OFFICE_TOKEN)
        self.office.open()
        connection = office_connection(self.office)
        self.world = World(self.folder, f"sqlite:///{path}", connections=(connection,))
        self.world.add_store()
        self.sender = Sender(self.world.context)
        self.held: list[tuple[datetime, ClaimedDelivery]] = []
        self.outcomes: list[Outcome] = []
        self.leased: dict[int, datetime] = {}
        self.orders: set[int] = set()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self._everything_arrives()
        finally:
            self.world.close()
            self.office.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            registry.KINDS.pop("memory")
            if self.before is not None:
                registry.KINDS["memory"] = self.before

    @rule(number=st.integers(101, 104))
    def an_order_comes(self, number: int) -> None:
        """One with a refund: three deliveries, two of them in line behind the first."""
        data = fixture_order("partial_refund_one_line")
        data["order"].update(id=number, number=str(number))
        assert self.world.shop().events([order_event(data)]).status_code == 202
        self.orders.add(number)

    @rule(dies=st.booleans())
    def events_are_worked_on(self, dies: bool) -> None:
        now = self.world.clock()
        with self.world.write() as connection:
            claimed = events.claim(connection, "worker", now, LEASE_SECONDS, 5)
        for event in claimed[: len(claimed) // 2 if dies else None]:
            EventDesk(self.world.context).work_on(event)

    @rule(most=st.integers(1, 4))
    def a_worker_claims(self, most: int) -> None:
        now = self.world.clock()
        with self.world.write() as connection:
            claimed = deliveries.claim(connection, "office", "w", now, LEASE_SECONDS, most)
        orders = [(d.store, d.order_id) for d in claimed]
        assert len(set(orders)) == len(orders), "one of an order at a time"
        for delivery in claimed:
            until = self.leased.get(delivery.id)
            assert until is None or until < now, "somebody else holds it"
            self.leased[delivery.id] = now + timedelta(seconds=LEASE_SECONDS)
            self.held.append((now, delivery))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def it_calls(self, data: st.DataObject) -> None:
        """A worker that was frozen past its lease sees that before it calls."""
        since, delivery = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        sure = since + timedelta(seconds=LEASE_SECONDS - MARGIN_SECONDS)
        if self.world.clock() < sure:
            refused = self.sender.refused(delivery)
            self.outcomes.append(refused or self.sender.perform(delivery))

    @precondition(lambda self: self.outcomes)
    @rule(data=st.data())
    def it_writes_down(self, data: st.DataObject) -> None:
        """Perhaps long after another took it over: then nothing is written."""
        outcome = self.outcomes.pop(data.draw(st.integers(0, len(self.outcomes) - 1)))
        before = self._row(outcome.delivery.id)
        with self.world.write() as connection:
            self.sender.keep(connection, outcome)
        if before.fence != outcome.delivery.fence:
            assert self._row(outcome.delivery.id) == before
        else:
            self.leased.pop(outcome.delivery.id, None)

    @rule()
    def all_workers_die(self) -> None:
        self.held.clear()
        self.outcomes.clear()

    @rule(seconds=st.sampled_from([1, 10, LEASE_SECONDS + 1, 900, 90_000]))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.advance(seconds=seconds)

    @rule(operation=OPERATIONS, after_work=st.booleans(), times=st.integers(1, 3))
    def the_line_will_drop(self, operation: str, after_work: bool, times: int) -> None:
        error = UnknownOutcome("the connection ended before its answer came")
        self.office.faults.append(Fault(operation, lambda: error, after_work, times))

    @rule(operation=OPERATIONS, times=st.integers(1, 3))
    def it_will_be_busy(self, operation: str, times: int) -> None:
        error = RetryableError("busy", retry_after=7, status=429)
        self.office.faults.append(Fault(operation, lambda: error, times=times))

    @rule(operation=st.sampled_from(["book", "refund", "request"]))
    def it_will_refuse(self, operation: str) -> None:
        self.office.faults.append(Fault(operation, lambda: RejectedError("no")))

    @rule()
    def a_person_retries_what_is_parked(self) -> None:
        for row in self.world.rows(rows, state="parked"):
            with self.world.write() as connection:
                assert deliveries.retry_now(connection, row.id, self.world.clock())

    @invariant()
    def nothing_is_done_twice(self) -> None:
        if hasattr(self, "office"):
            keys = [(entry.kind, entry.key) for entry in self.office.books]
            assert len(set(keys)) == len(keys)

    @invariant()
    def the_orders_own_order_is_kept(self) -> None:
        """Nothing of an order is done before what was planned before it."""
        if not hasattr(self, "world"):
            return
        open_before: set[tuple[str, str]] = set()
        made = {entry.key for entry in self.office.books}
        for row in self.world.rows(rows):
            order = (row.store, row.order_id)
            if row.key in made:
                assert order not in open_before, f"{row.key} went before its turn"
            elif row.state != "done":
                open_before.add(order)

    def _everything_arrives(self) -> None:
        """The faults end, workers come back, a person retries: nothing is lost."""
        self.office.faults.clear()
        for _ in range(30):
            self.world.clock.advance(hours=30)
            self.a_person_retries_what_is_parked()
            self.world.drain()
            if all(row.state == "done" for row in self.world.rows(rows)):
                break
        self.nothing_is_done_twice()
        booked = {key.split(":")[1] for e in self.office.books if (key := e.key).endswith(":book")}
        assert booked == {str(number) for number in self.orders}
        assert {row.state for row in self.world.rows(rows)} <= {"done"}
        assert len(self.office.books) == len(self.world.rows(rows))

    def _row(self, delivery_id: int) -> Any:
        (row,) = self.world.rows(rows, id=delivery_id)
        return row


Deliveries.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
test_whatever_happens_each_effect_comes_once_and_in_order = Deliveries.TestCase

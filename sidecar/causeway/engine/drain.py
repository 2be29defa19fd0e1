"""One job's work: everything that is due, several at a time, until nothing is or time is up."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import count

from sqlalchemy import Connection

from causeway.engine.context import Context
from causeway.engine.events import LEDGER_TROUBLE, EventDesk
from causeway.engine.heartbeat import LEASE_SECONDS, Heartbeat
from causeway.engine.keeping import Keeper
from causeway.engine.limits import Bounds, Grant, Settlement, settlement
from causeway.engine.sender import Outcome, Sender
from causeway.ledger import deliveries, events
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.lanes import BOTH, BULK

EVENTS_AT_ONCE = 20
# How soon work that arrives while the drain is busy is noticed.
LOOK_AGAIN_SECONDS = 0.02
# How long a connection that gave no slots is left in peace, at least and at most.
SHORTEST_REST, LONGEST_REST = 0.02, 1.0
TROUBLE_SECONDS = 0.25
STORES_SECONDS = 0.5
# After `run`'s time is up, for how long at most calls are waited for.
TAIL_SECONDS = 270.0
# Bulk leaves this share of a connection's calls to the orders.
BULK_SHARE = 0.75


@dataclass(slots=True)
class Line:
    """One connection as the drain sees it."""

    name: str
    bounds: Bounds
    flying: dict[Future[Outcome | None], tuple[ClaimedDelivery, str]] = field(default_factory=dict)
    rest_until: float = 0.0
    held_back: bool = False
    """Something is due that its rate or the calls of other workers hold back for a moment."""
    stores: list[str] = field(default_factory=list)
    stores_at: float = -1e9
    turn: int = 0

    @property
    def free(self) -> int:
        return self.bounds.concurrency - len(self.flying)


@dataclass
class Drain:
    """Works on events in one thread and sends deliveries in others, each connection in its limits.

    A slow connection holds up nothing but its own. What came of the calls that ended is kept, and
    new ones are claimed, in one transaction.
    """

    context: Context
    lanes: Sequence[int] = BOTH
    stopping: threading.Event = field(default_factory=threading.Event)
    events_done: int = 0
    deliveries_done: int = 0

    def __post_init__(self) -> None:
        self._lines = [
            Line(c.name, _bounds(Bounds.of(c), self.lanes))
            for c in self.context.settings.connections
        ]
        self._sender = Sender(self.context)
        self._keeper = Keeper(self.context, self._sender)
        self._events: Future[int] | None = None
        self._slot = (f"{self.context.owner}:{secrets.token_hex(2)}:{n}" for n in count())

    def run(self, seconds: float) -> bool:
        """Work for about `seconds`; True when something due may be left.

        `stopping` ends it sooner: nothing new is begun, what is under way is finished.
        """
        end = time.monotonic() + seconds
        most = sum(line.bounds.concurrency for line in self._lines) + 1
        with ThreadPoolExecutor(most) as pool, Heartbeat(self.context, self._slots) as heart:
            while not self._over(end):
                if not self._guarded(pool, heart):
                    return False
            self._finish(pool, heart)
        return True

    def _guarded(self, pool: ThreadPoolExecutor, heart: Heartbeat) -> bool:
        """One look at everything; a ledger that does not answer is asked again a little later."""
        try:
            return self._look(pool, heart)
        except LEDGER_TROUBLE as error:
            self.context.report(error)
            self.stopping.wait(TROUBLE_SECONDS)
            return True

    def _look(self, pool: ThreadPoolExecutor, heart: Heartbeat) -> bool:
        """False when there is nothing to do and nothing under way."""
        landed = self._land()
        working = self._work_on_events(pool)
        unkept = self._keeper.waiting  # what follows from it is looked for once it is kept
        begun = self._turn_over(pool, heart, self._lines)
        if landed or begun:
            return True
        held_back = any(line.held_back for line in self._lines)
        if not (working or unkept or self._flying() or self._keeper.waiting or held_back):
            return False
        self._wait(LOOK_AGAIN_SECONDS)
        return True

    def _over(self, end: float) -> bool:
        return time.monotonic() >= end or self.stopping.is_set()

    def _finish(self, pool: ThreadPoolExecutor, heart: Heartbeat) -> None:
        """Wait for the calls under way; the connections that have none go on meanwhile."""
        last = time.monotonic() + TAIL_SECONDS
        slow = [line for line in self._lines if line.flying]
        while (self._flying() or self._keeper.waiting) and time.monotonic() < last:
            try:
                self._look_at_the_end(pool, heart, slow)
            except LEDGER_TROUBLE as error:
                self.context.report(error)
                time.sleep(TROUBLE_SECONDS)

    def _look_at_the_end(
        self, pool: ThreadPoolExecutor, heart: Heartbeat, slow: list[Line]
    ) -> None:
        """`slow` are the connections whose calls are waited for; it gets shorter."""
        self._land()
        slow[:] = [line for line in slow if line.flying]
        others: list[Line] = []
        if slow and not self.stopping.is_set():
            self._work_on_events(pool)
            others = [line for line in self._lines if line not in slow]
        if not self._turn_over(pool, heart, others):
            self._wait(LOOK_AGAIN_SECONDS)

    def _work_on_events(self, pool: ThreadPoolExecutor) -> bool:
        """One batch at a time in a thread of its own; whether one is being worked on."""
        if self._events is not None:
            if not self._events.done():
                return True
            future, self._events = self._events, None
            error = future.exception()
            if error is not None:
                self.context.report(error)
                self.stopping.wait(LOOK_AGAIN_SECONDS)
                return True
            self.events_done += future.result()
        with self.context.ledger.read() as connection:
            if not events.any_due(connection, self.context.now(), self.lanes):
                return False
        self._events = pool.submit(self._one_batch)
        return True

    def _one_batch(self) -> int:
        """Claim some events and work on them."""
        with self.context.ledger.write() as connection:
            claimed = events.claim(
                connection, self.context.owner, self.context.now(), LEASE_SECONDS,
                EVENTS_AT_ONCE, self.lanes,
            )  # fmt: skip
        desk = EventDesk(self.context)
        if self.stopping.is_set():
            with self.context.ledger.write() as connection:
                events.give_back(connection, claimed, self.context.now())
            return 0
        desk.work_on_all(claimed)
        return len(claimed)

    def _turn_over(self, pool: ThreadPoolExecutor, heart: Heartbeat, lines: list[Line]) -> bool:
        """Keep what came of the calls that ended, and begin what may be begun."""
        granted = self._take_slots(lines) if not self._keeper.in_trouble else {}
        if not granted and not self._keeper.waiting:
            return False
        claimed: dict[str, list[ClaimedDelivery]] = {}

        def claim(connection: Connection) -> None:
            claimed.clear()
            for line in lines:
                if line.name in granted:
                    found = self._claim(connection, line, len(granted[line.name].slots))
                    claimed[line.name] = found

        at = time.monotonic()
        if not self._keeper.keep(claim if granted else None):
            claimed.clear()
        for line in lines:
            if line.name in granted:
                slots, found = granted[line.name].slots, claimed.get(line.name, [])
                self._begin(pool, heart, line, slots, found, at)
        return any(claimed.values())

    def _take_slots(self, lines: list[Line]) -> dict[str, Grant]:
        granted: dict[str, Grant] = {}
        now = time.monotonic()
        for line in lines:
            if line.free <= 0 or now < line.rest_until:
                continue
            line.held_back = False
            if not self._is_due(line):
                continue
            grant = self.context.limits.take(
                line.name, line.bounds, [next(self._slot) for _ in range(line.free)]
            )
            if grant.slots:
                granted[line.name] = grant
            else:
                line.rest_until = now + min(max(grant.wait, SHORTEST_REST), LONGEST_REST)
                line.held_back = grant.why in ("busy", "rate")
        return granted

    def _is_due(self, line: Line) -> bool:
        with self.context.ledger.read() as connection:
            return deliveries.due_at(connection, line.name, self.context.now(), self.lanes)

    def _claim(self, connection: Connection, line: Line, most: int) -> list[ClaimedDelivery]:
        """The stores take turns in being first."""
        if time.monotonic() - line.stores_at > STORES_SECONDS:
            line.stores = deliveries.stores_of(connection, line.name)
            line.stores_at = time.monotonic()
        line.turn += 1
        first = line.turn % max(len(line.stores), 1)
        return deliveries.claim(
            connection,
            line.name,
            self.context.owner,
            self.context.now(),
            LEASE_SECONDS,
            most,
            lanes=self.lanes,
            stores=line.stores[first:] + line.stores[:first],
            suspects=not any(d.deaths for d, _ in line.flying.values()),
        )

    def _begin(
        self,
        pool: ThreadPoolExecutor,
        heart: Heartbeat,
        line: Line,
        slots: Sequence[str],
        claimed: Sequence[ClaimedDelivery],
        at: float,
    ) -> None:
        """Start the calls; slots without one go back at once."""
        spare = list(slots)
        for delivery in claimed:
            refused = self._sender.refused(delivery)
            if refused is not None:
                self._keeper.add(refused)
                continue
            slot = spare.pop()
            line.flying[pool.submit(self._send, heart, delivery, at)] = (delivery, slot)
        if spare:
            unused = [Settlement(slot, "unused") for slot in spare]
            self.context.limits.settle(line.name, line.bounds, unused)

    def _send(self, heart: Heartbeat, delivery: ClaimedDelivery, at: float) -> Outcome | None:
        """None when the lease is no longer sure, as after this process was frozen."""
        return self._sender.perform(delivery) if heart.may_begin(at) else None

    def _land(self) -> int:
        """Take in the calls that have ended."""
        landed = 0
        for line in self._lines:
            done = [future for future in line.flying if future.done()]
            settled = []
            for future in done:
                _, slot = line.flying.pop(future)
                outcome = future.result()
                if outcome is None:
                    settled.append(Settlement(slot, "unused"))
                    continue
                settled.append(settlement(slot, outcome.error))
                self._keeper.add(outcome)
                self.deliveries_done += 1
            if settled:
                self.context.limits.settle(line.name, line.bounds, settled)
                line.rest_until = 0.0
            landed += len(done)
        return landed

    def _wait(self, seconds: float) -> None:
        """Until a call ends, for `seconds` at most."""
        flying = [future for line in self._lines for future in line.flying]
        if flying:
            wait(flying, timeout=seconds, return_when=FIRST_COMPLETED)
        elif self._events is not None:
            wait([self._events], timeout=seconds)
        else:
            time.sleep(seconds)

    def _flying(self) -> bool:
        return self._events is not None or any(line.flying for line in self._lines)

    def _slots(self) -> dict[str, list[str]]:
        return {
            line.name: [slot for _, slot in list(line.flying.values())]
            for line in self._lines
            if line.flying
        }


def _bounds(bounds: Bounds, lanes: Sequence[int]) -> Bounds:
    """Those of a drain of bulk alone leave room for orders."""
    if list(lanes) != [BULK]:
        return bounds
    return replace(bounds, concurrency=max(1, int(bounds.concurrency * BULK_SHARE)))

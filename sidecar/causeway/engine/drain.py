"""One job's work: everything that is due, several at a time, until nothing is or time is up."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue

from sqlalchemy import Connection

from causeway.engine.context import Context
from causeway.engine.events import LEDGER_TROUBLE, EventDesk
from causeway.engine.heartbeat import LEASE_SECONDS, Heartbeat
from causeway.engine.keeping import Keeper
from causeway.engine.limits import Bounds, Grant, Settlement, settlement
from causeway.engine.line import Line, bounds_of
from causeway.engine.sender import Outcome, Sender
from causeway.ledger import deliveries, events
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.lanes import BOTH

EVENTS_AT_ONCE = 50
# How soon work that arrives while the drain is busy is noticed.
LOOK_AGAIN_SECONDS = 0.05
# How long a connection that gave no slots is left in peace, at least and at most.
SHORTEST_REST, LONGEST_REST = 0.02, 1.0
TROUBLE_SECONDS = 0.25
STORES_SECONDS = 0.5
# After `run`'s time is up, for how long at most calls are waited for.
TAIL_SECONDS = 270.0


@dataclass(frozen=True, slots=True)
class _Ask:
    """How many to claim for a line; whether one that has seen a worker die may be among them."""

    line: Line
    most: int
    suspects: bool


@dataclass
class Drain:
    """Works on events in one thread, sends deliveries in others, and keeps outcomes in one more.

    A slow connection holds up nothing but its own. What came of the calls that ended is kept, and
    new ones are claimed, in one transaction; calls go on while it lasts. The other threads change
    nothing here: each puts what it has to say into the inbox, and `run`'s thread does it.
    """

    context: Context
    lanes: Sequence[int] = BOTH
    stopping: threading.Event = field(default_factory=threading.Event)
    events_done: int = 0
    deliveries_done: int = 0

    def __post_init__(self) -> None:
        self._lines = [
            Line(c.name, bounds_of(Bounds.of(c), self.lanes))
            for c in self.context.settings.connections
        ]
        self._sender = Sender(self.context)
        self._keeper = Keeper(self.context, self._sender)
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._events_busy = self._more_events = self._keeping = False
        self._fresh: list[int] = []
        """Claimed and not taken in yet."""
        self._events_held: list[int] = []
        self._events_looked_at = self._events_rest_until = -1e9
        self._slot = (f"{self.context.owner}:{secrets.token_hex(2)}:{n}" for n in count())

    def run(self, seconds: float) -> bool:
        """Work for about `seconds`; True when something due may be left.

        `stopping` ends it sooner: nothing new is begun, what is under way is finished.
        """
        end = time.monotonic() + seconds
        most = sum(line.bounds.concurrency for line in self._lines) + 2
        with (
            ThreadPoolExecutor(most) as pool,
            Heartbeat(self.context, self._held, self._slots) as heart,
        ):
            self._pool, self._heart = pool, heart
            while time.monotonic() < end and not self.stopping.is_set():
                if not self._guarded(self._lines, go_on=True):
                    return False
            self._finish()
        return True

    def _finish(self) -> None:
        """Wait for the calls under way; the connections that have none go on meanwhile."""
        last = time.monotonic() + TAIL_SECONDS
        slow = [line for line in self._lines if line.flying]
        while time.monotonic() < last:
            slow = [line for line in slow if line.flying]
            go_on = bool(slow) and not self.stopping.is_set()
            others = [line for line in self._lines if go_on and line not in slow]
            for line in self._lines:
                if line not in others:
                    line.closed = True
                    line.hand_back()
            if not (self._unfinished() or self._keeper.waiting):
                return
            self._guarded(others, go_on=go_on)

    def _unfinished(self) -> bool:
        """What cannot be given back because the ledger is in trouble is left to its lease."""
        if self._keeper.in_trouble and not self._keeping:
            return self._events_busy or any(line.flying for line in self._lines)
        return self._under_way()

    def _guarded(self, lines: list[Line], *, go_on: bool) -> bool:
        """One look at everything; a ledger that does not answer is asked again a little later."""
        try:
            return self._look(lines, go_on=go_on)
        except LEDGER_TROUBLE as error:
            self.context.report(error)
            self.stopping.wait(TROUBLE_SECONDS)
            return True

    def _look(self, lines: list[Line], *, go_on: bool) -> bool:
        """Let all go on that can; False when nothing is left.

        `lines` alone get new work, and events are worked on if all is to `go_on`.
        """
        self._take_in(0.0)
        if go_on:
            self._work_on_events()
        for line in self._lines:
            self._refill(line)
        self._keep(lines)
        self._tell()
        held_back = any(line.held_back for line in lines)
        left = self._keeper.waiting or (go_on and self._more_events)
        if not (self._under_way() or left or held_back):
            return False
        self._take_in(LOOK_AGAIN_SECONDS)
        return True

    def _take_in(self, seconds: float) -> None:
        """Do what the other threads ask for; wait for the first of it for `seconds`."""
        try:
            step = self._inbox.get(timeout=seconds) if seconds else self._inbox.get_nowait()
            while True:
                step()
                step = self._inbox.get_nowait()
        except Empty:
            return

    def _under_way(self) -> bool:
        lines = any(line.busy for line in self._lines)
        return self._events_busy or self._keeping or lines

    def _work_on_events(self) -> None:
        """One batch at a time in a thread of its own."""
        now = time.monotonic()
        if self._events_busy or now < self._events_rest_until:
            return
        if not self._more_events:
            if self._under_way() and now - self._events_looked_at < LOOK_AGAIN_SECONDS:
                return
            self._events_looked_at = now
            with self.context.ledger.read() as connection:
                if not events.any_due(connection, self.context.now(), self.lanes):
                    return
        self._events_busy = True
        self._pool.submit(self._one_batch)

    def _one_batch(self) -> None:
        """Claim some events and work on them."""
        found, error = 0, None
        try:
            found = self._claim_events()
        except Exception as problem:  # noqa: BLE001 - reported, and tried again a little later
            error = problem
        self._inbox.put(lambda: self._events_worked_on(found, error))

    def _claim_events(self) -> int:
        with self.context.ledger.write() as connection:
            claimed = events.claim(
                connection, self.context.owner, self.context.now(), LEASE_SECONDS,
                EVENTS_AT_ONCE, self.lanes,
            )  # fmt: skip
        if self.stopping.is_set():
            with self.context.ledger.write() as connection:
                events.give_back(connection, claimed, self.context.now())
            return 0
        self._events_held = [event.seq for event in claimed]
        try:
            EventDesk(self.context).work_on_all(claimed)
        finally:
            self._events_held = []
        return len(claimed)

    def _events_worked_on(self, found: int, error: Exception | None) -> None:
        self._events_busy = False
        self._more_events = found > 0
        self.events_done += found
        if error is not None:
            self.context.report(error)
            # Something may still be due, and is asked for again.
            self._more_events = True
            self._events_rest_until = time.monotonic() + TROUBLE_SECONDS
        self._look_anew()

    def _look_anew(self) -> None:
        """What was kept may have made something due."""
        for line in self._lines:
            line.looked_at = -1e9

    def _refill(self, line: Line) -> None:
        """Begin what is ready, as far as there are slots."""
        wanted = min(line.free, len(line.ready))
        if wanted > 0 and time.monotonic() >= line.rest_until:
            slots = self._take(line, wanted)
            self._begin(line, slots)

    def _take(self, line: Line, wanted: int) -> tuple[str, ...]:
        """Slots from the limits, which hear in the same step what came of earlier ones."""
        ids = [next(self._slot) for _ in range(wanted)]
        settled, line.settled = line.settled, []
        grant = self.context.limits.take(line.name, line.bounds, ids, settled)
        line.held_back = False
        line.flowing = len(grant.slots) == wanted
        if not grant.slots:
            self._rest(line, grant)
        return grant.slots

    def _rest(self, line: Line, grant: Grant) -> None:
        """What no call is let through to now is left for whoever may call first."""
        wait = min(max(grant.wait, SHORTEST_REST), LONGEST_REST)
        line.rest_until = time.monotonic() + wait
        line.held_back = grant.why in ("busy", "rate")
        if not line.held_back:
            line.hand_back()

    def _begin(self, line: Line, slots: Sequence[str]) -> None:
        for slot in slots:
            delivery, at = line.ready[0]
            line.flying[slot] = delivery  # before it leaves there: the heartbeat looks at both
            line.ready.popleft()
            self._pool.submit(self._send, line, slot, delivery, at)

    def _send(self, line: Line, slot: str, delivery: ClaimedDelivery, at: float) -> None:
        """Nothing is sent when the lease is no longer sure, as after this process was frozen."""
        outcome = self._sender.perform(delivery) if self._heart.may_begin(at) else None
        self._inbox.put(lambda: self._landed(line, slot, outcome))

    def _landed(self, line: Line, slot: str, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._keeper.add(outcome)
        del line.flying[slot]
        line.rest_until = 0.0
        if outcome is None:
            line.settled.append(Settlement(slot, "unused"))
            return
        line.settled.append(settlement(slot, outcome.error))
        self.deliveries_done += 1
        if outcome.verdict.action == "pause":  # until that is kept, nothing more is sent there
            line.closed = True
            line.hand_back()

    def _keep(self, lines: list[Line]) -> None:
        """Keep what came of calls and claim more, in one transaction in a thread of its own."""
        if self._keeping or self._keeper.in_trouble:
            return
        waiting = bool(self._keeper.waiting)
        asks = self._asks(lines, keeping=waiting)
        returned = [(line, line.returned) for line in self._lines if line.returned]
        if not (asks or returned or waiting):
            return
        for line, _ in returned:
            line.returned = []
        self._keeping = True
        self._pool.submit(self._keep_and_claim, asks, returned)

    def _asks(self, lines: list[Line], *, keeping: bool) -> list[_Ask]:
        """What to claim for whom. Slots taken for it go back where one of the looks fails."""
        now, asks = time.monotonic(), []
        try:
            for line in lines:
                line.closed = False
                most = self._wanted(line, now, keeping)
                if most > 0:
                    asks.append(_Ask(line, most, suspects=not line.has_suspect))
        except Exception:
            for ask in asks:
                ask.line.drop_slots()
            raise
        return asks

    def _wanted(self, line: Line, now: float, keeping: bool) -> int:
        """How many to claim for it now; the slots for them are taken, but for those ahead."""
        if now < line.rest_until:
            return 0
        if line.flowing and line.flying:
            room = line.free + line.ahead - len(line.ready)
            return room if room > 0 and (keeping or self._may_be_due(line, now)) else 0
        if line.ready or line.free <= 0 or not self._may_be_due(line, now):
            return 0
        line.slots = list(self._take(line, line.free))
        return len(line.slots)

    def _may_be_due(self, line: Line, now: float) -> bool:
        """As the last claim left it, or by a look into the ledger, now and then while busy."""
        if line.more:
            return True
        if self._under_way() and now - line.looked_at < LOOK_AGAIN_SECONDS:
            return False
        line.looked_at = now
        with self.context.ledger.read() as connection:
            return deliveries.due_at(connection, line.name, self.context.now(), self.lanes)

    def _keep_and_claim(
        self, asks: list[_Ask], returned: list[tuple[Line, list[ClaimedDelivery]]]
    ) -> None:
        at, claimed = time.monotonic(), dict[str, list[ClaimedDelivery]]()

        def more(connection: Connection) -> None:
            claimed.clear()
            back = [delivery for _, given in returned for delivery in given]
            deliveries.give_back(connection, back, self.context.now())
            for ask in asks:
                claimed[ask.line.name] = self._claim(connection, ask)
            self._fresh = [d.id for found in claimed.values() for d in found]

        kept = False
        try:
            kept = self._keeper.keep(more if asks or returned else None)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it here
            self.context.report(error)
        if not kept:
            claimed.clear()
            self._fresh = []
        self._inbox.put(lambda: self._kept(asks, [] if kept else returned, claimed, at))

    def _claim(self, connection: Connection, ask: _Ask) -> list[ClaimedDelivery]:
        """The stores take turns in being first."""
        line = ask.line
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
            ask.most,
            lanes=self.lanes,
            stores=line.stores[first:] + line.stores[:first],
            suspects=ask.suspects,
        )

    def _kept(
        self,
        asks: list[_Ask],
        again: list[tuple[Line, list[ClaimedDelivery]]],
        claimed: dict[str, list[ClaimedDelivery]],
        at: float,
    ) -> None:
        """Begin what was claimed; slots without one go back. `again` could not be given back."""
        self._keeping = False
        for line, given in again:
            line.returned = given + line.returned
        for ask in asks:
            line, found = ask.line, claimed.get(ask.line.name, [])
            line.more = len(found) >= ask.most
            line.ready.extend((d, at) for d in found if not self._refused(d))
            if line.closed:
                line.hand_back()
            fits = min(len(line.slots), len(line.ready))
            now, line.slots = line.slots[:fits], line.slots[fits:]
            self._begin(line, now)
            line.drop_slots()
        self._fresh = []
        self._look_anew()

    def _refused(self, delivery: ClaimedDelivery) -> bool:
        """Whether it is not to be sent at all; then that is what came of it."""
        outcome = self._sender.refused(delivery)
        if outcome is not None:
            self._keeper.add(outcome)
        return outcome is not None

    def _tell(self) -> None:
        """What came of slots, where nothing was taken with which it could have been told."""
        for line in self._lines:
            if line.settled:
                settled, line.settled = line.settled, []
                self.context.limits.settle(line.name, line.bounds, settled)

    def _held(self) -> tuple[list[int], list[int]]:
        """Deliveries and events in hand, for the heartbeat's thread.

        In the order in which they pass from one place to the next, so that none is passed over.
        """
        found = set(self._fresh)
        for line in self._lines:
            found.update(delivery.id for delivery, _ in list(line.ready))
            found.update(delivery.id for delivery in list(line.returned))
            found.update(delivery.id for delivery in list(line.flying.values()))
        found.update(self._keeper.held)
        return sorted(found), list(self._events_held)

    def _slots(self) -> dict[str, list[str]]:
        """Those in use, for the heartbeat's thread."""
        return {line.name: [*line.flying, *line.slots] for line in self._lines if line.busy}

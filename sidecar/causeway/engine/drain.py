"""One job's work: everything that is due, several at a time, until nothing is or time is up."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

from causeway.engine.context import Context
from causeway.engine.events import EventDesk
from causeway.engine.sender import Sender
from causeway.ledger import deliveries, events

EVENTS_AT_ONCE = 20
LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 8.0
# How soon work that arrives while the drain is busy is noticed.
LOOK_AGAIN_SECONDS = 0.02


@dataclass
class Drain:
    """Drains events first, then each connection's deliveries within its limit.

    A slow connection holds up nothing but its own: its calls wait in threads of their own.
    """

    context: Context
    flying: dict[Future[object], str] = field(default_factory=dict)
    events_done: int = 0
    deliveries_done: int = 0
    _beat: float = 0.0

    def run(self, seconds: float) -> bool:
        """Work for about `seconds`; True when something due was left."""
        end = time.monotonic() + seconds
        self._beat = time.monotonic()
        limits = {c.name: c.concurrency for c in self.context.settings.connections}
        with ThreadPoolExecutor(max(sum(limits.values()), 1)) as pool:
            while time.monotonic() < end:
                worked = self._work_on_events()
                started = self._start_deliveries(pool, limits)
                if not (worked or started or self.flying):
                    return False
                self._land(LOOK_AGAIN_SECONDS if not (worked or started) else 0.0)
            while self.flying:
                self._land(1.0)
        return True

    def _work_on_events(self) -> int:
        now = self.context.now()
        with self.context.ledger.read() as connection:
            if not events.any_due(connection, now):
                return 0
        with self.context.ledger.write() as connection:
            claimed = events.claim(
                connection, self.context.owner, now, LEASE_SECONDS, EVENTS_AT_ONCE
            )
        for event in claimed:
            EventDesk(self.context).work_on(event)
        self.events_done += len(claimed)
        return len(claimed)

    def _start_deliveries(self, pool: ThreadPoolExecutor, limits: dict[str, int]) -> int:
        now, started = self.context.now(), 0
        busy = Counter(self.flying.values())
        with self.context.ledger.read() as connection:
            due = deliveries.connections_due(connection, now)
        for name in due:
            free = limits.get(name, 0) - busy[name]
            if free <= 0:
                continue
            with self.context.ledger.write() as connection:
                claimed = deliveries.claim(
                    connection, name, self.context.owner, now, LEASE_SECONDS, free
                )
            for delivery in claimed:
                self.flying[pool.submit(Sender(self.context).send, delivery)] = name
            started += len(claimed)
        return started

    def _land(self, seconds: float) -> None:
        """Wait for calls to end, for `seconds` at most; keep the leases of those under way."""
        if self.flying:
            done, _ = wait(self.flying, timeout=seconds, return_when=FIRST_COMPLETED)
            for future in done:
                del self.flying[future]
                self.deliveries_done += 1
                error = future.exception()
                if error is not None:
                    self.context.report(error)
        if time.monotonic() - self._beat > HEARTBEAT_SECONDS:
            self._beat = time.monotonic()
            until = self.context.now() + timedelta(seconds=LEASE_SECONDS)
            with self.context.ledger.write() as connection:
                deliveries.extend(connection, self.context.owner, until)

"""The pump: looks into the ledger once a second and hints at what is due.

All that is due is found here, whatever became of the hints before: a job that Redis lost, a
delivery whose worker died, a retry whose time has come. One pump is enough; several do no harm.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from causeway.catalog import drift, marks
from causeway.engine.cataloguing import terms_of, waits
from causeway.engine.checks import checked
from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.engine.sender import resume
from causeway.engine.upkeep import Upkeep
from causeway.errors import CausewayError
from causeway.ledger import cases, connections, deliveries, events, lanes
from causeway.ledger.sql import upsert
from causeway.ledger.tables import heartbeats

log = logging.getLogger("causeway.pump")
SWEEP_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
BEAT_SECONDS = 5.0
RESUME_SECONDS = 60.0
TIDY_SECONDS = 10.0
CLOCK_TOLERANCE = timedelta(minutes=2)
CIRCUIT_SECONDS = 10.0
# For how long a connection may be silent before somebody is told.
OPEN_LONG = timedelta(minutes=5)
DRIFT_SECONDS = 86_400.0
COMPARED_AT_ONCE, MOST_STALE = 500, 10_000


@dataclass
class Pump:
    context: Context
    hints: Hints
    stopping: Event = field(default_factory=Event)
    upkeep: Upkeep = field(init=False)
    _polled: dict[str, float] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _comparing: str | None = None
    """The SKU up to which the catalogue was compared with its sources; None: it is not."""
    _stale: list[drift.Stale] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.upkeep = Upkeep(self.context)

    def run(self) -> None:
        """Sweep until `stopping` is set. What does not answer is tried again."""
        while not self.stopping.is_set():
            try:
                self.sweep()
            except (SQLAlchemyError, OSError, CausewayError) as error:
                self.context.report(error)
            self.stopping.wait(SWEEP_SECONDS)

    def sweep(self) -> None:
        """Look once at everything that may be due."""
        with self.context.ledger.read() as connection:
            dirty = marks.any_left(connection) or waits(connection, self.context.now())
            work = self._is_due(connection, lanes.ORDERS)
            bulk = self._is_due(connection, lanes.BULK)
        if work:
            self.hints.work()
        if bulk:
            self.hints.bulk()
        if dirty:
            self.hints.project()
        self._poll_due()
        if self._every("beat", BEAT_SECONDS):
            self._beat()
        if self._every("checkpoint", CHECKPOINT_SECONDS):
            self.context.ledger.checkpoint()
        self._compare_shops()
        if self._every("resume", RESUME_SECONDS):
            self._try_paused()
        if self.upkeep.step():
            self.hints.work()
        if self._every("tidy", TIDY_SECONDS):
            self._tidy()
        if self._every("circuits", CIRCUIT_SECONDS):
            self._watch_circuits()

    def _compare_shops(self) -> None:
        """Once a day: does every shop show what its catalogue says, and that what it is made of?

        The second is looked through in steps, one a sweep.
        """
        if self._every("drift", DRIFT_SECONDS):
            drift.report(self.context.ledger, self.context.now())
            self._comparing, self._stale = "", []
        if self._comparing is None:
            return
        with self.context.ledger.read() as connection:
            terms = terms_of(self.context, connection)
            found, last = drift.stale(connection, terms, self._comparing, COMPARED_AT_ONCE)
        self._stale += found[: MOST_STALE - len(self._stale)]
        self._comparing = last or None
        if last or not self._stale:
            return
        drift.put_right(self.context.ledger, self._stale, self.context.now())
        self.hints.project()

    def _is_due(self, connection: Connection, lane: int) -> bool:
        """Whether a worker would find something; what no call is let through to is left alone."""
        now = self.context.now()
        if events.any_due(connection, now, (lane,)):
            return True
        return any(
            deliveries.due_at(connection, item.name, now, (lane,)) and self._lets_through(item.name)
            for item in self.context.settings.connections
        )

    def _lets_through(self, name: str) -> bool:
        standing = self.context.limits.standing(name)
        return standing.circuit != "open" and standing.held_until is None

    def _tidy(self) -> None:
        """Free what a clock that was set back holds up, and history that something waits behind."""
        with self.context.ledger.write() as connection:
            deliveries.mend_clock(connection, self.context.now(), CLOCK_TOLERANCE)
            events.mend_clock(connection, self.context.now(), CLOCK_TOLERANCE)
            events.hurry(connection)

    def _watch_circuits(self) -> None:
        """A connection that has not answered for long is a case, once; it ends by itself."""
        now = self.context.now()
        for item in self.context.settings.connections:
            since = self.context.limits.standing(item.name).open_since
            silent = now - datetime.fromtimestamp(since, UTC) if since is not None else None
            if silent is not None and silent >= OPEN_LONG:
                with self.context.ledger.write() as connection:
                    cases.open_new(connection, [silent_case(item.name)], now)
            elif silent is None and self._is_case_open(item.name):
                with self.context.ledger.write() as connection:
                    cases.resolve(connection, [silent_key(item.name)], "causeway", now)

    def _is_case_open(self, name: str) -> bool:
        with self.context.ledger.read() as connection:
            return silent_key(name) in cases.open_keys(connection, [silent_key(name)])

    def _poll_due(self) -> None:
        """A paused connection is left alone: each call with bad credentials makes it worse."""
        clock = time.monotonic()
        with self.context.ledger.read() as opened:
            known = connections.every(opened)
        for connection in self.context.settings.connections:
            row = known.get(connection.name)
            if row is not None and row.paused_at:
                continue
            if clock - self._polled.get(connection.name, -1e9) >= connection.poll_seconds:
                self._polled[connection.name] = clock
                self.hints.poll(connection.name)

    def _every(self, what: str, seconds: float) -> bool:
        clock = time.monotonic()
        due = clock - self._last.get(what, -1e9) >= seconds
        if due:
            self._last[what] = clock
        return due

    def _beat(self) -> None:
        with self.context.ledger.write() as connection:
            beat = {"name": "pump", "at": self.context.now()}
            upsert(connection, heartbeats, [beat], ("name",))

    def _try_paused(self) -> None:
        """A paused connection whose credentials are good again goes on by itself."""
        with self.context.ledger.read() as connection:
            rows = connections.every(connection)
        known = {c.name for c in self.context.settings.connections}
        for row in rows.values():
            if row.paused_at is None or row.name not in known:
                continue
            if self.context.now() - row.paused_at < timedelta(seconds=RESUME_SECONDS):
                continue
            if checked(self.context.connector(row.name)).ok:
                with self.context.ledger.write() as connection:
                    resume(connection, row.name, "causeway", self.context.now())
                log.info("connection %s accepts us again and goes on", row.name)


def silent_key(name: str) -> str:
    return f"connection:{name}:silent"


def silent_case(name: str) -> cases.NewCase:
    return cases.NewCase(
        key=silent_key(name),
        kind="connection_silent",
        title=f"Connection {name} does not answer",
        detail="Its calls have failed for minutes; one is tried now and then. Nothing is lost:"
        " its deliveries wait and use up no attempts.",
        remedy="See whether the system runs and can be reached. It goes on by itself.",
        connection=name,
    )

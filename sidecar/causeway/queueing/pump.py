"""The pump: looks into the ledger once a second and hints at what is due.

All that is due is found here, whatever became of the hints before: a job that Redis lost, a
delivery whose worker died, a retry whose time has come. One pump is enough; several do no harm.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError

from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.engine.sender import resume
from causeway.engine.upkeep import Upkeep
from causeway.ledger import connections, deliveries, events
from causeway.ledger.sql import upsert
from causeway.ledger.tables import dirty_skus, heartbeats

log = logging.getLogger("causeway.pump")
SWEEP_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
BEAT_SECONDS = 5.0
RESUME_SECONDS = 60.0


@dataclass
class Pump:
    context: Context
    hints: Hints
    stopping: Event = field(default_factory=Event)
    upkeep: Upkeep = field(init=False)
    _polled: dict[str, float] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.upkeep = Upkeep(self.context)

    def run(self) -> None:
        """Sweep until `stopping` is set. A ledger that does not answer is tried again."""
        while not self.stopping.is_set():
            try:
                self.sweep()
            except SQLAlchemyError as error:
                self.context.report(error)
            self.stopping.wait(SWEEP_SECONDS)

    def sweep(self) -> None:
        """Look once at everything that may be due."""
        now = self.context.now()
        with self.context.ledger.read() as connection:
            work = events.any_due(connection, now) or bool(
                deliveries.connections_due(connection, now)
            )
            dirty = connection.scalar(select(exists(select(dirty_skus.c.sku))))
        if work:
            self.hints.work()
        if dirty:
            self.hints.project()
        self._poll_due()
        if self._every("beat", BEAT_SECONDS):
            self._beat()
        if self._every("checkpoint", CHECKPOINT_SECONDS):
            self.context.ledger.checkpoint()
        if self._every("resume", RESUME_SECONDS):
            self._try_paused()
        if self.upkeep.step():
            self.hints.work()

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
            if self.context.connector(row.name).check().ok:
                with self.context.ledger.write() as connection:
                    resume(connection, row.name, "causeway", self.context.now())
                log.info("connection %s accepts us again and goes on", row.name)

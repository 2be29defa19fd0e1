"""Retention as the settings have it: one small batch at each call, then a rest of an hour."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from causeway.engine.context import Context
from causeway.ledger import retention
from causeway.ledger.retention import Prune

REST_SECONDS = 3600.0


@dataclass
class Pruner:
    """May be stopped between any two batches: the next pass finds what this one left."""

    context: Context
    _pass: Iterator[int] | None = None
    _resting_until: float = field(default=-1e9)

    def step(self) -> int:
        """Prune one batch, if it is time; how many rows."""
        if self._pass is None:
            if time.monotonic() < self._resting_until:
                return 0
            self._pass = self._batches()
        done = next(self._pass, None)
        if done is None:
            self._pass, self._resting_until = None, time.monotonic() + REST_SECONDS
        return done or 0

    def run(self) -> int:
        """A whole pass; how many rows."""
        return sum(self._batches())

    def _batches(self) -> Iterator[int]:
        for prune, before in self._plan():
            after, more = 0, True
            while more:
                batch = prune(self.context.ledger, before, after)
                after, more = batch.last, batch.more
                yield batch.rows

    def _plan(self) -> list[tuple[Prune, datetime]]:
        wanted, now = self.context.settings.retention, self.context.now()
        days: list[tuple[Prune, int]] = [
            (retention.event_payloads, wanted.payload_days),
            (retention.delivery_payloads, wanted.payload_days),
            (retention.acknowledged_updates, wanted.updates_days),
            (retention.old_attempts, wanted.attempts_days),
            (retention.old_audit, wanted.audit_days),
        ]
        plan = [(prune, now - timedelta(days=kept)) for prune, kept in days if kept]
        return [(retention.erased_payloads, now), *plan]

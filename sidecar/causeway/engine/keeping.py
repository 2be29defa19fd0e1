"""Keeping what came of calls: many outcomes in one transaction, each alone where that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from causeway.engine.context import Context
from causeway.engine.events import LEDGER_TROUBLE
from causeway.engine.sender import Outcome, Sender

# For how long an outcome is tried to be kept while the ledger cannot be written. Afterwards its
# lease has ended, and whoever takes the delivery up looks before he sends.
KEEP_SECONDS = 120.0
AGAIN_SECONDS = 0.25


@dataclass
class Keeper:
    """Outcomes may be added by one thread while another keeps those that came before."""

    context: Context
    sender: Sender
    _outcomes: list[tuple[float, Outcome]] = field(default_factory=list)
    _batch: list[tuple[float, Outcome]] = field(default_factory=list)
    """What is being kept just now."""
    _again_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def waiting(self) -> int:
        return len(self._outcomes)

    @property
    def in_trouble(self) -> bool:
        """Whether the ledger could not be written a moment ago: then nothing new is begun."""
        return time.monotonic() < self._again_at

    @property
    def held(self) -> list[int]:
        """The deliveries whose outcome is not kept yet. For the heartbeat's thread."""
        with self._lock:
            return [outcome.delivery.id for _, outcome in (*self._outcomes, *self._batch)]

    def add(self, outcome: Outcome) -> None:
        with self._lock:
            self._outcomes.append((time.monotonic(), outcome))

    def keep(self, claim: Callable[[Connection], None] | None = None) -> bool:
        """Keep what waits and `claim` more in the same transaction; whether that succeeded."""
        if time.monotonic() < self._again_at:
            return False
        with self._lock:
            batch = self._batch = self._outcomes
            self._outcomes = []
        try:
            return self._keep(batch, claim)
        finally:
            with self._lock:
                self._batch = []

    def _keep(
        self, batch: list[tuple[float, Outcome]], claim: Callable[[Connection], None] | None
    ) -> bool:
        ordered = sorted(
            (outcome for _, outcome in batch),
            key=lambda o: (o.delivery.store, o.delivery.order_id, o.delivery.id),
        )
        try:
            with self.context.ledger.write() as connection:
                if ordered:
                    self.sender.keep_all(connection, ordered)
                if claim is not None:
                    claim(connection)
        except Exception as error:  # noqa: BLE001 - one outcome must not lose the others
            self._one_by_one(batch, error)
            return False
        self._again_at = 0.0
        return True

    def _one_by_one(self, batch: list[tuple[float, Outcome]], error: BaseException) -> None:
        if not batch:
            self._trouble(error)
            return
        left = []
        for since, outcome in batch:
            if not self._keep_alone(outcome) and time.monotonic() - since < KEEP_SECONDS:
                left.append((since, outcome))
        with self._lock:
            self._outcomes = left + self._outcomes
        if not left:
            self._again_at = 0.0

    def _keep_alone(self, outcome: Outcome) -> bool:
        """False while the ledger cannot be written; then it is tried again."""
        try:
            self._write(outcome)
        except LEDGER_TROUBLE as error:
            self._trouble(error)
            return False
        except Exception as error:  # noqa: BLE001 - its own trouble: kept as such
            self.context.report(error)
            return self._keep_trouble(self.sender.cannot_keep(outcome, error))
        return True

    def _keep_trouble(self, outcome: Outcome) -> bool:
        try:
            self._write(outcome)
        except LEDGER_TROUBLE as error:
            self._trouble(error)
            return False
        except Exception as error:  # noqa: BLE001 - its lease ends, and it is looked up
            self.context.report(error)
        return True

    def _write(self, outcome: Outcome) -> None:
        with self.context.ledger.write() as connection:
            self.sender.keep(connection, outcome)

    def _trouble(self, error: BaseException) -> None:
        self.context.report(error)
        self._again_at = time.monotonic() + AGAIN_SECONDS

"""What the pump does beside its sweep: watch, finish replays, prune. A little at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from causeway.engine.context import Context
from causeway.engine.lacking import PROBE_EVERY, Lacking
from causeway.engine.pruner import Pruner
from causeway.engine.watch import WATCH_SECONDS, Watch
from causeway.errors import CausewayError
from causeway.ledger import lacking, replay


@dataclass
class Upkeep:
    """`step` returns soon, whatever there is to do, so that the pump's sweep is never late."""

    context: Context
    watch: Watch = field(init=False)
    pruner: Pruner = field(init=False)
    _watched: float = -1e9

    def __post_init__(self) -> None:
        self.watch = Watch(self.context)
        self.pruner = Pruner(self.context)

    def step(self) -> bool:
        """One small piece of work; True when it made deliveries due.

        A ledger that cannot be written now is met again with the next step.
        """
        try:
            return self._step()
        except (SQLAlchemyError, OSError, CausewayError) as error:
            self.context.report(error)
            return False

    def _step(self) -> bool:
        clock = time.monotonic()
        if clock - self._watched >= WATCH_SECONDS:
            self._watched = clock
            self.watch.look()
            if self._probe():
                return True
        self.pruner.step()
        return self._replay()

    def _probe(self) -> bool:
        """Try one of those that wait for what their connection had not got."""
        now = self.context.now()
        with self.context.ledger.read() as connection:
            if not lacking.untried_since(connection, now - PROBE_EVERY, 1):
                return False
        with self.context.ledger.write() as connection:
            return Lacking(self.context).probe(connection, now) > 0

    def _replay(self) -> bool:
        """Go on with a replay whose process did not finish it."""
        with self.context.ledger.read() as connection:
            waiting = replay.under_way(connection)
        if waiting is None:
            return False
        with self.context.ledger.write() as connection:
            replay.step(connection, waiting, self.context.now())
        return True

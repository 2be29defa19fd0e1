"""The heartbeat of one drain: keeps its leases and slots while its calls are under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from causeway.engine.context import Context
from causeway.ledger import deliveries, events

LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 8.0
# A call is not begun under a lease that may end before the other side sees it.
MARGIN_SECONDS = 5.0


@dataclass
class Heartbeat:
    """A thread of its own, so that it beats however long a call hangs.

    `held` tells what is in hand: numbers of deliveries and of events. `slots` tells the slots in
    use, by connection. A process that was frozen finds by
    `may_begin` that its leases are no longer sure: that clock runs on while it is stopped.
    """

    context: Context
    held: Callable[[], tuple[Sequence[int], Sequence[int]]]
    slots: Callable[[], Mapping[str, Sequence[str]]]
    _kept: float = field(default_factory=time.monotonic)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._kept = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def may_begin(self, claimed_at: float) -> bool:
        """Whether what was claimed at `claimed_at` (monotonic) is surely still under lease."""
        sure_until = max(self._kept, claimed_at) + LEASE_SECONDS - MARGIN_SECONDS
        return time.monotonic() < sure_until

    def beat(self) -> None:
        """Keep everything in hand. What another has taken over stays his."""
        began = time.monotonic()
        until = self.context.now() + timedelta(seconds=LEASE_SECONDS)
        of_deliveries, of_events = self.held()
        if of_deliveries or of_events:
            with self.context.ledger.write() as connection:
                if of_deliveries:
                    deliveries.extend(connection, self.context.owner, until, of_deliveries)
                if of_events:
                    events.extend(connection, self.context.owner, until, of_events)
        self._kept = began
        for name, slots in self.slots().items():
            self.context.limits.renew(name, slots)

    def _run(self) -> None:
        while not self._stopping.wait(HEARTBEAT_SECONDS):
            try:
                self.beat()
            except Exception as error:  # noqa: BLE001 - the next beat may succeed
                self.context.report(error)

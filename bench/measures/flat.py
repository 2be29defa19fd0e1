"""What an order costs in an old ledger beside a new one, and whether every statement has its index.

Two ledgers stand side by side, one with few finished orders and one with many. The same orders go
through both by turns: stored, claimed, decided, sent to a sandbox ERP, kept. What counts is the
processor time of this process and of the database's, not the time on the wall, so that others on
the machine disturb little.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import text

from bench import plans
from bench.filling import fill
from bench.office import KINDS, Office, office
from bench.processes import cpu_seconds, family
from bench.rows import Bar, Limit, Row
from causeway import bootstrap
from causeway.engine.drain import Drain
from causeway.engine.hints import NullHints
from causeway.ledger import events
from causeway.ledger.lanes import ORDERS
from causeway.queueing.pump import Pump
from tests.postgres_server import CannotStart

FEW, MANY, VERY_MANY = 1_000, 100_000, 1_000_000
ROUNDS, EACH = 7, 200
MOST = 1.10


@dataclass
class _Ledger:
    """One of the two, with what its orders have cost so far, in ms each, round by round."""

    place: Office
    parts: bootstrap.Causeway
    servers: list[int]
    first: int = 1
    costs: list[float] = field(default_factory=list)

    def round(self, count: int = EACH) -> float:
        """Take `count` fresh orders from intake to booked; ms of processor time for each."""
        batches = [self.place.events(n, 1) for n in range(self.first, self.first + count)]
        self.first += count
        before = self._spent()
        for batch in batches:
            with self.parts.ledger.write() as connection:
                events.store(connection, batch, datetime.now(UTC))
        Drain(self.parts.context, (ORDERS,)).run(300)
        return 1000 * (self._spent() - before) / count

    def _spent(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        theirs = sum(cpu_seconds(pid) for root in self.servers for pid in family(root))
        return own.ru_utime + own.ru_stime + theirs


def flat() -> list[Row]:
    """With 100,000 orders beside 1,000."""
    return [row for kind in KINDS for row in _measured(kind, MANY)]


def flat_million() -> list[Row]:
    """With 1,000,000; takes minutes and about 6 GB."""
    return [row for kind in KINDS for row in _measured(kind, VERY_MANY)]


def _measured(kind: str, many: int) -> list[Row]:
    name = f"flat-{many}-{kind}"
    try:
        with _ledger(kind, FEW) as few, _ledger(kind, many) as old:
            return _rows(name, few, old, many)
    except CannotStart as problem:
        return [Row(name, None, "", failure=str(problem))]


def _rows(name: str, few: _Ledger, old: _Ledger, many: int) -> list[Row]:
    for turn in range(ROUNDS):
        for one in (few, old) if turn % 2 else (old, few):
            one.costs.append(one.round())
    with plans.listening(old.parts.ledger) as heard:
        old.round(3)
        pump = Pump(old.parts.context, NullHints())
        pump.sweep()
        Drain(old.parts.context, (ORDERS,)).run(10)
    whole = plans.whole_reads(old.parts.ledger, heard)
    booked = old.place.booked_once(old.first - 1)
    base = median(few.costs)
    note = f"processor time, sidecar and database; {ROUNDS} rounds of {EACH} orders by turns"
    limit = Limit(f"with {FEW:,} orders in the ledger", base)
    seen = f"{len(heard.statements)} statements of intake, claim, decide, keep and sweep"
    return [
        Row(name, median(old.costs), "ms/order", (limit,), Bar("<=", MOST * base), note, booked),
        Row(f"{name}-whole-reads", float(len(whole)), "statements", (), Bar("<=", 0.0), seen,
            "; ".join(whole)),
    ]  # fmt: skip


@contextmanager
def _ledger(kind: str, count: int) -> Iterator[_Ledger]:
    with ExitStack() as stack:
        place = stack.enter_context(office(kind))
        parts = bootstrap.build(place.settings, NullHints())
        stack.callback(parts.ledger.close)
        made = _Ledger(place, parts, _servers(place))
        made.round(50)  # connections, caches, and an order to copy
        began = time.monotonic()
        fill(parts.ledger, "1", 1, count)
        print(f"  {kind}: {count:,} orders put in, {time.monotonic() - began:.0f} s", flush=True)
        made.round(50)
        yield made


def _servers(place: Office) -> list[int]:
    """The database server's first process, where there is one; it runs on this machine."""
    if place.ledger.is_sqlite:
        return []
    with place.ledger.read() as connection:
        folder = connection.scalar(text("SHOW data_directory"))
    return [int((Path(str(folder)) / "postmaster.pid").read_text().split()[0])]

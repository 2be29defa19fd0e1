"""Whether a cart can be sold: the ledger's figure at once, a live one where it comes in time.

A connection that fails or is late three times in a row is left alone for half a minute; then one
question is let through.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Connection, select

from causeway.catalog import figures, sources
from causeway.connectors.base import AnswersStock
from causeway.engine.cataloguing import terms_of
from causeway.engine.context import Context
from causeway.errors import ConnectorError
from causeway.ledger.tables import catalog, stock_grants

FAILURES = 3
REST_SECONDS = 30.0
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Live:
    """A figure the systems behind gave just now."""

    quantity: Decimal
    as_of: datetime


class Breaker(Protocol):
    """Says whether a connection is asked at all."""

    def allows(self, name: str) -> bool: ...

    def succeeded(self, name: str) -> None: ...

    def failed(self, name: str) -> None: ...


@dataclass
class LocalBreaker:
    """What one process remembers of who answers."""

    clock: Callable[[], float] = time.monotonic
    _failures: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, name: str) -> bool:
        """While it rests, one question each time the rest is over."""
        with self._lock:
            if self._failures.get(name, 0) < FAILURES:
                return True
            if self.clock() < self._until.get(name, 0.0):
                return False
            self._until[name] = self.clock() + REST_SECONDS
            return True

    def succeeded(self, name: str) -> None:
        with self._lock:
            self._failures.pop(name, None)

    def failed(self, name: str) -> None:
        with self._lock:
            self._failures[name] = self._failures.get(name, 0) + 1
            self._until[name] = self.clock() + REST_SECONDS


BREAKER: Breaker = LocalBreaker()
_pool = ThreadPoolExecutor(AT_ONCE, "availability")


def live(
    context: Context, store: str, asked: Sequence[Asked], budget_ms: int, breaker: Breaker = BREAKER
) -> tuple[dict[str, Live], list[str]]:
    """Figures of the connections that answer in time, by SKU, and the names of those that do not.

    What they say is kept like any report of theirs.
    """
    skus = tuple(sorted({line.sku for line in asked}))
    names = _able(context, store)
    open_names = [name for name in names if breaker.allows(name)]
    seconds = budget_ms / 1000
    asking: dict[Future[Any], str] = {
        _pool.submit(context.connector(name).stock_of, skus, seconds): name  # type: ignore[attr-defined]
        for name in open_names
    }
    done, _ = wait(asking, timeout=seconds)
    late = [name for name in names if name not in open_names]
    for future, name in asking.items():
        if future in done and _keep(context, name, future):
            breaker.succeeded(name)
        else:
            breaker.failed(name)
            late.append(name)
    if not names or set(late) >= set(names):
        return {}, late
    return _worked_out(context, store, skus), late


def from_ledger(
    connection: Connection,
    store: str,
    asked: Sequence[Asked],
    fresh: Mapping[str, Live],
    now: datetime,
) -> list[dict[str, Any]]:
    """One row a line, in their order. A live figure never gives more than the store was told."""
    skus = sorted({line.sku for line in asked})
    c = catalog.c
    query = select(c.sku, c.quantity, c.as_of, c.backorders)
    rows = {r.sku: r for r in connection.execute(query.where(c.store == store, c.sku.in_(skus)))}
    g = stock_grants.c
    grants = select(g.sku, g.remaining).where(g.store == store, g.sku.in_(skus))
    left = {r.sku: r.remaining for r in connection.execute(grants)}
    return [_line(line, rows.get(line.sku), left.get(line.sku), fresh, now) for line in asked]


def _line(
    line: Asked, row: Any, left: Decimal | None, fresh: Mapping[str, Live], now: datetime
) -> dict[str, Any]:
    known = row is not None and row.quantity is not None
    quantity, as_of, source = (row.quantity, row.as_of, "ledger") if known else (None, None, "")
    live_figure = fresh.get(line.sku)
    if live_figure is not None:
        quantity, as_of, source = live_figure.quantity, live_figure.as_of, "live"
        if left is not None:
            quantity = min(quantity, left)
    backorders = bool(row.backorders) if row is not None else False
    return {
        "sku": line.sku,
        "wanted": f"{line.quantity.normalize():f}",
        "available": None if quantity is None else f"{quantity.normalize():f}",
        "enough": None if quantity is None else backorders or quantity >= line.quantity,
        "backorders": backorders,
        "source": source or "unknown",
        "as_of": as_of,
        "age_seconds": None if as_of is None else max(int((now - as_of).total_seconds()), 0),
    }


def _able(context: Context, store: str) -> list[str]:
    return [
        c.name
        for c in context.settings.connections
        if c.serves(store) and isinstance(context.connector(c.name), AnswersStock)
    ]


def _keep(context: Context, name: str, future: Future[Any]) -> bool:
    try:
        levels = future.result()
    except ConnectorError:
        return False
    except Exception as error:  # noqa: BLE001 - a cart is answered whatever happens over there
        context.report(error)
        return False
    with context.ledger.write() as connection:
        sources.take_stock(connection, name, levels, context.now())
    return True


def _worked_out(context: Context, store: str, skus: Sequence[str]) -> dict[str, Live]:
    with context.ledger.read() as connection:
        terms = terms_of(context, connection)
        inputs = figures.load(connection, skus, with_categories=True)
        found = {sku: figures.stock(inputs, sku, terms).get(store) for sku in skus}
    return {sku: Live(f.quantity, f.as_of) for sku, f in found.items() if f is not None}

"""Lists of orders for the operations pages: filtered, paged by key, with their last step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_

from causeway.ledger.tables import deliveries, is_unfinished, milestones, orders

PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders. `number` is the whole number or the shop's id; empty fields ask for all."""

    store: str = ""
    phase: str = ""
    number: str = ""

    def __bool__(self) -> bool:
        return bool(self.store or self.phase or self.number)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's time of change and id. It goes into the next address."""

    changed_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{int(self.changed_at.timestamp() * 1_000_000)}-{self.id}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list. `remote` is what the back office calls the order."""

    id: int
    store: str
    order_id: str
    number: str
    phase: str
    financial: str
    fulfilment: str
    total: Decimal
    currency: str
    changed_at: datetime
    remote: str = ""
    step: str = ""
    step_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Listed]
    next: Place | None


def place(text: str) -> Place | None:
    """Read a place out of an address; None for what is none."""
    moment, _, number = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in (moment, number)):
        return None
    try:
        return Place(datetime.fromtimestamp(0, UTC) + _micro(int(moment)), int(number))
    except OverflowError:
        return None


def find(connection: Connection, wanted: Wanted, after: Place | None, limit: int = PAGE) -> Page:
    """The orders that changed last come first."""
    query = select(*_COLUMNS).where(*_conditions(wanted))
    if after is not None:
        key = tuple_(orders.c.changed_at, orders.c.id)
        query = query.where(key < tuple_(*_bound(after)))
    query = query.order_by(orders.c.changed_at.desc(), orders.c.id.desc()).limit(limit + 1)
    found = connection.execute(query).all()
    rows = [Listed(*row) for row in found[:limit]]
    more = len(found) > limit
    return Page(_with_steps(connection, rows), Place(rows[-1].changed_at, rows[-1].id) if more else None)


def unfinished_of(connection: Connection, store: str, order_id: str) -> int:
    """How many of the order's deliveries are not at their end."""
    query = select(func.count()).where(
        deliveries.c.store == store, deliveries.c.order_id == order_id, is_unfinished(deliveries)
    )
    return connection.scalar(query) or 0


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.store:
        conditions.append(orders.c.store == wanted.store)
    if wanted.phase:
        conditions.append(orders.c.phase == wanted.phase)
    if wanted.number:
        same = wanted.number
        conditions.append(or_(orders.c.number == same, orders.c.order_id == same))
    return conditions

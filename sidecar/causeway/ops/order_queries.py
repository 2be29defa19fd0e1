"""Lists of orders for the operations pages: filtered, paged by key, with their last step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, tuple_

from causeway.ledger.tables import milestones, orders

PAGE = 50
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)


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
        return f"{(self.changed_at - EPOCH) // MICROSECOND}-{self.id}"


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
        return Place(EPOCH + int(moment) * MICROSECOND, int(number))
    except OverflowError:
        return None


def find(connection: Connection, wanted: Wanted, after: Place | None, limit: int = PAGE) -> Page:
    """The orders that changed last come first."""
    query = select(*_COLUMNS).where(*_conditions(wanted))
    if after is not None:
        query = query.where(_past(after))
    query = query.order_by(orders.c.changed_at.desc(), orders.c.id.desc()).limit(limit + 1)
    found = connection.execute(query).all()
    rows = [Listed(*row) for row in found[:limit]]
    end = Place(rows[-1].changed_at, rows[-1].id) if len(found) > limit else None
    return Page(_with_steps(connection, rows), end)


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


def _past(place: Place) -> ColumnElement[bool]:
    same_moment = and_(orders.c.changed_at == place.changed_at, orders.c.id < place.id)
    return or_(orders.c.changed_at < place.changed_at, same_moment)


def _with_steps(connection: Connection, rows: Sequence[Listed]) -> list[Listed]:
    """The rows with their newest milestone, and the number the milestone `booked` tells."""
    pairs = [(row.store, row.order_id) for row in rows]
    query = (
        select(milestones)
        .where(tuple_(milestones.c.store, milestones.c.order_id).in_(pairs))
        .order_by(milestones.c.at, milestones.c.id)
    )
    found = connection.execute(query).all()
    steps = {(m.store, m.order_id): m for m in found}
    numbers = {(m.store, m.order_id): m.detail for m in found if m.name == "booked"}
    return [
        _with_step(row, steps.get(pair), numbers) for row, pair in zip(rows, pairs, strict=True)
    ]


def _with_step(row: Listed, step: Any, numbers: dict[tuple[str, str], str]) -> Listed:
    if step is None:
        return row
    remote = numbers.get((row.store, row.order_id), "")
    return replace(row, remote=remote, step=step.name, step_at=step.at)


_COLUMNS = [orders.c[name] for name in Listed.__slots__[:-3]]

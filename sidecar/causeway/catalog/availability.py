"""How many of a SKU a store may sell. A pure sum, each part of which can be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """One warehouse's figure, as of a moment."""

    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Available:
    """`quantity` is what may be sold, never below zero; `as_of` the oldest figure it rests on."""

    quantity: Decimal
    as_of: datetime


def available(
    levels: Iterable[Level],
    taken: Iterable[tuple[Decimal, datetime | None]],
    warehouses: tuple[str, ...] = (),
    buffer: int = 0,
) -> Available | None:
    """Σ (on hand - reserved) - what orders took that the source has not counted - buffer.

    `taken` pairs each order's quantity with the time it was booked at the source, None if it is
    not; it counts until every figure used is later than that. `warehouses` limits which count;
    empty means all. None when no warehouse of the store knows the SKU.
    """
    usable = [x for x in levels if not warehouses or x.warehouse in warehouses]
    if not usable:
        return None
    as_of = min(level.as_of for level in usable)
    free = sum((x.on_hand - x.reserved for x in usable), start=Decimal(0))
    uncounted = sum(
        (quantity for quantity, booked_at in taken if booked_at is None or booked_at >= as_of),
        start=Decimal(0),
    )
    return Available(max(free - uncounted - buffer, Decimal(0)), as_of)

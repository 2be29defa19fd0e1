"""What of a SKU is free, row by row. Pure: figures in, figures and the reasons for them out.

An order takes from stock until the figures of a source that counts it are newer than the moment
from which that source counts it. So an outage of a source cannot resurrect what was sold.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Level:
    """One warehouse's figure, as of a moment; `moved` is the sum of what it does not count yet."""

    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    as_of: datetime
    source: str = ""
    moved: Decimal = ZERO
    incoming: Decimal = ZERO
    incoming_at: date | None = None
    unit: str = ""

    @property
    def place(self) -> str:
        return f"{self.source}/{self.warehouse}"

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved + self.moved


@dataclass(frozen=True, slots=True)
class Parcel:
    """Part of an order that left, and from when which source's on-hand no longer has it."""

    quantity: Decimal
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """What one order takes. `counted_at`: from when `counted_by` reserves it in its own figures.

    `counted_by` empty means: any source.
    """

    store: str
    order_id: str
    quantity: Decimal
    counted_at: datetime | None = None
    counted_by: str = ""
    parcels: tuple[Parcel, ...] = ()

    def uncounted(self, known: Mapping[str, datetime]) -> Decimal:
        """How many of it no figure counts yet; `known` says up to when each source's do.

        A source whose figures are of the very moment is not believed to count it.
        """
        if self.counted_at is not None and _newer(known, self.counted_by, self.counted_at):
            return ZERO
        sent = sum((p.quantity for p in self.parcels if _newer(known, p.source, p.at)), ZERO)
        return max(self.quantity - sent, ZERO)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of an explanation: the rows' quantities add up to the figure."""

    kind: str
    ref: str
    quantity: Decimal
    at: datetime | None = None
    note: str = ""


def usable(
    levels: Iterable[Level], sources: Container[str] | None, warehouses: tuple[str, ...]
) -> list[Level]:
    """The levels a store may sell from, in the order of its warehouses; empty means all."""
    mine = [
        x
        for x in levels
        if (sources is None or x.source in sources)
        and (not warehouses or x.warehouse in warehouses)
    ]
    if warehouses:
        mine.sort(key=lambda x: warehouses.index(x.warehouse))
    return mine


def known_until(levels: Iterable[Level]) -> dict[str, datetime]:
    """Up to when the figures of each source are known: its oldest; under "" the oldest of all."""
    known: dict[str, datetime] = {}
    for level in levels:
        for name in (level.source, ""):
            known[name] = min(known.get(name, level.as_of), level.as_of)
    return known


def uncounted(holds: Iterable[Hold], levels: Iterable[Level]) -> Decimal:
    """How much the orders take that the levels do not count."""
    known = known_until(levels)
    return sum((hold.uncounted(known) for hold in holds), ZERO)


def _newer(known: Mapping[str, datetime], source: str, at: datetime) -> bool:
    until = known.get(source)
    return until is not None and at < until

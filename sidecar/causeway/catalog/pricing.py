"""What a SKU costs in a store today, and why. Pure.

The source owns the base price. A store may have one of its own within the margin its policy
allows. Days are the store's own: a sale that ends on the 30th ends at midnight there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

SaleState = Literal["on", "off", ""]
ONE = Decimal(1)
_ALWAYS = date.min


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a price list, as the ledger keeps it."""

    connection: str
    price_list: str
    currency: str
    customer_group: str
    min_quantity: Decimal
    regular: Decimal
    sale: Decimal | None
    valid_from: date | None
    valid_until: date | None
    sale_from: date | None
    sale_until: date | None
    includes_tax: bool
    as_of: datetime

    def holds(self, day: date) -> bool:
        return _within(day, self.valid_from, self.valid_until)

    def sale_on(self, day: date) -> Decimal | None:
        on = self.sale is not None and _within(day, self.sale_from, self.sale_until)
        return self.sale if on else None


@dataclass(frozen=True, slots=True)
class Override:
    """A price said for one store alone. `until` is its last day."""

    regular: Decimal
    until: date | None
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a store's choices prices depend on."""

    currency: str
    timezone: str = "UTC"
    price_list: str = "default"
    group_lists: Mapping[str, str] | None = None
    margin_percent: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """Another price: for a customer group, or from a number of pieces, or both."""

    group: str
    min_quantity: Decimal
    regular: Decimal
    sale: Decimal | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One step towards the price, in words; `price` is what it says."""

    kind: str
    price: Decimal | None
    note: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriceFigure:
    """What the store shows. `sale_state` is empty where no source ever spoke of a sale.

    `sale_until` is the last day of a sale that is on, where it has one. `turns_at` is when the
    figure changes by itself next.
    """

    regular: Decimal
    sale: Decimal | None
    sale_state: SaleState
    includes_tax: bool
    as_of: datetime
    tiers: tuple[Tier, ...]
    turns_at: datetime | None
    reasons: tuple[Reason, ...]
    sale_until: date | None = None


def effective(
    entries: Sequence[Entry],
    terms: Terms,
    now: datetime,
    override: Override | None = None,
    sale_known: bool = False,
) -> PriceFigure | None:
    """The price at `now`; None when no entry of the store's list and currency holds.

    `sale_known`: a sale came this way before, so that its end must be told.
    """
    zone = ZoneInfo(terms.timezone)
    today = now.astimezone(zone).date()
    usable = [e for e in entries if e.currency == terms.currency]
    mine = [e for e in usable if e.price_list == terms.price_list]
    base = _best(mine, today, "", ONE)
    if base is None:
        return None
    sale = base.sale_on(today)
    regular, reasons = base.regular, [_base_reason(base)]
    if override is not None:
        regular, sale, why = _overridden(base, sale, override, terms, today)
        reasons.append(why)
    if sale is not None:
        reasons.append(Reason("sale", sale, _days(base.sale_from, base.sale_until), base.as_of))
    speaks = sale_known or any(e.sale is not None for e in mine)
    return PriceFigure(
        regular,
        sale,
        "on" if sale is not None else "off" if speaks else "",
        base.includes_tax,
        base.as_of,
        tuple(_tiers(usable, terms, today)),
        _next_turn(usable, override, today, zone),
        tuple(reasons),
        base.sale_until if sale is not None else None,
    )


def within_margin(base: Decimal, wanted: Decimal, margin_percent: int) -> bool:
    """Whether a store may ask `wanted` where the source says `base`."""
    return wanted > 0 and abs(wanted - base) * 100 <= base * margin_percent


def _overridden(
    base: Entry, sale: Decimal | None, override: Override, terms: Terms, today: date
) -> tuple[Decimal, Decimal | None, Reason]:
    said = f"by {override.actor}: {override.reason}"
    if override.until is not None and today > override.until:
        why = Reason("override_ended", None, f"{said}; ended {override.until}", override.at)
        return base.regular, sale, why
    if not within_margin(base.regular, override.regular, terms.margin_percent):
        note = f"{said}; {override.regular} is not within {terms.margin_percent} % of the base"
        return base.regular, sale, Reason("override_refused", None, note, override.at)
    if sale is not None and sale >= override.regular:
        sale = None
    return override.regular, sale, Reason("override", override.regular, said, override.at)


def _best(entries: Iterable[Entry], day: date, group: str, quantity: Decimal) -> Entry | None:
    """Of those that hold, the one that began last; of those the newest."""
    holding = [
        e
        for e in entries
        if e.customer_group == group and e.min_quantity <= quantity and e.holds(day)
    ]
    return max(
        holding, key=lambda e: (e.min_quantity, e.valid_from or _ALWAYS, e.as_of), default=None
    )


def _tiers(entries: Sequence[Entry], terms: Terms, day: date) -> Iterable[Tier]:
    lists = {"": terms.price_list, **(terms.group_lists or {})}
    if not terms.group_lists and all(
        e.customer_group == "" and e.min_quantity <= ONE for e in entries
    ):
        return
    steps = {
        (group, e.min_quantity)
        for e in entries
        for group in {e.customer_group, *(g for g, name in lists.items() if name == e.price_list)}
    }
    for group, quantity in sorted(steps):
        if group == "" and quantity <= ONE:
            continue
        own_list = lists.get(group, terms.price_list)
        named = _best(
            (e for e in entries if e.price_list == terms.price_list), day, group, quantity
        )
        listed = _best((e for e in entries if e.price_list == own_list), day, "", quantity)
        found = named or listed
        if found is not None and found.min_quantity == quantity:
            yield Tier(group, quantity, found.regular, found.sale_on(day))


def _base_reason(base: Entry) -> Reason:
    days = _days(base.valid_from, base.valid_until)
    tax = "with tax" if base.includes_tax else "without tax"
    return Reason(
        "base", base.regular, f"{base.connection}, list {base.price_list}, {tax}{days}", base.as_of
    )


def _days(first: date | None, last: date | None) -> str:
    return (f" from {first}" if first else "") + (f" until {last}" if last else "")


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def _next_turn(
    entries: Iterable[Entry], override: Override | None, today: date, zone: ZoneInfo
) -> datetime | None:
    starts = [d for e in entries for d in (e.valid_from, e.sale_from) if d]
    lasts = [d for e in entries for d in (e.valid_until, e.sale_until) if d]
    if override is not None and override.until is not None:
        lasts.append(override.until)
    if not starts and not lasts:
        return None
    days = [*starts, *(d + timedelta(days=1) for d in lasts if d < date.max)]
    following = min((d for d in days if d > today), default=None)
    if following is None:
        return None
    return datetime.combine(following, time(), zone).astimezone(UTC)

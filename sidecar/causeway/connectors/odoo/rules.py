"""The rules of Odoo's price lists, worked out as Odoo does. Pure.

Odoo takes the first rule that fits, most special first (variant, product, category, all), and of
those the one with the largest minimum quantity. Prices here are for one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from causeway.connectors.odoo.client import at
from causeway.errors import RejectedError

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Item:
    """A product as rules see it. `categories` are its own and those above."""

    product: int
    template: int
    categories: tuple[int, ...]
    list_price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Percentages are in percent; `applied_on` sorts from special (0) to general (3)."""

    applied_on: str
    compute: str
    base: str
    fixed_price: Decimal
    percent: Decimal
    discount: Decimal
    surcharge: Decimal
    round_to: Decimal
    min_margin: Decimal
    max_margin: Decimal
    min_quantity: Decimal
    starts: datetime | None
    ends: datetime | None
    product: int
    template: int
    category: int
    id: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Rule:
        def number(name: str) -> Decimal:
            return Decimal(row[name] or 0)

        return cls(
            applied_on=row["applied_on"], compute=row["compute_price"], base=row["base"],
            fixed_price=number("fixed_price"), percent=number("percent_price"),
            discount=number("price_discount"), surcharge=number("price_surcharge"),
            round_to=number("price_round"), min_margin=number("price_min_margin"),
            max_margin=number("price_max_margin"), min_quantity=number("min_quantity"),
            starts=at(row["date_start"]), ends=at(row["date_end"]),
            product=_id(row["product_id"]), template=_id(row["product_tmpl_id"]),
            category=_id(row["categ_id"]), id=row["id"],
        )  # fmt: skip

    @property
    def fixed(self) -> bool:
        return self.compute == "fixed"

    def turns_between(self, since: datetime, now: datetime) -> bool:
        """Whether it begins or ends in that time."""
        return any(moment is not None and since <= moment <= now
                   for moment in (self.starts, self.ends))  # fmt: skip

    def fits(self, item: Item, now: datetime) -> bool:
        if self.min_quantity > 1 or (self.starts and now < self.starts):
            return False
        if self.ends and now > self.ends:
            return False
        if self.applied_on == "0_product_variant":
            return self.product == item.product
        if self.applied_on == "1_product":
            return self.template == item.template
        return self.applied_on == "3_global" or self.category in item.categories

    def price(self, item: Item) -> Decimal:
        if self.fixed:
            return self.fixed_price
        if self.base == "pricelist":
            raise RejectedError(
                "a price list built on another price list is not read; name that one instead",
                code="unsupported",
            )
        base = item.cost if self.base == "standard_price" else item.list_price
        if self.compute == "percentage":
            return base * (HUNDRED - self.percent) / HUNDRED
        price = base * (HUNDRED - self.discount) / HUNDRED
        if self.round_to:
            steps = (price / self.round_to).quantize(Decimal(1), ROUND_HALF_UP)
            price = steps * self.round_to
        price += self.surcharge
        if self.min_margin:
            price = max(price, base + self.min_margin)
        return min(price, base + self.max_margin) if self.max_margin else price


def ordered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Special before general; of one kind the largest minimum, then category and age, as Odoo."""
    return tuple(
        sorted(rules, key=lambda rule: (rule.applied_on, -rule.min_quantity, -rule.category,
                                        -rule.id))
    )  # fmt: skip


def price_of(item: Item, rules: tuple[Rule, ...], now: datetime) -> Decimal:
    """The price of one piece: by the first of the `ordered` rules that fits, or the list price."""
    for rule in rules:
        if rule.fits(item, now):
            return rule.price(item)
    return item.list_price


def _id(value: Any) -> int:
    return int(value[0]) if isinstance(value, list) else 0

"""Stock and price as a source reports them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from causeway.canonical.money import Money


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How many of a SKU lie in a warehouse of a connection, as of a moment (UTC).

    `on_hand` counts what is physically there and may be negative or have decimals; `reserved` is
    what that system itself has promised to orders it knows.
    """

    sku: str
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What a SKU costs. `includes_tax` says whether the amount is gross; `as_of` is UTC."""

    sku: str
    regular: Money
    sale: Money | None
    includes_tax: bool
    as_of: datetime
    price_list: str = "default"

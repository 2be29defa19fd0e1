"""Stock and price as a source reports them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from causeway.canonical.money import Money

MovementKind = Literal["sale", "return", "receipt", "adjustment", "transfer", "count"]


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How many of a SKU lie in a warehouse of a connection, as of a moment (UTC).

    `on_hand` counts what is physically there and may be negative or have decimals; `reserved` is
    what that system itself has promised to orders it knows. `incoming` is on its way and is not
    for sale yet. `unit` is the source's word for what is counted; empty means pieces.
    """

    sku: str
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    as_of: datetime
    incoming: Decimal = Decimal(0)
    incoming_at: date | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class StockMovement:
    """A change of stock that happened: negative for what left, such as a sale in a shop of bricks.

    `id` names it for good at its source: the same one twice counts once. It counts until a level
    of that warehouse arrives that is newer than `at` (UTC).
    """

    id: str
    sku: str
    warehouse: str
    quantity: Decimal
    at: datetime
    kind: MovementKind = "adjustment"


@dataclass(frozen=True, slots=True)
class Price:
    """What a SKU costs. `includes_tax` says whether the amount is gross; `as_of` is UTC.

    `group` is the customer group it is for (empty: everybody), `min_quantity` the number of pieces
    from which it holds. Dates are days in the store's own zone, the last one included. Of several
    that hold at once the one that began last counts. `withdrawn` takes the entry back.
    """

    sku: str
    regular: Money
    sale: Money | None
    includes_tax: bool
    as_of: datetime
    price_list: str = "default"
    group: str = ""
    min_quantity: Decimal = Decimal(1)
    valid_from: date | None = None
    valid_until: date | None = None
    sale_from: date | None = None
    sale_until: date | None = None
    withdrawn: bool = False

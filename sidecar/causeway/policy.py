"""What a store has decided for itself. Flows read it; nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

# What one of a shop's statuses asks for.
Intent = Literal["wait", "hold", "book", "fulfilled", "refunded", "cancel"]
Language = Literal["en", "de"]
# Which of an order's words may be translated before it is sent on.
TableName = Literal["tax", "payment", "shipping", "warehouse", "sku", "customer"]

# WooCommerce's own (`wc_get_order_statuses()`), with and without payment.
DEFAULT_STATUSES: Mapping[str, Intent] = {
    "pending": "wait",
    "checkout-draft": "wait",
    "auto-draft": "wait",
    "failed": "wait",
    "on-hold": "hold",
    "processing": "book",
    "completed": "fulfilled",
    "refunded": "refunded",
    "cancelled": "cancel",
    "trash": "cancel",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where lines that match go. Every condition given must hold; patterns may have `*` in them.

    `role` is `fulfilment` (with a `warehouse`) or `erp`. Weights are kilograms of the whole line.
    With `in_stock` the warehouse must have some of it; what it lacks goes on to the next rule.
    """

    name: str
    connection: str
    role: Literal["erp", "fulfilment"] = "fulfilment"
    warehouse: str = ""
    countries: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    shipping: tuple[str, ...] = ()
    min_weight: Decimal | None = None
    max_weight: Decimal | None = None
    in_stock: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """A word of the shop and what a connection calls it, between two moments (UTC).

    `pattern` may have `*` in it; `connection` is a name or `*` for all.
    """

    table: TableName
    pattern: str
    value: str
    connection: str = "*"
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StorePolicy:
    """One store's choices; every field has a default that suits most shops."""

    timezone: str = "UTC"
    rounding_minor_units: int = 2
    """How far an order may miss its own sum and still be explained by rounding."""
    statuses: Mapping[str, Intent] = field(default_factory=dict)
    """What the shop's statuses ask for, where they differ from WooCommerce's own."""
    complete_when_shipped: bool = True
    """Whether the shop is told to complete an order once everything in it is on its way."""
    warehouses: tuple[str, ...] = ()
    """Which warehouses' stock this store may sell; empty means all."""
    stock_buffer: int = 0
    """How many of each SKU are kept back from sale."""
    language: Language = "en"
    """Of the notes that the shop's people read."""
    hold_uncaptured: bool = True
    """Whether an order waits while its payment is only promised."""
    hold_marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Order meta that makes an order wait for a person: key → values (a fraud plugin's, say)."""
    rest_minutes: int = 0
    """How long a new order rests before it is booked, so that quick edits come before it."""
    routes: tuple[Rule, ...] = ()
    split: bool = True
    """Whether one order may be sent from several warehouses."""
    required_mappings: tuple[TableName, ...] = ()
    """Tables in which every word must be found, or the order waits for it."""
    translations: tuple[Translation, ...] = ()
    guests: Literal["own", "shared"] = "own"
    """Whether each guest is a customer of their own at the ERP, or all are one."""
    adopt: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Connection → order meta keys in which another connector left the id of its sales order."""
    authorise_returns: bool = False
    """Whether a return that was asked for needs nobody's word."""
    refund_returns: bool = True
    """Whether the shop is told to refund a return once it was inspected."""
    wait_for_tracking: bool = True
    """Whether the customer hears of a parcel only once it can be followed."""

    def intent(self, status: str) -> Intent | None:
        """What the status asks for; None for one that nobody has mapped."""
        return self.statuses.get(status) or DEFAULT_STATUSES.get(status)

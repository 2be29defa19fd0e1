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
    stock_buffers: Mapping[str, int] = field(default_factory=dict)
    """The same for single SKUs; goes before that of a category, which goes before the store's."""
    category_buffers: Mapping[str, int] = field(default_factory=dict)
    """The same by category, as the product master names it; of several the largest counts."""
    stock_sharing: Literal["share", "pool"] = "share"
    """Where stores sell the same stock: each its share, so that all together never sell more than
    there is; or the whole pool shown in each, where two may sell the last one at once."""
    stock_share: int = 1
    """The store's weight among those that share."""
    backorders: bool = False
    """Whether the store goes on selling below zero."""
    hold_stock_minutes: int = 60
    """How long an order that waits for its payment holds its goods, as WooCommerce's own
    `woocommerce_hold_stock_minutes`; 0: until it is paid or cancelled."""
    price_list: str = "default"
    """Which of the sources' price lists the store sells by."""
    group_price_lists: Mapping[str, str] = field(default_factory=dict)
    """Customer group → price list, where a group has a list of its own."""
    price_margin_percent: int = 0
    """How far a price said for this store alone may lie from the source's, either way."""
    prices_include_tax: bool | None = None
    """How the shop keeps its prices; a source that says otherwise is held. None: as it comes."""
    guard_price_percent: int = 50
    """A price that changes by more is held for a person; 0 turns this off."""
    guard_zero_percent: int = 20
    """More of the catalogue than this to zero at once is held; 0 turns this off."""
    guard_run_percent: int = 50
    """More prices than this of the catalogue changed at once are held; 0 turns this off."""
    guard_from_rows: int = 50
    """Rails that look at a share of the catalogue begin at so many changes."""
    product_fields: tuple[str, ...] = ()
    """What of the product master the store takes; empty: nothing of it."""
    products_create: bool = False
    """Whether products the shop does not have are made there, as drafts."""

    def intent(self, status: str) -> Intent | None:
        """What the status asks for; None for one that nobody has mapped."""
        return self.statuses.get(status) or DEFAULT_STATUSES.get(status)

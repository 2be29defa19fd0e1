"""What a store has decided for itself. Flows read it; nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# What one of a shop's statuses asks for.
Intent = Literal["wait", "hold", "book", "fulfilled", "refunded", "cancel"]

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

    def intent(self, status: str) -> Intent | None:
        """What the status asks for; None for one that nobody has mapped."""
        return self.statuses.get(status) or DEFAULT_STATUSES.get(status)

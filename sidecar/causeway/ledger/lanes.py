"""The two lanes of work. What somebody waits for never stands behind a catalogue."""

from __future__ import annotations

ORDERS = 0
"""Orders, refunds and what back offices tell of them."""
BULK = 1
"""Products, customers, and orders of long ago that a shop sends once."""
BOTH = (ORDERS, BULK)

_BULK_ENTITIES = frozenset({"product", "customer", "category", "coupon", "stock", "price"})


def lane_of(entity: str, *, history: bool = False) -> int:
    """The lane of an event about `entity`; `history` says that nobody waits for it."""
    return BULK if history or entity in _BULK_ENTITIES else ORDERS

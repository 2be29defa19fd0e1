"""Goods that come back, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Disposition = Literal["undecided", "restock", "write_off"]


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """How many of one order line come back, why, and where they go once they were looked at."""

    order_line_id: str
    sku: str
    name: str
    quantity: Decimal
    reason: str = ""
    disposition: Disposition = "undecided"


@dataclass(frozen=True, slots=True)
class Return:
    """Goods of one order on their way back. `id` is ours; `requested_at` is UTC."""

    store: str
    order_id: str
    order_number: str
    id: str
    lines: tuple[ReturnLine, ...]
    requested_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnReceipt:
    """What arrived of a return, as the receiving side saw it. `request_key` is our delivery's.

    A line's disposition says what the inspection decided; `undecided` means it is still to come.
    """

    id: str
    request_key: str
    received_at: datetime
    lines: tuple[ReturnLine, ...]
    warehouse: str = ""

"""How figures, times and words look on a page. Times are told in the store's own zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from causeway.canonical import Money
from causeway.flows.state import FulfilmentStatus, Phase
from causeway.told import span

__all__ = ["amount", "clock", "fulfilment", "label", "local", "money", "plain", "quantity", "span",
           "tone", "took"]  # fmt: skip
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
_NUMERIC_ZONE = re.compile(r"[+-]\d")

# How a state is coloured. The word always stands beside the colour.
TONES = {
    **dict.fromkeys(("held", "on_hold", "unknown", "waiting", "warn", "incomplete"), "warn"),
    **dict.fromkeys(("parked", "fail", "rejected", "open case", "paused"), "bad"),
    **dict.fromkeys(("done", "booked", "closed", "paid", "pass", "resolved", "adopted"), "good"),
    **dict.fromkeys(("accepted", "sending", "in_progress", "authorised", "scheduled"), "busy"),
}

OUTCOMES = {
    "done": "Taken by the other side",
    "adopted": "Was there already",
    "retry": "Will be tried again",
    "look_up": "Outcome unknown; it will be looked up",
    "park": "Parked for a person",
    "pause": "The connection was paused",
}

OPERATIONS = {
    "book": "Book the order",
    "update": "Change the order",
    "cancel": "Cancel at the back office",
    "refund": "Book a refund",
    "reverse": "Take a deleted refund back",
    "request": "Ask the warehouse",
    "stop": "Stop the warehouse",
    "return": "Announce a return",
    "payment": "Record the payment",
    "journal": "Post in the books",
}

CASES = {
    "delivery_parked": "Deliveries that were not taken",
    "connection_paused": "Connections that are paused",
    "not_understood": "Events that could not be understood",
    "no_connection": "Nobody to do it",
    "held_by_shop": "Orders on hold in the shop",
    "unknown_status": "Statuses nobody has mapped",
    "empty_order": "Orders without lines",
    "missing_sku": "Products without a SKU",
    "total_mismatch": "Orders that do not add up",
    "tax_mismatch": "Taxes that do not add up",
    "no_address": "Orders without an address",
    "deleted_product": "Products that were deleted",
    "not_captured": "Payments that are not collected",
    "suspected_fraud": "Orders suspected of fraud",
    "held_by_hand": "Orders held by hand",
    "mapping_missing": "Words and products that are missing",
    "no_warehouse": "Goods that nobody can send",
    "warehouse_waits": "Warehouses that wait",
    "cannot_stop": "Warehouses that must be told to stop",
    "too_late_to_stop": "Goods that could not be stopped",
    "shipped_too_much": "Parcels with more than was asked for",
    "credit_hold": "Orders held by the back office",
    "lines_not_cancelled": "Refunded goods still to be delivered",
    "lines_to_put_back": "Goods that are wanted again",
    "left_after_cancelling": "Left over after a cancellation",
    "refund_deleted": "Refunds deleted in the shop",
    "refund_again": "Deleted refunds that are back",
    "refund_not_told": "Refunds the shop cannot record",
    "return_requested": "Returns to be allowed",
    "return_to_refund": "Returns to be refunded",
    "illegal_move": "Reports that cannot follow",
    "adopted_twice": "Links that two orders have",
    "changed_after_booking": "Orders changed after they were sent on",
    "cancelled_after_booking": "Orders cancelled after they were sent on",
    "alert": "Alerts",
}


def plain(text: object) -> str:
    """Words from outside with every e-mail address taken out: nobody needs one here."""
    return _EMAIL.sub("[address removed]", str(text or ""))


def label(word: object) -> str:
    """A stable word as people read it: `partially_refunded` is “Partially refunded”."""
    text = str(word or "").replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def tone(word: str) -> str:
    return TONES.get(word, "calm")


def money(amount: Decimal, currency: str) -> str:
    """`1,234.50 EUR`, with the currency's own number of decimals."""
    rounded = Money(amount, currency).rounded().amount
    return f"{rounded:,f}\N{NO-BREAK SPACE}{currency}"


def amount(value: dict[str, Any] | None) -> str:
    """Money as the canonical schemas dump it."""
    return money(Decimal(value["amount"]), value["currency"]) if value else ""


def quantity(value: object) -> str:
    """`2`, not `2.000`."""
    number = Decimal(str(value))
    return f"{number.normalize() + 0:f}"


def took(milliseconds: int) -> str:
    return span(timedelta(milliseconds=milliseconds))


def local(at: datetime, zone: str) -> str:
    """`20 Nov 2026, 17:33:05 CET`."""
    there = at.astimezone(ZoneInfo(zone))
    name = there.strftime("%Z")
    if _NUMERIC_ZONE.match(name):
        name = f"UTC{name}"
    return f"{there.day} {there:%b %Y, %H:%M:%S} {name}"


def clock(zone_of: Callable[[str], str]) -> Callable[..., Markup]:
    """The filter that writes a time as HTML, in the zone of the store if one is named."""

    def when(at: datetime | None, store: str = "", never: str = "never") -> Markup:
        if at is None:
            return escape(never)
        text = local(at, zone_of(store) if store else "UTC")
        exact = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return Markup('<time datetime="{}">{}</time>').format(exact, text)

    return when


def fulfilment(word: str, phase: str) -> tuple[str, str]:
    """A word and a sentence for the order's fulfilment as a whole.

    While an order is not accepted nothing is planned; afterwards none means nothing is to be sent.
    """
    if word in {status.value for status in FulfilmentStatus}:
        return word, FulfilmentStatus(word).sentence
    if phase in (Phase.RECEIVED, Phase.HELD):
        return "not_planned", "It is planned when the order is accepted."
    return "nothing_to_send", "No warehouse has a part in it."

"""Gift cards that paid part of an order, where their plugins say so. Pure.

WooCommerce knows none: the plugins lower the order's total and leave its lines as they are, so
that an order paid with one misses its own sum by the card's worth. Names and shapes are those of
the plugins' sources (WooCommerce Gift Cards, PW Gift Cards, YITH Gift Cards).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from causeway.canonical import Money, OrderLine

CODE = "gift_card"
_MEMBERS = ("gift_cards", "pw_gift_cards_redeemed")
_META = "_ywgc_applied_gift_cards_totals"


def amounts(raw: Mapping[str, Any]) -> tuple[Decimal, ...]:
    """What each card paid, in an order as WooCommerce rendered it; other shapes are passed over."""
    found: list[Decimal] = []
    for member in _MEMBERS:
        cards = raw.get(member)
        found += [
            _amount(card.get("amount") if isinstance(card, dict) else None)
            for card in (cards if isinstance(cards, list) else ())
        ]
    if not found:
        metas: Iterable[Any] = raw.get("meta_data") or ()
        found = [
            _amount(meta.get("value"))
            for meta in metas
            if isinstance(meta, dict) and meta.get("key") == _META
        ]
    return tuple(amount for amount in found if amount > 0)


def lines(paid: tuple[Decimal, ...], currency: str) -> tuple[OrderLine, ...]:
    """Each as a line below zero without tax, so that the order's sum is its total again."""
    zero = Money.zero(currency)
    return tuple(
        _line(number, Money(-amount, currency), zero) for number, amount in enumerate(paid, 1)
    )


def _line(number: int, worth: Money, zero: Money) -> OrderLine:
    name = f"{CODE}:{number}"
    return OrderLine(name, "fee", "Gift card", "", Decimal(1), worth, worth, worth, zero, (), CODE)


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return Decimal(0)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return Decimal(0)
    return abs(amount) if amount.is_finite() and abs(amount) < Decimal(10) ** 12 else Decimal(0)

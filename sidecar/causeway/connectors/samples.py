"""Canonical documents by hand, for conformance and for the tests of connectors.

Each adds up: two tax rates, shipping and a fee, and a cent that rounding explains.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from causeway.canonical import (
    Address,
    Customer,
    FulfilmentRequest,
    JournalEntry,
    JournalLine,
    Money,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundLine,
    RequestLine,
    Return,
    ReturnLine,
    TaxAmount,
    TaxRate,
)

WHEN = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
BUYER = Address(
    first_name="Erika",
    last_name="Mustermann",
    address_1="Hauptstr. 1",
    city="Berlin",
    state="DE-BE",
    postcode="10115",
    country="DE",
    phone="+49 30 1234567",
)


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def an_order(**changes: Any) -> Order:
    """64.55 EUR: two mugs, a book, shipping, a fee for cash on delivery, one cent of rounding."""
    order = Order(
        store="sample",
        id="1042",
        number="1042",
        status="processing",
        currency="EUR",
        created_at=WHEN,
        paid_at=None,
        customer=Customer(id="12", email="erika@example.org"),
        billing=BUYER,
        shipping=BUYER,
        payment_method="cod",
        payment_title="Cash on delivery",
        lines=(
            _line("1", "product", "Mug", "MUG-01", "2", "25.00", "1", "4.75"),
            _line("2", "product", "Book", "BOOK-7", "1", "19.99", "2", "1.3993"),
            _line("3", "shipping", "Flat rate", "", "1", "4.90", "1", "0.93"),
            _line("4", "fee", "Cash on delivery", "", "1", "6.36", "1", "1.21"),
        ),
        tax_rates=(_rate("1", "DE-19", "19", "6.89", "0.93"), _rate("2", "DE-7", "7", "1.40", "0")),
        discount_total=eur("0"),
        total=eur("64.55"),
        rounding=eur("0.01"),
    )
    return replace(order, **changes)


def a_refund(**changes: Any) -> Refund:
    """14.88 EUR: one of the mugs."""
    line = RefundLine(
        order_line_id="1",
        kind="product",
        name="Mug",
        sku="MUG-01",
        quantity=Decimal(1),
        total=eur("12.50"),
        tax=eur("2.38"),
        taxes=(TaxAmount("1", eur("2.38")),),
    )
    refund = Refund("79", eur("14.88"), "Handle broken", WHEN, (line,))
    return replace(refund, **changes)


def a_request(**changes: Any) -> FulfilmentRequest:
    """The goods of `an_order`, from the warehouse MAIN."""
    request = FulfilmentRequest(
        store="sample",
        order_id="1042",
        order_number="1042",
        id="1",
        warehouse="MAIN",
        recipient=BUYER,
        shipping_method="Flat rate",
        lines=(
            RequestLine("1", "MUG-01", "Mug", Decimal(2)),
            RequestLine("2", "BOOK-7", "Book", Decimal(1)),
        ),
    )
    return replace(request, **changes)


def a_return(order: Order, **changes: Any) -> Return:
    """One of the mugs of such an order comes back."""
    line = ReturnLine("1", "MUG-01", "Mug", Decimal(1))
    back = Return(order.store, order.id, order.number, "5", (line,), WHEN, "Handle broken")
    return replace(back, **changes)


def a_payment(order: Order, **changes: Any) -> Payment:
    """All of it, by card."""
    return replace(Payment(order.id, "card", "pi_3Nk", order.total, WHEN), **changes)


def an_entry(**changes: Any) -> JournalEntry:
    """119.00 EUR paid on delivery, of which 19.00 are tax."""
    zero = eur("0")
    lines = (
        JournalLine("payment:cod", eur("119.00"), zero),
        JournalLine("sales", zero, eur("100.00")),
        JournalLine("tax:19", zero, eur("19.00")),
    )
    entry = JournalEntry("sample", "1042", "1042", "sale", WHEN.date(), lines)
    return replace(entry, **changes)


def _line(
    id: str, kind: Any, name: str, sku: str, quantity: str, total: str, rate: str, tax: str
) -> OrderLine:
    unit = eur(total).amount / Decimal(quantity)
    return OrderLine(
        id=id,
        kind=kind,
        name=name,
        sku=sku,
        quantity=Decimal(quantity),
        unit_price=Money(unit, "EUR"),
        subtotal=eur(total),
        total=eur(total),
        tax=eur(tax),
        taxes=(TaxAmount(rate, eur(tax)),),
    )


def _rate(id: str, code: str, percent: str, total: str, shipping: str) -> TaxRate:
    return TaxRate(id, code, f"VAT {percent} %", Decimal(percent), False, eur(total), eur(shipping))

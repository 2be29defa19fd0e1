"""Whether an order can be booked: what rounding explains, and what it does not."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.canonical import Address, Money, Order, exponent
from causeway.connectors.samples import an_order
from causeway.flows.facts import OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene
from causeway.flows.state import Phase
from causeway.flows.validation import rounding_of, troubles_of
from causeway.policy import StorePolicy
from tests.world import START

POLICY = StorePolicy()
CURRENCIES = ["EUR", "JPY", "KWD"]


def order_missing(units: int, currency: str) -> Order:
    """One line without tax, whose order says `units` of the smallest coin more than it."""
    line = an_order().lines[0]
    net = Money(Decimal(1000), currency)
    off = Money(Decimal(units).scaleb(-exponent(currency)), currency)
    line = replace(
        line, unit_price=net, subtotal=net, total=net, tax=Money.zero(currency), taxes=()
    )
    return an_order(
        currency=currency,
        lines=(line,),
        tax_rates=(),
        discount_total=Money.zero(currency),
        total=net + off,
        rounding=None,
    )


def kinds(order: Order, policy: StorePolicy = POLICY) -> list[str]:
    return [trouble.kind for trouble in troubles_of(order, policy)]


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("units", [-2, -1, 1, 2])
def test_what_rounding_explains_becomes_a_rounding_line(units: int, currency: str) -> None:
    decision = decide(None, OrderSeen(order_missing(units, currency), 1, START), Scene(POLICY))
    (book,) = decision.asks
    assert book.payload.rounding.minor_units() == units
    assert not decision.troubles


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("units", [-3, 3, 4, 100])
def test_what_it_does_not_explain_becomes_a_case(units: int, currency: str) -> None:
    order = order_missing(units, currency)
    decision = decide(None, OrderSeen(order, 1, START), Scene(POLICY))
    assert decision.asks == ()
    assert decision.state is not None
    assert decision.state.phase is Phase.HELD
    (trouble,) = decision.troubles
    assert trouble.kind == "total_mismatch"
    assert str(order.difference.rounded()) in trouble.title


@pytest.mark.parametrize("currency", CURRENCIES)
def test_an_order_that_adds_up_has_no_rounding(currency: str) -> None:
    assert rounding_of(order_missing(0, currency), POLICY) is None


@given(st.integers(-12, 12), st.integers(0, 10), st.sampled_from(CURRENCIES))
def test_each_store_says_how_much_rounding_may_explain(
    units: int, allowed: int, currency: str
) -> None:
    policy = StorePolicy(rounding_minor_units=allowed)
    order = order_missing(units, currency)
    assert ("total_mismatch" in kinds(order, policy)) is (abs(units) > allowed)
    assert (rounding_of(order, policy) is not None) is (0 < abs(units) <= allowed)


def test_digits_below_the_smallest_coin_are_no_difference() -> None:
    order = order_missing(0, "EUR")
    total = order.total + Money.of("0.0049", "EUR")
    assert rounding_of(replace(order, total=total), POLICY) is None


def _rate(**changes: Any) -> Order:
    """The sample with its first tax rate changed, its total with it."""
    order = an_order()
    rate = replace(order.tax_rates[0], **changes)
    more = rate.total - order.tax_rates[0].total
    return replace(order, tax_rates=(rate, *order.tax_rates[1:]), total=order.total + more)


def test_a_tax_that_misses_its_lines_becomes_a_case() -> None:
    assert kinds(_rate(total=Money.of("6.93", "EUR"))) == ["tax_mismatch"]
    assert kinds(_rate(total=Money.of("6.91", "EUR"))) == []


BAD_ORDERS = [
    ("no lines and no total", {"lines": (), "tax_rates": (), "total": Money.zero("EUR")}, ["empty_order"]),
    ("no SKU", {"lines": tuple(replace(x, sku="") for x in an_order().lines)}, ["missing_sku"]),
    ("nowhere to send it", {"shipping": Address(), "billing": Address()}, ["no_address"]),
    ("a street without a country", {"shipping": Address(address_1="Hauptstr. 1")}, ["no_address"]),
    ("all at once", {"lines": (replace(an_order().lines[0], sku=""),), "shipping": Address(), "billing": Address()},
     ["missing_sku", "total_mismatch", "tax_mismatch", "no_address"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "changes", "expected"), BAD_ORDERS, ids=[b[0] for b in BAD_ORDERS]
)
def test_every_trouble_is_found_at_once(
    about: str, changes: dict[str, Any], expected: list[str]
) -> None:
    troubles = troubles_of(an_order(**changes), POLICY)
    assert [trouble.kind for trouble in troubles] == expected
    assert all(trouble.title and trouble.detail and trouble.remedy for trouble in troubles)


def test_downloads_need_no_address() -> None:
    assert kinds(an_order(shipping=Address(), billing=Address(), needs_shipping=False)) == []


def test_a_long_list_of_names_is_cut() -> None:
    line = replace(an_order().lines[0], sku="", name="x" * 500)
    (trouble, *_) = troubles_of(an_order(lines=(line,) * 50), POLICY)
    assert len(trouble.detail) < 400
    assert "47 more" in trouble.detail

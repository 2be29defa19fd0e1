"""Money: exact, in one currency, rounded only when asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.canonical import Money, exponent

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF", "CHF"])
# Sums of these stay below the 28 digits that Decimal keeps.
AMOUNTS = st.decimals(
    min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False
)


@given(AMOUNTS, AMOUNTS, AMOUNTS, CURRENCIES)
def test_adding_keeps_every_digit_in_any_order(
    a: Decimal, b: Decimal, c: Decimal, currency: str
) -> None:
    x, y, z = (Money(amount, currency) for amount in (a, b, c))
    assert (x + y) + z == x + (y + z) == z + y + x
    assert x + y - y == x
    assert x + -x == Money.zero(currency)


@given(AMOUNTS, CURRENCIES)
def test_rounding_moves_by_half_a_minor_unit_at_most_and_only_once(
    amount: Decimal, currency: str
) -> None:
    money = Money(amount, currency)
    rounded = money.rounded()
    assert abs((rounded - money).minor_units()) <= Decimal("0.5")
    assert rounded.rounded() == rounded
    assert rounded.minor_units() == rounded.minor_units().to_integral_value()


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0.005", "EUR", "0.01 EUR"),
        ("-0.005", "EUR", "-0.01 EUR"),
        ("2.345", "EUR", "2.35 EUR"),
        ("0.5", "JPY", "1 JPY"),
        ("49.4", "JPY", "49 JPY"),
        ("1.0005", "KWD", "1.001 KWD"),
        ("1E+3", "EUR", "1000.00 EUR"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, currency: str, text: str) -> None:
    assert str(Money.of(amount, currency)) == text


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XYZ", 2)]
)
def test_a_currency_has_its_own_number_of_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    assert Money.of("1", currency).minor_units() == 10**decimals


@pytest.mark.parametrize(
    "amount", [0.1, True, None, "", "1,50", "abc", "NaN", "Infinity", "1e15", "-1000000000000000"]
)
def test_what_is_no_amount_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError, match="is not"):
        Money.of(amount, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "E1R", "EU\n", "€"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="is not a currency"):
        Money(Decimal(1), currency)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        Money.of("1", "EUR") + Money.of("1", "USD")


def test_zero_is_false_and_totals_start_there() -> None:
    assert not Money.zero("EUR")
    assert Money.total([], "EUR") == Money.zero("EUR")
    assert Money.total([Money.of("1.10", "EUR")] * 3, "EUR") == Money.of("3.30", "EUR")

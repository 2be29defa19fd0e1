"""Money: an exact decimal amount and its currency, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 lists most currencies with two decimals; these are the others.
_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{3}")
_LIMIT = Decimal(10) ** 15


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Arithmetic keeps every digit; `rounded` is asked for, never implied.

    Raises ValueError for a currency that is not three capital letters, for an amount that is not
    a finite decimal, or one of 10^15 and more.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is not a currency code")
        if not self.amount.is_finite() or abs(self.amount) >= _LIMIT:
            raise ValueError(f"{self.amount} is not an amount of money")

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Read an amount written as text. A float is refused: it has already lost cents."""
        if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
            raise ValueError(f"{amount!r} is not written as a decimal text")  # noqa: TRY004
        try:
            return cls(Decimal(amount), currency)
        except InvalidOperation as error:
            raise ValueError(f"{amount!r} is not a decimal number") from error

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of the parts, zero of `currency` when there are none."""
        amount = Decimal(0)
        for part in parts:
            if part.currency != currency:
                raise ValueError(f"{currency} and {part.currency} cannot be added")
            amount += part.amount
        return cls(amount, currency)

    def rounded(self) -> Money:
        """To the currency's minor unit, halves away from zero as WooCommerce rounds."""
        unit = Decimal(1).scaleb(-exponent(self.currency))
        return Money(self.amount.quantize(unit, ROUND_HALF_UP), self.currency)

    def minor_units(self) -> Decimal:
        """The amount counted in minor units: 12.34 EUR is 1234, 50 JPY is 50. Not rounded."""
        return self.amount.scaleb(exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.rounded().amount:f} {self.currency}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")

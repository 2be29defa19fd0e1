"""Reading the fields of a JSON body, each bounded, each refused by its path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from causeway.sandbox.wire import Refusal

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,30})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
# ISO 4217 gives most currencies two decimals; the commoner ones with another number of them.
_DECIMALS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BIF", "DJF", "GNF", "KMF", "RWF", "UYI", "VUV"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 EUR, 1 JPY."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))


def to_minor(amount: Decimal, currency: str) -> Decimal:
    """Rounded to the minor unit, halves away from zero."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A decimal as people write it: no exponent, no trailing zeros, no negative zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object and where it stands in the body."""

    data: dict[str, Any]
    path: str = ""

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def refusal(self, name: str, code: str, message: str) -> Refusal:
        return Refusal(422, code, message, self.at(name))

    def text(self, name: str, *, required: bool = False, limit: int = 500) -> str:
        value = self.data.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self.refusal(name, "invalid", "must be text")
        if len(value) > limit:
            raise self.refusal(name, "too_long", f"must have at most {limit} characters")
        if required and not value.strip():
            raise self.refusal(name, "missing", "must be given")
        return value

    def currency(self, name: str = "currency") -> str:
        value = self.text(name, required=True)
        if not _CURRENCY.fullmatch(value):
            raise self.refusal(name, "invalid", "must be three capital letters, as EUR")
        return value

    def number(self, name: str, *, default: str | None = None) -> Decimal:
        """A decimal written as text, or a whole number. A JSON float has already lost cents."""
        value = self.data.get(name)
        if value is None:
            value = default
        if value is None:
            raise self.refusal(name, "missing", "must be given")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.refusal(name, "invalid", 'must be a decimal written as text, as "12.50"')
        if not _NUMBER.fullmatch(str(value)):
            raise self.refusal(name, "invalid", 'must be a decimal number, as "12.50"')
        return Decimal(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise self.refusal(name, "invalid", "must be true or false")
        return value

    def child(self, name: str) -> Fields:
        """The object under `name`; an empty one when absent."""
        value = self.data.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.refusal(name, "invalid", "must be an object")
        return Fields(value, self.at(name))

    def children(self, name: str, *, required: bool = False, limit: int = 2000) -> list[Fields]:
        """The list of objects under `name`; an empty one when absent."""
        value = self.data.get(name)
        if value is None:
            value = []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.refusal(name, "invalid", "must be a list of objects")
        if required and not value:
            raise self.refusal(name, "missing", "must have at least one entry")
        if len(value) > limit:
            raise self.refusal(name, "too_long", f"must have at most {limit} entries")
        return [Fields(each, f"{self.at(name)}[{i}]") for i, each in enumerate(value)]

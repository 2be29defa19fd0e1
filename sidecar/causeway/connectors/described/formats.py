"""How a system writes numbers, amounts and times, and how they are read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from causeway.canonical import Money, exponent
from causeway.errors import MappingMissing

_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,12})?|\.[0-9]{1,12})")
_MOST_SIGNS = 40
EPOCHS = {"epoch": 1, "epoch_ms": 1000}


@dataclass(frozen=True, slots=True)
class Formats:
    """`decimal` and `thousands` are signs; `day` and `time` are `iso`, `epoch`, `epoch_ms` or
    as for strptime; `zone` is for times that name none.

    `amounts` says whether money is written as a decimal or counted in minor units; `units` is how
    many pieces one of theirs is.
    """

    decimal: str = "."
    thousands: str = ""
    day: str = "iso"
    time: str = "iso"
    zone: str = "UTC"
    amounts: str = "decimal"
    units: Mapping[str, Decimal] = field(default_factory=dict)

    def read_number(self, value: Any) -> Decimal:
        """Raises ValueError for what is no number; a float is none: it has lost digits."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise ValueError("is no number")  # noqa: TRY004 - one class for all that cannot be read
        if isinstance(value, Decimal) and not value.is_finite():
            raise ValueError("is no number")
        text = f"{value:f}" if isinstance(value, Decimal) else str(value).strip()
        if isinstance(value, str):
            if self.thousands:
                text = text.replace(self.thousands, "")
            if self.decimal != ".":
                text = text.replace(".", "?").replace(self.decimal, ".")
        if len(text) > _MOST_SIGNS or not _NUMBER.fullmatch(text):
            raise ValueError("is no number")
        return Decimal(text)

    def read_money(self, value: Any, currency: str) -> Money:
        """Raises ValueError for what is no amount."""
        number = self.read_number(value)
        if self.amounts == "minor":
            number = number.scaleb(-exponent(currency))
        return Money(number, currency)

    def read_time(self, value: Any) -> datetime:
        """In UTC. Raises ValueError for what is no time."""
        if self.time in EPOCHS:
            seconds = self.read_number(value) / EPOCHS[self.time]
            if abs(seconds) > 10**11:
                raise ValueError("is no time")
            return datetime.fromtimestamp(float(seconds), UTC)
        if not isinstance(value, str):
            raise ValueError("is no time")  # noqa: TRY004
        text = value.strip()[:_MOST_SIGNS]
        if self.time == "iso":
            moment = datetime.fromisoformat(text)
        else:
            moment = datetime.strptime(text, self.time)  # noqa: DTZ007 - the zone follows
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        return moment.astimezone(UTC)

    def read_date(self, value: Any) -> date:
        """Raises ValueError for what is no date."""
        if not isinstance(value, str):
            raise ValueError("is no date")  # noqa: TRY004
        text = value.strip()[:_MOST_SIGNS]
        if self.day == "iso":
            return date.fromisoformat(text[:10])
        return datetime.strptime(text, self.day).date()  # noqa: DTZ007 - a day has no zone

    def read_quantity(self, value: Any, unit: str) -> tuple[Decimal, str]:
        """The quantity, in pieces where units are described, and its unit. Raises MappingMissing
        for a unit that is none of them.
        """
        number = self.read_number(value)
        if not self.units or not unit:
            return number, unit
        if unit not in self.units:
            raise MappingMissing("unit", unit)
        return number * self.units[unit], ""

    def write_number(self, number: Decimal) -> str:
        return format(number, "f").replace(".", self.decimal)

    def write_amount(self, number: Decimal, currency: str) -> str:
        """Rounded to the minor unit, halves away from zero, as `amounts` has it."""
        digits = exponent(currency)
        rounded = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        if self.amounts == "minor":
            return str(int(rounded.scaleb(digits)))
        return self.write_number(rounded)

    def write_time(self, moment: datetime) -> str:
        if self.time in EPOCHS:
            return str(int(moment.timestamp() * EPOCHS[self.time]))
        there = moment.astimezone(ZoneInfo(self.zone))
        if self.time == "iso":
            return there.isoformat().replace("+00:00", "Z")
        return there.strftime(self.time)

    def write_date(self, moment: datetime | date) -> str:
        """The day it is in their zone."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(ZoneInfo(self.zone)).date()
        return moment.isoformat() if self.day == "iso" else moment.strftime(self.day)

"""A request's goods put into parcels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from causeway.canonical import RequestLine
from causeway.connectors.karrio.options import Parcels


@dataclass(frozen=True, slots=True)
class Packed:
    """How many pieces of a line lie in one parcel; `unit` is the line's quantity in one piece."""

    line: RequestLine
    pieces: int
    unit: Decimal

    @property
    def quantity(self) -> Decimal:
        return self.pieces * self.unit


@dataclass(frozen=True, slots=True)
class Parcel:
    """`weight` in kilograms."""

    contents: tuple[Packed, ...]
    weight: Decimal


def pieces_of(line: RequestLine) -> tuple[int, Decimal]:
    """How many pieces, and the quantity in each: karrio counts in whole numbers, so that 1.5 kg
    of tea are one piece of 1.5.
    """
    whole = line.quantity == line.quantity.to_integral_value()
    return (int(line.quantity), Decimal(1)) if whole else (1, line.quantity)


def weight_of(line: RequestLine, parcels: Parcels) -> Decimal:
    """Kilograms of one piece."""
    _, unit = pieces_of(line)
    return (line.weight or parcels.item_weight) * unit


def pack(lines: Sequence[RequestLine], parcels: Parcels) -> tuple[Parcel, ...]:
    """In the order of the lines, a new parcel whenever the next piece would be too heavy.

    A piece that is too heavy by itself goes alone: its carrier says whether it takes it.
    """
    packed: list[Parcel] = []
    contents: list[Packed] = []
    weight = Decimal(0)
    for line in lines:
        left, unit = pieces_of(line)
        each = weight_of(line, parcels)
        while left > 0:
            fits = min(left, int((parcels.max_weight - weight) / each))
            if fits < 1 and not contents:
                fits = 1
            if fits < 1:
                packed.append(Parcel(tuple(contents), weight))
                contents, weight = [], Decimal(0)
                continue
            contents.append(Packed(line, fits, unit))
            weight, left = weight + each * fits, left - fits
    if contents:
        packed.append(Parcel(tuple(contents), weight))
    return tuple(packed)

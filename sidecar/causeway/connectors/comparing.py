"""What we would book against what another connector has booked, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from causeway.canonical import Address, Order
from causeway.connectors.base import BookedOrder

# What must be the same for a parcel to arrive at the same door. Names differ in how they are cut;
# a state that the other side does not know stands after the city's comma.
_PLACE = (("address_1", "street"), ("postcode", "postcode"), ("city", "city"),
          ("country", "country"))  # fmt: skip
_LETTERS = str.maketrans("", "", " .,-/")


def differences(ours: Order, theirs: BookedOrder) -> tuple[str, ...]:
    """Where the two differ; empty when they are alike as far as theirs can be read."""
    return (*_totals(ours, theirs), *_lines(ours, theirs), *_places(ours, theirs.shipping))


def _totals(ours: Order, theirs: BookedOrder) -> Iterable[str]:
    if theirs.total is None:
        return
    if theirs.total.currency != ours.currency:
        yield f"currency: {ours.currency} here, {theirs.total.currency} there"
    elif theirs.total.rounded() != ours.total.rounded():
        yield f"total: {ours.total} here, {theirs.total} there"


def _lines(ours: Order, theirs: BookedOrder) -> Iterable[str]:
    """Quantities by SKU: one system keeps two lines of a product where the other keeps one."""
    if not theirs.lines:
        return
    here = _quantities((line.sku, line.quantity) for line in ours.product_lines)
    there = _quantities(
        (line.sku, line.quantity) for line in theirs.lines if line.sku in here or not line.service
    )
    for sku in sorted({*here, *there}):
        one, other = here.get(sku, Decimal(0)), there.get(sku, Decimal(0))
        if one != other:
            yield f"{sku or 'without SKU'}: {one:f} here, {other:f} there"


def _quantities(lines: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for sku, quantity in lines:
        found[sku] = found.get(sku, Decimal(0)) + quantity
    return found


def _places(ours: Order, theirs: Address | None) -> Iterable[str]:
    here = ours.shipping or ours.billing
    if theirs is None or not theirs or not here:
        return
    for name, word in _PLACE:
        if _plain(getattr(here, name)) != _plain(getattr(theirs, name)):
            yield f"{word} of the delivery is another"  # people's addresses stay out of lists


def _plain(text: str) -> str:
    return text.partition(",")[0].casefold().translate(_LETTERS)

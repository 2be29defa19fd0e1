"""A refund of all that is left is told line by line; any other plain amount stays one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from causeway.canonical import Money, Order, Refund, RefundLine
from causeway.connectors.samples import WHEN, an_order, eur
from causeway.flows.itemising import itemised

ORDER = an_order()


def part(number: int, quantity: int) -> RefundLine:
    """So many mugs, with their share of the tax."""
    mugs = ORDER.lines[0]
    share = Decimal(quantity) / mugs.quantity
    tax = (mugs.tax * share).rounded()
    taxes = tuple(replace(x, amount=tax) for x in mugs.taxes)
    total = (mugs.total * share).rounded()
    return RefundLine("1", "product", "Mug", mugs.sku, Decimal(quantity), total, tax, taxes)


def refund(number: int, total: Money, *lines: RefundLine) -> Refund:
    return Refund(str(number), total, "", WHEN + timedelta(minutes=number), lines)


def worth(order: Order, number: int) -> Money:
    found = next(r for r in order.refunds if r.id == str(number))
    return Money.total([line.total + line.tax for line in found.lines], order.currency)


@given(st.lists(st.integers(1, 2), max_size=2), st.randoms())
def test_what_is_left_after_any_refunds_is_told_line_by_line(
    pieces: list[int], rng: object
) -> None:
    assume(sum(pieces) <= 2)
    before = [refund(n, (p := part(n, q)).total + p.tax, p) for n, q in enumerate(pieces, 1)]
    rest = ORDER.total - Money.total([r.total for r in before], "EUR")
    last = refund(99, rest)
    shown = [*before, last]
    rng.shuffle(shown)  # type: ignore[attr-defined]
    found = itemised(replace(ORDER, refunds=tuple(shown)))
    assert [r.id for r in found.refunds] == [r.id for r in shown], "the shop's own order stays"
    assert abs((worth(found, 99) - rest).minor_units()) <= 3
    counted = sum(x.quantity for r in found.refunds for x in r.lines if x.order_line_id == "1")
    assert counted == ORDER.lines[0].quantity


@given(st.integers(1, 6400))
def test_an_amount_that_is_not_all_that_is_left_names_no_line(cents: int) -> None:
    found = itemised(replace(ORDER, refunds=(refund(1, Money(Decimal(cents) / 100, "EUR")),)))
    assert found.refunds[0].lines == ()


def test_lines_that_the_shop_names_are_left_as_they_are() -> None:
    named = refund(1, eur("64.55"), part(1, 1))
    assert itemised(replace(ORDER, refunds=(named,))).refunds == (named,)

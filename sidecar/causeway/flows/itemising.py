"""A refund of all that is left, told line by line where the shop tells only its amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from causeway.canonical import Money, Order, OrderLine, Refund, RefundLine, TaxAmount


def itemised(order: Order) -> Order:
    """The order with a refund of all that is left told line by line.

    WooCommerce renders it without lines when an order is set to refunded
    (`wc_order_fully_refunded`); what is left is known, its taxes too.
    """
    refunds: list[Refund] = []
    for refund in sorted(order.refunds, key=lambda each: (each.created_at, each.id)):
        lines = refund.lines or _all_that_is_left(order, refund, refunds)
        refunds.append(refund if refund.lines else replace(refund, lines=lines))
    by_id = {refund.id: refund for refund in refunds}
    return replace(order, refunds=tuple(by_id[refund.id] for refund in order.refunds))


def _all_that_is_left(
    order: Order, refund: Refund, earlier: Sequence[Refund]
) -> tuple[RefundLine, ...]:
    """The order's lines less what earlier refunds gave back, if that is what this one is over."""
    before = [line for other in earlier for line in other.lines]
    lines = [_rest_of(line, [b for b in before if b.order_line_id == line.id], order)
             for line in order.lines]  # fmt: skip
    lines = [line for line in lines if line.quantity or line.total or line.tax]
    worth = Money.total([line.total + line.tax for line in lines], order.currency)
    off = abs((worth - refund.total).minor_units())
    return tuple(lines) if off <= 1 + Decimal(len(lines)) / 2 else ()


def _rest_of(line: OrderLine, before: Sequence[RefundLine], order: Order) -> RefundLine:
    def less(whole: Money, parts: Iterable[Money]) -> Money:
        return whole - Money.total(list(parts), order.currency)

    given = [tax for b in before for tax in b.taxes]
    taxes = tuple(
        TaxAmount(x.rate_id, less(x.amount, [g.amount for g in given if g.rate_id == x.rate_id]))
        for x in line.taxes
    )
    quantity = line.quantity - sum((b.quantity for b in before), Decimal(0))
    return RefundLine(
        line.id,
        line.kind,
        line.name,
        line.sku,
        max(quantity, Decimal(0)) if line.kind == "product" else Decimal(0),
        less(line.total, [b.total for b in before]),
        less(line.tax, [b.tax for b in before]),
        taxes,
    )

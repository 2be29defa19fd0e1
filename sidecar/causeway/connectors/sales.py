"""From the canonical order to a sale as an ERP would have it. Pure: names, no ids, no I/O.

An ERP multiplies quantity by a rounded unit price and computes tax itself, its own way, per
document or per line; a shop may have rounded elsewhere. So a sale says which total it must reach
and how far rounding can explain a difference; the difference itself becomes a rounding line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Protocol

from causeway.canonical import Money, Order, OrderLine, Refund, RefundLine, TaxAmount, exponent
from causeway.connectors.texts import clean
from causeway.errors import MappingMissing, RejectedError

ONE = Decimal(1)


class SaleOptions(Protocol):
    """What a connection's options say about sales: service products, taxes, decimals of a price."""

    @property
    def shipping_product(self) -> str: ...

    @property
    def fee_product(self) -> str: ...

    @property
    def rounding_product(self) -> str: ...

    @property
    def refund_product(self) -> str: ...

    @property
    def taxes(self) -> Mapping[str, str]: ...

    @property
    def price_digits(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of a sale. `number` (from 1) is its place; `taxes` are the names over there.

    `line_id` is the shop's line, empty for what is not in the shop. `taken_off` names, in a refund,
    the shop's line whose quantity over there falls with it.
    """

    number: int
    product: str
    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[str, ...]
    description: str
    line_id: str = ""
    taken_off: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale to be there under `key`. `total` is signed; `slack` is what rounding can explain."""

    key: str
    number: str
    description: str
    currency: str
    total: Decimal
    slack: Decimal
    lines: tuple[SaleLine, ...]
    date: date
    note: str = ""


def sale_of(order: Order, key: str, options: SaleOptions) -> Sale:
    """Raises MappingMissing for a tax that is not mapped, RejectedError for a line without SKU."""
    lines = tuple(
        _order_line(number, order, line, options) for number, line in enumerate(order.lines, 1)
    )
    parts = [(line.total, line.taxes) for line in order.lines]
    return Sale(
        key=key,
        number=order.number,
        description=description_of(order),
        currency=order.currency,
        total=order.total.amount,
        slack=_slack(order, lines, parts, abs(order.difference.amount)),
        lines=lines,
        date=order.created_at.date(),
        note=clean(order.customer_note),
    )


def refund_of(order: Order, refund: Refund, key: str, options: SaleOptions) -> Sale:
    """A negative sale. What the refund's lines do not account for is one amount without tax.

    Raises RejectedError where the lines come to more than the refund.
    """
    asked = [part for line in refund.lines for part in _sent_and_unsent(line)]
    lines = [_refund_line(number, order, line, options) for number, line in enumerate(asked, 1)]
    parts = [(line.total, line.taxes) for line in asked]
    gross = Money.total([line.total + line.tax for line in refund.lines], order.currency)
    rest = (refund.total - gross).amount
    slack = _slack(order, lines, parts, Decimal(0))
    if rest < -slack:
        raise RejectedError(
            f"refund {refund.id}: its lines come to {gross}, more than its total {refund.total}",
            code="total_differs",
        )
    if rest > slack or not lines:
        lines.append(
            SaleLine(len(lines) + 1, options.refund_product, -ONE, rest, (), clean(refund.reason))
        )
    return Sale(
        key=key,
        number=order.number,
        description=f"{description_of(order)}, refund {refund.id}",
        currency=order.currency,
        total=-refund.total.amount,
        slack=slack,
        lines=tuple(lines),
        date=refund.created_at.date(),
        note=clean(refund.reason),
    )


def turned(refund: Sale) -> Sale:
    """A refund the other way round: what takes it back."""
    lines = tuple(replace(line, quantity=-line.quantity) for line in refund.lines)
    text = f"{refund.description}, deleted"
    return replace(refund, lines=lines, total=-refund.total, description=text)


def rounding_line(sale: Sale, amount: Decimal, options: SaleOptions) -> SaleLine:
    """The line, after all others, that adds `amount` to the sale."""
    return SaleLine(len(sale.lines) + 1, options.rounding_product, ONE, amount, (), "Rounding")


def description_of(order: Order) -> str:
    """How people at the other side recognise the order; with the buyer's own reference."""
    text = f"{order.store} {order.number}"
    return f"{text} ({order.purchase_order})" if order.purchase_order else text


def _order_line(number: int, order: Order, line: OrderLine, options: SaleOptions) -> SaleLine:
    where = f"line {line.id} ({line.name})"
    product = _product(line.kind, line.sku, where, options)
    quantity = line.quantity if line.kind == "product" else ONE
    if not quantity:
        raise RejectedError(f"{where} has no quantity", code="invalid")
    return SaleLine(
        number=number,
        product=product,
        quantity=quantity,
        unit_price=_unit_price(line.total, quantity, options),
        taxes=_taxes(order, line.total, line.taxes, options),
        description=clean(line.name),
        line_id=line.id,
    )


def _refund_line(number: int, order: Order, line: RefundLine, options: SaleOptions) -> SaleLine:
    goods = line.kind == "product" and line.quantity > 0
    if line.kind == "product" and not goods:
        product = options.refund_product  # money back for an item, and no item
    else:
        product = _product(line.kind, line.sku, f"refund line ({line.name})", options)
    quantity = line.quantity if goods else ONE
    return SaleLine(
        number=number,
        product=product,
        quantity=-quantity,
        unit_price=_unit_price(line.total, quantity, options),
        taxes=_taxes(order, line.total, line.taxes, options),
        description=clean(line.name),
        line_id="" if line.unsent else line.order_line_id,
        taken_off=line.order_line_id if line.unsent else "",
    )


def _sent_and_unsent(line: RefundLine) -> tuple[RefundLine, ...]:
    """What had still to be sent stands on a line of its own."""
    if not line.unsent or line.unsent >= line.quantity:
        return (line,)
    return _share(line, line.quantity - line.unsent, Decimal(0)), _share(
        line, line.unsent, line.unsent
    )


def _share(line: RefundLine, quantity: Decimal, unsent: Decimal) -> RefundLine:
    share = quantity / line.quantity
    taxes = tuple(TaxAmount(tax.rate_id, tax.amount * share) for tax in line.taxes)
    return replace(
        line, quantity=quantity, unsent=unsent, total=line.total * share, tax=line.tax * share,
        taxes=taxes,
    )  # fmt: skip


def _product(kind: str, sku: str, where: str, options: SaleOptions) -> str:
    if kind == "shipping":
        return options.shipping_product
    if kind == "fee":
        return options.fee_product
    if not sku:
        raise RejectedError(
            f"{where} has no SKU; give the product one in the shop", code="unknown_item"
        )
    return sku


def _unit_price(total: Money, quantity: Decimal, options: SaleOptions) -> Decimal:
    unit = ONE.scaleb(-options.price_digits)
    return (total.amount / quantity).quantize(unit, ROUND_HALF_UP)


def _taxes(
    order: Order, total: Money, taxes: tuple[TaxAmount, ...], options: SaleOptions
) -> tuple[str, ...]:
    rates = {rate.id: rate for rate in order.tax_rates}
    names = []
    for tax in taxes:
        rate = rates.get(tax.rate_id)
        if rate is None:
            raise MappingMissing("tax", f"rate {tax.rate_id}")
        # Shops also list rates that did not apply; they charged nothing where there was a base.
        base = abs((total * rate.percent).amount).scaleb(-2)
        if not tax.amount and base >= _minor(order) / 2:
            continue
        percent = f"{rate.percent.normalize():f}"
        name = options.taxes.get(rate.code) or options.taxes.get(percent)
        if name is None:
            raise MappingMissing("tax", f"{rate.code} ({percent} %)")
        names.append(name)
    return tuple(dict.fromkeys(names))


def _slack(
    order: Order,
    lines: tuple[SaleLine, ...] | list[SaleLine],
    parts: list[tuple[Money, tuple[TaxAmount, ...]]],
    known: Decimal,
) -> Decimal:
    """The most that rounding explains: half a minor unit for each tax of each line and for each
    rate, one for the sum, what unit prices lose (and its tax), and what the order itself misses.
    """
    minor = _minor(order)
    taxed = sum(len(taxes) for _, taxes in parts)
    lost = Decimal(0)
    for line, (total, _) in zip(lines, parts, strict=True):
        amount = (abs(line.quantity) * line.unit_price).quantize(minor, ROUND_HALF_EVEN)
        lost += abs(total.amount - amount)
    return known + 2 * lost + minor * (1 + Decimal(taxed + len(order.tax_rates)) / 2)


def _minor(order: Order) -> Decimal:
    return ONE.scaleb(-exponent(order.currency))

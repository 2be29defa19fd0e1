"""Promise: what is booked comes to the shop's total, to the minor unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from causeway.canonical import Money, Order, OrderLine, TaxAmount
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance.hooks import ErpHooks
from causeway.connectors.conformance.promises import CENTS, promise
from causeway.connectors.conformance.tools import erp_at, order_key, same

# Quantity, net total and tax at 19 % of one line; the sum is what a shop would render.
_AWKWARD = (("3", "10.00", "1.90"), ("7", "0.99", "0.19"), ("6", "99.99", "19.00"),
            ("1", "0.01", "0.00"), ("11", "23.37", "4.44"), ("13", "1.15", "0.22"))  # fmt: skip


class TotalsToTheMinorUnit(ErpHooks):
    @promise(CENTS)
    def test_a_booked_order_has_its_total_to_the_minor_unit(
        self, connection: ConnectionSettings
    ) -> None:
        order = self.an_order()
        booked = erp_at(connection).book_order(order, order_key(order))
        assert self.total_of(connection, "order", booked) == order.total.rounded()

    @promise(CENTS)
    def test_a_refund_has_its_own_key_and_total(self, connection: ConnectionSettings) -> None:
        (order, _), refund, erp = self.booked(connection), self.a_refund(), erp_at(connection)
        key = f"{order.store}:{order.id}:refund:{refund.id}"
        assert erp.find("refund", key) is None
        booked = erp.book_refund(order, refund, key)
        assert not booked.existed
        same(erp.find("refund", key), booked)
        assert self.total_of(connection, "refund", booked) == refund.total.rounded()

    @promise(CENTS)
    def test_totals_that_only_rounding_explains_come_out_to_the_minor_unit(
        self, connection: ConnectionSettings
    ) -> None:
        """Thirds of a cent, and tax rounded for each line where the system rounds the sum."""
        erp = erp_at(connection)
        for number, (quantity, net, tax) in enumerate(_AWKWARD):
            order = awkward(self.an_order(), quantity, net, tax)
            booked = erp.book_order(order, order_key(order))
            total = self.total_of(connection, "order", booked)
            assert total == order.total.rounded(), (number, total, order.total)


def awkward(order: Order, quantity: str, net: str, tax: str) -> Order:
    """Two such lines of the order's first product, nothing else."""
    pattern, rate = order.lines[0], order.tax_rates[0]

    def line(number: str) -> OrderLine:
        amount = Money.of(net, order.currency)
        return replace(
            pattern, id=number, quantity=Decimal(quantity), total=amount, subtotal=amount,
            tax=Money.of(tax, order.currency),
            taxes=(TaxAmount(rate.id, Money.of(tax, order.currency)),),
        )  # fmt: skip

    taxes = Money.of(tax, order.currency) * 2
    return replace(
        order,
        lines=(line("1"), line("2")),
        tax_rates=(replace(rate, total=taxes, shipping_total=Money.zero(order.currency)),),
        total=Money.of(net, order.currency) * 2 + taxes,
        rounding=None,
    )

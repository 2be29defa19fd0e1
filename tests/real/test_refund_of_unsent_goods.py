"""Goods refunded before they were sent leave the sales order and are credited: once, not twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Order, Refund
from causeway.connectors.base import LineQuantity
from causeway.connectors.odoo.connector import OdooConnector, build
from causeway.connectors.samples import a_refund, an_order
from tests.real.conftest import odoo_settings
from tests.real.odoo_books import OdooBooks
from tests.real.odoo_server import OdooServer


@pytest.fixture
def erp(odoo: OdooServer) -> Iterator[OdooConnector]:
    connector = build(odoo_settings(odoo))
    yield connector
    connector.close()


@pytest.fixture
def order(erp: OdooConnector) -> Order:
    """Already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    erp.book_order(order, key_of(order))
    return order


def key_of(order: Order, what: str = "book") -> str:
    return f"{order.store}:{order.id}:{what}"


def refund_unsent(erp: OdooConnector, order: Order) -> Refund:
    """One of the two mugs, as the flow asks for it: the credit, and the line taken off."""
    refund = a_refund()
    refund = replace(refund, lines=(replace(refund.lines[0], unsent=Decimal(1)),))
    erp.book_refund(order, refund, key_of(order, "refund:79"))
    line = LineQuantity("1", "MUG-01", Decimal(1))
    done = erp.cancel_order(order, key_of(order), (line,), key_of(order, "cancel:lines:79"))
    assert done.result == "cancelled"
    return refund


def owed(books: OdooBooks, order: Order) -> Decimal:
    """What the buyer owes for the order by Odoo's books: posted invoices less credit notes."""
    name = books.order(key_of(order), "name")["name"]
    rows = books.client.search(
        "account.move", [["state", "=", "posted"], ["invoice_origin", "=", name]],
        ("amount_total_signed",),
    )  # fmt: skip
    amounts = (Decimal(row["amount_total_signed"]) for row in rows)
    return sum(amounts, Decimal(0)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("invoiced", ["before", "after"])
def test_the_buyer_owes_the_order_less_the_refund_whenever_it_is_invoiced(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks, invoiced: str
) -> None:
    if invoiced == "before":
        odoo_books.invoice(key_of(order))
    refund = refund_unsent(erp, order)
    if invoiced == "after":
        odoo_books.invoice(key_of(order))
    assert owed(odoo_books, order) == order.total.amount - refund.total.amount
    status = odoo_books.order(key_of(order), "invoice_status")["invoice_status"]
    assert status == "invoiced", "nothing is left to invoice or to credit"


def test_of_goods_sent_in_part_only_the_unsent_leave_the_order(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    odoo_books.ship(key_of(order), MUG_01="1", BOOK_7="1")
    both = a_refund()
    both = replace(
        both, total=order.lines[0].total + order.lines[0].tax,
        lines=(replace(both.lines[0], quantity=Decimal(2), unsent=Decimal(1),
                       total=order.lines[0].total, tax=order.lines[0].tax,
                       taxes=order.lines[0].taxes),),
    )  # fmt: skip
    erp.book_refund(order, both, key_of(order, "refund:79"))
    line = LineQuantity("1", "MUG-01", Decimal(1))
    assert erp.cancel_order(order, key_of(order), (line,), "c").result == "cancelled"
    odoo_books.invoice(key_of(order))
    assert owed(odoo_books, order) == order.total.amount - both.total.amount


def test_a_refund_that_is_deleted_is_taken_back_with_its_goods(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    refund = refund_unsent(erp, order)
    for _ in range(2):
        done = erp.reverse_refund(
            order, refund, key_of(order, "refund:79"), key_of(order, "reverse:79")
        )
        assert done.document is not None
    erp.update_order(order, key_of(order), key_of(order, "update:without:79"))
    assert Decimal(odoo_books.order(key_of(order), "amount_total")["amount_total"]) == (
        order.total.amount
    )
    odoo_books.invoice(key_of(order))
    assert owed(odoo_books, order) == order.total.amount
    assert len(odoo_books.records("account.move", key_of(order, "reverse:79"))) == 1

"""Refunds as negative sales of a real Tryton, each under its own key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Order, Refund
from causeway.connectors.samples import a_refund, an_order, eur
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.errors import RejectedError
from tests.real.conftest import settings
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer


@pytest.fixture
def order(erp: TrytonConnector) -> Order:
    """Already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    erp.book_order(order, f"{order.store}:{order.id}:book")
    return order


def key_of(order: Order, refund: Refund) -> str:
    return f"{order.store}:{order.id}:refund:{refund.id}"


def test_a_refund_is_money_and_points_to_its_order(
    order: Order, erp: TrytonConnector, books: TrytonBooks
) -> None:
    refund = a_refund()
    erp.book_refund(order, refund, key_of(order, refund))
    sale, booked = books.sale(key_of(order, refund)), books.sale(f"{order.store}:{order.id}:book")
    assert sale["total_amount"] == -refund.total.amount
    assert sale["origin"] == f"sale.sale,{booked['id']}"
    assert sale["party"]["id"] == booked["party"]["id"]
    assert (sale["state"], len(sale["invoices"])) == ("processing", 1)
    assert sale["shipment_returns"] == []


def test_a_refund_can_expect_the_goods_back(
    order: Order, tryton: TrytonServer, books: TrytonBooks
) -> None:
    refund = a_refund()
    erp = build(settings(tryton, refunds_return_goods=True))
    erp.book_refund(order, refund, key_of(order, refund))
    assert len(books.sale(key_of(order, refund))["shipment_returns"]) == 1


def test_a_refund_without_lines_is_one_amount(
    order: Order, erp: TrytonConnector, books: TrytonBooks
) -> None:
    refund = a_refund(total=eur("5.00"), lines=())
    erp.book_refund(order, refund, key_of(order, refund))
    sale = books.sale(key_of(order, refund))
    assert sale["total_amount"] == Decimal("-5.00")
    assert [line["product"]["code"] for line in sale["lines"]] == ["FEE"]


def test_what_a_refunds_lines_do_not_account_for_is_one_amount_more(
    order: Order, erp: TrytonConnector, books: TrytonBooks
) -> None:
    refund = a_refund(total=eur("20.00"))
    erp.book_refund(order, refund, key_of(order, refund))
    sale = books.sale(key_of(order, refund))
    assert sale["total_amount"] == Decimal("-20.00")
    assert [line["product"]["code"] for line in sale["lines"]] == ["MUG-01", "FEE"]


def test_money_for_an_item_that_stays_moves_no_item(
    order: Order, tryton: TrytonServer, books: TrytonBooks
) -> None:
    refund = a_refund()
    kept = replace(refund, lines=(replace(refund.lines[0], quantity=Decimal(0)),))
    erp = build(settings(tryton, refunds_return_goods=True))
    erp.book_refund(order, kept, key_of(order, kept))
    sale = books.sale(key_of(order, kept))
    assert sale["total_amount"] == -refund.total.amount
    assert sale["shipment_returns"] == []


def test_a_refund_of_an_order_that_is_not_booked_is_refused(erp: TrytonConnector) -> None:
    order, refund = an_order(store=f"store-{uuid4().hex[:8]}"), a_refund()
    with pytest.raises(RejectedError) as refused:
        erp.book_refund(order, refund, key_of(order, refund))
    assert refused.value.code == "not_booked"


def test_a_refund_that_is_deleted_is_taken_back_once_by_the_same_the_other_way_round(
    order: Order, erp: TrytonConnector, books: TrytonBooks
) -> None:
    refund, key = a_refund(), f"{order.store}:{order.id}:reverse:79"
    booked = key_of(order, refund)
    assert erp.reverse_refund(order, refund, booked, key).document is None, "nothing is there yet"
    erp.book_refund(order, refund, booked)
    for _ in range(2):
        assert erp.reverse_refund(order, refund, booked, key).document is not None
    assert [sale["total_amount"] for sale in books.sales(key)] == [refund.total.amount]
    sale = books.sale(key)
    assert (sale["shipments"], len(sale["invoices"])) == ([], 1)

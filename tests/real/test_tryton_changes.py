"""Sales of a real Tryton cancelled, and goods coming back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Order, Return, ReturnLine
from causeway.connectors.samples import an_order
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.errors import RejectedError
from tests.real.conftest import settings
from tests.real.sharing import shared
from tests.real.tryton_books import CONTEXT, TrytonBooks
from tests.real.tryton_server import TrytonServer

WHEN = datetime(2026, 11, 3, 8, tzinfo=UTC)


@pytest.fixture
def clerk(tryton: TrytonServer) -> TrytonConnector:
    """With a key that may also cancel."""
    return shared(build, settings(tryton, token=tryton.full_key))


@pytest.fixture
def order(clerk: TrytonConnector) -> Order:
    """Already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    clerk.book_order(order, key_of(order))
    return order


def key_of(order: Order, what: str = "book") -> str:
    return f"{order.store}:{order.id}:{what}"


def test_a_sale_in_processing_is_cancelled_with_its_shipment_and_invoice(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    for _ in range(2):
        done = clerk.cancel_order(order, key_of(order), (), key_of(order, "cancel"))
        assert done.result == "cancelled"
    (sale,) = books.client.search(
        "sale.sale", [["web_id", "=", key_of(order)]],
        ("state", "shipment_state", "invoice_state", "shipments.state", "invoices.state"),
        context=CONTEXT,
    )  # fmt: skip
    assert (sale["shipment_state"], sale["invoice_state"]) == ("none", "none")
    states = [row["state"] for row in (*sale["shipments"], *sale["invoices"])]
    assert states == ["cancelled", "cancelled"]


def test_a_user_who_may_not_cancel_stops_the_order_and_not_the_connection(
    order: Order, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError, match="Accounting and Sales Administrator") as refused:
        erp.cancel_order(order, key_of(order), (), key_of(order, "cancel"))
    assert refused.value.code == "missing_right"


def test_what_comes_back_is_announced_once_and_told_when_it_is_counted_in(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    books.ship(key_of(order))
    key = key_of(order, "return:5")
    line = ReturnLine("1", "MUG-01", "Mug", Decimal(1))
    back = Return(order.store, order.id, order.number, "5", (line,), WHEN, "too blue")
    first, second = (clerk.book_return(order, back, key_of(order), key) for _ in range(2))
    assert (first.id, second.existed) == (second.id, True)
    sale = books.sale(key)
    assert (sale["total_amount"], len(sale["invoices"])) == (0, 0)
    before = books.on_hand("MUG-01")
    books.receive(key)
    assert books.on_hand("MUG-01") == before + 1
    (told,) = [item for item in clerk.read_receipts("").items if item.request_key == key]
    assert [(line.sku, line.quantity) for line in told.lines] == [("MUG-01", Decimal(1))]

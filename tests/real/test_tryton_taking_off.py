"""Part of a sale of a real Tryton cancelled, whatever interrupts it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from causeway.canonical import Order
from causeway.connectors.base import ConnectionSettings, LineQuantity
from causeway.connectors.samples import an_order
from causeway.connectors.tryton.client import TrytonClient
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.connectors.tryton.options import TrytonOptions
from causeway.errors import RejectedError, UnknownOutcome
from tests.real.conftest import settings
from tests.real.sharing import shared
from tests.real.tryton_books import CONTEXT, TrytonBooks
from tests.real.tryton_server import TrytonServer

ONE_MUG = (LineQuantity("1", "MUG-01", Decimal(1)),)
BOOK = (LineQuantity("2", "BOOK-7", Decimal(1)),)


class Dying(TrytonClient):
    """Dies right after its write number `dies_after` reached the server."""

    def __init__(self, connection: ConnectionSettings, dies_after: int) -> None:
        super().__init__(connection.url, connection.options["database"], connection.token)
        self.left = dies_after

    def _send(self, *arguments: Any) -> dict[str, Any]:
        answer = super()._send(*arguments)
        self.left -= 1
        if not self.left:
            raise UnknownOutcome("the connection ended before its answer came")
        return answer


@pytest.fixture
def connection(tryton: TrytonServer) -> ConnectionSettings:
    return settings(tryton, token=tryton.full_key)


@pytest.fixture
def clerk(connection: ConnectionSettings) -> TrytonConnector:
    return shared(build, connection)


@pytest.fixture
def order(clerk: TrytonConnector) -> Order:
    """Two mugs and a book, already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    clerk.book_order(order, key_of(order))
    return order


def key_of(order: Order, what: str = "book") -> str:
    return f"{order.store}:{order.id}:{what}"


def to_be_sent(books: TrytonBooks, order: Order) -> dict[str, Decimal]:
    """By SKU, over all shipments that go on."""
    moves = books.client.search(
        "stock.move",
        [["sale.web_id", "=", key_of(order)], ["state", "!=", "cancelled"],
         ["shipment", "like", "stock.shipment.out,%"]], ("product.code", "quantity"),
        context=CONTEXT,
    )  # fmt: skip
    return {move["product"]["code"]: Decimal(move["quantity"]) for move in moves}


def state_of(books: TrytonBooks, order: Order) -> str:
    (sale,) = books.client.search(
        "sale.sale", [["web_id", "=", key_of(order)]], ("shipment_state",), context=CONTEXT
    )
    return str(sale["shipment_state"])


def test_part_of_a_line_and_then_a_whole_line_are_taken_off_once_each(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    for _ in range(2):
        done = clerk.cancel_order(order, key_of(order), ONE_MUG, key_of(order, "cancel:lines:1"))
        assert done.result == "cancelled"
    assert to_be_sent(books, order) == {"MUG-01": 1, "BOOK-7": 1}
    for _ in range(2):
        clerk.cancel_order(order, key_of(order), BOOK, key_of(order, "cancel:lines:2"))
    assert to_be_sent(books, order) == {"MUG-01": 1}
    assert state_of(books, order) != "exception"
    assert books.sale(key_of(order))["total_amount"] == order.total.amount, "money is the refund's"
    books.ship(key_of(order))
    assert state_of(books, order) == "sent"


@pytest.mark.parametrize("step", [*range(1, 9)])
def test_a_crash_after_any_write_is_finished_under_the_same_key(
    step: int, order: Order, connection: ConnectionSettings, clerk: TrytonConnector,
    books: TrytonBooks,
) -> None:  # fmt: skip
    client = Dying(connection, step)
    dying = TrytonConnector(client, TrytonOptions.of(connection.options))
    with pytest.raises(UnknownOutcome):
        dying.cancel_order(order, key_of(order), ONE_MUG, key_of(order, "cancel:lines:1"))
    clerk.cancel_order(order, key_of(order), ONE_MUG, key_of(order, "cancel:lines:1"))
    assert to_be_sent(books, order) == {"MUG-01": 1, "BOOK-7": 1}
    assert state_of(books, order) != "exception"
    assert books.ship(key_of(order)), "what is left can be sent"


def test_of_goods_that_left_or_are_packed_nothing_is_taken_off(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    books.ship(key_of(order))
    done = clerk.cancel_order(order, key_of(order), ONE_MUG, key_of(order, "cancel:lines:1"))
    assert done.result == "too_late"
    assert "2 of MUG-01 left already" in done.detail


def test_a_line_that_is_not_in_the_sale_is_named(order: Order, clerk: TrytonConnector) -> None:
    strange = (replace(ONE_MUG[0], sku="PEN"),)
    with pytest.raises(RejectedError, match=r"line 1 \(PEN\) is not in sale"):
        clerk.cancel_order(order, key_of(order), strange, key_of(order, "cancel:lines:1"))

"""The Tryton connector held to what every connector must show."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    FeedConformance,
    PriceConformance,
    ShipmentConformance,
    StockConformance,
)
from causeway.connectors.samples import an_order
from causeway.connectors.tryton import shipments, stock
from causeway.connectors.tryton.connector import build
from tests.real.conftest import settings
from tests.real.growing_old import GrowsOld
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer

A_SALE_TOO = {"test_a_refund_whose_answer_gets_lost_is_found_again",
              "test_a_refund_that_was_half_booked_is_finished"}  # fmt: skip
"""What Tryton's refunds, being negative sales booked the same way, show a second time."""


@pytest.fixture(autouse=True)
def sales_stand_for_refunds(request: pytest.FixtureRequest) -> None:
    if request.node.name in A_SALE_TOO and not request.config.getoption("--all"):
        pytest.skip("a refund is a sale in Tryton: cut off in turn too with ./scripts/test --all")


@pytest.fixture(autouse=True)
def few_changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a sale: as many as the suite asks for are made with --all."""
    if not request.config.getoption("--all"):
        monkeypatch.setattr(FeedConformance, "changes", 2)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every feed has many."""
    monkeypatch.setattr(stock, "PAGE", 60)
    monkeypatch.setattr(stock, "MOVES", 60)
    monkeypatch.setattr(shipments, "PAGE", 3)


class AskTheBooks:
    system = "Tryton 8.2"
    simulated = False

    @pytest.fixture(autouse=True)
    def _keep(self, books: TrytonBooks) -> None:
        self.books = books

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.books.sales(key))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        (sale,) = self.books.client.search(
            "sale.sale", [["id", "=", int(document.id)]], ("total_amount", "currency.code")
        )
        total = Money(sale["total_amount"], sale["currency"]["code"])
        return -total if kind == "refund" else total


class TestTrytonErp(AskTheBooks, ErpConformance):
    @pytest.fixture
    def connection(self, tryton: TrytonServer) -> ConnectionSettings:
        return settings(tryton, token=tryton.full_key)

    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.books.ship(key)


class StockOfTryton(GrowsOld, StockConformance):
    books: TrytonBooks
    tells_again = True  # for the two minutes in which what has an earlier stamp may appear

    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        """An order takes two mugs: they are reserved from then on."""
        order = an_order(store=f"store-{uuid4().hex[:8]}")
        build(connection).book_order(order, f"{order.store}:{order.id}:book")
        reserved = self._reserved()
        return lambda level: level.sku == "MUG-01" and level.reserved >= reserved

    def _reserved(self) -> Decimal:
        moves = self.books.client.search(
            "stock.move",
            [["product.code", "=", "MUG-01"], ["state", "=", "draft"],
             ["to_location.type", "=", "customer"], ["shipment", "like", "stock.shipment.out,%"]],
            ("internal_quantity",),
        )  # fmt: skip
        return sum((Decimal(move["internal_quantity"]) for move in moves), Decimal(0))


class TestTrytonStock(AskTheBooks, StockOfTryton):
    pass


class PricesOfTryton(GrowsOld, PriceConformance):
    books: TrytonBooks
    changes = 5  # which are products, and cost little

    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        """A new product; its list price is 1.00, the price list takes a tenth off."""
        sku = f"PRICED-{uuid4().hex[:8]}"
        self.books.create_product(sku)
        return lambda price: price.sku == sku and price.regular == Money.of("0.90", "EUR")


class TestTrytonPrices(AskTheBooks, PricesOfTryton):
    @pytest.fixture
    def connection(self, tryton: TrytonServer) -> ConnectionSettings:
        return settings(tryton, price_list="Web")


class ShipmentsOfTryton(GrowsOld, ShipmentConformance):
    books: TrytonBooks

    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        """An order leaves the house."""
        order = an_order(store=f"store-{uuid4().hex[:8]}")
        key = f"{order.store}:{order.id}:book"
        build(connection).book_order(order, key)
        self.books.ship(key, tracking=order.store)
        return lambda shipment: (
            shipment.request_key == key and shipment.tracking_number == order.store
        )


class TestTrytonShipments(AskTheBooks, ShipmentsOfTryton):
    pass

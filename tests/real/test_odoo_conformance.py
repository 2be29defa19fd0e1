"""The Odoo connector held to what every connector must show."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from uuid import uuid4

import pytest

from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    PriceConformance,
    ShipmentConformance,
    StockConformance,
)
from causeway.connectors.odoo import prices, shipments, stock
from causeway.connectors.odoo.connector import build
from causeway.connectors.samples import an_order
from tests.real.conftest import odoo_settings
from tests.real.growing_old import GrowsOld
from tests.real.odoo_books import OdooBooks
from tests.real.odoo_server import OdooServer

MODELS = {"order": "sale.order", "refund": "account.move"}
numbers = count(1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every feed has many."""
    monkeypatch.setattr(stock, "PAGE", 60)
    monkeypatch.setattr(stock, "MOVES", 7)
    monkeypatch.setattr(prices, "PAGE", 60)
    monkeypatch.setattr(shipments, "PAGE", 3)


class AskTheBooks:
    system = "Odoo 19.0"
    simulated = False

    @pytest.fixture(autouse=True)
    def _keep(self, odoo_books: OdooBooks) -> None:
        self.books = odoo_books

    @pytest.fixture
    def connection(self, odoo: OdooServer) -> ConnectionSettings:
        return odoo_settings(odoo)

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.books.records(MODELS[kind], key))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        row = self.books.read(MODELS[kind], int(document.id), "amount_total", "currency_id")
        return Money(Decimal(row["amount_total"]), row["currency_id"][1]).rounded()

    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.books.ship(key)


class TestOdooErp(AskTheBooks, ErpConformance):
    pass


class ByRpc(AskTheBooks):
    """The same by the API of Odoo 18 and before, which Odoo 19 still has."""

    system = "Odoo 19.0 by JSON-RPC"

    @pytest.fixture
    def connection(self, odoo: OdooServer) -> ConnectionSettings:
        return odoo_settings(odoo, api="jsonrpc", login="causeway")


class TestOdooByJsonRpc(ByRpc, ErpConformance):
    pass


class StockOfOdoo(GrowsOld, StockConformance):
    books: OdooBooks
    tells_again = True  # for the two minutes in which what has an earlier stamp may appear

    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        """An order takes two mugs: they are promised from then on."""
        order = an_order(store=f"store-{uuid4().hex[:8]}")
        build(connection).book_order(order, f"{order.store}:{order.id}:book")
        (mug,) = self.books.client.search(
            "product.product", [["default_code", "=", "MUG-01"]], ("outgoing_qty",)
        )
        reserved = Decimal(mug["outgoing_qty"])
        return lambda level: level.sku == "MUG-01" and level.reserved >= reserved


class TestOdooStock(AskTheBooks, StockOfOdoo):
    pass


class TestOdooStockByJsonRpc(ByRpc, StockOfOdoo):
    pass


class PricesOfOdoo(GrowsOld, PriceConformance):
    books: OdooBooks

    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        amount, sku = f"{next(numbers)}.90", f"PRICED-{uuid4().hex[:8]}"
        self.books.create_product(sku, amount)
        return lambda price: price.sku == sku and price.regular == Money.of(amount, "EUR")


class TestOdooPrices(AskTheBooks, PricesOfOdoo):
    pass


class TestOdooPricesByJsonRpc(ByRpc, PricesOfOdoo):
    pass


class ShipmentsOfOdoo(GrowsOld, ShipmentConformance):
    books: OdooBooks

    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        """An order leaves the house."""
        order = an_order(store=f"store-{uuid4().hex[:8]}")
        key = f"{order.store}:{order.id}:book"
        build(connection).book_order(order, key)
        self.books.ship(key, tracking=order.store)
        return lambda shipment: (
            shipment.request_key == key and shipment.tracking_number == order.store
        )


class TestOdooShipments(AskTheBooks, ShipmentsOfOdoo):
    pass


class TestOdooShipmentsByJsonRpc(ByRpc, ShipmentsOfOdoo):
    pass

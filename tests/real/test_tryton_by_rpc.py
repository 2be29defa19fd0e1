"""The Tryton connector by JSON-RPC, on the newest Tryton and on the oldest that is looked after."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance import ErpConformance
from tests.real.conftest import rpc_settings
from tests.real.test_tryton_conformance import (
    AskTheBooks,
    PricesOfTryton,
    ShipmentsOfTryton,
    StockOfTryton,
    small_pages,
)
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer

__all__ = ["small_pages"]


class ByRpc(AskTheBooks):
    system = "Tryton 8.2 by JSON-RPC"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def connection(self, tryton: TrytonServer, pytestconfig: pytest.Config) -> ConnectionSettings:
        if not pytestconfig.getoption("--all"):
            pytest.skip("Tryton 8.2 is tested by JSON-RPC too with ./scripts/test --all")
        return rpc_settings(tryton, **self.options)


class Oldest(AskTheBooks):
    system = "Tryton 7.0"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def books(self, oldest_tryton: TrytonServer) -> TrytonBooks:
        return TrytonBooks(oldest_tryton)

    @pytest.fixture
    def connection(self, oldest_tryton: TrytonServer) -> ConnectionSettings:
        return rpc_settings(oldest_tryton, **self.options)


class TestTrytonErpByRpc(ByRpc, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.books.ship(key)


class TestTrytonStockByRpc(ByRpc, StockOfTryton):
    pass


class TestTrytonPricesByRpc(ByRpc, PricesOfTryton):
    options: ClassVar = {"price_list": "Web"}


class TestTrytonShipmentsByRpc(ByRpc, ShipmentsOfTryton):
    pass


class TestOldestTrytonErp(Oldest, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.books.ship(key)


class TestOldestTrytonStock(Oldest, StockOfTryton):
    pass


class TestOldestTrytonPrices(Oldest, PricesOfTryton):
    options: ClassVar = {"price_list": "Web"}


class TestOldestTrytonShipments(Oldest, ShipmentsOfTryton):
    pass

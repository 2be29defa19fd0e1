"""The karrio connector held to what every connector must show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from uuid import uuid4

import pytest

from causeway.canonical import Shipment
from causeway.connectors.base import ConnectionSettings, DocumentKind
from causeway.connectors.conformance import FulfilmentConformance, ShipmentConformance
from causeway.connectors.karrio import shipments
from causeway.connectors.karrio.connector import build
from causeway.connectors.samples import a_request
from tests.real.conftest import karrio_settings
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer

numbers = count(1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the feed has many."""
    monkeypatch.setattr(shipments, "PAGE", 3)
    monkeypatch.setattr(shipments, "IDS", 2)


class AskTheBooks:
    system = "karrio 2026.1"
    simulated = False
    knows_goods = False

    @pytest.fixture(autouse=True)
    def _keep(self, karrio_books: KarrioBooks) -> None:
        self.books = karrio_books

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio)

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        """Orders; and none of them has two labels that cost money."""
        found = self.books.orders(key)
        assert all(len(self.books.labels(key)) <= 1 for _ in found)
        return len(found)

    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.books.buy_by_hand(key)


class TestKarrioByHand(AskTheBooks, FulfilmentConformance):
    """Labels are bought in karrio's own pages."""

    system = "karrio 2026.1, labels by hand"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio, labels="by_hand")


class TestKarrioAtOnce(AskTheBooks, FulfilmentConformance):
    """Labels are bought with the request, so a parcel leaves when its carrier moves it."""

    system = "karrio 2026.1, labels at once"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio)


class TestKarrioShipments(AskTheBooks, ShipmentConformance):
    system = "karrio 2026.1, labels by hand"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio, labels="by_hand")

    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        """A label is bought for an order."""
        request = a_request(store=f"store-{uuid4().hex[:8]}")
        key = f"{request.store}:{request.order_id}:request:1"
        build(connection).request_fulfilment(request, key)
        made = self.books.buy_by_hand(key)
        return lambda shipment: (
            shipment.request_key == key and shipment.tracking_number == made["tracking_number"]
        )

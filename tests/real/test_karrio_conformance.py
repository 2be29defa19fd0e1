"""The karrio connector held to what every connector must show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from causeway.canonical import FulfilmentRequest, Shipment
from causeway.connectors.base import ConnectionSettings, DocumentKind
from causeway.connectors.conformance import (
    FulfilmentConformance,
    Refusal,
    ShipmentConformance,
    WebhookConformance,
    promise,
)
from causeway.connectors.conformance.promises import LATE
from causeway.connectors.conformance.webhooks import ADDRESS
from causeway.connectors.karrio import shipments
from causeway.connectors.karrio.connector import build
from causeway.connectors.samples import BUYER, a_request
from causeway.errors import MappingMissing, RejectedError
from tests.real.conftest import karrio_settings
from tests.real.growing_old import GrowsOld
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the feed has many."""
    monkeypatch.setattr(shipments, "PAGE", 3)
    monkeypatch.setattr(shipments, "IDS", 2)


def new_request() -> FulfilmentRequest:
    return a_request(store=f"store-{uuid4().hex[:8]}")


class AskTheBooks:
    system: ClassVar[str] = "karrio 2026.1, labels by hand"
    simulated: ClassVar[bool] = False
    knows_goods: ClassVar[bool] = False

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

    def refusals(self, connection: ConnectionSettings) -> list[Refusal]:
        def ask(where: ConnectionSettings, **changes: Any) -> Callable[[], object]:
            request = replace(new_request(), recipient=replace(BUYER, **changes))
            key = f"{request.store}:1:request:1"
            return lambda: build(where).request_fulfilment(request, key)

        address = connection.options["warehouses"]["*"]
        south = replace(
            connection, options={**connection.options, "warehouses": {"SOUTH": address}}
        )
        return [
            Refusal(
                "no such country", ask(connection, country="ZZ"), RejectedError, "country_code"
            ),
            Refusal(
                "a postal code that cannot be",
                ask(connection, country="CA", state="QC", postcode="1"),
                RejectedError,
                "postal_code",
            ),
            Refusal("no address of the warehouse", ask(south), MappingMissing, "MAIN"),
        ]

    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.books.buy_by_hand(key)


class TestKarrioByHand(AskTheBooks, FulfilmentConformance):
    """Labels are bought in karrio's own pages."""

    system: ClassVar[str] = "karrio 2026.1, labels by hand"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio, labels="by_hand")


class TestKarrioAtOnce(AskTheBooks, FulfilmentConformance):
    """Labels are bought with the request, and count as having left."""

    system: ClassVar[str] = "karrio 2026.1, labels at once"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio)

    @promise(LATE)
    def test_stopping_before_goods_left_stops_once(self, connection: ConnectionSettings) -> None:
        """There is no before, unless parcels leave only when their carrier moves them."""
        moving = replace(connection, options={**connection.options, "left": "moving"})
        super().test_stopping_before_goods_left_stops_once(moving)

    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        """Its label is bought."""


class TestKarrioShipments(AskTheBooks, GrowsOld, ShipmentConformance):
    system: ClassVar[str] = "karrio 2026.1, labels by hand"

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        return karrio_settings(karrio, labels="by_hand")

    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        """A label is bought for an order."""
        request = new_request()
        key = f"{request.store}:{request.order_id}:request:1"
        build(connection).request_fulfilment(request, key)
        made = self.books.buy_by_hand(key)
        return lambda shipment: (
            shipment.request_key == key and shipment.tracking_number == made["tracking_number"]
        )


class TestKarrioWebhooks(AskTheBooks, WebhookConformance):
    """Its webhooks carry their secret, which karrio thinks of itself."""

    system: ClassVar[str] = "karrio 2026.1, labels by hand"
    signs_the_body: ClassVar[bool] = False

    @pytest.fixture
    def connection(self, karrio: KarrioServer) -> ConnectionSettings:
        mine = [row for row in self.books.webhooks() if row["url"] == ADDRESS]
        webhook = mine[0] if mine else self.books.webhook(ADDRESS)
        return karrio_settings(karrio, secret=str(webhook["secret"]), labels="by_hand")

    def genuine(
        self, connection: ConnectionSettings
    ) -> tuple[Mapping[str, str], bytes, tuple[str, ...]]:
        body = b'{"event": "shipment_purchased", "data": {"id": "shp_1"}}'
        return self.sign(connection, body), body, ("shipments",)

    def sign(self, connection: ConnectionSettings, body: bytes) -> Mapping[str, str]:
        return {"X-Event-Id": connection.webhook_secret}

    def subscriptions(self, connection: ConnectionSettings) -> list[str]:
        return [str(row["url"]) for row in self.books.webhooks()]

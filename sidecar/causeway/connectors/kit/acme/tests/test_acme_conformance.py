"""Acme held to what every connector must show: its double always, a real one where it is given.

    pytest                                   against the double
    ACME_URL=… ACME_TOKEN=… pytest           against a real Acme; use a test account

The hooks below look into the system's own books, past the connector. Against a real one fill in
what says so; a class of a role or feed that the system does not have goes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count

import pytest
from causeway_acme.connector import PLACES
from causeway_acme.double import TOKEN, AcmeDouble
from causeway_acme.mapper import reference

from causeway.canonical import Money, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    FulfilmentConformance,
    ShipmentConformance,
    StockConformance,
)
from causeway.connectors.samples import a_request

REAL = os.environ.get("ACME_URL", "")
numbers = count(1)


@pytest.fixture(scope="module")
def double() -> Iterator[AcmeDouble]:
    if REAL:
        pytest.skip("not against a real Acme: fill in this class's hooks by Acme's own API")
    made = AcmeDouble().start()
    yield made
    made.stop()


class AskTheBooks:
    """What Acme itself says."""

    system = "Acme"
    simulated = not REAL

    @pytest.fixture(autouse=True)
    def _keep(self, double: AcmeDouble) -> None:
        self.double = double

    @pytest.fixture
    def connection(self, double: AcmeDouble) -> ConnectionSettings:
        url, token = REAL or double.url, os.environ.get("ACME_TOKEN", TOKEN)
        return ConnectionSettings("acme", "acme", url, ("erp", "fulfilment"), token)

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.double.under(PLACES[kind], reference(key)))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        (row,) = [row for row in self.double.books[PLACES[kind]] if row["id"] == document.id]
        return Money.of(row["total"], row["currency"])


class TestAcmeErp(AskTheBooks, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.double.ship("/orders", reference(key))


class TestAcmeWarehouse(AskTheBooks, FulfilmentConformance):
    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.double.ship("/requests", reference(key))


class TestAcmeStock(AskTheBooks, StockConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        on_hand = Decimal(next(numbers))
        row = {"sku": "MUG-01", "warehouse": "MAIN", "on_hand": str(on_hand)}
        self.double.stock.append({**row, "as_of": "2026-03-14T09:26:53+00:00"})
        return lambda level: level.on_hand == on_hand


class TestAcmeShipments(AskTheBooks, ShipmentConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        request = a_request(store=f"ships-{next(numbers)}")
        key = f"{request.store}:1042:request:1"
        registry.build(connection).request_fulfilment(request, key)  # type: ignore[attr-defined]
        self.double.ship("/requests", reference(key))
        return lambda parcel: parcel.request_key == key

"""The connectors of the sandbox against a running one, counted by its own books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    FulfilmentConformance,
    PriceConformance,
    Refusal,
    ShipmentConformance,
    StockConformance,
)
from causeway.connectors.samples import a_request
from causeway.errors import ConnectorError, RejectedError, RetryableError, UnknownOutcome
from tests.sandbox_tools import SandboxProcess

PLACES = {"order": "/erp/orders", "refund": "/erp/credits", "request": "/wms/requests"}
numbers = count(1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every feed has many."""
    monkeypatch.setattr("causeway.connectors.sandbox_erp.client.PAGE_ROWS", 3)


class AskTheBooks:
    """What the sandbox itself says, past the connectors."""

    system = "sandbox"
    knows_goods = False

    @pytest.fixture(autouse=True)
    def _keep(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox

    def all_of(self, kind: DocumentKind) -> list[dict[str, Any]]:
        path = PLACES[kind]
        rows: list[dict[str, Any]] = []
        after, more = "", True
        while more:
            page = self.sandbox.ask("GET", f"{path}?limit=1000&after={after}")
            rows += page[path.rsplit("/", 1)[-1]]
            after, more = page["cursor"], page["more"]
        return rows

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return sum(row["external_ref"] == key for row in self.all_of(kind))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        row = next(row for row in self.all_of(kind) if str(row["id"]) == document.id)
        return Money.of(row["total"], row["currency"]).rounded()


FAULTS: tuple[tuple[str, dict[str, Any], type[ConnectorError], str], ...] = (
    ("asks us to wait", {"kind": "status", "status": 429}, RetryableError, "wait"),
    ("fails before the work", {"kind": "status", "status": 500}, UnknownOutcome, "500"),
    ("shows a page of somebody else", {"kind": "garbage"}, UnknownOutcome, "makes no sense"),
    ("answers an error with 200", {"kind": "error_body"}, UnknownOutcome, "makes no sense"),
    ("redirects", {"kind": "redirect"}, RejectedError, "check its address"),
    ("does not understand", {"kind": "status", "status": 422}, RejectedError, "a fault was"),
)


class TestSandboxErp(AskTheBooks, ErpConformance):
    def refusals(self, connection: ConnectionSettings) -> Sequence[Refusal]:
        erp = registry.build(connection)

        def struck_by(fault: dict[str, Any]) -> Callable[[], object]:
            def book() -> object:
                body = {"path": "/erp/orders", "method": "POST", "times": 1, **fault}
                self.sandbox.ask("POST", "/sandbox/faults", body)
                order = self.an_order()
                return erp.book_order(order, f"{order.store}:1042:book")  # type: ignore[attr-defined]

            return book

        return [Refusal(name, struck_by(fault), kind, words) for name, fault, kind, words in FAULTS]

    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return sandbox.connection("sandbox_erp")

    def test_the_books_saw_nothing_created_twice(self) -> None:
        books = self.sandbox.ask("GET", "/sandbox/books")
        assert books["orders"] > 0
        assert books["created_twice"] == []


class TestSandboxWms(AskTheBooks, FulfilmentConformance):
    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.sandbox.ask("POST", "/sandbox/clock", {"advance_seconds": 3601})

    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return sandbox.connection("sandbox_wms")


class TestSandboxStock(AskTheBooks, StockConformance):
    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return sandbox.connection("sandbox_erp")

    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        on_hand = next(numbers)
        sku = f"BULK-{on_hand % 7}-{on_hand}"
        body = {"sku": sku, "warehouse": "MAIN", "on_hand": on_hand}
        self.sandbox.ask("POST", "/erp/stock", body)
        return lambda level: level.sku == sku and level.on_hand == Decimal(on_hand)


class TestSandboxPrices(AskTheBooks, PriceConformance):
    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return sandbox.connection("sandbox_erp")

    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        amount = f"{next(numbers)}.90"
        body = {"sku": f"PRICED-{amount}", "currency": "EUR", "regular": amount, "sale": "0.50"}
        self.sandbox.ask("POST", "/erp/prices", body)
        return lambda price: (
            price.sku == f"PRICED-{amount}"
            and price.regular == Money.of(amount, "EUR")
            and price.sale == Money.of("0.50", "EUR")
        )


class TestSandboxShipments(AskTheBooks, ShipmentConformance):
    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return sandbox.connection("sandbox_wms")

    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        request = a_request(store=f"ships-{next(numbers)}")
        key = f"{request.store}:1042:request:1"
        connector = registry.build(connection)
        connector.request_fulfilment(request, key)  # type: ignore[attr-defined]
        self.sandbox.ask("POST", "/sandbox/clock", {"advance_seconds": 3601})
        return lambda parcel: parcel.request_key == key

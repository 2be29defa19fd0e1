"""The office in memory keeps the same contract as every real system."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance import (
    ErpConformance,
    FulfilmentConformance,
    PriceConformance,
    Refusal,
    ShipmentConformance,
    StockConformance,
    WebhookConformance,
)
from causeway.connectors.memory import SIGNATURE, Fault, Office, build
from causeway.connectors.samples import a_refund, a_request, an_order
from causeway.errors import RejectedError, UnknownOutcome
from tests.world import START, office_connection

numbers = count(1)


class InMemory:
    system = "memory"
    over_http = False
    knows_goods = False

    @pytest.fixture(autouse=True)
    def _keep(self, office: Office) -> None:
        self.office = office
        office.page_rows = 3

    @pytest.fixture
    def connection(self, office: Office) -> ConnectionSettings:
        return office_connection(office)

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.office.under(kind, key))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        content = next(e.content for e in self.office.books if e.document.id == document.id)
        found: Money = (content[1] if kind == "refund" else content).total
        return found.rounded()


class TestMemoryErp(InMemory, ErpConformance):
    def refusals(self, connection: ConnectionSettings) -> Sequence[Refusal]:
        erp = build(connection)
        return [
            Refusal(
                "a refund of an order it has not",
                lambda: erp.book_refund(an_order(), a_refund(), "sample:1042:refund:79"),
                RejectedError,
                "order 1042 is not known",
            )
        ]


class TestMemoryWarehouse(InMemory, FulfilmentConformance):
    pass


class TestMemoryStock(InMemory, StockConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        on_hand = Decimal(next(numbers))
        self.office.stock.append(StockLevel("MUG-01", "MAIN", on_hand, Decimal(0), START))
        return lambda level: level.on_hand == on_hand


class TestMemoryPrices(InMemory, PriceConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        regular = Money(Decimal(next(numbers)), "EUR")
        self.office.prices.append(Price("MUG-01", regular, None, True, START))
        return lambda price: price.regular == regular


class TestMemoryShipments(InMemory, ShipmentConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        request = a_request(store=f"ships-{next(numbers)}")
        key = f"{request.store}:1042:request:1"
        build(connection).request_fulfilment(request, key)
        self.office.ship(key, f"P-{key}")
        return lambda parcel: parcel.request_key == key


class TestMemoryWebhooks(InMemory, WebhookConformance):
    @pytest.fixture
    def connection(self, office: Office) -> ConnectionSettings:
        return office_connection(office, webhook_secret="the-office-signs-with-this")

    def genuine(
        self, connection: ConnectionSettings
    ) -> tuple[Mapping[str, str], bytes, tuple[str, ...]]:
        return self.sign(connection, b"stock"), b"stock", ("stock",)

    def sign(self, connection: ConnectionSettings, body: bytes) -> Mapping[str, str]:
        key = connection.webhook_secret.encode()
        return {SIGNATURE: hmac.new(key, body, "sha256").hexdigest()}

    def subscriptions(self, connection: ConnectionSettings) -> list[str]:
        return list(self.office.subscriptions)


def test_a_credit_without_its_order_is_refused(office: Office) -> None:
    connector = build(office_connection(office))
    with pytest.raises(RejectedError, match="not known"):
        connector.book_refund(an_order(), a_refund(), "sample:1042:refund:79")


@pytest.mark.parametrize("after_work", [False, True])
def test_a_fault_comes_before_or_after_the_work_and_ends(office: Office, after_work: bool) -> None:
    connector = build(office_connection(office))
    office.faults.append(Fault("book", lambda: UnknownOutcome("gone"), after_work))
    with pytest.raises(UnknownOutcome):
        connector.book_order(an_order(), "k")
    assert len(office.under("order", "k")) == int(after_work)
    assert connector.book_order(an_order(), "k").existed is after_work


def test_its_check_says_what_is_wrong(office: Office) -> None:
    good = office_connection(office)
    assert build(good).check().ok
    assert not build(replace(good, token="another")).check().ok
    office.close()
    assert build(good).check().problems == ("it cannot be reached",)

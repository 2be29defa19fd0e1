"""A second described system, in every way unlike the sandbox: tokens, money, errors, paging."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from causeway import settings
from causeway.canonical import Money, Price, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import (
    BooksOrders,
    ConnectionSettings,
    DocumentKind,
    RemoteDocument,
    Role,
)
from causeway.connectors.conformance import (
    ErpConformance,
    FulfilmentConformance,
    PriceConformance,
    ShipmentConformance,
    StockConformance,
    WebhookConformance,
)
from causeway.connectors.faulty import FAULTS, faulty
from causeway.connectors.samples import a_request, an_order
from causeway.errors import RetryableError, UnknownOutcome
from tests.small_office import SmallOffice

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
HERE = Path(__file__).parent
numbers = count(1)


def described(
    office: SmallOffice, roles: tuple[Role, ...] = ("erp",), **options: Any
) -> ConnectionSettings:
    found = settings.load(HERE / "small_office.toml", {}).connection("small")
    auth = {**found.options["auth"], "token_url": f"{office.url}/token"}
    options = {**found.options, "auth": auth, **options}
    return replace(found, url=office.url, roles=roles, timeout_seconds=10.0, options=options)


@pytest.fixture(scope="module")
def running() -> Iterator[SmallOffice]:
    with SmallOffice().open() as office:
        yield office


class Small:
    system = "small office by rest"

    @pytest.fixture(autouse=True)
    def _keep(self, running: SmallOffice) -> None:
        self.office = running

    @pytest.fixture
    def connection(self, running: SmallOffice) -> ConnectionSettings:
        return described(running)

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        return len(self.office.under(key, {"order": "sale", "refund": "credit"}.get(kind, kind)))

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        sale = self.office.sales[int(document.id)]
        return Money(Decimal(sale["sum"]).scaleb(-2), sale["money"])


class TestErp(Small, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        self.office.ship(key)


class TestWarehouse(Small, FulfilmentConformance):
    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.office.ship(key, "request")

    @pytest.fixture
    def connection(self, running: SmallOffice) -> ConnectionSettings:
        return described(running, ("fulfilment",))


class TestStock(Small, StockConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[StockLevel], bool]:
        pieces = next(numbers)
        sku = f"BULK-{pieces % 7}"
        self.office.set_stock(sku, pieces)
        return lambda level: (level.sku, level.on_hand) == (sku, Decimal(pieces))


class TestPrices(Small, PriceConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Price], bool]:
        cents = next(numbers)
        self.office.set_price(f"PRICED-{cents}", cents)
        amount = Money(Decimal(cents).scaleb(-2), "EUR")
        return lambda price: (price.sku, price.regular) == (f"PRICED-{cents}", amount)


class TestShipments(Small, ShipmentConformance):
    def change(self, connection: ConnectionSettings) -> Callable[[Shipment], bool]:
        request = a_request(store=f"ships-{next(numbers)}")
        key = f"{request.store}:1042:request:1"
        connector = registry.build(connection)
        connector.request_fulfilment(request, key)  # type: ignore[attr-defined]
        self.office.ship(key, "request")
        return lambda parcel: parcel.request_key == key


class TestWebhooks(Small, WebhookConformance):
    @pytest.fixture
    def connection(self, running: SmallOffice) -> ConnectionSettings:
        return replace(described(running), webhook_secret=SECRET)

    def genuine(
        self, connection: ConnectionSettings
    ) -> tuple[Mapping[str, str], bytes, tuple[str, ...]]:
        body = b'{"what": "parcel", "no": 7}'
        return self.sign(connection, body), body, ("shipments",)

    def sign(self, connection: ConnectionSettings, body: bytes) -> Mapping[str, str]:
        """As the small office would, were it to send any."""
        digest = hmac.new(connection.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Small-Signature": f"v1={digest}", "Content-Type": "application/json"}


def build(connection: ConnectionSettings) -> BooksOrders:
    connector = registry.build(connection)
    assert isinstance(connector, BooksOrders)
    return connector


def test_a_system_that_refuses_no_second_document_is_asked_before_each() -> None:
    """Twenty at once in one process, and one more from another: still one."""
    with SmallOffice(replays=False).open() as office:
        connection = described(office, unique_key=False)
        erp, order = build(connection), an_order()
        with ThreadPoolExecutor(20) as pool:
            made = list(pool.map(lambda _: erp.book_order(order, "a:1:book"), range(20)))
        again = build(connection).book_order(order, "a:1:book")
        assert {document.id for document in made} == {again.id}
        assert sum(not document.existed for document in made) == 1
        assert len(office.under("a:1:book")) == 1


def test_a_line_that_cuts_delays_doubles_and_lies_leaves_each_order_there_once() -> None:
    """Every fault at one request in three, thirty orders; then what it has is counted."""
    rng = Random(7)
    with SmallOffice().open() as office, faulty(office.url) as proxy:
        proxy.plan = lambda *_: rng.choice(FAULTS) if rng.random() < 1 / 3 else None
        order = an_order()
        for number in range(30):
            key = f"store:{number}:book"
            for _ in range(100):
                erp = build(replace(described(office), url=proxy.url))
                try:
                    found = erp.find("order", key)
                    assert found or erp.book_order(order, key)
                    break
                except (RetryableError, UnknownOutcome):
                    continue
            (sale,) = office.under(key)
            assert (sale["sum"], len(sale["rows"])) == (6455, 5)
        assert set(proxy.happened) == set(FAULTS)


def test_a_token_that_ended_is_renewed_and_nobody_notices() -> None:
    with SmallOffice().open() as office:
        erp = build(described(office))
        erp.book_order(an_order(), "a:1:book")
        office.tokens.clear()
        erp.book_order(an_order(), "a:2:book")
        assert len(office.sales) == 2


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    with SmallOffice(busy=1).open() as office:
        erp = build(described(office))
        with pytest.raises(RetryableError) as refused:
            erp.book_order(an_order(), "a:1:book")
        assert refused.value.retry_after == 2
        assert erp.book_order(an_order(), "a:1:book").number.startswith("A-")

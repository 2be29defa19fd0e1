"""What every connector must show against a running system, as classes its tests inherit.

A test module makes a fixture `connection` (ConnectionSettings of a system that runs), inherits the
class of each role, and fills in the hooks that look into the system's own books:

    class TestMyErp(ErpConformance):
        def total_of(self, connection, kind, document): ...
        def documents_under(self, connection, kind, key): ...

Plain asserts and no import of a test framework: whoever runs it brings pytest.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar, cast
from unittest import SkipTest
from uuid import uuid4

from causeway.canonical import FulfilmentRequest, Money, Order, Price, Refund, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import (
    BooksOrders,
    ConnectionSettings,
    Connector,
    DocumentKind,
    FulfilsOrders,
    Page,
    RemoteDocument,
    ReportsPrices,
    ReportsShipments,
    ReportsStock,
)
from causeway.connectors.samples import a_refund, a_request, an_order
from causeway.errors import CredentialsError, RetryableError, UnknownOutcome

T = TypeVar("T")
MAX_PAGES = 10_000
TRIES = 5


def raised(kind: type[BaseException], call: Callable[[], object]) -> None:
    """Assert that `call` raises exactly this kind of error, not one of its relatives."""
    error: Exception | None = None
    try:
        call()
    except Exception as caught:  # noqa: BLE001 - any other kind is what this finds
        error = caught
    assert type(error) is kind, f"{kind.__name__} was due, {error!r} came"


def persistently(call: Callable[[], T]) -> T:
    """Call again where the outcome allows it, as deliveries do."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except (RetryableError, UnknownOutcome):
            continue
    return call()


class ConnectorConformance:
    """What holds for every kind of connection. The hooks may be overridden."""

    writes: ClassVar[DocumentKind] = "order"
    """A kind of document the connector writes."""

    def unreachable(self, connection: ConnectionSettings) -> ConnectionSettings:
        """The same connection at an address where nobody listens."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        return replace(connection, url=f"http://127.0.0.1:{port}")

    def wrong_credentials(self, connection: ConnectionSettings) -> ConnectionSettings:
        return replace(connection, token="not-the-token")

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        """How many documents the system holds under `key`, asked past the connector."""
        raise NotImplementedError

    def test_check_says_that_all_is_well(self, connection: ConnectionSettings) -> None:
        check = registry.build(connection).check()
        assert check.ok, check
        assert check.detail

    def test_check_says_that_nobody_answers(self, connection: ConnectionSettings) -> None:
        check = registry.build(self.unreachable(connection)).check()
        assert not check.ok
        assert check.problems

    def test_check_says_that_the_credentials_are_wrong(
        self, connection: ConnectionSettings
    ) -> None:
        check = registry.build(self.wrong_credentials(connection)).check()
        assert not check.ok
        assert check.problems

    def test_looking_up_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        connector = registry.build(self.unreachable(connection))
        raised(RetryableError, lambda: connector.find(self.writes, "nobody:1"))


class ErpConformance(ConnectorConformance):
    """The role `erp`: orders and refunds, each once, to the minor unit."""

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        """What the system itself says the document comes to; a refund's total is positive."""
        raise NotImplementedError

    def an_order(self) -> Order:
        """A new order each time, of goods the system knows."""
        return an_order(store=f"store-{uuid4().hex[:8]}")

    def a_refund(self) -> Refund:
        """A refund of part of that order."""
        return a_refund()

    def test_an_order_is_found_only_after_it_was_booked(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(connection), self.an_order()
        key = _order_key(order)
        assert erp.find("order", key) is None
        booked = erp.book_order(order, key)
        assert not booked.existed
        _same(erp.find("order", key), booked)

    def test_a_booked_order_has_its_total_to_the_minor_unit(
        self, connection: ConnectionSettings
    ) -> None:
        order = self.an_order()
        booked = _erp(connection).book_order(order, _order_key(order))
        assert self.total_of(connection, "order", booked) == order.total.rounded()

    def test_the_same_key_twice_gives_one_order(self, connection: ConnectionSettings) -> None:
        erp, order = _erp(connection), self.an_order()
        key = _order_key(order)
        first, second = erp.book_order(order, key), erp.book_order(order, key)
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "order", key) == 1

    def test_the_same_key_from_ten_threads_gives_one_order(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(connection), self.an_order()
        key = _order_key(order)
        _at_once(erp, lambda: erp.book_order(order, key))
        assert self.documents_under(connection, "order", key) == 1

    def test_a_refund_has_its_own_key_and_total(self, connection: ConnectionSettings) -> None:
        erp, order, refund, key = self._booked(connection)
        assert erp.find("refund", key) is None
        booked = erp.book_refund(order, refund, key)
        assert not booked.existed
        _same(erp.find("refund", key), booked)
        assert self.total_of(connection, "refund", booked) == refund.total.rounded()

    def test_the_same_refund_twice_gives_one(self, connection: ConnectionSettings) -> None:
        erp, order, refund, key = self._booked(connection)
        first, second = (erp.book_refund(order, refund, key) for _ in range(2))
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "refund", key) == 1

    def test_the_same_refund_from_ten_threads_gives_one(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order, refund, key = self._booked(connection)
        _at_once(erp, lambda: erp.book_refund(order, refund, key))
        assert self.documents_under(connection, "refund", key) == 1

    def test_booking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(self.unreachable(connection)), self.an_order()
        raised(RetryableError, lambda: erp.book_order(order, _order_key(order)))

    def test_booking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(self.wrong_credentials(connection)), self.an_order()
        raised(CredentialsError, lambda: erp.book_order(order, _order_key(order)))

    def _booked(self, connection: ConnectionSettings) -> tuple[BooksOrders, Order, Refund, str]:
        erp, order, refund = _erp(connection), self.an_order(), self.a_refund()
        erp.book_order(order, _order_key(order))
        return erp, order, refund, f"{order.store}:{order.id}:refund:{refund.id}"


class FulfilmentConformance(ConnectorConformance):
    """The role `fulfilment`: requests, each once."""

    writes = "request"

    def a_request(self) -> FulfilmentRequest:
        """A new request each time, of goods the system knows."""
        return a_request(store=f"store-{uuid4().hex[:8]}")

    def test_a_request_is_found_only_after_it_was_made(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(connection), self.a_request()
        key = _request_key(request)
        assert warehouse.find("request", key) is None
        made = warehouse.request_fulfilment(request, key)
        assert not made.existed
        _same(warehouse.find("request", key), made)

    def test_the_same_key_twice_gives_one_request(self, connection: ConnectionSettings) -> None:
        warehouse, request = _warehouse(connection), self.a_request()
        key = _request_key(request)
        first, second = (warehouse.request_fulfilment(request, key) for _ in range(2))
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "request", key) == 1

    def test_the_same_key_from_ten_threads_gives_one_request(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(connection), self.a_request()
        key = _request_key(request)
        _at_once(warehouse, lambda: warehouse.request_fulfilment(request, key))
        assert self.documents_under(connection, "request", key) == 1

    def test_asking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(self.unreachable(connection)), self.a_request()
        raised(RetryableError, lambda: warehouse.request_fulfilment(request, _request_key(request)))

    def test_asking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(self.wrong_credentials(connection)), self.a_request()
        raised(
            CredentialsError, lambda: warehouse.request_fulfilment(request, _request_key(request))
        )


class FeedConformance(Generic[T]):
    """A feed read by cursor. Inherit one of the three below."""

    def read(self, connector: Any, cursor: str) -> Page[T]:
        raise NotImplementedError

    def change(self, connection: ConnectionSettings) -> Callable[[T], bool]:
        """Change something in the system; the answer recognises the item that tells of it."""
        raise NotImplementedError

    def test_every_change_comes_and_the_feed_ends(self, connection: ConnectionSettings) -> None:
        """Changes made before reading, and those made between two readings."""
        connector = registry.build(connection)
        before = [self.change(connection) for _ in range(5)]
        items, cursor = self._to_the_end(connector, "")
        assert all(any(tells(item) for item in items) for tells in before)
        later = [self.change(connection) for _ in range(5)]
        items, cursor = self._to_the_end(connector, cursor)
        assert all(any(tells(item) for item in items) for tells in later)

    def test_a_change_made_between_two_pages_comes(self, connection: ConnectionSettings) -> None:
        connector = registry.build(connection)
        self.change(connection)
        first = self.read(connector, "")
        tells = self.change(connection)
        items, _ = self._to_the_end(connector, first.cursor)
        assert any(tells(item) for item in items)

    def test_the_same_cursor_gives_the_same_again(self, connection: ConnectionSettings) -> None:
        """A reader that died before it wrote down the next cursor misses nothing."""
        connector = registry.build(connection)
        _, cursor = self._to_the_end(connector, "")
        tells = self.change(connection)
        for _ in range(2):
            items, _ = self._to_the_end(connector, cursor)
            assert any(tells(item) for item in items)

    def _to_the_end(self, connector: Connector, cursor: str) -> tuple[list[T], str]:
        items: list[T] = []
        for _ in range(MAX_PAGES):
            page = self.read(connector, cursor)
            items += page.items
            assert not (page.more and page.cursor == cursor), "more, but the cursor stands still"
            cursor = page.cursor
            if not page.more:
                return items, cursor
        raise AssertionError(f"the feed did not end within {MAX_PAGES} pages")


class StockConformance(FeedConformance[StockLevel]):
    """Stock, for a connector that reports it."""

    def read(self, connector: Any, cursor: str) -> Page[StockLevel]:
        return cast(ReportsStock, connector).read_stock(cursor)


class PriceConformance(FeedConformance[Price]):
    """Prices, for a connector that reports them."""

    def read(self, connector: Any, cursor: str) -> Page[Price]:
        return cast(ReportsPrices, connector).read_prices(cursor)


class ShipmentConformance(FeedConformance[Shipment]):
    """Shipments, for a connector that reports them."""

    def read(self, connector: Any, cursor: str) -> Page[Shipment]:
        return cast(ReportsShipments, connector).read_shipments(cursor)


def _erp(connection: ConnectionSettings) -> BooksOrders:
    connector = registry.build(connection)
    assert isinstance(connector, BooksOrders)
    return connector


def _warehouse(connection: ConnectionSettings) -> FulfilsOrders:
    connector = registry.build(connection)
    assert isinstance(connector, FulfilsOrders)
    return connector


def _order_key(order: Order) -> str:
    return f"{order.store}:{order.id}:book"


def _request_key(request: FulfilmentRequest) -> str:
    return f"{request.store}:{request.order_id}:request:{request.id}"


def _same(found: RemoteDocument | None, made: RemoteDocument) -> None:
    """Both are the same document, however each was come by."""
    assert found is not None
    assert (found.id, found.number) == (made.id, made.number)


def _at_once(connector: Connector, call: Callable[[], RemoteDocument]) -> None:
    """Ten threads do the same; all end with the same document, one at most having made it.

    A system that does not itself refuse a second document cannot be held to this: there the
    ledger lets one delivery under a key be under way at a time.
    """
    if not connector.capabilities.unique_key:
        raise SkipTest("this system does not itself refuse a second document under one key")
    with ThreadPoolExecutor(10) as pool:
        documents = list(pool.map(lambda _: persistently(call), range(10)))
    assert len({document.id for document in documents}) == 1
    assert sum(not document.existed for document in documents) <= 1

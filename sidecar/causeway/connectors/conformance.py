"""What every connector must show against a running system, as classes its tests inherit.

A test module makes a fixture `connection` (ConnectionSettings of a system that runs), inherits the
class of each role, and fills in the hooks that look into the system's own books:

    class TestMyErp(ErpConformance):
        def total_of(self, connection, kind, document): ...
        def documents_under(self, connection, kind, key): ...

Plain asserts and no import of a test framework: whoever runs it brings pytest.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, cast
from unittest import SkipTest
from uuid import uuid4

from causeway.canonical import (
    Customer,
    FulfilmentRequest,
    Money,
    Order,
    OrderLine,
    Price,
    Refund,
    Shipment,
    StockLevel,
    TaxAmount,
)
from causeway.connectors import registry
from causeway.connectors.base import (
    BooksOrders,
    CancelsOrders,
    ConnectionSettings,
    Connector,
    DocumentKind,
    FulfilsOrders,
    Page,
    ReadsOrders,
    RemoteDocument,
    ReportsPrices,
    ReportsShipments,
    ReportsStock,
    ReversesRefunds,
)
from causeway.connectors.comparing import differences
from causeway.connectors.faulty import at, faulty
from causeway.connectors.samples import BUYER, a_refund, a_request, an_order
from causeway.errors import (
    CausewayError,
    CredentialsError,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)

T = TypeVar("T")
MAX_PAGES = 10_000
TRIES = 12
THREADS = 20
LONG = 200
Test = TypeVar("Test", bound=Callable[..., object])


def promise(words: str) -> Callable[[Test], Test]:
    """What a test shows, as the table of connectors and promises says it."""

    def mark(test: Test) -> Test:
        test.promise = words  # type: ignore[attr-defined]
        return test

    return mark


ONCE = "same key 20 times at once: one record"
FOUND = "lost answers: found again, once"
UNKNOWN = "unknown SKU: a missing mapping"
LATE = "cancel too late says so"
CENTS = "totals equal to the minor unit"
CURSOR = "cursors miss nothing"
CLASSES = "refusals in the right class"
PRIVATE = "no personal data in logs"
LENGTH = "long references without a clash"
CHECKED = "check says what is wrong"
PROMISES = (ONCE, FOUND, UNKNOWN, LATE, CENTS, CURSOR, CLASSES, PRIVATE, LENGTH, CHECKED)


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


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """All lines any logger writes, at the finest level."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, handler = logging.getLogger(), Keep(logging.DEBUG)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class ConnectorConformance:
    """What holds for every kind of connection. The hooks may be overridden."""

    writes: ClassVar[DocumentKind] = "order"
    """A kind of document the connector writes."""
    system: ClassVar[str] = ""
    """The system and its version, for the table; `simulated` says it is not the real one."""
    simulated: ClassVar[bool] = True
    over_http: ClassVar[bool] = True
    """Whether a proxy can stand before it."""
    knows_goods: ClassVar[bool] = True
    """Whether it refuses goods it has never heard of."""

    def through(self, connection: ConnectionSettings, address: str) -> ConnectionSettings:
        """The same connection by way of a proxy at `address`."""
        return replace(connection, url=address)

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

    @promise(CHECKED)
    def test_check_says_that_all_is_well(self, connection: ConnectionSettings) -> None:
        check = registry.build(connection).check()
        assert check.ok, check
        assert check.detail

    @promise(CHECKED)
    def test_check_says_that_nobody_answers(self, connection: ConnectionSettings) -> None:
        check = registry.build(self.unreachable(connection)).check()
        assert not check.ok
        assert check.problems

    @promise(CHECKED)
    def test_check_says_that_the_credentials_are_wrong(
        self, connection: ConnectionSettings
    ) -> None:
        check = registry.build(self.wrong_credentials(connection)).check()
        assert not check.ok
        assert check.problems

    @promise(CLASSES)
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

    @promise(CENTS)
    def test_a_booked_order_has_its_total_to_the_minor_unit(
        self, connection: ConnectionSettings
    ) -> None:
        order = self.an_order()
        booked = _erp(connection).book_order(order, _order_key(order))
        assert self.total_of(connection, "order", booked) == order.total.rounded()

    @promise(ONCE)
    def test_the_same_key_twice_gives_one_order(self, connection: ConnectionSettings) -> None:
        erp, order = _erp(connection), self.an_order()
        key = _order_key(order)
        first, second = erp.book_order(order, key), erp.book_order(order, key)
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "order", key) == 1

    @promise(ONCE)
    def test_the_same_key_from_twenty_threads_gives_one_order(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(connection), self.an_order()
        key = _order_key(order)
        _at_once(erp, lambda: erp.book_order(order, key))
        assert self.documents_under(connection, "order", key) == 1

    @promise(CENTS)
    def test_a_refund_has_its_own_key_and_total(self, connection: ConnectionSettings) -> None:
        erp, order, refund, key = self._booked(connection)
        assert erp.find("refund", key) is None
        booked = erp.book_refund(order, refund, key)
        assert not booked.existed
        _same(erp.find("refund", key), booked)
        assert self.total_of(connection, "refund", booked) == refund.total.rounded()

    @promise(ONCE)
    def test_the_same_refund_twice_gives_one(self, connection: ConnectionSettings) -> None:
        erp, order, refund, key = self._booked(connection)
        first, second = (erp.book_refund(order, refund, key) for _ in range(2))
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "refund", key) == 1

    @promise(ONCE)
    def test_the_same_refund_from_twenty_threads_gives_one(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order, refund, key = self._booked(connection)
        _at_once(erp, lambda: erp.book_refund(order, refund, key))
        assert self.documents_under(connection, "refund", key) == 1

    @promise(CLASSES)
    def test_booking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(self.unreachable(connection)), self.an_order()
        raised(RetryableError, lambda: erp.book_order(order, _order_key(order)))

    @promise(CLASSES)
    def test_booking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _erp(self.wrong_credentials(connection)), self.an_order()
        raised(CredentialsError, lambda: erp.book_order(order, _order_key(order)))

    @promise(CENTS)
    def test_totals_that_only_rounding_explains_come_out_to_the_minor_unit(
        self, connection: ConnectionSettings
    ) -> None:
        """Thirds of a cent, and tax rounded for each line where the system rounds the sum."""
        erp = _erp(connection)
        for number, (quantity, net, tax) in enumerate(_AWKWARD):
            order = _awkward(self.an_order(), quantity, net, tax)
            booked = erp.book_order(order, _order_key(order))
            total = self.total_of(connection, "order", booked)
            assert total == order.total.rounded(), (number, total, order.total)

    @promise(UNKNOWN)
    def test_an_unknown_sku_is_a_missing_mapping_that_names_it(
        self, connection: ConnectionSettings
    ) -> None:
        if not self.knows_goods:
            raise SkipTest("this system takes any SKU")
        order = self.an_order()
        strange = replace(order.lines[0], sku="NO-SUCH-SKU-7")
        order = replace(order, lines=(strange, *order.lines[1:]))
        erp, key = _erp(connection), _order_key(order)
        refused: RejectedError | None = None
        try:
            erp.book_order(order, key)
        except RejectedError as error:
            refused = error
        assert refused is not None, "an unknown SKU was booked"
        assert refused.code in {"mapping_missing", "unknown_item"}, refused.code
        assert "NO-SUCH-SKU-7" in refused.reason
        assert self.documents_under(connection, "order", key) == 0

    @promise(FOUND)
    def test_answers_that_get_lost_are_found_again_and_nothing_is_booked_twice(
        self, connection: ConnectionSettings
    ) -> None:
        """After each request of a booking in turn the answer is cut off, the work being done."""
        if not self.over_http:
            raise SkipTest("this system is not reached over HTTP")
        with faulty(connection.url) as proxy:
            for lost in range(self._requests_of_a_booking(connection)):
                order = self.an_order()
                key = _order_key(order)
                proxy.restart_count()
                proxy.plan = at(lost, "cut_after")
                erp = _erp(self.through(connection, proxy.url))
                booked = persistently(partial(erp.book_order, order, key))
                _same(erp.find("order", key), booked)
                assert self.documents_under(connection, "order", key) == 1, lost
                assert self.total_of(connection, "order", booked) == order.total.rounded()
            assert "cut_after" in proxy.happened

    def _requests_of_a_booking(self, connection: ConnectionSettings) -> int:
        order = self.an_order()
        with faulty(connection.url) as proxy:
            seen: list[int] = []
            proxy.plan = lambda n, *_: seen.append(n)
            _erp(self.through(connection, proxy.url)).book_order(order, _order_key(order))
        return len(seen)

    @promise(PRIVATE)
    def test_nothing_personal_is_logged_or_said_in_errors(
        self, connection: ConnectionSettings
    ) -> None:
        """Neither when all goes well nor when it is refused."""
        secret = f"zaphod{uuid4().hex[:10]}"
        person = replace(BUYER, first_name=secret, last_name=secret, address_1=f"{secret} str. 1")
        good = replace(
            self.an_order(), billing=person, shipping=person, customer_note=secret,
            customer=Customer(id="", email=f"{secret}@example.org"),
        )  # fmt: skip
        bad = replace(good, id="7", lines=(replace(good.lines[0], sku="NO-SUCH-SKU-7"),))
        worse = replace(good, id="8", billing=replace(person, country="ZZ"))
        erp = _erp(connection)
        with everything_logged() as lines:
            for order in (good, bad, worse):
                try:
                    erp.book_order(order, _order_key(order))
                except CausewayError as error:
                    lines.append(str(error))
        assert not [line for line in lines if secret in line.lower()]

    @promise(LENGTH)
    def test_oversized_references_do_not_clash(self, connection: ConnectionSettings) -> None:
        """Keys alike in their first 200 characters, on orders with numbers as long."""
        erp, keys = _erp(connection), []
        length = min(LONG, erp.capabilities.max_key_length - 8)
        beginning = f"{uuid4().hex}:".ljust(length, "x")
        for end in ("1", "2"):
            order = self.an_order()
            key = f"{beginning}:{end}"
            erp.book_order(replace(order, number=beginning[:90] + end), key)
            keys.append(key)
        found = [erp.find("order", key) for key in keys]
        assert all(found)
        assert len({document.id for document in found if document}) == 2

    def ship(self, connection: ConnectionSettings, key: str) -> None:
        """Let the goods of the order under `key` leave, by the system's own means."""
        raise SkipTest("this system's goods cannot be made to leave here")

    @promise(LATE)
    def test_cancelling_before_goods_left_cancels_once(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = _cancels(connection), self.an_order()
        key = _order_key(order)
        cast(BooksOrders, erp).book_order(order, key)
        for _ in range(2):
            done = erp.cancel_order(order, key, (), f"{key}:cancel")
            assert done.result == "cancelled", done

    @promise(LATE)
    def test_cancelling_after_goods_left_is_too_late(self, connection: ConnectionSettings) -> None:
        erp, order = _cancels(connection), self.an_order()
        key = _order_key(order)
        cast(BooksOrders, erp).book_order(order, key)
        self.ship(connection, key)
        done = erp.cancel_order(order, key, (), f"{key}:cancel")
        assert done.result == "too_late", done
        assert done.detail

    def test_a_deleted_refund_is_taken_back_once(self, connection: ConnectionSettings) -> None:
        erp, order, refund, key = self._booked(connection)
        if not erp.capabilities.reverse_refunds:
            raise SkipTest("this connector does not take refunds back")
        assert isinstance(erp, ReversesRefunds)
        back = f"{order.store}:{order.id}:reverse:{refund.id}"
        none = erp.reverse_refund(order, refund, key, back)
        assert (none.result, none.document) == ("cancelled", None), "nothing is there to take back"
        erp.book_refund(order, refund, key)
        first, second = (erp.reverse_refund(order, refund, key, back) for _ in range(2))
        assert first.document is not None, first
        assert second.document is not None, second
        assert (first.result, second.document.id) == ("cancelled", first.document.id)

    def test_a_sales_order_is_read_by_its_number(self, connection: ConnectionSettings) -> None:
        erp, order = _erp(connection), self.an_order()
        if not erp.capabilities.reads_orders:
            raise SkipTest("this connector does not read sales orders of others")
        assert isinstance(erp, ReadsOrders)
        made = erp.book_order(order, _order_key(order))
        found = erp.read_order(made.number)
        assert found is not None
        assert found.id == made.id
        assert differences(order, found) == ()
        assert erp.read_order("no-such-order") is None

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

    @promise(ONCE)
    def test_the_same_key_twice_gives_one_request(self, connection: ConnectionSettings) -> None:
        warehouse, request = _warehouse(connection), self.a_request()
        key = _request_key(request)
        first, second = (warehouse.request_fulfilment(request, key) for _ in range(2))
        _same(second, first)
        assert second.existed
        assert self.documents_under(connection, "request", key) == 1

    @promise(ONCE)
    def test_the_same_key_from_twenty_threads_gives_one_request(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(connection), self.a_request()
        key = _request_key(request)
        _at_once(warehouse, lambda: warehouse.request_fulfilment(request, key))
        assert self.documents_under(connection, "request", key) == 1

    @promise(CLASSES)
    def test_asking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(self.unreachable(connection)), self.a_request()
        raised(RetryableError, lambda: warehouse.request_fulfilment(request, _request_key(request)))

    @promise(CLASSES)
    def test_asking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = _warehouse(self.wrong_credentials(connection)), self.a_request()
        raised(
            CredentialsError, lambda: warehouse.request_fulfilment(request, _request_key(request))
        )


class FeedConformance(Generic[T]):
    """A feed read by cursor. Inherit one of the three below."""

    system: ClassVar[str] = ""
    simulated: ClassVar[bool] = True

    def read(self, connector: Any, cursor: str) -> Page[T]:
        raise NotImplementedError

    def change(self, connection: ConnectionSettings) -> Callable[[T], bool]:
        """Change something in the system; the answer recognises the item that tells of it."""
        raise NotImplementedError

    @promise(CURSOR)
    def test_every_change_comes_and_the_feed_ends(self, connection: ConnectionSettings) -> None:
        """Changes made before reading, and those made between two readings."""
        connector = registry.build(connection)
        before = [self.change(connection) for _ in range(5)]
        items, cursor = self._to_the_end(connector, "")
        assert all(any(tells(item) for item in items) for tells in before)
        later = [self.change(connection) for _ in range(5)]
        items, cursor = self._to_the_end(connector, cursor)
        assert all(any(tells(item) for item in items) for tells in later)

    @promise(CURSOR)
    def test_a_change_made_between_two_pages_comes(self, connection: ConnectionSettings) -> None:
        connector = registry.build(connection)
        self.change(connection)
        first = self.read(connector, "")
        tells = self.change(connection)
        items, _ = self._to_the_end(connector, first.cursor)
        assert any(tells(item) for item in items)

    @promise(CURSOR)
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


def _cancels(connection: ConnectionSettings) -> CancelsOrders:
    connector = registry.build(connection)
    if not connector.capabilities.cancel:
        raise SkipTest("this connector does not cancel orders")
    assert isinstance(connector, CancelsOrders)
    return connector


# Quantity, net total and tax at 19 % of one line; the sum is what a shop would render.
_AWKWARD = (("3", "10.00", "1.90"), ("7", "0.99", "0.19"), ("6", "99.99", "19.00"),
            ("1", "0.01", "0.00"), ("11", "23.37", "4.44"), ("13", "1.15", "0.22"))  # fmt: skip


def _awkward(order: Order, quantity: str, net: str, tax: str) -> Order:
    """Two such lines of the order's first product, nothing else."""
    pattern, rate = order.lines[0], order.tax_rates[0]

    def line(number: str) -> OrderLine:
        amount = Money.of(net, order.currency)
        return replace(
            pattern, id=number, quantity=Decimal(quantity), total=amount, subtotal=amount,
            tax=Money.of(tax, order.currency),
            taxes=(TaxAmount(rate.id, Money.of(tax, order.currency)),),
        )  # fmt: skip

    taxes = Money.of(tax, order.currency) * 2
    return replace(
        order,
        lines=(line("1"), line("2")),
        tax_rates=(replace(rate, total=taxes, shipping_total=Money.zero(order.currency)),),
        total=Money.of(net, order.currency) * 2 + taxes,
        rounding=None,
    )


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
    """Twenty threads do the same; all end with the same document, one at most having made it.

    A system that does not itself refuse a second document cannot be held to this: there the
    ledger lets one delivery under a key be under way at a time.
    """
    if not connector.capabilities.unique_key:
        raise SkipTest("this system does not itself refuse a second document under one key")
    with ThreadPoolExecutor(THREADS) as pool:
        documents = list(pool.map(lambda _: persistently(call), range(THREADS)))
    assert len({document.id for document in documents}) == 1
    assert sum(not document.existed for document in documents) <= 1

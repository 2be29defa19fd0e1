"""Promise: the same key gives one record, though it come twenty times at once."""

from __future__ import annotations

from contextlib import suppress
from typing import cast
from unittest import SkipTest
from uuid import uuid4

from causeway.connectors.base import (
    ConnectionSettings,
    PostsJournals,
    ReversesRefunds,
    TakesPayments,
    TakesReturns,
)
from causeway.connectors.conformance.hooks import ErpHooks, WarehouseHooks, capable
from causeway.connectors.conformance.promises import ONCE, promise
from causeway.connectors.conformance.tools import (
    at_once,
    erp_at,
    order_key,
    request_key,
    same,
    warehouse_at,
)
from causeway.connectors.samples import a_payment, a_return, an_entry


class OrdersOnce(ErpHooks):
    def test_an_order_is_found_only_after_it_was_booked(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = erp_at(connection), self.an_order()
        key = order_key(order)
        assert erp.find("order", key) is None
        booked = erp.book_order(order, key)
        assert not booked.existed
        same(erp.find("order", key), booked)

    @promise(ONCE)
    def test_the_same_key_twice_gives_one_order(self, connection: ConnectionSettings) -> None:
        erp, order = erp_at(connection), self.an_order()
        key = order_key(order)
        first, second = erp.book_order(order, key), erp.book_order(order, key)
        same(second, first)
        assert second.existed
        assert self.documents_under(connection, "order", key) == 1

    @promise(ONCE)
    def test_the_same_key_from_twenty_threads_gives_one_order(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = erp_at(connection), self.an_order()
        key = order_key(order)
        at_once(erp, lambda: erp.book_order(order, key))
        assert self.documents_under(connection, "order", key) == 1


class RefundsOnce(ErpHooks):
    @promise(ONCE)
    def test_the_same_refund_twice_gives_one(self, connection: ConnectionSettings) -> None:
        (order, _), refund, erp = self.booked(connection), self.a_refund(), erp_at(connection)
        key = f"{order.store}:{order.id}:refund:{refund.id}"
        first, second = (erp.book_refund(order, refund, key) for _ in range(2))
        same(second, first)
        assert second.existed
        assert self.documents_under(connection, "refund", key) == 1

    @promise(ONCE)
    def test_the_same_refund_from_twenty_threads_gives_one(
        self, connection: ConnectionSettings
    ) -> None:
        (order, _), refund, erp = self.booked(connection), self.a_refund(), erp_at(connection)
        key = f"{order.store}:{order.id}:refund:{refund.id}"
        at_once(erp, lambda: erp.book_refund(order, refund, key))
        assert self.documents_under(connection, "refund", key) == 1


class RefundsTakenBack(ErpHooks):
    @promise(ONCE)
    def test_a_deleted_refund_is_taken_back_once(self, connection: ConnectionSettings) -> None:
        found = capable(connection, "reverse_refunds", ReversesRefunds)
        erp = cast(ReversesRefunds, found)
        (order, _), refund = self.booked(connection), self.a_refund()
        key = f"{order.store}:{order.id}:refund:{refund.id}"
        back = f"{order.store}:{order.id}:reverse:{refund.id}"
        none = erp.reverse_refund(order, refund, key, back)
        assert (none.result, none.document) == ("cancelled", None), "nothing is to be taken back"
        erp_at(connection).book_refund(order, refund, key)
        first, second = (erp.reverse_refund(order, refund, key, back) for _ in range(2))
        assert first.document is not None, first
        assert second.document is not None, second
        assert (first.result, second.document.id) == ("cancelled", first.document.id)


class ReturnsOnce(ErpHooks):
    @promise(ONCE)
    def test_the_same_return_from_twenty_threads_is_announced_once(
        self, connection: ConnectionSettings
    ) -> None:
        erp = cast(TakesReturns, capable(connection, "returns", TakesReturns))
        order, booked = self.booked(connection)
        with suppress(SkipTest):  # some take back only what left, others whatever was booked
            self.ship(connection, booked)
        key, back = f"{order.store}:{order.id}:return:5", a_return(order)
        at_once(erp, lambda: erp.book_return(order, back, booked, key))
        assert erp.book_return(order, back, booked, key).existed


class PaymentsOnce(ErpHooks):
    @promise(ONCE)
    def test_the_same_payment_from_twenty_threads_is_booked_once(
        self, connection: ConnectionSettings
    ) -> None:
        erp = cast(TakesPayments, capable(connection, "payments", TakesPayments))
        order, booked = self.booked(connection)
        key, payment = f"{order.store}:{order.id}:payment", a_payment(order)
        at_once(erp, lambda: erp.book_payment(order, payment, booked, key))
        assert erp.book_payment(order, payment, booked, key).existed


class JournalsOnce(ErpHooks):
    @promise(ONCE)
    def test_the_same_journal_entry_from_twenty_threads_is_posted_once(
        self, connection: ConnectionSettings
    ) -> None:
        books = cast(PostsJournals, capable(connection, "journal", PostsJournals))
        entry = an_entry(store=f"store-{uuid4().hex[:8]}")
        key = f"{entry.store}:{entry.order_id}:post"
        at_once(books, lambda: books.post_journal(entry, key))
        assert books.post_journal(entry, key).existed


class RequestsOnce(WarehouseHooks):
    def test_a_request_is_found_only_after_it_was_made(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = warehouse_at(connection), self.a_request()
        key = request_key(request)
        assert warehouse.find("request", key) is None
        made = warehouse.request_fulfilment(request, key)
        assert not made.existed
        same(warehouse.find("request", key), made)

    @promise(ONCE)
    def test_the_same_key_twice_gives_one_request(self, connection: ConnectionSettings) -> None:
        warehouse, request = warehouse_at(connection), self.a_request()
        key = request_key(request)
        first, second = (warehouse.request_fulfilment(request, key) for _ in range(2))
        same(second, first)
        assert second.existed
        assert self.documents_under(connection, "request", key) == 1

    @promise(ONCE)
    def test_the_same_key_from_twenty_threads_gives_one_request(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = warehouse_at(connection), self.a_request()
        key = request_key(request)
        at_once(warehouse, lambda: warehouse.request_fulfilment(request, key))
        assert self.documents_under(connection, "request", key) == 1

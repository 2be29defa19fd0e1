"""Promises: what was done though its answer got lost is found again; what was half made is
finished. A proxy before the system cuts each request of a write in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from causeway.canonical import FulfilmentRequest, Order
from causeway.connectors.base import ConnectionSettings, RemoteDocument
from causeway.connectors.conformance.hooks import ErpHooks, SystemHooks, WarehouseHooks
from causeway.connectors.conformance.promises import FOUND, HALF, promise
from causeway.connectors.conformance.tools import (
    erp_at,
    order_key,
    persistently,
    request_key,
    same,
    warehouse_at,
)
from causeway.connectors.faulty import Fault, Plan, at, faulty
from causeway.errors import ConnectorError

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# A new document's key, and its write through a connection; the second is made anew each time.
Write = tuple[str, Callable[[ConnectionSettings], RemoteDocument]]


class _Lost(SystemHooks):
    def requests_of(self, connection: ConnectionSettings, new: Callable[[], Write]) -> list[int]:
        """Which requests of one undisturbed write are worth losing, as a proxy counts them.

        Of reads in a row the first is: the others find and leave the system as that one does.
        A `thorough` suite loses them all the same.
        """
        _, write = new()
        with faulty(connection.url) as proxy:
            methods: list[str] = []
            proxy.plan = lambda _, method, path: methods.append(method)
            write(self.through(connection, proxy.url))
        before = ["", *methods]
        return [n for n, method in enumerate(methods)
                if self.thorough or method not in READS or before[n] not in READS]  # fmt: skip

    def found_again(
        self, connection: ConnectionSettings, new: Callable[[], Write]
    ) -> list[tuple[str, RemoteDocument]]:
        """Lose the answer of each request in turn; each key with the document it ended with."""
        self.needs_http()
        made = []
        with faulty(connection.url) as proxy:
            for lost in self.requests_of(connection, new):
                key, write = new()
                proxy.restart_count()
                proxy.plan = at(lost, "cut_after")
                made.append(
                    (key, persistently(partial(write, self.through(connection, proxy.url))))
                )
            assert "cut_after" in proxy.happened
        return made

    def finished(
        self, connection: ConnectionSettings, new: Callable[[], Write]
    ) -> list[tuple[str, RemoteDocument]]:
        """Die after each request in turn, come back as another process and write it again."""
        self.needs_http()
        made = []
        with faulty(connection.url) as proxy:
            for last in self.requests_of(connection, new):
                key, write = new()
                proxy.restart_count()
                proxy.plan = _dead_after(last)
                try:
                    write(self.through(connection, proxy.url))
                except ConnectorError:
                    made.append((key, persistently(partial(write, connection))))
                else:
                    raise AssertionError(f"all but {last} requests failed, and it says it is done")
        return made


def _dead_after(last: int) -> Plan:
    """The request `last` is done and its answer lost; none after it arrives."""

    def plan(number: int, method: str, path: str) -> Fault | None:
        if number < last:
            return None
        return "cut_after" if number == last else "cut_before"

    return plan


class OrdersFound(_Lost, ErpHooks):
    @promise(FOUND)
    def test_answers_that_get_lost_are_found_again_and_nothing_is_booked_twice(
        self, connection: ConnectionSettings
    ) -> None:
        """After each request of a booking in turn the answer is cut off, the work being done."""
        for key, document in self.found_again(connection, self._a_booking):
            self._is_whole(connection, key, document)

    @promise(HALF)
    def test_an_order_that_was_half_booked_is_finished(
        self, connection: ConnectionSettings
    ) -> None:
        for key, document in self.finished(connection, self._a_booking):
            self._is_whole(connection, key, document)

    @promise(FOUND)
    def test_a_refund_whose_answer_gets_lost_is_found_again(
        self, connection: ConnectionSettings
    ) -> None:
        due = self.a_refund().total.rounded()
        for key, document in self.found_again(connection, partial(self._a_refund, connection)):
            assert self.documents_under(connection, "refund", key) == 1
            assert self.total_of(connection, "refund", document) == due

    @promise(HALF)
    def test_a_refund_that_was_half_booked_is_finished(
        self, connection: ConnectionSettings
    ) -> None:
        due = self.a_refund().total.rounded()
        for key, document in self.finished(connection, partial(self._a_refund, connection)):
            assert self.documents_under(connection, "refund", key) == 1
            assert self.total_of(connection, "refund", document) == due

    def _a_booking(self) -> Write:
        order = self.an_order()
        return order_key(order), partial(_book, order=order)

    def _a_refund(self, connection: ConnectionSettings) -> Write:
        """Of an order that was booked before, in peace."""
        (order, _), refund = self.booked(connection), self.a_refund()
        key = f"{order.store}:{order.id}:refund:{refund.id}"
        return key, lambda line: erp_at(line).book_refund(order, refund, key)

    def _is_whole(self, connection: ConnectionSettings, key: str, document: RemoteDocument) -> None:
        found = erp_at(connection).find("order", key)
        same(found, document)
        assert found is not None
        assert found.complete
        assert self.documents_under(connection, "order", key) == 1
        assert self.total_of(connection, "order", document) == self.an_order().total.rounded()


class RequestsFound(_Lost, WarehouseHooks):
    @promise(FOUND)
    def test_answers_that_get_lost_are_found_again_and_nothing_is_asked_for_twice(
        self, connection: ConnectionSettings
    ) -> None:
        for key, document in self.found_again(connection, self._new_request):
            self._is_whole(connection, key, document)

    @promise(HALF)
    def test_a_request_that_was_half_made_is_finished(self, connection: ConnectionSettings) -> None:
        for key, document in self.finished(connection, self._new_request):
            self._is_whole(connection, key, document)

    def _new_request(self) -> Write:
        request = self.a_request()
        return request_key(request), partial(_ask, request=request)

    def _is_whole(self, connection: ConnectionSettings, key: str, document: RemoteDocument) -> None:
        found = warehouse_at(connection).find("request", key)
        same(found, document)
        assert found is not None
        assert found.complete
        assert self.documents_under(connection, "request", key) == 1


def _book(connection: ConnectionSettings, order: Order) -> RemoteDocument:
    return erp_at(connection).book_order(order, order_key(order))


def _ask(connection: ConnectionSettings, request: FulfilmentRequest) -> RemoteDocument:
    return warehouse_at(connection).request_fulfilment(request, request_key(request))

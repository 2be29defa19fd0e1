"""Promise: what goes wrong arrives in the right class of `causeway.errors`, for it decides what
happens next: try again, look up first, stop the connection, or ask a person.
"""

from __future__ import annotations

from unittest import SkipTest

from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance.hooks import ErpHooks, SystemHooks, WarehouseHooks
from causeway.connectors.conformance.promises import CLASSES, promise
from causeway.connectors.conformance.tools import (
    erp_at,
    order_key,
    raised,
    refused,
    request_key,
    warehouse_at,
)
from causeway.connectors.faulty import faulty
from causeway.errors import CredentialsError, RetryableError


class RefusalsInTheirClass(SystemHooks):
    @promise(CLASSES)
    def test_looking_up_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        connector = registry.build(self.unreachable(connection))
        raised(RetryableError, lambda: connector.find(self.writes, "nobody:1"))

    @promise(CLASSES)
    def test_a_page_of_somebody_else_is_not_taken_for_nothing_found(
        self, connection: ConnectionSettings
    ) -> None:
        """Else a second document would be made where one stands."""
        self.needs_http()
        with faulty(connection.url, lambda *_: "lie_page") as proxy:
            connector = registry.build(self.through(connection, proxy.url))
            refused(lambda: connector.find(self.writes, "nobody:1"))

    @promise(CLASSES)
    def test_what_it_refuses_in_its_own_words_is_in_the_right_class(
        self, connection: ConnectionSettings
    ) -> None:
        found = self.refusals(connection)
        if not found:
            raise SkipTest("this system's own refusals are shown elsewhere")
        for refusal in found:
            error = refused(refusal.call)
            assert type(error) is refusal.kind, f"{refusal.name}: {error!r}"
            assert refusal.words in error.reason, f"{refusal.name}: {error.reason}"


class BookingRefused(ErpHooks):
    @promise(CLASSES)
    def test_booking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = erp_at(self.unreachable(connection)), self.an_order()
        raised(RetryableError, lambda: erp.book_order(order, order_key(order)))

    @promise(CLASSES)
    def test_booking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        erp, order = erp_at(self.wrong_credentials(connection)), self.an_order()
        raised(CredentialsError, lambda: erp.book_order(order, order_key(order)))


class AskingRefused(WarehouseHooks):
    @promise(CLASSES)
    def test_asking_where_nobody_answers_may_be_tried_again(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = warehouse_at(self.unreachable(connection)), self.a_request()
        raised(RetryableError, lambda: warehouse.request_fulfilment(request, request_key(request)))

    @promise(CLASSES)
    def test_asking_with_wrong_credentials_is_told_apart(
        self, connection: ConnectionSettings
    ) -> None:
        warehouse, request = warehouse_at(self.wrong_credentials(connection)), self.a_request()
        raised(
            CredentialsError, lambda: warehouse.request_fulfilment(request, request_key(request))
        )

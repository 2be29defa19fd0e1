"""Acme in the roles `erp` and `fulfilment`. Joins client and mapper, and keeps no state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, TypeVar

from causeway.canonical import FulfilmentRequest, Order, Refund, Shipment, StockLevel
from causeway.connectors.base import (
    Cancelled,
    Capabilities,
    Check,
    ConnectionSettings,
    DocumentKind,
    LineQuantity,
    Page,
    RemoteDocument,
)
from causeway.errors import ConnectorError, RejectedError, TooLate
from causeway_acme import mapper
from causeway_acme.client import AcmeClient, Json

# Where documents of each kind live. `find` must look wherever one can be.
PLACES: dict[DocumentKind, str] = {
    "order": "/orders", "refund": "/refunds", "request": "/requests"
}  # fmt: skip
T = TypeVar("T")


class Acme:
    """Keeps the promises of `BooksOrders`, `CancelsOrders`, `FulfilsOrders`, `CancelsRequests`,
    `ReportsStock` and `ReportsShipments`.
    """

    kind: ClassVar[str] = "acme"
    # Claim what the tests have shown, nothing more: the flows do the rest another way.
    capabilities = Capabilities(
        unique_key=True,
        shipments=True,
        stock=True,
        cancel=True,
        max_key_length=mapper.LONGEST_REFERENCE,
    )

    def __init__(self, client: AcmeClient, warehouse: str) -> None:
        self._client = client
        self._warehouse = warehouse

    def check(self) -> Check:
        try:
            system = self._client.get("/status", lambda data: data.get("system"))
        except ConnectorError as error:
            return Check(False, "Acme cannot be used", (error.reason,))
        if system != "acme":
            return Check(False, "Acme cannot be used", ("what answers there is no Acme",))
        return Check(True, "Acme answers")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        if kind not in PLACES:
            return None
        where, known_as = PLACES[kind], mapper.reference(key)
        return self._client.get(where, mapper.found, reference=known_as)

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        return self._create("order", mapper.order_to_json(order, key, self._warehouse))

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        booked = self.find("order", f"{order.store}:{order.id}:book")
        if booked is None:
            raise RejectedError("the refunded order is not booked there", code="unknown_order")
        return self._create("refund", mapper.refund_to_json(order, refund, key, booked.id))

    def cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        return self._cancel("order", booked_key)

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        return self._create("request", mapper.request_to_json(request, key))

    def cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        return self._cancel("request", request_key)

    def read_stock(self, cursor: str) -> Page[StockLevel]:
        return self._page("/stock", cursor, mapper.stock_level)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._page("/shipments", cursor, mapper.shipment)

    def _create(self, kind: DocumentKind, body: Json) -> RemoteDocument:
        made, existed = self._client.post(PLACES[kind], body, mapper.document)
        return replace(made, existed=existed)

    def _cancel(self, kind: DocumentKind, booked_key: str) -> Cancelled:
        """Cancelled again is cancelled; what left the house is too late."""
        found = self.find(kind, booked_key)
        if found is None:
            raise RejectedError("it is not known there", code=f"unknown_{kind}")
        try:
            path = f"{PLACES[kind]}/{found.id}/cancel"
            document, _ = self._client.post(path, {}, mapper.document)
        except TooLate as error:
            return Cancelled("too_late", error.reason)
        return Cancelled("cancelled", document=document)

    def _page(self, path: str, cursor: str, row: Callable[[Json], T]) -> Page[T]:
        return self._client.get(path, lambda data: mapper.page(data, row), after=cursor)


def build(settings: ConnectionSettings) -> Acme:
    """The connector for one configured connection. Opens nothing yet."""
    return Acme(AcmeClient(settings), settings.options.get("warehouse", "MAIN"))

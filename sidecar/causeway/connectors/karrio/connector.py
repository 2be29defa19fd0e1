"""The karrio connector: requests become orders, labels are bought or waited for, parcels read."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import ClassVar

from causeway.canonical import FulfilmentRequest, Shipment
from causeway.connectors.base import (
    Cancelled,
    Capabilities,
    Check,
    ConnectionSettings,
    DocumentKind,
    Hint,
    Page,
    RemoteDocument,
)
from causeway.connectors.karrio import webhooks
from causeway.connectors.karrio.cancelling import Cancelling
from causeway.connectors.karrio.checks import check
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.labelling import Labelling
from causeway.connectors.karrio.options import KarrioOptions, Options
from causeway.connectors.karrio.ordering import Ordering
from causeway.connectors.karrio.shipments import ShipmentFeed
from causeway.errors import RejectedError

__all__ = ["KarrioConnector", "Options", "build"]
_LOCKS = 64


class KarrioConnector:
    """The role `fulfilment`. Keeps the promises of `FulfilsOrders`, `CancelsRequests`,
    `ReportsShipments`, `TakesWebhooks` and `GivesLabels`.
    """

    kind: ClassVar[str] = "karrio"
    capabilities = Capabilities(
        unique_key=True, shipments=True, cancel=True, labels=True, webhooks=True
    )

    def __init__(self, client: KarrioClient, options: KarrioOptions, secret: str = "") -> None:
        self._client = client
        self._options = options
        self._secret = secret
        self._ordering = Ordering(client, options)
        self._labelling = Labelling(client, options)
        self._cancelling = Cancelling(client, self._ordering, options)
        self._shipments = ShipmentFeed(client, options)
        # A label is no document that karrio keeps unique: one at a time buys an order's.
        self._locks = tuple(Lock() for _ in range(_LOCKS))

    def check(self) -> Check:
        return check(self._client, self._options)

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        if kind != "request":
            return None
        order = self._ordering.find(key)
        if order is None:
            return None
        return _document(order, existed=True, complete=self._is_complete(order))

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        with self._locks[hash(key) % _LOCKS]:
            order, existed = self._ordering.place(request, key)
            if not self._is_complete(order):
                self._labelling.buy(request, key, order)
        return _document(order, existed=existed)

    def cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        with self._locks[hash(request_key) % _LOCKS]:
            return self._cancelling.cancel(request_key)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._shipments.read(cursor)

    def read_label(self, label: str) -> bytes:
        found = self._client.label(label)
        if not found:
            raise RejectedError("karrio keeps no label of this parcel", code="no_label")
        return found

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> tuple[Hint, ...]:
        return webhooks.hints(headers, body, self._secret)

    def renew_subscriptions(self, address: str) -> None:
        webhooks.renew(self._client, address, self._secret)

    def close(self) -> None:
        self._client.close()

    def _is_complete(self, order: Record) -> bool:
        return self._options.labels == "by_hand" or self._labelling.is_done(order)


def _document(order: Record, *, existed: bool, complete: bool = True) -> RemoteDocument:
    return RemoteDocument(str(order["id"]), str(order["order_id"]), existed, complete)


def build(settings: ConnectionSettings) -> KarrioConnector:
    """The connector for one configured connection; `options` as `Options` loads them."""
    options = KarrioOptions.of(settings.options)
    return KarrioConnector(KarrioClient(settings), options, settings.webhook_secret)

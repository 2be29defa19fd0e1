"""Stopping a request: looks at the parcels first, whatever karrio itself would let pass."""

from __future__ import annotations

from causeway.connectors.base import Cancelled, RemoteDocument
from causeway.connectors.karrio import mapper
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.options import KarrioOptions
from causeway.connectors.karrio.ordering import Ordering
from causeway.errors import RejectedError, TooLate

_DELIVERED = "delivered"


class Cancelling:
    def __init__(self, client: KarrioClient, ordering: Ordering, options: KarrioOptions) -> None:
        self._client = client
        self._ordering = ordering
        self._left = frozenset(mapper.BOUGHT if options.left == "label" else mapper.MOVING)

    def cancel(self, key: str) -> Cancelled:
        """Give up its drafts, void labels of parcels that have not left, cancel the order."""
        order = self._ordering.find(key)
        if order is None:
            raise RejectedError("the request is not known there", code="unknown_request")
        if order["status"] == mapper.CANCELLED:
            return _cancelled(order)
        shipments = order.get("shipments") or []
        gone = [one for one in shipments if one["status"] in self._left]
        if gone or order["status"] == _DELIVERED:
            return Cancelled("too_late", _why(gone))
        try:
            for shipment in shipments:
                self._give_up(shipment)
            return _cancelled(self._client.cancel_order(str(order["id"])))
        except TooLate as error:
            return self._after(key, error)

    def _give_up(self, shipment: Record) -> None:
        if shipment["status"] == mapper.CANCELLED:
            return
        try:
            self._client.cancel_shipment(str(shipment["id"]))
        except TooLate:
            raise
        except RejectedError as error:
            number = shipment.get("tracking_number") or shipment["id"]
            raise TooLate(f"the label {number} cannot be voided: {error.reason}") from error

    def _after(self, key: str, error: TooLate) -> Cancelled:
        """Karrio would not: cancelled by somebody else meanwhile, or too late."""
        order = self._ordering.find(key)
        if order is not None and order["status"] == mapper.CANCELLED:
            return _cancelled(order)
        return Cancelled("too_late", error.reason)


def _cancelled(order: Record) -> Cancelled:
    document = RemoteDocument(str(order["id"]), str(order["order_id"]), existed=True)
    return Cancelled("cancelled", document=document)


def _why(gone: list[Record]) -> str:
    numbers = [str(one.get("tracking_number") or one["id"]) for one in gone]
    if not numbers:
        return "it was delivered"
    bought = f"its label is bought: parcel {', '.join(numbers)}"
    moving = any(one["status"] in mapper.MOVING for one in gone)
    return f"it is on its way: parcel {', '.join(numbers)}" if moving else bought

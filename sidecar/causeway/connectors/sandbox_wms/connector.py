"""The sandbox warehouse in the role `fulfilment`: requests out, shipments back."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from causeway.canonical import (
    FulfilmentRequest,
    Order,
    RequestAnswer,
    Return,
    ReturnReceipt,
    Shipment,
)
from causeway.connectors.base import (
    Cancelled,
    Capabilities,
    Check,
    ConnectionSettings,
    DocumentKind,
    Page,
    RemoteDocument,
)
from causeway.connectors.sandbox_wms import mapper
from causeway.connectors.sandbox_wms.client import SandboxClient
from causeway.connectors.sandbox_wms.options import Options
from causeway.errors import RejectedError, TooLate


class SandboxWms:
    """Keeps the promises of `FulfilsOrders`, `CancelsRequests`, `TakesReturns`,
    `ReportsShipments`, `ReportsAnswers` and `ReportsReceipts`.
    """

    kind: ClassVar[str] = "sandbox_wms"
    capabilities = Capabilities(
        unique_key=True, shipments=True, cancel=True, returns=True, answers=True
    )

    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def check(self) -> Check:
        problem = self._client.check("/wms/status", "sandbox-wms")
        if problem:
            return Check(False, "The sandbox warehouse cannot be used", (problem,))
        return Check(True, "The sandbox warehouse answers")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        place = {"request": "requests", "return": "returns"}.get(kind)
        if place is None:
            return None
        answer = self._client.get(
            f"/wms/{place}", lambda data: mapper.found(data, place, key), {"external_ref": key}
        )
        return replace(answer, existed=True) if answer else None

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        body = mapper.request_to_json(request, key)
        document, existed = self._client.create("/wms/requests", body, mapper.document)
        return replace(document, existed=existed)

    def cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        """What left the house is too late; cancelled again is cancelled."""
        found = self.find("request", request_key)
        if found is None:
            raise RejectedError("the request is not known there", code="unknown_request")
        try:
            path = f"/wms/requests/{found.number}/cancel"
            document = self._client.change("POST", path, {}, mapper.document)
        except TooLate as error:
            return Cancelled("too_late", error.reason)
        return Cancelled("cancelled", document=document)

    def book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        body = mapper.return_to_json(back, key)
        document, existed = self._client.create("/wms/returns", body, mapper.document)
        return replace(document, existed=existed)

    def read_answers(self, cursor: str) -> Page[RequestAnswer]:
        return self._client.page(
            "/wms/answers", cursor, lambda data: mapper.page(data, "answers", mapper.answer)
        )

    def read_receipts(self, cursor: str) -> Page[ReturnReceipt]:
        return self._client.page(
            "/wms/receipts", cursor, lambda data: mapper.page(data, "receipts", mapper.receipt)
        )

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._client.page(
            "/wms/shipments", cursor, lambda data: mapper.page(data, "shipments", mapper.shipment)
        )


def build(settings: ConnectionSettings) -> SandboxWms:
    """The connector for one configured connection."""
    Options().load(settings.options)
    return SandboxWms(SandboxClient(settings))

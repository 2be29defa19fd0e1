"""The sandbox warehouse in the role `fulfilment`: requests out, shipments back."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from causeway.canonical import FulfilmentRequest, Shipment
from causeway.connectors.base import (
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


class SandboxWms:
    """Keeps the promises of `FulfilsOrders` and `ReportsShipments`."""

    kind: ClassVar[str] = "sandbox_wms"
    capabilities = Capabilities(unique_key=True, shipments=True)

    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def check(self) -> Check:
        problem = self._client.check("/wms/status", "sandbox-wms")
        if problem:
            return Check(False, "The sandbox warehouse cannot be used", (problem,))
        return Check(True, "The sandbox warehouse answers")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        if kind != "request":
            return None
        answer = self._client.get(
            "/wms/requests", lambda data: mapper.found(data, "requests", key), {"external_ref": key}
        )
        return replace(answer, existed=True) if answer else None

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        body = mapper.request_to_json(request, key)
        document, existed = self._client.create("/wms/requests", body, mapper.document)
        return replace(document, existed=existed)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._client.page(
            "/wms/shipments", cursor, lambda data: mapper.page(data, "shipments", mapper.shipment)
        )


def build(settings: ConnectionSettings) -> SandboxWms:
    """The connector for one configured connection."""
    Options().load(settings.options)
    return SandboxWms(SandboxClient(settings))

"""Promise: keys longer than the system takes are shortened without two becoming one."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from causeway.connectors.base import ConnectionSettings, Connector, DocumentKind
from causeway.connectors.conformance.hooks import ErpHooks, WarehouseHooks
from causeway.connectors.conformance.promises import LENGTH, promise
from causeway.connectors.conformance.tools import erp_at, warehouse_at

LONG = 200


class LongReferences(ErpHooks):
    @promise(LENGTH)
    def test_oversized_references_do_not_clash(self, connection: ConnectionSettings) -> None:
        """Keys alike in their first 200 characters, on orders with numbers as long."""
        erp = erp_at(connection)
        keys = _alike(erp)
        for key in keys:
            erp.book_order(replace(self.an_order(), number=key[:90] + key[-1]), key)
        _are_two(erp, "order", keys)


class LongRequestReferences(WarehouseHooks):
    @promise(LENGTH)
    def test_oversized_references_do_not_clash(self, connection: ConnectionSettings) -> None:
        """The same of requests."""
        warehouse = warehouse_at(connection)
        keys = _alike(warehouse)
        for key in keys:
            request = replace(self.a_request(), order_number=key[:90] + key[-1])
            warehouse.request_fulfilment(request, key)
        _are_two(warehouse, "request", keys)


def _alike(connector: Connector) -> list[str]:
    length = min(LONG, connector.capabilities.max_key_length - 8)
    beginning = f"{uuid4().hex}:".ljust(length, "x")
    return [f"{beginning}:{end}" for end in ("1", "2")]


def _are_two(connector: Connector, kind: DocumentKind, keys: list[str]) -> None:
    found = [connector.find(kind, key) for key in keys]
    assert all(found)
    assert len({document.id for document in found if document}) == len(keys)

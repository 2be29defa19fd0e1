"""Promise: a cancellation that comes too late says so; one in time is done, once."""

from __future__ import annotations

from typing import cast

from causeway.connectors.base import CancelsOrders, CancelsRequests, ConnectionSettings
from causeway.connectors.conformance.hooks import ErpHooks, WarehouseHooks, capable
from causeway.connectors.conformance.promises import LATE, promise
from causeway.connectors.conformance.tools import request_key, warehouse_at


class CancelledOrders(ErpHooks):
    @promise(LATE)
    def test_cancelling_before_goods_left_cancels_once(
        self, connection: ConnectionSettings
    ) -> None:
        erp = _cancels(connection)
        order, key = self.booked(connection)
        for _ in range(2):
            done = erp.cancel_order(order, key, (), f"{key}:cancel")
            assert done.result in {"cancelled", "asked"}, done

    @promise(LATE)
    def test_cancelling_after_goods_left_is_too_late(self, connection: ConnectionSettings) -> None:
        erp = _cancels(connection)
        order, key = self.booked(connection)
        self.ship(connection, key)
        done = erp.cancel_order(order, key, (), f"{key}:cancel")
        assert done.result == "too_late", done
        assert done.detail


class CancelledRequests(WarehouseHooks):
    @promise(LATE)
    def test_stopping_before_goods_left_stops_once(self, connection: ConnectionSettings) -> None:
        warehouse, request = _stops(connection), self.a_request()
        key = request_key(request)
        warehouse_at(connection).request_fulfilment(request, key)
        for _ in range(2):
            done = warehouse.cancel_request(request, key, f"{key}:stop")
            assert done.result in {"cancelled", "asked"}, done

    @promise(LATE)
    def test_stopping_after_goods_left_is_too_late(self, connection: ConnectionSettings) -> None:
        warehouse, request = _stops(connection), self.a_request()
        key = request_key(request)
        warehouse_at(connection).request_fulfilment(request, key)
        self.ship_request(connection, key)
        done = warehouse.cancel_request(request, key, f"{key}:stop")
        assert done.result == "too_late", done
        assert done.detail


def _cancels(connection: ConnectionSettings) -> CancelsOrders:
    return cast(CancelsOrders, capable(connection, "cancel", CancelsOrders))


def _stops(connection: ConnectionSettings) -> CancelsRequests:
    return cast(CancelsRequests, capable(connection, "cancel", CancelsRequests))

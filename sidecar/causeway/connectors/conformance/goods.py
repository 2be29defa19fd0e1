"""Promise: a SKU the system does not know becomes a missing mapping that names it."""

from __future__ import annotations

from dataclasses import replace
from unittest import SkipTest

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance.hooks import ErpHooks, WarehouseHooks
from causeway.connectors.conformance.promises import UNKNOWN, promise
from causeway.connectors.conformance.tools import (
    erp_at,
    order_key,
    refused,
    request_key,
    warehouse_at,
)
from causeway.errors import ConnectorError, MappingMissing, RejectedError

STRANGE = "NO-SUCH-SKU-7"


class UnknownGoods(ErpHooks):
    @promise(UNKNOWN)
    def test_an_unknown_sku_is_a_missing_mapping_that_names_it(
        self, connection: ConnectionSettings
    ) -> None:
        if not self.knows_goods:
            raise SkipTest("this system takes any SKU")
        order = self.an_order()
        strange = replace(order.lines[0], sku=STRANGE)
        order = replace(order, lines=(strange, *order.lines[1:]))
        erp, key = erp_at(connection), order_key(order)
        _names_it(refused(lambda: erp.book_order(order, key)))
        assert self.documents_under(connection, "order", key) == 0


class UnknownGoodsAsked(WarehouseHooks):
    @promise(UNKNOWN)
    def test_an_unknown_sku_is_a_missing_mapping_that_names_it(
        self, connection: ConnectionSettings
    ) -> None:
        if not self.knows_goods:
            raise SkipTest("this system takes any SKU")
        request = self.a_request()
        strange = replace(request.lines[0], sku=STRANGE)
        request = replace(request, lines=(strange, *request.lines[1:]))
        warehouse, key = warehouse_at(connection), request_key(request)
        _names_it(refused(lambda: warehouse.request_fulfilment(request, key)))
        assert self.documents_under(connection, "request", key) == 0


def _names_it(error: ConnectorError) -> None:
    assert isinstance(error, RejectedError), f"a missing mapping was due, {error!r} came"
    assert STRANGE in error.reason
    if isinstance(error, MappingMissing):
        assert error.table in {"product", "sku"}, error.table
        assert error.value == STRANGE
    else:
        assert error.code in {"mapping_missing", "unknown_item"}, error.code

"""What another connector booked can be read by its number, to be compared with ours."""

from __future__ import annotations

from typing import cast

from causeway.connectors.base import ConnectionSettings, ReadsOrders
from causeway.connectors.comparing import differences
from causeway.connectors.conformance.hooks import ErpHooks, capable
from causeway.connectors.conformance.tools import erp_at


class OrdersRead(ErpHooks):
    def test_a_sales_order_is_read_by_its_number(self, connection: ConnectionSettings) -> None:
        erp = cast(ReadsOrders, capable(connection, "reads_orders", ReadsOrders))
        order, key = self.booked(connection)
        made = erp_at(connection).find("order", key)
        assert made is not None
        found = erp.read_order(made.number)
        assert found is not None
        assert found.id == made.id
        told = differences(order, found)
        assert told == (), told
        assert erp.read_order("no-such-order") is None

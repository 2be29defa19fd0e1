"""The orders WooCommerce itself rendered, on each real back office: booked, refunded, then sent
and taken back, or cancelled.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from causeway.canonical import Order, Return, ReturnLine
from causeway.connectors import registry
from causeway.connectors.conformance.tools import persistently
from causeway.connectors.odoo.connector import OdooConnector
from causeway.connectors.tryton.connector import TrytonConnector
from causeway.connectors.woocommerce.mapper import to_order
from causeway.errors import RejectedError
from tests.real.office_world import Office
from tests.real.sharing import shared

CONTRACT = Path(__file__).parents[1] / "contract" / "woocommerce"
# The plugin's too, but for dinars, for which the offices of these tests have no prices.
RENDERED = [*sorted(CONTRACT.glob("*.json")),
            *sorted(set((CONTRACT / "plugin").glob("*.json"))
                    - {CONTRACT / "plugin" / "three_decimals_kwd.json"})]  # fmt: skip
WHEN = datetime(2026, 11, 3, 8, tzinfo=UTC)


def read(path: Path) -> Order:
    return to_order(f"s{uuid4().hex[:8]}", json.loads(path.read_text(), parse_float=Decimal))


def goods(order: Order) -> list[ReturnLine]:
    """One piece of the first line that is goods."""
    lines = [line for line in order.product_lines if line.sku != "EBOOK-1"]
    return [ReturnLine(line.id, line.sku, line.name, min(line.quantity, Decimal(1)))
            for line in lines[:1]]  # fmt: skip


@pytest.mark.parametrize("path", RENDERED, ids=lambda path: path.stem)
def test_the_whole_road_of_an_order_a_shop_rendered(path: Path, office: Office) -> None:
    order = read(path)
    erp = shared(registry.build, office.connection)
    assert isinstance(erp, OdooConnector | TrytonConnector)
    key = f"{order.store}:{order.id}:book"
    if any(not line.sku for line in order.product_lines):
        with pytest.raises(RejectedError, match="no SKU"):
            erp.book_order(order, key)
        return
    persistently(partial(erp.book_order, order, key))
    assert office.total(key) == order.total.amount
    for refund in order.refunds:
        credit = f"{order.store}:{order.id}:refund:{refund.id}"
        persistently(partial(erp.book_refund, order, refund, credit))
        assert office.refunded(credit) == refund.total.amount
    if RENDERED.index(path) % 3 == 0 or not goods(order):
        assert erp.cancel_order(order, key, (), f"{key}:cancel").result == "cancelled"
        return
    office.ship(key)
    assert erp.cancel_order(order, key, (), f"{key}:cancel").result == "too_late"
    back = f"{order.store}:{order.id}:return:1"
    announced = Return(order.store, order.id, order.number, "1", tuple(goods(order)), WHEN)
    erp.book_return(order, announced, key, back)
    office.receive(back)

"""Stock and shipments read back from a real Tryton."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Order, Shipment, ShipmentLine, StockLevel
from causeway.connectors.samples import an_order
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.errors import RejectedError
from tests.real.conftest import settings
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer


def booked(erp: TrytonConnector) -> tuple[Order, str]:
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    key = f"{order.store}:{order.id}:book"
    erp.book_order(order, key)
    return order, key


def levels(erp: TrytonConnector, cursor: str = "") -> tuple[dict[tuple[str, str], StockLevel], str]:
    """The last word on each SKU and warehouse, and where the feed ended."""
    found: dict[tuple[str, str], StockLevel] = {}
    more = True
    while more:
        page = erp.read_stock(cursor)
        cursor, more = page.cursor, page.more
        found |= {(level.sku, level.warehouse): level for level in page.items}
    return found, cursor


def shipments(erp: TrytonConnector, cursor: str, key: str) -> tuple[list[Shipment], str]:
    found: list[Shipment] = []
    more = True
    while more:
        page = erp.read_shipments(cursor)
        cursor, more = page.cursor, page.more
        found += [shipment for shipment in page.items if shipment.request_key == key]
    return found, cursor


def test_an_order_reserves_stock_and_its_shipment_takes_it(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    mugs = ("MUG-01", "WH")
    before, cursor = levels(erp)
    _, key = booked(erp)
    ordered, cursor = levels(erp, cursor)
    assert ordered[mugs].reserved == before[mugs].reserved + 2
    assert ordered[mugs].on_hand == before[mugs].on_hand
    books.ship(key)
    shipped, _ = levels(erp, cursor)
    assert shipped[mugs].reserved == before[mugs].reserved
    assert shipped[mugs].on_hand == before[mugs].on_hand - 2 == books.on_hand("MUG-01")
    assert shipped[mugs].as_of > before[mugs].as_of


def test_all_stock_is_told_for_each_warehouse_and_not_summed(tryton: TrytonServer) -> None:
    found, _ = levels(build(settings(tryton, stock_warehouses=["WH", "Warehouse South"])))
    assert found["BULK-0", "Warehouse South"].on_hand == 0
    assert found["BULK-0", "WH"].on_hand == 1000
    assert ("SHIPPING", "WH") not in found


def test_a_parcel_comes_back_with_its_tracking(erp: TrytonConnector, books: TrytonBooks) -> None:
    _, key = booked(erp)
    _, cursor = shipments(erp, "", key)
    number = books.ship(key, tracking="1Z999")
    (shipment,), _ = shipments(erp, cursor, key)
    assert shipment.id.startswith(f"{number}/")
    assert (shipment.carrier, shipment.tracking_number) == ("Parcel Post", "1Z999")
    assert shipment.warehouse == "WH"
    assert set(shipment.lines) == {
        ShipmentLine("MUG-01", Decimal(2)), ShipmentLine("BOOK-7", Decimal(1)),
    }  # fmt: skip


def test_a_tracking_number_written_later_comes_too(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    _, key = booked(erp)
    books.ship(key)
    (untracked, *_), cursor = shipments(erp, "", key)
    books.track(books.packages[key], "LATE-1")
    found, _ = shipments(erp, cursor, key)
    assert found[-1] == replace(
        untracked, tracking_number="LATE-1", shipped_at=found[-1].shipped_at
    )


def test_without_the_tracking_module_shipments_still_come(
    tryton: TrytonServer, books: TrytonBooks
) -> None:
    erp = build(settings(tryton, tracking=False))
    _, key = booked(erp)
    books.ship(key, tracking="1Z999")
    (shipment,), _ = shipments(erp, "", key)
    assert shipment.tracking_number == ""
    assert len(shipment.lines) == 2


def test_goods_that_have_not_left_are_no_shipment(erp: TrytonConnector) -> None:
    _, key = booked(erp)
    assert shipments(erp, "", key)[0] == []


def test_a_cursor_of_another_feed_is_refused(erp: TrytonConnector) -> None:
    with pytest.raises(RejectedError) as refused:
        erp.read_stock("shipments=2026-01-01T00:00:00+00:00,5")
    assert refused.value.code == "bad_cursor"

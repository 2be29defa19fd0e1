"""Promise: a feed read by cursor misses nothing, and tells again only what it told before."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar, cast
from unittest import SkipTest

from causeway.canonical import Price, Shipment, StockLevel
from causeway.connectors import registry
from causeway.connectors.base import (
    ConnectionSettings,
    Connector,
    Page,
    ReportsPrices,
    ReportsShipments,
    ReportsStock,
)
from causeway.connectors.conformance.promises import CURSOR, promise

T = TypeVar("T")
MAX_PAGES = 10_000
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


class FeedConformance(Generic[T]):
    """A feed read by cursor. Inherit one of the three below."""

    system: ClassVar[str] = ""
    simulated: ClassVar[bool] = True
    changes: ClassVar[int] = 5
    """How many changes are made before a reading and again after it."""

    def grow_old(self) -> None:
        """Wait until what changed is so old that it is told no more."""
        raise SkipTest("how long this system's feeds tell again is not waited for here")

    def read(self, connector: Any, cursor: str) -> Page[T]:
        raise NotImplementedError("Call the connector's own read_… with the cursor.")

    def change(self, connection: ConnectionSettings) -> Callable[[T], bool]:
        """Change something in the system; the answer recognises the item that tells of it."""
        raise NotImplementedError(
            "Change something by the system's own means; give back a function that knows its item."
        )

    def told(self, item: T) -> Hashable:
        """What the item says, without when it was read: two alike tell nothing new."""
        return cast(Hashable, item)

    @promise(CURSOR)
    def test_every_change_comes_and_the_feed_ends(self, connection: ConnectionSettings) -> None:
        """Changes made before reading, and those made between two readings."""
        connector = registry.build(connection)
        before = [self.change(connection) for _ in range(self.changes)]
        items, cursor = self._to_the_end(connector, "")
        assert all(any(tells(item) for item in items) for tells in before)
        later = [self.change(connection) for _ in range(self.changes)]
        items, cursor = self._to_the_end(connector, cursor)
        assert all(any(tells(item) for item in items) for tells in later)

    @promise(CURSOR)
    def test_a_change_made_between_two_pages_comes(self, connection: ConnectionSettings) -> None:
        connector = registry.build(connection)
        self.change(connection)
        first = self.read(connector, "")
        tells = self.change(connection)
        items, _ = self._to_the_end(connector, first.cursor)
        assert any(tells(item) for item in items)

    @promise(CURSOR)
    def test_the_same_cursor_gives_the_same_again(self, connection: ConnectionSettings) -> None:
        """A reader that died before it wrote down the next cursor misses nothing."""
        connector = registry.build(connection)
        _, cursor = self._to_the_end(connector, "")
        tells = self.change(connection)
        for _ in range(2):
            items, _ = self._to_the_end(connector, cursor)
            assert any(tells(item) for item in items)

    @promise(CURSOR)
    def test_one_reading_tells_each_thing_once_and_the_next_nothing_else(
        self, connection: ConnectionSettings
    ) -> None:
        """What changed a moment ago may be told again, word for word: it then changes nothing."""
        connector = registry.build(connection)
        for _ in range(3):
            self.change(connection)
        items, cursor = self._to_the_end(connector, "")
        told = [self.told(item) for item in items]
        self.tells_once(items)
        again, cursor = self._to_the_end(connector, cursor)
        assert {self.told(item) for item in again} <= set(told)

    @promise(CURSOR)
    def test_what_is_old_is_told_no_more(self, connection: ConnectionSettings) -> None:
        connector = registry.build(connection)
        self.change(connection)
        items, cursor = self._to_the_end(connector, "")
        assert items
        self.grow_old()
        _, cursor = self._to_the_end(connector, cursor)
        again, _ = self._to_the_end(connector, cursor)
        assert again == []

    def tells_once(self, items: list[T]) -> None:
        """Assert that one reading, in which nothing changed, told nothing twice."""
        told = [self.told(item) for item in items]
        assert len(set(told)) == len(told)

    def _to_the_end(self, connector: Connector, cursor: str) -> tuple[list[T], str]:
        items: list[T] = []
        for _ in range(MAX_PAGES):
            page = self.read(connector, cursor)
            items += page.items
            assert not (page.more and page.cursor == cursor), "more, but the cursor stands still"
            cursor = page.cursor
            if not page.more:
                return items, cursor
        raise AssertionError(f"the feed did not end within {MAX_PAGES} pages")


class StockConformance(FeedConformance[StockLevel]):
    """Stock, for a connector that reports it."""

    tells_again: ClassVar[bool] = False
    """Whether a level is told again while its last change is young: for a system that stamps what
    it shows only later, where whoever waited for certainty would tell late. What is told again
    must be the same level.
    """

    def tells_once(self, items: list[StockLevel]) -> None:
        if not self.tells_again:
            super().tells_once(items)
            return
        levels = {self.told(item) for item in items}
        assert len(levels) == len({(item.sku, item.warehouse) for item in items})

    def read(self, connector: Any, cursor: str) -> Page[StockLevel]:
        return cast(ReportsStock, connector).read_stock(cursor)

    def told(self, item: StockLevel) -> Hashable:
        return (item.sku, item.warehouse, item.on_hand, item.reserved, item.incoming)


class PriceConformance(FeedConformance[Price]):
    """Prices, for a connector that reports them."""

    def read(self, connector: Any, cursor: str) -> Page[Price]:
        return cast(ReportsPrices, connector).read_prices(cursor)

    def told(self, item: Price) -> Hashable:
        return replace(item, as_of=_WHENEVER)


class ShipmentConformance(FeedConformance[Shipment]):
    """Shipments, for a connector that reports them."""

    def read(self, connector: Any, cursor: str) -> Page[Shipment]:
        return cast(ReportsShipments, connector).read_shipments(cursor)

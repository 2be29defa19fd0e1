"""The feed of parcels that left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from causeway.canonical import Shipment
from causeway.connectors.base import Page
from causeway.connectors.karrio import mapper
from causeway.connectors.karrio.client import KarrioClient, Record
from causeway.connectors.karrio.cursor import Reading, read
from causeway.connectors.karrio.labelling import utc_now
from causeway.connectors.karrio.options import KarrioOptions
from causeway.errors import RetryableError

PAGE = 100
# Ids travel in an address; this many fit any proxy's.
IDS = 50
TRIES = 6


class ShipmentFeed:
    def __init__(
        self, client: KarrioClient, options: KarrioOptions, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._source = options.source
        self._history = timedelta(days=options.history_days)
        self._left = frozenset(mapper.BOUGHT if options.left == "label" else mapper.MOVING)
        self._now = now
        self._carriers: dict[str, str] = {}

    def read(self, cursor: str) -> Page[Shipment]:
        now = self._now()
        reading = read(cursor, now - self._history)
        began = reading.began or now
        rows, count = self._page(reading)
        last = reading.done + len(rows) >= count
        if last:
            known = {str(row["id"]) for row in rows}
            after = reading.ended(began)
            rows = [*rows, *self._again([name for name, _ in reading.open if name not in known])]
        else:
            after = reading.further(began, len(rows), count)
        after = after.watching(self._open(reading, rows, last=last), now - self._history)
        return Page(tuple(self._parcels(rows)), after.written(), more=not last)

    def _page(self, reading: Reading) -> tuple[list[Record], int]:
        """The oldest that were not read yet, and how many there are in all.

        karrio lists the newest first; what is made meanwhile moves all others, so the place is
        worked out anew until the count stands.
        """
        count = reading.count
        for _ in range(TRIES):
            offset, limit = reading.place(count, PAGE)
            rows, now = self._client.shipments(reading.since, limit, offset)
            if now == count or (offset == 0 and reading.done + len(rows) >= now):
                return rows, now
            count = now
        raise RetryableError("its list of shipments changes faster than it can be read")

    def _again(self, ids: Sequence[str]) -> list[Record]:
        """Those seen before that had not left, as they are now."""
        blocks = [ids[start : start + IDS] for start in range(0, len(ids), IDS)]
        return [row for block in blocks for row in self._client.shipments_by_id(block)]

    def _open(self, reading: Reading, rows: Sequence[Record], last: bool) -> dict[str, datetime]:
        """Seen before or now, not left and not given up. One that is gone there is forgotten."""
        told = {str(row["id"]) for row in rows}
        kept = {name: at for name, at in reading.open if not last and name not in told}
        still = {
            str(row["id"]): mapper.time_of(str(row["created_at"])) for row in rows
            if row["status"] not in self._left and row["status"] != mapper.CANCELLED
        }  # fmt: skip
        return {**kept, **still}

    def _parcels(self, rows: Sequence[Record]) -> list[Shipment]:
        """Of our orders alone, oldest first."""
        left = [row for row in rows if row["status"] in self._left]
        orders = self._orders(left)
        left.sort(key=lambda row: str(row["created_at"]))
        names = self._names(left) if orders else {}
        found = []
        for row in left:
            ours = [orders[name] for name in mapper.order_ids_of(row) if name in orders]
            found += mapper.shipments_of(row, ours, names.get(str(row.get("carrier_id")), ""))
        return found

    def _names(self, rows: Sequence[Record]) -> dict[str, str]:
        """What carriers are called by who connected them; asked when there is one not seen yet."""
        unseen = {str(row.get("carrier_id")) for row in rows} - self._carriers.keys()
        if unseen:
            told = {str(r["carrier_id"]): str(r["display_name"]) for r in self._client.carriers()}
            self._carriers.update({name: told.get(name, "") for name in unseen})
        return self._carriers

    def _orders(self, rows: Sequence[Record]) -> dict[str, Record]:
        ids = sorted({name for row in rows for name in mapper.order_ids_of(row)})
        blocks = [ids[start : start + IDS] for start in range(0, len(ids), IDS)]
        found = [order for block in blocks for order in self._client.orders_by_id(block)]
        return {
            str(order["id"]): order for order in found
            if mapper.key_of(order) and order.get("source") == self._source
        }  # fmt: skip

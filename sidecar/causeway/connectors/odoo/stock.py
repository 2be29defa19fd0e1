"""Stock levels of Odoo's warehouses: all of them once, then those whose moves changed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from causeway.canonical import StockLevel
from causeway.connectors.base import Page
from causeway.connectors.odoo.client import OdooClient
from causeway.connectors.odoo.cursor import Scan, changed, read
from causeway.connectors.odoo.directory import Directory

PAGE = 1000
MOVES = 2000


class StockFeed:
    """Reads by warehouse: on hand there, and promised to leave it (`outgoing_qty`), whether Odoo
    has set goods aside for it or not.
    """

    def __init__(
        self, client: OdooClient, directory: Directory, warehouses: tuple[str, ...]
    ) -> None:
        self._client = client
        self._directory = directory
        self._warehouses = warehouses

    def read(self, text: str) -> Page[StockLevel]:
        scan = read(text)
        now = self._client.clock()
        if scan.all:
            return self._all(scan, now)
        rows = self._client.search(
            "stock.move", changed(scan), ("product_id",), limit=MOVES
        )  # fmt: skip
        full = len(rows) == MOVES
        products = sorted({row["product_id"][0] for row in rows})
        following = scan.moved(rows, now, full)
        as_of = None if full else scan.began or now
        return Page(self._levels([["id", "in", products]]) if products else (),
                    following.written(), more=full, as_of=as_of)  # fmt: skip

    def _all(self, scan: Scan, now: datetime) -> Page[StockLevel]:
        """A page of all products. The scan of changes begins where the first page was read."""
        domain = [["id", ">", scan.after], ["is_storable", "=", True]]
        rows = self._client.search("product.product", domain, ("id",), limit=PAGE)
        full = len(rows) == PAGE
        following = scan.moved(rows, now, full)
        ids = [row["id"] for row in rows]
        levels = self._levels([["id", "in", ids]]) if ids else ()
        # What moved while the pages were read comes next, so there is always more.
        return Page(levels, following.written(), more=True)

    def _levels(self, domain: list[object]) -> tuple[StockLevel, ...]:
        found: list[StockLevel] = []
        for name in self._warehouses:
            as_of = datetime.now(UTC)
            rows = self._client.search(
                "product.product",
                [*domain, ["default_code", "!=", False], ["is_storable", "=", True]],
                ("default_code", "qty_available", "outgoing_qty"),
                # Odoo 17 named the key anew; the old one is not read any more.
                context={"warehouse_id": self._directory.warehouse(name)["id"]},
            )
            found += (
                StockLevel(row["default_code"], name, Decimal(row["qty_available"]),
                           Decimal(row["outgoing_qty"]), as_of)
                for row in rows
            )  # fmt: skip
        return tuple(found)

"""Stock levels of Tryton's warehouses: all of them once, then those whose moves changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal

from causeway.canonical import StockLevel
from causeway.connectors.base import Page
from causeway.connectors.tryton import cursor as cursors
from causeway.connectors.tryton.client import Domain, Record, TrytonClient
from causeway.connectors.tryton.cursor import Place
from causeway.connectors.tryton.directory import Directory

PAGE = 1000
MOVES = 200  # their products are named one by one, in an address that must not be too long
MOVE = "stock.move"
# A move that was never changed has no write_date, so changes come in two streams.
STREAMS = {"written": "write_date", "created": "create_date"}


Products = Callable[[str], Domain]
"""Which products, as a domain over the field that has their id."""


class StockFeed:
    """Reads by warehouse: asked for several at once, Tryton would sum them."""

    def __init__(
        self, client: TrytonClient, directory: Directory, warehouses: tuple[str, ...]
    ) -> None:
        self._client = client
        self._directory = directory
        self._warehouses = warehouses

    def read(self, text: str) -> Page[StockLevel]:
        places = cursors.read(text, (*STREAMS, "products"))
        if not text:
            places |= self._latest()
        if not text or places["products"].id:
            return self._all(places)
        return self._changed(places)

    def _all(self, places: dict[str, Place]) -> Page[StockLevel]:
        """A page of all products; the streams keep the place they had before the first page."""
        last = places.pop("products")
        domain: Domain = [["id", ">", last.id], ["type", "=", "goods"]]
        rows = self._client.search(
            "product.product", domain, ("id",), order=[("id", "ASC")], limit=PAGE,
            context=self._context(),
        )  # fmt: skip
        if len(rows) == PAGE:
            places["products"] = Place(id=rows[-1]["id"])
        levels: tuple[StockLevel, ...] = ()
        if rows:
            newest = rows[-1]["id"]
            levels = self._levels(lambda name: [[name, ">", last.id], [name, "<=", newest]])
        # What moved while the pages were read comes next, so there is always more.
        return Page(levels, cursors.written(places), more=True)

    def _changed(self, places: dict[str, Place]) -> Page[StockLevel]:
        now = self._client.clock()
        del places["products"]
        products: set[int] = set()
        more = False
        for name, field in STREAMS.items():
            rows = self._moves(name, places[name].after(field), "ASC", MOVES)
            full = len(rows) == MOVES
            places[name] = places[name].moved(field, rows, now, full)
            products.update(row["product"] for row in rows)
            more = more or full
        these = sorted(products)
        levels = self._levels(lambda name: [[name, "in", these]]) if these else ()
        return Page(levels, cursors.written(places), more)

    def _latest(self) -> dict[str, Place]:
        now = self._client.clock()
        return {
            name: Place().moved(field, self._moves(name, [], "DESC", 1), now, more=False)
            for name, field in STREAMS.items()
        }

    def _moves(self, stream: str, after: Domain, direction: str, limit: int) -> list[Record]:
        field = STREAMS[stream]
        never_changed: Domain = ["write_date", "=" if stream == "created" else "!=", None]
        return self._client.search(
            MOVE, [after, never_changed], (field, "product"),
            order=[(field, direction), ("id", direction)], limit=limit, context=self._context(),
        )  # fmt: skip

    def _levels(self, of: Products) -> tuple[StockLevel, ...]:
        return tuple(level for warehouse in self._warehouses for level in self._in(warehouse, of))

    def _in(self, name: str, of: Products) -> Iterable[StockLevel]:
        as_of = datetime.now(UTC)
        warehouse = self._directory.warehouse(name).id
        reserved = self._reserved(warehouse, of)
        rows = self._client.search(
            "product.product",
            [*of("id"), ["type", "=", "goods"], ["code", "!=", None]],
            ("code", "quantity"),
            context={**self._context(), "locations": [warehouse]},
        )
        for row in rows:
            on_hand = Decimal(row["quantity"] or 0)
            yield StockLevel(row["code"], name, on_hand, reserved[row["id"]], as_of)

    def _reserved(self, warehouse: int, of: Products) -> dict[int, Decimal]:
        """What is promised to customers and still lies in store, by product.

        A shipment's outgoing moves are drafts until its goods are picked from the store.
        """
        rows = self._client.search(
            MOVE,
            [*of("product.id"), ["state", "=", "draft"],
             ["to_location.type", "=", "customer"],
             ["shipment.warehouse", "=", warehouse, "stock.shipment.out"]],
            ("product", "internal_quantity"), context=self._context(),
        )  # fmt: skip
        total: dict[int, Decimal] = defaultdict(Decimal)
        for row in rows:
            total[row["product"]] += Decimal(row["internal_quantity"] or 0)
        return total

    def _context(self) -> Record:
        return {"company": self._directory.company()}

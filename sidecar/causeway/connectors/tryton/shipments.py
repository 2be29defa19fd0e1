"""Parcels of the web shop's sales, read back from Tryton's customer shipments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal

from causeway.canonical import Shipment, ShipmentLine
from causeway.connectors.base import Page
from causeway.connectors.tryton import cursor as cursors
from causeway.connectors.tryton.client import Domain, Record, TrytonClient
from causeway.connectors.tryton.directory import Directory
from causeway.errors import MappingMissing

PAGE = 50
MODEL = "stock.shipment.out"
# Tryton 8 tells goods on their way (shipped) from goods that arrived.
LEFT = ["shipped", "done"]
FIELDS = ("number", "effective_date", "write_date", "warehouse.code", "warehouse.name",
          "outgoing_moves.product.code", "outgoing_moves.internal_quantity",
          "outgoing_moves.sale.web_id", "outgoing_moves.sale.number",
          "outgoing_moves.sale.web_shop")  # fmt: skip
PARCEL_FIELDS = ("carrier.party.name", "packages.number", "packages.parent", "packages.moves",
                 "packages.shipping_reference", "packages.shipping_tracking_url")  # fmt: skip


class ShipmentFeed:
    """Shipments that left, one canonical shipment for each parcel and sale in it.

    A tracking number written after the goods left changes only the package, so packages are a
    stream of their own.
    """

    def __init__(
        self,
        client: TrytonClient,
        directory: Directory,
        warehouses: tuple[str, ...],
        tracking: bool,
    ) -> None:
        self._client = client
        self._directory = directory
        self._warehouses = warehouses
        self._tracking = tracking
        self._streams = ("shipments", "packages") if tracking else ("shipments",)

    def read(self, text: str) -> Page[Shipment]:
        places = cursors.read(text, self._streams)
        now = self._client.clock()
        shipped: dict[int, Record] = {}
        more = False
        for name in self._streams:
            rows = self._changed(name, places[name].after("write_date"))
            full = len(rows) == PAGE
            places[name] = places[name].moved("write_date", rows, now, full)
            shipped |= self._shipments(name, rows)
            more = more or full
        oldest_first = sorted(shipped.values(), key=lambda row: (row["write_date"], row["id"]))
        parcels = [parcel for row in oldest_first for parcel in self._parcels(row)]
        return Page(tuple(parcels), cursors.written(places), more)

    def _changed(self, stream: str, after: Domain) -> list[Record]:
        shop = self._directory.web_shop()
        if stream == "shipments":
            model, fields = MODEL, ("write_date", *self._fields())
            ours: Domain = [["state", "in", LEFT], ["moves.sale.web_shop", "=", shop]]
        else:
            model, fields = "stock.package", ("write_date", "shipment")
            ours = [["shipment.state", "in", LEFT, MODEL], ["moves.sale.web_shop", "=", shop],
                    ["write_date", "!=", None]]  # fmt: skip
        return self._client.search(
            model, [after, ours], fields, order=[("write_date", "ASC"), ("id", "ASC")],
            limit=PAGE, context=self._context(),
        )  # fmt: skip

    def _shipments(self, stream: str, rows: list[Record]) -> dict[int, Record]:
        """Whole shipment records by id; those of packages are fetched."""
        if stream == "packages" and rows:
            ids = sorted({int(row["shipment"].partition(",")[2]) for row in rows})
            rows = self._client.search(
                MODEL, [["id", "in", ids]], self._fields(), context=self._context()
            )
        return {row["id"]: row for row in rows}

    def _parcels(self, shipment: Record) -> Iterable[Shipment]:
        warehouse = self._warehouse(shipment["warehouse"])
        packages = {row["id"]: row for row in shipment.get("packages") or []}
        package_of = {move: row["id"] for row in packages.values() for move in row["moves"]}
        parcels: dict[tuple[int | None, str], list[Record]] = defaultdict(list)
        for move in shipment["outgoing_moves"]:
            sale = move["sale"]
            if sale and sale["web_id"] and sale["web_shop"] == self._directory.web_shop():
                parcels[package_of.get(move["id"]), sale["web_id"]].append(move)
        for (package, key), moves in parcels.items():
            yield _parcel(shipment, _outward(package, packages), key, moves, warehouse)

    def _warehouse(self, row: Record) -> str:
        """The warehouse by the name the settings give it, or its own code where they give none."""
        for name in self._warehouses:
            try:
                if self._directory.warehouse(name).id == row["id"]:
                    return name
            except MappingMissing:
                continue
        return str(row["code"] or row["name"])

    def _fields(self) -> tuple[str, ...]:
        return FIELDS + PARCEL_FIELDS if self._tracking else FIELDS

    def _context(self) -> Record:
        return {"company": self._directory.company()}


def _outward(package: int | None, packages: dict[int, Record]) -> list[Record]:
    """The package and those around it: a pallet's tracking number is that of its boxes."""
    chain: list[Record] = []
    while package in packages and packages[package] not in chain:
        chain.append(packages[package])
        package = packages[package]["parent"]
    return chain


def _parcel(
    shipment: Record, packages: list[Record], key: str, moves: list[Record], warehouse: str
) -> Shipment:
    carrier = shipment.get("carrier")
    names = [shipment["number"], *(package["number"] for package in packages[:1])]
    return Shipment(
        id="/".join([*names, moves[0]["sale"]["number"]]),
        request_key=key,
        carrier=carrier["party"]["name"] if carrier else "",
        tracking_number=_first(packages, "shipping_reference"),
        tracking_url=_first(packages, "shipping_tracking_url"),
        shipped_at=_shipped_at(shipment),
        lines=_lines(moves),
        warehouse=warehouse,
    )


def _first(packages: list[Record], field: str) -> str:
    return next((str(package[field]) for package in packages if package[field]), "")


def _lines(moves: list[Record]) -> tuple[ShipmentLine, ...]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves:
        total[move["product"]["code"] or ""] += Decimal(move["internal_quantity"] or 0)
    return tuple(ShipmentLine(sku, quantity) for sku, quantity in total.items() if quantity)


def _shipped_at(shipment: Record) -> datetime:
    """Tryton keeps the day; the hour is that of the last change where it fell on that day."""
    written: datetime = shipment["write_date"]
    day = shipment["effective_date"]
    if day is None or day == written.date():
        return written
    return datetime.combine(day, time(), UTC)

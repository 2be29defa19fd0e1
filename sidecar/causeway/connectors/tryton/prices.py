"""Prices as Tryton itself computes them for one piece; formulas are never read."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from causeway.canonical import Money, Price
from causeway.connectors.base import Page
from causeway.connectors.scan import Scan, read
from causeway.connectors.tryton.client import Domain, Record, TrytonClient
from causeway.connectors.tryton.directory import Directory

PAGE = 200
STAMPS = ("write_date", "create_date", "template.write_date", "template.create_date")


class PriceFeed:
    """All prices once, then those of products changed since; a price list that changed may change
    any price, so all are read again then.
    """

    def __init__(self, client: TrytonClient, directory: Directory, price_list: str) -> None:
        self._client = client
        self._directory = directory
        self._name = price_list

    def read(self, text: str) -> Page[Price]:
        scan = read(text)
        now = self._client.clock()
        context: Record = {"company": self._directory.company(), "quantity": 1}
        listed = self._directory.price_list(self._name) if self._name else None
        if listed is not None:
            context["price_list"] = listed
        everything = scan.all or (listed is not None and self._list_changed(listed, scan))
        since: Domain = [] if everything else [_since(scan)]
        rows = self._client.search(
            "product.product",
            [*since, ["id", ">", scan.after], ["salable", "=", True], ["code", "!=", None]],
            ("code", "sale_price_uom"), order=[("id", "ASC")], limit=PAGE, context=context,
        )  # fmt: skip
        full = len(rows) == PAGE
        currency = self._directory.company_currency()
        items = tuple(self._price(row, currency, now) for row in rows if row["sale_price_uom"])
        return Page(items, scan.moved(rows, now, full).written(), more=full)

    def _price(self, row: Record, currency: str, now: datetime) -> Price:
        amount = Money(Decimal(row["sale_price_uom"]), currency).rounded()
        return Price(row["code"], amount, None, False, now, self._name or "default")

    def _list_changed(self, listed: int, scan: Scan) -> bool:
        stamps = ("write_date", "create_date")
        for model, field in (("product.price_list", "id"),
                             ("product.price_list.line", "price_list")):  # fmt: skip
            since: Domain = ["OR", *([name, ">=", scan.since] for name in stamps)]
            if self._client.search(model, [[field, "=", listed], since], ("id",), limit=1):
                return True
        return False


def _since(scan: Scan) -> Domain:
    return ["OR", *([name, ">=", scan.since] for name in STAMPS)]

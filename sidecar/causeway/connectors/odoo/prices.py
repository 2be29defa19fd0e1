"""Prices as Odoo computes them: sales prices, or those of one price list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from causeway.canonical import Money, Price
from causeway.connectors.base import Page
from causeway.connectors.odoo.client import OdooClient, Record, at
from causeway.connectors.odoo.cursor import changed, read
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.options import OdooOptions
from causeway.connectors.odoo.rules import Item, Rule, ordered, price_of
from causeway.errors import RejectedError

PAGE = 1000
PRODUCT = ("default_code", "lst_price", "standard_price", "categ_id", "product_tmpl_id")
RULE = ("applied_on", "compute_price", "base", "base_pricelist_id", "fixed_price",
        "percent_price", "price_discount", "price_surcharge", "price_round", "price_min_margin",
        "price_max_margin", "min_quantity", "date_start", "date_end", "product_id",
        "product_tmpl_id", "categ_id", "write_date")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PriceList:
    name: str
    currency: str
    rules: tuple[Rule, ...]
    changed: datetime | None


class PriceFeed:
    """A change of a rule may change any price, so all are read again then."""

    def __init__(self, client: OdooClient, directory: Directory, options: OdooOptions) -> None:
        self._client = client
        self._directory = directory
        self._options = options

    def read(self, text: str) -> Page[Price]:
        scan = read(text)
        now = self._client.clock()
        prices = self._list()
        domain = changed(scan)
        turned = any(rule.turns_between(scan.since, now) for rule in prices.rules)
        if turned or (prices.changed and prices.changed >= scan.since):
            domain = [["id", ">", scan.after]]
        rows = self._client.search(
            "product.product", [*domain, ["default_code", "!=", False], ["sale_ok", "=", True]],
            PRODUCT, limit=PAGE,
        )  # fmt: skip
        full = len(rows) == PAGE
        parents = self._parents() if prices.rules else {}
        items = tuple(self._price(row, prices, parents, now) for row in rows)
        return Page(items, scan.moved(rows, now, full).written(), more=full)

    def _price(
        self, row: Record, prices: PriceList, parents: dict[int, str], now: datetime
    ) -> Price:
        regular = Decimal(row["lst_price"])
        item = Item(
            product=row["id"],
            template=row["product_tmpl_id"][0],
            categories=_ancestors(row["categ_id"], parents),
            list_price=regular,
            cost=Decimal(row["standard_price"]),
        )
        amount = price_of(item, prices.rules, now)
        return Price(
            sku=row["default_code"],
            regular=Money(amount, prices.currency).rounded(),
            sale=None,
            includes_tax=self._options.prices_include_tax,
            as_of=now,
            price_list=prices.name or "default",
        )

    def _list(self) -> PriceList:
        name = self._options.price_list
        if not name:
            return PriceList("", self._directory.currency(), (), None)
        found = self._directory.named_pricelist(name)
        currency = str(found["currency_id"][1])
        rows = self._client.search(
            "product.pricelist.item", [["pricelist_id", "=", found["id"]]], RULE
        )
        rules = ordered(Rule.of(row) for row in rows)
        if currency != self._directory.currency() and not all(rule.fixed for rule in rules):
            raise RejectedError(
                f"the price list {name!r} computes prices in {currency} from prices in "
                f"{self._directory.currency()}; use fixed prices in it",
                code="unsupported",
            )
        times = [moment for row in rows if (moment := at(row["write_date"]))]
        return PriceList(name, currency, rules, max(times, default=None))

    def _parents(self) -> dict[int, str]:
        rows = self._client.search("product.category", [], ("parent_path",))
        return {row["id"]: row["parent_path"] or "" for row in rows}


def _ancestors(category: object, parents: dict[int, str]) -> tuple[int, ...]:
    """The category and those above it."""
    if not isinstance(category, list):
        return ()
    path = parents.get(category[0], "")
    return tuple(int(part) for part in path.split("/") if part) or (category[0],)
